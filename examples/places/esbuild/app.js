// esbuild does not follow new URL('…', import.meta.url): the address of the binary comes from its loader "file".
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import wasm from 'gru-wasm/gru.relaxed.wasm';

const { simd } = await init({ wasm: new URL(wasm, import.meta.url) });
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
document.body.append(JSON.stringify({ simd, state: state.array() }));
