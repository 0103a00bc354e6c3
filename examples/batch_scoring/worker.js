// A thread of the pool. It starts from the module that the main thread has compiled, and reads the model once.
import { init } from 'gru-wasm';
import { workerData } from 'piscina';
import { make_scorer } from './text_scorer.js';

const { module, model } = workerData;
await init({ wasm: module });

/** @type {(lines: string[]) => string[]} */
export default await make_scorer(model);
