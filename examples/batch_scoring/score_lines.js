// Scores lines on all cores, in order, with bounded memory.
import { availableParallelism } from 'node:os';
import { init } from 'gru-wasm';
import { Piscina } from 'piscina';

/** How often a batch is tried: a thread that dies takes the batch that it worked on with it. */
const TRIES = 3;

/**
 * A pool of threads that share one compiled module.
 * @param {Uint8Array} model the file of a model
 * @param {number} [threads] default: the number of cores
 */
export async function make_pool(model, threads = availableParallelism()) {
  const { module } = await init();
  return new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    workerData: { module, model },
  });
}

/**
 * The scores of lines, in their order. Lines are read only as fast as scores are taken, and at most two batches a thread are under way.
 *
 * @param {AsyncIterable<string> | Iterable<string>} lines
 * @param {object} options
 * @param {Piscina} options.pool
 * @param {number} [options.batch_size] lines that a thread gets at a time; default 32
 * @returns {AsyncGenerator<string>}
 * @throws {Error} a batch that ends the thread that works on it, again and again
 */
export async function* score_lines(lines, { pool, batch_size = 32 }) {
  const most = 2 * pool.options.maxThreads;
  /** @type {Promise<string[]>[]} */
  const under_way = [];
  let first = 1;
  for await (const batch of in_batches(lines, batch_size)) {
    under_way.push(run_batch(pool, batch, first));
    // An error is thrown where its batch is awaited.
    under_way.at(-1)?.catch(() => undefined);
    first += batch.length;
    if (under_way.length >= most) yield* await /** @type {Promise<string[]>} */ (under_way.shift());
  }
  for (const scores of under_way) yield* await scores;
}

/** @param {AsyncIterable<string> | Iterable<string>} lines @param {number} size */
export async function* in_batches(lines, size) {
  /** @type {string[]} */
  let batch = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length) yield batch;
}

/**
 * @param {Piscina} pool
 * @param {string[]} batch
 * @param {number} first the number of its first line
 * @returns {Promise<string[]>}
 */
async function run_batch(pool, batch, first) {
  for (let tries = 1; ; tries++) {
    try {
      return await pool.run(batch);
    } catch (cause) {
      if (tries < TRIES) continue;
      const last = first + batch.length - 1;
      const { message } = /** @type {Error} */ (cause);
      throw new Error(
        `lines ${first} to ${last} ended the thread that scored them ${TRIES} times: ${message}`,
        {
          cause,
        },
      );
    }
  }
}
