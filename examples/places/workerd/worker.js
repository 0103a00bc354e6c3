// workerd compiles nothing at run time: an import of a .wasm file is a compiled module.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import wasm from 'gru-wasm/gru.relaxed.wasm';

export default {
  async fetch() {
    const { simd } = await init({ wasm });
    const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
    const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
    return Response.json({ simd, state: state.array() });
  },
};
