// Reads the recordings in this folder and compares numbers with them.
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** @param {string} path in tests/goldens */
export const read_bytes = (path) => Uint8Array.from(readFileSync(new URL(path, import.meta.url)));

/** @param {string} path in tests/goldens @returns {any} */
export const read_json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** The numbers of a file with one in each line. @param {string} path in tests/goldens */
export const read_lines = (path) =>
  readFileSync(new URL(path, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(Number);

/** Nested lists of one shape as a tensor is written. @param {any} nested @returns {{ shape: number[], data: number[] }} */
export function flatten(nested) {
  const shape = [];
  for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return { shape, data: nested.flat(shape.length) };
}

/** The greatest absolute difference; NaN if one of the numbers is. @param {ArrayLike<number>} actual @param {ArrayLike<number>} expected */
export function greatest_difference(actual, expected) {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
}
