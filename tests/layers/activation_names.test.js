// The activations' names stand in the C++ and in the reference: they must be the same.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { activation_names } from '../../js/runtime/activations.js';
import { ready } from '../helpers/ready.js';
import { activations } from '../reference/activations.js';

beforeAll(ready);

const read = (/** @type {string} */ file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('the binary, the native list and the reference agree', () => {
  const [, list] =
    /#define GRU_ACTIVATIONS\(each\)([\s\S]*?)\n\n/.exec(read('cpp/kernels/activations.h')) ?? [];
  const native = [...list.matchAll(/each\((\w+)\)/g)].map(([, name]) => name);
  expect(activation_names()).toEqual(native);
  expect(Object.keys(activations).sort()).toEqual([...native].sort());
});

test('the native tests hold every activation to its bound', () => {
  const tested = [...read('tests/native/activations_test.cpp').matchAll(/\{Activation::(\w+),\s*"(\w+)"/g)];
  for (const [, name, shown] of tested) expect(shown).toBe(name);
  expect(tested.map(([, name]) => name).sort()).toEqual([...activation_names()].sort());
});
