// gru-wasm/inline has the binaries in its own text.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm/inline';

const { simd } = await init();
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
document.body.append(JSON.stringify({ simd, state: state.array() }));
