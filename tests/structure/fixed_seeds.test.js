// No test depends on chance: properties are tried with fixed seeds, and random numbers come from generators with a seed.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

const FILES = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name: name.split(sep).join('/'), text: readFileSync(join(TESTS, name), 'utf8') }));

/** @param {RegExp} pattern */
const files_with = (pattern) => FILES.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

test('only helpers/properties.js runs properties of fast-check, with a seed', () => {
  expect(files_with(/\bfc\s*\.\s*(assert|check|sample)\b|\)\s*\.assert\(property/)).toEqual([
    'helpers/properties.js',
  ]);
  expect(files_with(/import \{[^}]*\} from 'fast-check'/)).toEqual([]);
});

test('no test calls Math.random', () => {
  expect(files_with(/\bMath\.random\(/)).toEqual([]);
});
