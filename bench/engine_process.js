// The process that runs one engine: it prepares a work, returns its output for the comparison, and repeats it for the requested
// time. Each engine has a separate process, so that engines do not affect how each other's code is compiled.
import { median } from './statistics.js';

/** @typedef {import('./work.js').Prepared} Prepared */

const [, , module, options] = process.argv;
const engine = await (await import(module)).open(JSON.parse(options));
/** @type {Prepared | null} */
let prepared = null;

// The time between two reads of the clock: long enough for the clock's resolution, short enough that an interruption by another
// process affects few blocks.
const BLOCK_MS = 0.4;
const MOST_TOGETHER = 2 ** 14;

/**
 * Microseconds of one run: the median of the blocks.
 * @param {() => unknown} run
 * @param {number} milliseconds
 * @param {number} least runs
 */
async function time(run, milliseconds, least = 1) {
  /** @type {number[]} */
  const blocks = [];
  let runs = 0;
  let together = 1;
  const began = performance.now();
  let now = began;
  do {
    const before = now;
    for (let i = 0; i < together; i++) {
      // `await` of a value that is not a promise would take longer than a step.
      const result = run();
      if (result instanceof Promise) await result;
    }
    now = performance.now();
    runs += together;
    if (now - before < BLOCK_MS / 2 && together < MOST_TOGETHER) {
      // The number of runs in a block is still too small: discard the blocks so far.
      together *= 2;
      blocks.length = 0;
    } else {
      blocks.push((1000 * (now - before)) / together);
    }
  } while (now - began < milliseconds || runs < least || blocks.length === 0);
  // Collect garbage now: otherwise threads of this process would do it while the next engine is measured.
  globalThis.gc?.();
  return median(blocks);
}

/** @param {Prepared | null} work */
const required_work = (work) => {
  if (!work) throw new Error('nothing is prepared');
  return work;
};

/** @type {Record<string, (argument: any) => unknown>} */
const commands = {
  describe: () => ({ version: engine.version }),
  async prepare(work) {
    prepared?.dispose?.();
    prepared = null;
    prepared = await engine.prepare(work);
    return prepared !== null;
  },
  output: () => required_work(prepared).output(),
  time: ({ milliseconds, least }) => time(required_work(prepared).run, milliseconds, least),
  /** Floating-point operations or bytes per microsecond, for each limit. */
  async limits({ milliseconds }) {
    const speeds = /** @type {Record<string, number>} */ ({});
    for (const { name, amount, run } of engine.limits)
      speeds[name] = amount / (await time(run, milliseconds));
    return speeds;
  },
  details: (work) => engine.details(work),
};

process.on('message', async (/** @type {{ command: string, argument: unknown }} */ { command, argument }) => {
  try {
    process.send?.({ result: await commands[command](argument) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ result: 'ready' });
