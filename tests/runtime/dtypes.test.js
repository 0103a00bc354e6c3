// The table of dtypes: every row is complete, and an unknown dtype is an error and never a default.
import { expect, test } from '@jest/globals';
import { ValueError } from '../../js/index.js';
import {
  array_type,
  DTYPES,
  element_bytes,
  FLOAT_DTYPES,
  is_float,
  kernel_suffix,
} from '../../js/runtime/dtypes.js';

test('bytes, array and suffix of every dtype', () => {
  const rows = DTYPES.map((dtype) => [dtype, element_bytes(dtype), array_type(dtype), is_float(dtype)]);
  expect(rows).toEqual([
    ['float32', 4, Float32Array, true],
    ['float64', 8, Float64Array, true],
    ['int32', 4, Int32Array, false],
    ['bool', 1, Uint8Array, false],
  ]);
  expect(FLOAT_DTYPES.map(kernel_suffix)).toEqual(['_f32', '_f64']);
});

test.each(['int8', 'toString', '', undefined, null, Symbol('float32')])('%p is no dtype', (dtype) => {
  const unknown = /** @type {any} */ (dtype);
  expect(is_float(unknown)).toBe(false);
  for (const lookup of [array_type, element_bytes, kernel_suffix]) {
    expect(() => lookup(unknown)).toThrow(ValueError);
    expect(() => lookup(unknown)).toThrow('dtype must be one of float32, float64, int32, bool, not ');
  }
});

test('integers have no kernels', () => {
  expect(() => kernel_suffix(/** @type {any} */ ('int32'))).toThrow(
    'dtype must be one of float32, float64, not "int32"',
  );
});
