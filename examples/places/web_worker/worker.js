// Import maps do not hold in workers: without a bundler the import is an address.
import { dynamic_rnn, GRUCell, init, initializers } from './node_modules/gru-wasm/dist/web/index.js';

const { simd } = await init();
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
self.postMessage({ simd, state: state.array() });
