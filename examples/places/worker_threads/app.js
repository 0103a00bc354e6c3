// The binary is compiled once; every worker starts from the same module.
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

const name = process.argv[2] ?? 'baseline'; // or relaxed, from Node 22 on
const path = new URL(import.meta.resolve(`gru-wasm/gru.${name}.wasm`));
const wasm = await WebAssembly.compile(await readFile(path));
for (let i = 0; i < 2; i++) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: wasm });
  worker.on('message', (result) => console.log(JSON.stringify(result)));
}
