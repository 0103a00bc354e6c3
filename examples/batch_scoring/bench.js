// Lines a second with one thread and more, one run after the other, several times; the median of each.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { make_pool, score_lines } from './score_lines.js';

const LINES = 2000;
const RUNS = 5;
const TEXT =
  'It is not down in any map; true places never are. Whenever I find myself growing grim about the mouth, ';

const model = await readFile(new URL('../model/moby_dick.safetensors', import.meta.url));
const lines = Array.from({ length: LINES }, (_, id) =>
  JSON.stringify({ id, text: TEXT.slice(id % 20).repeat(2) }),
);

/** @param {import('piscina').Piscina} pool */
async function lines_per_second(pool) {
  const start = performance.now();
  for await (const _ of score_lines(lines, { pool }));
  return LINES / ((performance.now() - start) / 1000);
}

const counts = Array.from({ length: availableParallelism() }, (_, i) => i + 1);
const pools = await Promise.all(counts.map((count) => make_pool(model, count)));
/** @type {number[][]} */
const speeds = counts.map(() => []);
for (const pool of pools) await lines_per_second(pool);
for (let run = 0; run < RUNS; run++)
  for (const [i, pool] of pools.entries()) speeds[i].push(await lines_per_second(pool));
const medians = speeds.map((list) => list.sort((a, b) => a - b)[Math.floor(RUNS / 2)]);
for (const [i, count] of counts.entries()) {
  const part = medians[i] / count / medians[0];
  console.log(
    `${count} threads: ${medians[i].toFixed(0)} lines/s, ${(100 * part).toFixed(0)} % of one thread's speed each`,
  );
}
for (const pool of pools) await pool.destroy();
