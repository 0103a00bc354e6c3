// The binary is compiled once; every worker starts from the same module.
import { Worker } from 'node:worker_threads';
import { init } from 'gru-wasm';

const { module } = await init();
for (let i = 0; i < 2; i++) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: module });
  worker.on('message', (result) => console.log(JSON.stringify(result)));
}
