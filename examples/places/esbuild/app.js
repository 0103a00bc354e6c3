// esbuild does not follow new URL('…', import.meta.url): the addresses of the binaries come from its loader "file".
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import baseline from 'gru-wasm/gru.baseline.wasm';
import relaxed from 'gru-wasm/gru.relaxed.wasm';

const address = (file) => new URL(file, import.meta.url);
const { simd } = await init({ wasm: { relaxed: address(relaxed), baseline: address(baseline) } });
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
document.body.append(JSON.stringify({ simd, state: state.array() }));
