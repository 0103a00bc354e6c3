// The apps in examples/places: each is tried by a row of tests/everywhere/places.js and named in the README of the examples.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { EXPECTED, faults_of } from '../everywhere/expected.js';
import { PLACES } from '../everywhere/places.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const FOLDERS = readdirSync(join(EXAMPLES, 'places')).sort();

test('every app has a row, and every row an app', () => {
  const apps = PLACES.filter(({ source }) => !source).map(({ folder }) => folder);
  expect([...new Set(apps)].sort()).toEqual(FOLDERS);
});

test('the names of the rows differ', () => {
  const names = PLACES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('the README of the examples names every app, and no other', () => {
  const [, section] = readFileSync(join(EXAMPLES, 'README.md'), 'utf8').split('\n## Places\n');
  const cells = section.split('\n').flatMap((line) => line.match(/^\| (`.*?) \|/)?.[1] ?? []);
  expect(cells.flatMap((cell) => cell.match(/\w+/g) ?? []).sort()).toEqual(FOLDERS);
});

test('another binary, other numbers, a missing prediction and a thread that works alone are faults', () => {
  /** @type {import('../everywhere/places.js').Place} */
  const place = { name: 'p', folder: 'f', binary: 'relaxed', way: async () => [], results: 2 };
  const right = [1, 2].map((thread) => ({ simd: 'relaxed', state: [EXPECTED], thread }));
  expect(faults_of(place, right)).toEqual([]);
  const [first, second] = right;
  expect(faults_of(place, [first])).toEqual(['expected 2 predictions, not 1']);
  expect(faults_of(place, [first, first])).toEqual([expect.stringMatching(/same thread/)]);
  expect(faults_of(place, [first, { ...second, simd: 'baseline' }])).toEqual([
    'the binary is baseline, not relaxed',
  ]);
  for (const state of [
    [],
    [[NaN, NaN]],
    [[EXPECTED[0] + 2e-6, EXPECTED[1]]],
    [[...EXPECTED, 0]],
    [EXPECTED, EXPECTED],
  ])
    expect(faults_of(place, [first, { ...second, state }])).toEqual([expect.stringMatching(/^the state is/)]);
});
