import { threadId } from 'node:worker_threads';
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import { workerData } from 'piscina';

const { simd } = await init({ wasm: workerData });
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });

export default function predict(inputs) {
  const [, state] = dynamic_rnn(cell, inputs);
  return { simd, state: state.array(), thread: threadId };
}
