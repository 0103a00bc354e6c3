import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

/** Made once, as a server answers many requests: a second cell of the same name would be an error. */
let cell;

export async function predict() {
  const { simd } = await init();
  cell ??= new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
  const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
  return { simd, state: state.array() };
}
