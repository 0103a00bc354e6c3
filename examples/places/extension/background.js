// The service worker of an extension under Manifest V3; its policy must allow 'wasm-unsafe-eval'.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import baseline from 'gru-wasm/gru.baseline.wasm';
import relaxed from 'gru-wasm/gru.relaxed.wasm';

const address = (file) => new URL(file, import.meta.url);
const ready = init({ wasm: { relaxed: address(relaxed), baseline: address(baseline) } });

async function predict() {
  const { simd } = await ready;
  const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
  const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
  return { simd, state: state.array() };
}

chrome.runtime.onMessage.addListener((_message, _sender, respond) => {
  predict().then(respond);
  return true; // the answer comes later
});
