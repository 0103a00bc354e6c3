// The addresses of the binaries, as Vite gives them: for who fetches, caches or preloads them himself.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import baseline from 'gru-wasm/gru.baseline.wasm?url';
import relaxed from 'gru-wasm/gru.relaxed.wasm?url';

const { simd } = await init({ wasm: { relaxed, baseline } });
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
document.body.append(JSON.stringify({ simd, state: state.array() }));
