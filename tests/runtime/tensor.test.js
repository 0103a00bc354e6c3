// tensor(): shapes, dtypes, and everything that is taken in a tensor's place.
import { describe, expect, test } from '@jest/globals';
import { ResourceExhaustedError, Tensor, tensor, ValueError } from '../../js/index.js';
import { array_of, as_tensor, as_tensor_of_shape } from '../../js/runtime/tensor.js';

describe('nested lists', () => {
  test.each(
    /** @type {[any, number[], number[]][]} */ ([
      [7, [], [7]],
      [[1, 2, 3], [3], [1, 2, 3]],
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [3, 2],
        [1, 2, 3, 4, 5, 6],
      ],
      [[[[1], [2]]], [1, 2, 1], [1, 2]],
      [[], [0], []],
      [[[], []], [2, 0], []],
    ]),
  )('%j', (values, shape, data) => {
    const actual = tensor(values);
    expect(actual).toBeInstanceOf(Tensor);
    expect(actual).toMatchObject({ shape, dtype: 'float32', rank: shape.length, size: data.length });
    expect(actual.data).toEqual(new Float32Array(data));
    expect(actual.array()).toEqual(values);
  });
  test('of typed arrays', () => {
    expect(tensor(/** @type {any} */ ([Float64Array.of(1, 2), Float64Array.of(3, 4)])).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
  test('of booleans are bool, and come back as such', () => {
    const actual = tensor([[true, false]]);
    expect(actual.dtype).toBe('bool');
    expect(actual.data).toEqual(Uint8Array.of(1, 0));
    expect(actual.array()).toEqual([[true, false]]);
    expect(tensor(true)).toMatchObject({ dtype: 'bool', shape: [] });
    expect(tensor([true, false], null, 'float32').array()).toEqual([1, 0]);
  });
  test.each(
    /** @type {[any][]} */ ([
      [[[1, 2], [3]]],
      [[[1], [2, 3]]],
      [[1, [2]]],
      [[[1], 2]],
      [[[], [1]]],
      [[[1, 2], Float32Array.of(1)]],
    ]),
  )('%j is ragged', (values) => {
    expect(() => tensor(values)).toThrow(ValueError);
    expect(() => tensor(values)).toThrow(/values: the lists are ragged: expected the shape \[/);
  });
  test.each(/** @type {[any][]} */ ([[['a']], [[null]], [[{}]], [[1n]], [[undefined]]]))(
    '%p holds no numbers',
    (values) => {
      expect(() => tensor(values)).toThrow(TypeError);
      expect(() => tensor(values)).toThrow(/values must hold numbers/);
    },
  );
  test.each(
    /** @type {[any][]} */ ([['12'], [null], [undefined], [{}], [new Map()], [() => 1], [{ shape: [1] }]]),
  )('%p is no tensor', (values) => {
    expect(() => tensor(values)).toThrow(TypeError);
    expect(() => tensor(values)).toThrow(/values must be a tensor or nested lists of numbers, not/);
  });
});

describe('shape', () => {
  test('with flat values', () => {
    expect(tensor([1, 2, 3, 4, 5, 6], [2, 3]).array()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tensor([[1, 2, 3, 4]], [2, 2]).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([5], []).array()).toBe(5);
    expect(tensor([], [0, 3])).toMatchObject({ shape: [0, 3], size: 0 });
    expect(tensor([], [0, 3]).array()).toEqual([]);
    expect(tensor([], [2, 0]).array()).toEqual([[], []]);
  });
  test('is copied', () => {
    const shape = [2];
    const actual = tensor([1, 2], shape);
    shape[0] = 3;
    expect(actual.shape).toEqual([2]);
  });
  test('that the values do not fill', () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(ValueError);
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(/shape \[2, 2\] holds 4 values, not 3/);
  });
  test.each(/** @type {[any][]} */ ([[[1.5]], [[-1]], ['2'], [3], [[null]], [[Number.NaN]], [{}]]))(
    '%p is none',
    (shape) => {
      expect(() => tensor([1, 2, 3], shape)).toThrow(ValueError);
      expect(() => tensor([1, 2, 3], shape)).toThrow(/shape must be a list of integers of 0 or more/);
    },
  );
});

describe('dtype', () => {
  test.each(
    /** @type {[any, any][]} */ ([
      ['float32', Float32Array],
      ['float64', Float64Array],
      ['int32', Int32Array],
      ['bool', Uint8Array],
    ]),
  )('%s', (dtype, Type) => {
    const actual = tensor([0, 1], null, dtype);
    expect(actual.dtype).toBe(dtype);
    expect(actual.data).toEqual(Type.of(0, 1));
    // A typed array that has it is taken as it is.
    const data = Type.of(1, 0, 1);
    expect(tensor(data)).toMatchObject({ dtype, shape: [3] });
    expect(tensor(data).data).toBe(data);
    expect(tensor(data, [1, 3], dtype).data).toBe(data);
  });
  test('of a typed array may be changed, which copies', () => {
    const data = Float64Array.of(1.25, 2);
    const actual = tensor(data, [2], 'float32');
    expect(actual.data).toEqual(Float32Array.of(1.25, 2));
    expect(tensor(Float32Array.of(2.75), null, 'int32').data).toEqual(Int32Array.of(2));
  });
  test('of another kind of array is float32, unless it is said', () => {
    expect(tensor(Int16Array.of(1, -2))).toMatchObject({ dtype: 'float32', data: Float32Array.of(1, -2) });
    expect(tensor(Int16Array.of(1, -2), null, 'int32').data).toEqual(Int32Array.of(1, -2));
  });
  test.each(['float16', 'int64', 'string', 3, {}])('%p is none', (dtype) => {
    expect(() => tensor([1], null, /** @type {any} */ (dtype))).toThrow(ValueError);
    expect(() => tensor([1], null, /** @type {any} */ (dtype))).toThrow(
      /dtype must be one of 'float32', 'float64'/,
    );
  });
  test('float32 rounds, and keeps NaN, infinities and the sign of zero', () => {
    const { data } = tensor([0.1, Number.NaN, Number.POSITIVE_INFINITY, -0]);
    expect([...data]).toEqual([Math.fround(0.1), Number.NaN, Number.POSITIVE_INFINITY, -0]);
  });
});

describe('in the place of a tensor', () => {
  test('a tensor itself, another view of the same data', () => {
    const original = tensor([1, 2, 3, 4]);
    expect(tensor(original, [2, 2]).data).toBe(original.data);
    expect(as_tensor('test', original, null)).toBe(original);
  });
  test('{ shape, data } of lists and typed arrays', () => {
    expect(tensor({ shape: [2, 1], data: [1, 2] }).array()).toEqual([[1], [2]]);
    expect(tensor({ shape: [2], data: Float64Array.of(1, 2) }).dtype).toBe('float64');
    expect(tensor({ shape: [2], data: [1, 2], dtype: 'int32' }).data).toEqual(Int32Array.of(1, 2));
    expect(tensor({ shape: [2], data: [1, 2], dtype: 'int32' }, null, 'float32').dtype).toBe('float32');
  });
  test("TensorFlow.js's tensors", () => {
    const foreign = { shape: [1, 2], dtype: 'float32', dataSync: () => Float32Array.of(3, 4) };
    expect(tensor(foreign).array()).toEqual([[3, 4]]);
    expect(as_tensor('test', foreign, 'float32').shape).toEqual([1, 2]);
    const ids = { shape: [2], dtype: 'int32', dataSync: () => Int32Array.of(3, 4) };
    expect(tensor(ids).dtype).toBe('int32');
    const flags = { shape: [2], dtype: 'bool', dataSync: () => Uint8Array.of(1, 0) };
    expect(tensor(flags).array()).toEqual([true, false]);
  });
  test('data that does not fill the shape', () => {
    expect(() => tensor({ shape: [2, 2], data: [1, 2, 3] })).toThrow(ValueError);
    expect(() => tensor({ shape: [2, 2], data: [1, 2, 3] })).toThrow(/has shape \[2, 2\], but 3 values/);
    expect(() => tensor({ shape: [-1], data: [] })).toThrow(/values\.shape must be a list of integers/);
  });
});

describe('as arguments', () => {
  test('lists are converted to the required dtype, tensors must have it', () => {
    expect(as_tensor('f: x', [1, 2], 'float64').dtype).toBe('float64');
    expect(as_tensor('f: x', [1, 2], 'int32').dtype).toBe('int32');
    expect(() => as_tensor('f: x', tensor([1]), 'float64')).toThrow(ValueError);
    expect(() => as_tensor('f: x', tensor([1]), 'float64')).toThrow(
      'f: x must have dtype float64, not float32',
    );
    // A typed array is a list of numbers, too.
    expect(as_tensor('f: x', Float64Array.of(1), 'float32').data).toEqual(Float32Array.of(1));
  });
  test('of a shape', () => {
    expect(as_tensor_of_shape('f: x', [[1, 2]], 'float32', [null, 2]).shape).toEqual([1, 2]);
    expect(() => as_tensor_of_shape('f: x', [[1, 2]], 'float32', [null, 3])).toThrow(
      'f: x must have shape [?, 3], not [1, 2]',
    );
    expect(() => as_tensor_of_shape('f: x', [1], 'float32', [null, 1])).toThrow(ValueError);
  });
});

test('out of memory: the error has the size', () => {
  expect(() => array_of('float64', 2 ** 40)).toThrow(ResourceExhaustedError);
  expect(() => array_of('float64', 2 ** 40)).toThrow(/array of 8796093022208 bytes/);
});

test('describes itself', () => {
  expect(String(tensor([[1, 2]]))).toBe('Tensor(shape=[1, 2], dtype=float32)');
});
