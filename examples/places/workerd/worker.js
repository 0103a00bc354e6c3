// workerd compiles nothing at run time: there `gru-wasm` imports its binaries as compiled modules.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

/** Made once, as a worker answers many requests: a second cell of the same name would be an error. */
let cell;

export default {
  async fetch() {
    const { simd } = await init();
    cell ??= new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
    const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
    return Response.json({ simd, state: state.array() });
  },
};
