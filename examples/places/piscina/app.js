// A pool of two workers that share one compiled module.
import { readFile } from 'node:fs/promises';
import { Piscina } from 'piscina';

const name = process.argv[2] ?? 'baseline'; // or relaxed, from Node 22 on
const path = new URL(import.meta.resolve(`gru-wasm/gru.${name}.wasm`));
const workerData = await WebAssembly.compile(await readFile(path));
const filename = new URL('./worker.js', import.meta.url).href;
const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2, workerData });
const sequences = [[[[1], [-2], [0.5]]], [[[1], [-2], [0.5]]]];
const results = await Promise.all(sequences.map((inputs) => pool.run(inputs)));
for (const result of results) console.log(JSON.stringify(result));
await pool.destroy();
