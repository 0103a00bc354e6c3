// Every export, constructor, method and static method, called with values that nobody should pass: either it takes them, or the error
// is one of this package's. Six random lists for each function; with GRU_FUZZ_CALLS so
// many, and every value alone. GRU_FUZZ_SEED chooses others.
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { GRUCell, Graph, memory } from '../../js/index.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { error_classes, find_targets } from './targets.js';
import { HostileError, THROWS_BY_ITSELF, VALUES } from './values.js';

const { GRU_FUZZ_CALLS, GRU_FUZZ_SEED } = process.env;
const RANDOM_CALLS = Number(GRU_FUZZ_CALLS ?? 6);
const SEED = Number(GRU_FUZZ_SEED ?? 1);
// A call of a few values that takes so long depends on a number that came in; a busy machine alone does not bring it there.
const SLOW_MS = 5000;

jest.setTimeout(30 * 60000);
beforeAll(ready);

const names = Object.keys(VALUES);
const ours = error_classes();

/** @param {string} text */
const hash = (text) =>
  [...text].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) | 0, 7);

/** @type {Map<string, string[]>} */
const sources = new Map();

/**
 * Whether an error was made by `new TypeError(…)` in this package: that is where its stack begins. V8's own begin at the expression that
 * failed.
 * @param {Error} error
 */
function is_thrown_here({ stack = '' }) {
  const frame = stack.split('\n').find((line) => line.trim().startsWith('at ')) ?? '';
  const place = /(\/[^\s()]*\/js\/[^\s():]*):(\d+):(\d+)\)?$/.exec(frame);
  if (!place) return false;
  const [, file, line, column] = place;
  if (!sources.has(file)) sources.set(file, readFileSync(file, 'utf8').split('\n'));
  const text = sources.get(file)?.[Number(line) - 1] ?? '';
  return text.slice(Number(column) - 1).startsWith('new TypeError(');
}

/** @param {unknown} error @returns {string | null} what is wrong with it; null: it is as it should be */
function fault_of(error) {
  if (error instanceof HostileError || ours.some((Class) => error instanceof Class)) return null;
  const { name, message, stack = '' } = /** @type {Error} */ (error ?? {});
  const shown = `${name}: ${message}`;
  if (THROWS_BY_ITSELF.test(shown)) return null;
  if (name === 'TypeError' && is_thrown_here(/** @type {Error} */ (error))) return null;
  const frames = stack
    .split('\n')
    .filter((line) => line.includes('/js/'))
    .slice(0, 3);
  return `${shown.slice(0, 150)} ${frames.map((frame) => frame.trim().replace(/\(?(file:\/\/)?\/\S*?\/js\//, 'js/')).join(' < ')}`;
}

/**
 * The names of the values of each call of a function: lists of several, half of them after a tensor that may pass; in the long run every
 * value alone in the first place too, and after that tensor. Each function has a random sequence of its own, so that a new export, or a newer Node with more of them, does not
 * change the calls of the others.
 * @param {import('./targets.js').Target} target
 * @returns {string[][]}
 */
function lists_of_values({ name, arity }) {
  const random = generator(hash(name) + SEED);
  const random_names = (/** @type {number} */ count) =>
    Array.from({ length: count }, () => names[Math.floor(random() * names.length)]);
  const alone = GRU_FUZZ_CALLS ? names.flatMap((value) => [[value], ['a tensor [1, 2]', value]]) : [];
  return [
    ...alone,
    ...Array.from({ length: RANDOM_CALLS }, (_, i) => {
      const list = random_names(Math.floor(random() * (arity + 2)));
      return i % 2 ? ['a tensor [1, 2]', ...list] : list;
    }),
  ];
}

/** @param {unknown} object */
function dispose(object) {
  try {
    /** @type {any} */ (object)?.dispose?.();
  } catch {
    // It may be of a class that the fuzz has changed.
  }
}

test('no error is V8’s, no call is slow, no memory is left', async () => {
  const targets = find_targets();
  expect(targets.length).toBeGreaterThan(500);
  const before = memory();
  const expected = new GRUCell(2, { kernel_initializer: 'ones' });
  const [value] = expected.call([[1, 2]], [[0.5, -0.5]]);
  /** @type {Map<string, { count: number, calls: string[] }>} */
  const faults = new Map();
  const rejections = (/** @type {unknown} */ reason) => note('an unhandled rejection', fault_of(reason));
  /** @param {string} call @param {string | null} fault */
  const note = (call, fault) => {
    if (!fault) return;
    const seen = faults.get(fault) ?? { count: 0, calls: [] };
    seen.count += 1;
    if (seen.calls.length < 3) seen.calls.push(call);
    faults.set(fault, seen);
  };
  process.on('unhandledRejection', rejections);

  /** @param {import('./targets.js').Target} target @param {string[]} chosen names of values */
  async function call(target, chosen) {
    const shown = `${target.name}(${chosen.join(', ')})`;
    const graph = new Graph();
    /** @type {any[]} */
    const made = [];
    const values = chosen.map((name) => VALUES[name]());
    if (process.env.GRU_FUZZ_TRACE) writeFileSync(process.env.GRU_FUZZ_TRACE, shown);
    const began = performance.now();
    try {
      await graph.as_default(() => {
        const object = target.make?.();
        made.push(object);
        const result = target.call(object, values);
        made.push(result);
        return { result };
      }).result;
    } catch (error) {
      note(shown, fault_of(error));
    }
    const took = performance.now() - began;
    if (took > SLOW_MS) note(`${shown}: ${took.toFixed(0)} ms`, `slow: ${target.name}`);
    for (const object of [...made, ...values]) {
      let is_object = false;
      try {
        is_object = object !== null && typeof object === 'object' && typeof object.dispose === 'function';
      } catch {
        // A hostile one.
      }
      if (is_object) dispose(object);
    }
    graph.dispose();
  }

  const quiet = jest.spyOn(console, 'log').mockImplementation(() => {});
  let calls = 0;
  for (const target of targets) {
    const lists = target.arity ? lists_of_values(target) : [[]];
    for (const chosen of lists) await call(target, chosen);
    calls += lists.length;
  }
  quiet.mockRestore();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', rejections);

  const report = [...faults].map(
    ([fault, { count, calls: examples }]) => `${count} × ${fault}\n      ${examples.join('\n      ')}`,
  );
  expect(report.join('\n')).toBe('');
  expect(calls).toBeGreaterThan(targets.length * RANDOM_CALLS * 0.5);
  expect(expected.call([[1, 2]], [[0.5, -0.5]])[0]).toEqual(value);
  expected.dispose();
  // Fewer where objects of the preparation have been collected meanwhile.
  expect(memory().blocks).toBeLessThanOrEqual(before.blocks);
});
