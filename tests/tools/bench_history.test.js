// The comparison of a benchmark's run with a recorded one.
import { expect, test } from '@jest/globals';
import { choose_entry, comparison } from '../../bench/history.js';

/** @param {string} commit @param {string} processor @param {{ [binary: string]: any }} figures @returns {any} */
const entry = (commit, processor, figures) => ({
  date: '2026-01-02T00:00:00.000Z',
  commit,
  quick: false,
  machine: { processor },
  works: { 'step: 8 → 16, 1 step': figures },
});
const old = entry('aaa1', 'first', { relaxed: { microseconds: 2, of_limit: 0.4, ratios: { peer: 3 } } });
const other = entry('bbb2', 'second', { relaxed: { microseconds: 9, ratios: { peer: 3 } } });

test('it compares with the last run on the same processor, with the last of all, or with a commit', () => {
  expect(choose_entry([old, other], '', 'first')).toBe(old);
  expect(choose_entry([old, other], '', 'third')).toBe(other);
  expect(choose_entry([old, other], 'aaa', 'second')).toBe(old);
  expect(() => choose_entry([old], 'ccc', 'first')).toThrow('has no run of commit ccc');
  expect(() => choose_entry([], '', 'first')).toThrow('has no run; --record adds one');
});

test.each([
  [
    'the share of the limit',
    { microseconds: 9, of_limit: 0.6, ratios: { peer: 1 } },
    old,
    'of limit',
    '1.5×',
  ],
  ['the ratio to a peer', { microseconds: 9, ratios: { peer: 6 } }, other, '× peer', '2×'],
  ['the time', { microseconds: 3, ratios: {} }, other, 'µs', '3×'],
])('speeds are compared by %s', (_, figures, before, figure, speed) => {
  const text = comparison(before, entry('ccc3', 'first', { relaxed: figures }));
  const row = text.split('\n').at(-1) ?? '';
  expect(row).toContain(figure);
  expect(row.trim().split(/\s+/).at(-1)).toBe(speed);
});

test('works that were not recorded are left out', () => {
  const now = entry('ccc3', 'first', {
    relaxed: { microseconds: 1, ratios: {} },
    threads: { microseconds: 1, ratios: {} },
  });
  expect(comparison(old, now)).not.toContain('threads');
});
