// The page's HTML is made on the server. Importing the package does nothing yet; the binary is loaded by the first call.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

export async function render() {
  const { simd } = await init();
  const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
  const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
  return `<!doctype html><title>GRU</title><output>${JSON.stringify({ simd, state: state.array() })}</output>`;
}
