// workerd compiles nothing at run time: there `gru-wasm` imports its binaries as compiled modules.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

export default {
  async fetch() {
    const { simd } = await init();
    const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
    const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
    return Response.json({ simd, state: state.array() });
  },
};
