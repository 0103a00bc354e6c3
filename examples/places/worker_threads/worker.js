import { parentPort, threadId, workerData } from 'node:worker_threads';
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

const { simd } = await init({ wasm: workerData });
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
parentPort?.postMessage({ simd, state: state.array(), thread: threadId });
