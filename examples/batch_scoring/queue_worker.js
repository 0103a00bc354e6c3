// A worker for more than one machine: takes batches of lines from the queue and scores them. Start one for each core, anywhere:
//
//   node queue_worker.js [model.safetensors]
//
// It may be killed at any time: the batch that it worked on goes to another worker.
import { readFile } from 'node:fs/promises';
import { Worker } from 'bullmq';
import { init } from 'gru-wasm';
import { connection, QUEUE, SILENCE } from './queue.js';
import { make_scorer } from './text_scorer.js';

const MODEL = new URL('../model/moby_dick.safetensors', import.meta.url);

await init();
const score = await make_scorer(await readFile(process.argv[2] ?? MODEL));
const worker = new Worker(QUEUE, async ({ data }) => score(data.lines), {
  connection,
  lockDuration: SILENCE,
  stalledInterval: SILENCE / 2,
  maxStalledCount: 3,
});
worker.on('error', (error) => console.error(error.message));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => worker.close());
await worker.waitUntilReady();
console.error('waiting for batches');
