// A pool of two workers that share one compiled module.
import { init } from 'gru-wasm';
import { Piscina } from 'piscina';

const { module } = await init();
const filename = new URL('./worker.js', import.meta.url).href;
const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2, workerData: module });
const sequences = [[[[1], [-2], [0.5]]], [[[1], [-2], [0.5]]]];
const results = await Promise.all(sequences.map((inputs) => pool.run(inputs)));
for (const result of results) console.log(JSON.stringify(result));
await pool.destroy();
