// examples/batch_scoring: lines are scored on several threads, in order, and none is lost.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { init } from 'gru-wasm';
import { Piscina } from 'piscina';
import { make_pool, score_lines } from '../../examples/batch_scoring/score_lines.js';
import { make_scorer } from '../../examples/batch_scoring/text_scorer.js';

jest.setTimeout(60000);

const TEXT = 'It is not down in any map; true places never are.';
const LINES = Array.from({ length: 300 }, (_, id) => JSON.stringify({ id, text: TEXT.slice(id % 30) }));

/** @type {Piscina} */
let pool;
/** @type {string[]} */
let expected;

beforeAll(async () => {
  await init();
  const model = await readFile(new URL('../../examples/model/moby_dick.safetensors', import.meta.url));
  expected = (await make_scorer(model))(LINES);
  pool = await make_pool(model, 2);
});
afterAll(() => pool?.destroy());

/** @param {AsyncIterable<string>} scores */
async function all(scores) {
  const list = [];
  for await (const score of scores) list.push(score);
  return list;
}

test('every line gets the score that one thread gives it, in order', async () => {
  expect(await all(score_lines(LINES, { pool, batch_size: 7 }))).toEqual(expected);
  const { bits_per_character } = JSON.parse(expected[0]);
  expect(bits_per_character).toBeGreaterThan(0.5);
  expect(bits_per_character).toBeLessThan(4);
});

test('a text is scored alone as among longer ones', async () => {
  const alone = await all(score_lines(LINES.slice(25, 26), { pool }));
  const { bits_per_character } = JSON.parse(expected[25]);
  expect(Math.abs(JSON.parse(alone[0]).bits_per_character - bits_per_character)).toBeLessThan(1e-5);
});

test('lines are read no faster than scores are taken', async () => {
  let read = 0;
  function* lines() {
    for (const line of LINES) {
      read += 1;
      yield line;
    }
  }
  let taken = 0;
  for await (const _ of score_lines(lines(), { pool, batch_size: 5 })) {
    taken += 1;
    // Two batches a thread under way, and one that is being filled.
    expect(read - taken).toBeLessThanOrEqual(5 * 5);
  }
  expect(taken).toBe(LINES.length);
});

test('a thread that is killed loses no line and repeats none', async () => {
  const scores = [];
  for await (const score of score_lines(LINES, { pool, batch_size: 10 })) {
    scores.push(score);
    if (scores.length === 60) await pool.threads[0].terminate();
  }
  expect(scores).toEqual(expected);
});

describe('faulty lines', () => {
  test('get a record with an error in their place', async () => {
    const lines = [
      LINES[0],
      '{',
      '{"id":"a"}',
      '[]',
      '{"id":4,"text":""}',
      '{"id":5,"text":"\u6f22"}',
      LINES[1],
    ];
    const scores = (await all(score_lines(lines, { pool }))).map((score) => JSON.parse(score));
    expect(scores.map(({ id }) => id)).toEqual([0, null, 'a', null, 4, 5, 1]);
    expect(scores[0].characters).toBe(TEXT.length);
    expect(scores.slice(1, 6).every(({ error }) => typeof error === 'string')).toBe(true);
    expect(scores[5].error).toMatch(/does not know the character "\u6f22"/);
  });

  test('a line that ends its thread every time is an error that names it, and the lines before it are scored', async () => {
    const filename = new URL('./dying_worker.js', import.meta.url).href;
    const dying = new Piscina({ filename, minThreads: 2, maxThreads: 2 });
    const lines = ['a', 'b', 'c', 'd', 'die', 'e'];
    /** @type {string[]} */
    const scores = [];
    const run = async () => {
      for await (const score of score_lines(lines, { pool: dying, batch_size: 2 })) scores.push(score);
    };
    await expect(run()).rejects.toThrow(/^lines 5 to 6 ended the thread that scored them 3 times: /);
    expect(scores).toEqual(['A', 'B', 'C', 'D']);
    await dying.destroy();
  });
});
