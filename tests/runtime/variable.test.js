// Variable: a value that keeps its place.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FailedPreconditionError, memory, tensor, ValueError, Variable } from '../../js/index.js';
import { packing_of } from '../../js/runtime/variable.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** @param {number[]} shape @param {any} [options] */
function numbered(shape, options = {}) {
  const value = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);
  return new Variable({ name: 'v', shape, dtype: 'float32', value, ...options });
}

describe.each(DTYPES)('%s', (dtype) => {
  test.each([
    [[], null],
    [[1], null],
    [[7], null],
    [[3, 5], null],
    [[3, 5], 1],
    [[4, 18], 3],
    [[2, 8], 2],
    [[6], 2],
    [[2, 3, 4], 1],
  ])('shape %p, groups %p: what is written is read', (shape, groups) => {
    const packing = groups === null ? null : packing_of(shape, groups);
    const variable = numbered(shape, { dtype, packing });
    expect(variable).toMatchObject({ name: 'v', shape, dtype, trainable: true, disposed: false });
    const { value } = variable;
    expect(value).toMatchObject({ shape, dtype });
    expect([...value.data]).toEqual(Array.from({ length: value.size }, (_, i) => i + 1));
    variable.assign({ shape, data: value.data.map((v) => -v) });
    expect([...variable.value.data]).toEqual(Array.from({ length: value.size }, (_, i) => -i - 1));
    variable.dispose();
  });
});

describe('value', () => {
  test('is a copy', () => {
    const variable = numbered([2]);
    const { value } = variable;
    value.data[0] = 9;
    variable.assign([5, 6]);
    expect(value.array()).toEqual([9, 2]);
    expect(variable.value.array()).toEqual([5, 6]);
    variable.dispose();
  });
  test('keeps NaN, infinities and the sign of zero', () => {
    const variable = numbered([4], { packing: packing_of([4]) });
    variable.assign([Number.NaN, Number.NEGATIVE_INFINITY, -0, 1]);
    expect([...variable.value.data]).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, -0, 1]);
    variable.dispose();
  });
  test('must fill the shape at creation, and be of floats', () => {
    const { blocks } = memory();
    expect(() => numbered([2], { value: [1] })).toThrow(ValueError);
    expect(() => numbered([2], { value: [1, 2, 3] })).toThrow(
      /value must have 2 numbers for the shape \[2\], not 3/,
    );
    expect(() => numbered([2], { dtype: 'int32' })).toThrow(/dtype must be one of 'float32', 'float64'/);
    expect(memory().blocks).toBe(blocks);
  });
});

describe('assign', () => {
  test('casts, and gives the variable back', () => {
    const variable = numbered([2]);
    expect(variable.assign(tensor([0.1, 2], null, 'float64'))).toBe(variable);
    expect([...variable.value.data]).toEqual([Math.fround(0.1), 2]);
    expect(variable.assign(tensor([3, -4], null, 'int32')).value.array()).toEqual([3, -4]);
    expect(variable.assign([true, false]).value.array()).toEqual([1, 0]);
    expect(variable.assign(/** @type {any} */ (Int16Array.of(8, 9))).value.array()).toEqual([8, 9]);
    const wide = numbered([2], { dtype: 'float64' });
    expect(wide.assign(variable).value).toMatchObject({ dtype: 'float64', data: Float64Array.of(8, 9) });
    wide.dispose();
    variable.dispose();
  });
  test('between variables that lie differently', () => {
    const packed = numbered([3, 4], { packing: packing_of([3, 4], 2) });
    const plain = numbered([3, 4]).assign([
      [9, 8, 7, 6],
      [5, 4, 3, 2],
      [1, 0, -1, -2],
    ]);
    expect(packed.assign(plain).value.data).toEqual(plain.value.data);
    packed.dispose();
    plain.dispose();
  });
  test.each(
    /** @type {[any, any, RegExp][]} */ ([
      [[1, 2, 3], ValueError, /assign to v: value must have shape \[2\], not \[3\]/],
      [[[1, 2]], ValueError, /must have shape \[2\], not \[1, 2\]/],
      [1, ValueError, /must have shape \[2\], not \[\]/],
      [[[1], [2, 3]], ValueError, /ragged/],
      ['12', TypeError, /must be a tensor or nested lists/],
      [null, TypeError, /must be a tensor or nested lists/],
    ]),
  )('of %p changes nothing', (value, type, message) => {
    const variable = numbered([2]);
    expect(() => variable.assign(value)).toThrow(type);
    expect(() => variable.assign(value)).toThrow(message);
    expect(variable.value.array()).toEqual([1, 2]);
    variable.dispose();
  });
});

describe('the memory', () => {
  test('is freed by dispose, and use afterwards says so', () => {
    const before = memory();
    const variable = numbered([10], { name: 'weights' });
    expect(memory().blocks).toBe(before.blocks + 1);
    variable.dispose();
    variable.dispose();
    expect(memory()).toMatchObject({ bytes: before.bytes, blocks: before.blocks });
    expect(variable.disposed).toBe(true);
    for (const use of [() => variable.value, () => variable.assign(new Array(10).fill(0))]) {
      expect(use).toThrow(FailedPreconditionError);
      expect(use).toThrow(/the variable 'weights' of shape \[10\] is used after it was disposed of/);
    }
  });
  test('is freed by the last that uses it', () => {
    const variable = numbered([2]);
    variable._retain()._release();
    expect(variable.disposed).toBe(false);
    variable._release();
    expect(variable.disposed).toBe(true);
    variable._release();
  });
  test('nothing is left of reading and writing', () => {
    const variable = numbered([5, 6], { packing: packing_of([5, 6], 2) });
    const before = memory();
    for (let i = 0; i < 100; i++) variable.assign(variable.value);
    expect(memory()).toEqual(before);
    variable.dispose();
  });
});

test('the shape cannot be changed, the trainable flag can', () => {
  const variable = numbered([2]);
  expect(() => /** @type {number[]} */ (variable.shape).push(1)).toThrow(TypeError);
  variable.trainable = false;
  expect(variable.trainable).toBe(false);
  expect(String(variable)).toBe('Variable(name=v, shape=[2], dtype=float32)');
  variable.dispose();
});
