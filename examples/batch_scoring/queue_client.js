// Puts JSON lines into the queue in batches, and prints the scores in the lines' order:
//
//   node queue_client.js < texts.jsonl > scores.jsonl
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { Queue, QueueEvents } from 'bullmq';
import { connection, QUEUE } from './queue.js';
import { in_batches } from './score_lines.js';

const BATCH_SIZE = 32;
/** Batches in the queue at a time: enough for many workers, and not the whole input. */
const MOST = 100;

const queue = new Queue(QUEUE, { connection });
const events = new QueueEvents(QUEUE, { connection });
await events.waitUntilReady();

/** @param {AsyncIterable<string>} lines */
async function* scores_of(lines) {
  /** @type {Promise<string[]>[]} */
  const under_way = [];
  for await (const batch of in_batches(lines, BATCH_SIZE)) {
    const options = { attempts: 3, removeOnComplete: { age: 3600 } };
    const job = await queue.add('lines', { lines: batch }, options);
    under_way.push(job.waitUntilFinished(events));
    // An error is thrown where its batch is awaited.
    under_way.at(-1)?.catch(() => undefined);
    if (under_way.length >= MOST) yield* await /** @type {Promise<string[]>} */ (under_way.shift());
  }
  for (const scores of under_way) yield* await scores;
}

const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
try {
  await pipeline(async function* () {
    for await (const score of scores_of(lines)) yield `${score}\n`;
  }, process.stdout);
} finally {
  await events.close();
  await queue.close();
}
