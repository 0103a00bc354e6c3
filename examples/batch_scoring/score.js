// Scores a file of JSON lines on all cores:
//
//   node score.js texts.jsonl > scores.jsonl
//   producer | node score.js --threads 4 --batch 64 --model model.safetensors | consumer
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { make_pool, score_lines } from './score_lines.js';

const MODEL = new URL('../model/moby_dick.safetensors', import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string' },
    batch: { type: 'string' },
    model: { type: 'string' },
  },
});

/** @param {'threads' | 'batch'} name */
function positive_integer(name) {
  if (values[name] === undefined) return undefined;
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} must be a positive integer, not ${values[name]}`);
  return number;
}

/** @param {number} total bytes of the input; 0: not known */
function start_bar(total) {
  if (!process.stderr.isTTY) return null;
  const format = total ? '{bar} {percentage}% | {lines} lines | {eta_formatted} left' : '{lines} lines';
  const bar = new SingleBar({ format, hideCursor: true });
  bar.start(total, 0, { lines: 0 });
  return bar;
}

async function main() {
  const [path] = positionals;
  const input = path ? createReadStream(path) : process.stdin;
  const bar = start_bar(path ? (await stat(path)).size : 0);
  const pool = await make_pool(await readFile(values.model ?? MODEL), positive_integer('threads'));
  let bytes = 0;
  input.on('data', (chunk) => {
    bytes += chunk.length;
  });
  let count = 0;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const scores = score_lines(lines, { pool, batch_size: positive_integer('batch') });
  try {
    await pipeline(async function* () {
      for await (const score of scores) {
        count += 1;
        if (count % 32 === 0) bar?.update(bytes, { lines: count });
        yield `${score}\n`;
      }
    }, process.stdout);
  } finally {
    bar?.update(bytes, { lines: count });
    bar?.stop();
    await pool.destroy();
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
