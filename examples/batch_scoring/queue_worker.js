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

// While Redis is away there is an error for every attempt to reach it.
let last_message = '';
worker.on('error', ({ message }) => {
  if (message !== last_message) console.error(message);
  last_message = message;
});

/** Ends after the batch that it works on, or after a while: Redis may be away. */
async function stop() {
  setTimeout(() => process.exit(1), SILENCE).unref();
  await worker.close();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

await worker.waitUntilReady();
console.error('waiting for batches');
