// The operations against plain evaluations, element by element, and their gradients against central differences.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ops } from '../../js/gradient/ops.js';
import { GradientTape } from '../../js/gradient/tape.js';
import {
  InvalidArgumentError,
  memory,
  ResourceExhaustedError,
  Tensor,
  tensor,
  ValueError,
  Variable,
} from '../../js/index.js';
import { packing_of } from '../../js/runtime/variable.js';
import { DTYPES, float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { at, indices_of, make, spliced } from '../reference/arrays.js';
import { central_differences, relative_difference } from '../reference/differences.js';

beforeAll(ready);

/** @typedef {import('../reference/arrays.js').Plain} Plain */

/** @param {number[][]} shapes @param {number} [seed] @returns {Plain[]} */
function operands(shapes, seed = 3) {
  const next = generator(seed);
  return shapes.map((shape) => ({
    shape,
    data: float32_numbers(
      shape.reduce((a, b) => a * b, 1),
      next,
    ),
  }));
}

/** @param {(a: number, b: number) => number} f @param {number[]} shape */
const broadcast =
  (f, shape) =>
  (/** @type {Plain[]} */ [a, b]) =>
    make(shape, (i) => f(at(a, i), at(b, i)));
/** @param {(a: number) => number} f */
const each =
  (f) =>
  (/** @type {Plain[]} */ [a]) =>
    make(a.shape, (i) => f(at(a, i)));
const sum_of = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
const range = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => i);
const positive = (/** @type {number} */ value) => Math.abs(value) + 0.25;

/** Row `i` of the result is what is left of the index where rank-2 matrices are multiplied. */
const product = (
  /** @type {Plain} */ a,
  /** @type {Plain} */ b,
  /** @type {number[]} */ batch,
  /** @type {number} */ i,
  /** @type {number} */ j,
) =>
  sum_of(
    range(/** @type {number} */ (a.shape.at(-1))).map(
      (k) => at(a, [...batch, i, k]) * at(b, [...batch, k, j]),
    ),
  );

/** Name, the operation, the operands' shapes, the reference. @type {[string, (...xs: any[]) => any, number[][], (xs: Plain[]) => Plain][]} */
const CASES = [
  [
    'add',
    ops.add,
    [
      [2, 3],
      [2, 3],
    ],
    broadcast((a, b) => a + b, [2, 3]),
  ],
  ['add, a row', ops.add, [[2, 3], [3]], broadcast((a, b) => a + b, [2, 3])],
  ['subtract, a column from a row', ops.subtract, [[4], [3, 1]], broadcast((a, b) => a - b, [3, 4])],
  [
    'multiply, both ways',
    ops.multiply,
    [
      [2, 1, 3],
      [4, 1],
    ],
    broadcast((a, b) => a * b, [2, 4, 3]),
  ],
  ['multiply, by a scalar', ops.multiply, [[2, 2], []], broadcast((a, b) => a * b, [2, 2])],
  [
    'divide',
    (a, b) => ops.divide(a, ops.add(ops.square(b), 0.5)),
    [
      [2, 3],
      [2, 1],
    ],
    broadcast((a, b) => a / (b * b + 0.5), [2, 3]),
  ],
  ['exp', ops.exp, [[2, 3]], each(Math.exp)],
  ['log', (x) => ops.log(ops.add(ops.square(x), 0.25)), [[5]], each((x) => Math.log(x * x + 0.25))],
  ['square', ops.square, [[3, 2]], each((x) => x * x)],
  ['sigmoid', ops.sigmoid, [[3, 7]], each((x) => 1 / (1 + Math.exp(-x)))],
  ['tanh', ops.tanh, [[3, 7]], each(Math.tanh)],
  ['relu', ops.relu, [[3, 7]], each((x) => Math.max(x, 0))],
  [
    'softmax',
    ops.softmax,
    [[3, 5]],
    ([a]) =>
      make(
        [3, 5],
        ([i, j]) => Math.exp(at(a, [i, j])) / sum_of(range(5).map((k) => Math.exp(at(a, [i, k])))),
      ),
  ],
  [
    'softmax, first axis',
    (x) => ops.softmax(x, { axis: 0 }),
    [[3, 2]],
    ([a]) =>
      make(
        [3, 2],
        ([i, j]) => Math.exp(at(a, [i, j])) / sum_of(range(3).map((k) => Math.exp(at(a, [k, j])))),
      ),
  ],
  [
    'softmax, two axes',
    (x) => ops.softmax(x, { axis: [0, 2] }),
    [[2, 3, 2]],
    ([a]) =>
      make(
        [2, 3, 2],
        ([i, j, k]) =>
          Math.exp(at(a, [i, j, k])) / sum_of(indices_of([2, 2]).map(([p, q]) => Math.exp(at(a, [p, j, q])))),
      ),
  ],
  ['sum', ops.sum, [[2, 3]], ([a]) => make([], () => sum_of(a.data))],
  [
    'sum, an axis',
    (x) => ops.sum(x, { axis: -2 }),
    [[2, 3, 2]],
    ([a]) => make([2, 2], ([i, k]) => sum_of(range(3).map((j) => at(a, [i, j, k])))),
  ],
  [
    'sum, two axes, keepdims',
    (x) => ops.sum(x, { axis: [0, 2], keepdims: true }),
    [[2, 3, 2]],
    ([a]) => make([1, 3, 1], ([, j]) => sum_of(indices_of([2, 2]).map(([i, k]) => at(a, [i, j, k])))),
  ],
  [
    'mean',
    (x) => ops.mean(x, 1),
    [[3, 4]],
    ([a]) => make([3], ([i]) => sum_of(range(4).map((j) => at(a, [i, j]))) / 4),
  ],
  [
    'matmul',
    ops.matmul,
    [
      [3, 4],
      [4, 2],
    ],
    ([a, b]) => make([3, 2], ([i, j]) => product(a, b, [], i, j)),
  ],
  [
    'matmul, wide',
    ops.matmul,
    [
      [5, 37],
      [37, 19],
    ],
    ([a, b]) => make([5, 19], ([i, j]) => product(a, b, [], i, j)),
  ],
  [
    'matmul, vectors',
    ops.matmul,
    [[4], [4]],
    ([a, b]) => make([], () => sum_of(range(4).map((k) => a.data[k] * b.data[k]))),
  ],
  [
    'matmul, a vector on the left',
    ops.matmul,
    [[3], [2, 3, 4]],
    ([a, b]) => make([2, 4], ([n, j]) => sum_of(range(3).map((k) => a.data[k] * at(b, [n, k, j])))),
  ],
  [
    'matmul, a vector on the right',
    ops.matmul,
    [[2, 3], [3]],
    ([a, b]) => make([2], ([i]) => sum_of(range(3).map((k) => at(a, [i, k]) * b.data[k]))),
  ],
  [
    'matmul, batches',
    ops.matmul,
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    ([a, b]) =>
      make([2, 5, 3, 2], ([n, m, i, j]) =>
        sum_of(range(4).map((k) => at(a, [n, 0, i, k]) * at(b, [m, k, j]))),
      ),
  ],
  [
    'concatenate',
    (a, b, c) => ops.concatenate([a, b, c], { axis: -1 }),
    [
      [2, 1],
      [2, 3],
      [2, 2],
    ],
    ([a, b, c]) =>
      make([2, 6], ([i, j]) => (j < 1 ? at(a, [i, j]) : j < 4 ? at(b, [i, j - 1]) : at(c, [i, j - 4]))),
  ],
  [
    'concatenate, first axis',
    (a, b) => ops.concatenate([a, b]),
    [
      [1, 2, 2],
      [2, 2, 2],
    ],
    ([a, b]) => make([3, 2, 2], ([i, j, k]) => (i < 1 ? at(a, [i, j, k]) : at(b, [i - 1, j, k]))),
  ],
  [
    'split, the second of three',
    (x) => ops.split(x, 3, { axis: 1 })[1],
    [[2, 6]],
    ([a]) => make([2, 2], ([i, j]) => at(a, [i, j + 2])),
  ],
  [
    'split, at indices',
    (x) => ops.split(x, [1, 3])[1],
    [[4, 2]],
    ([a]) => make([2, 2], ([i, j]) => at(a, [i + 1, j])),
  ],
  [
    'stack',
    (a, b) => ops.stack([a, b], { axis: 1 }),
    [
      [2, 3],
      [2, 3],
    ],
    (xs) => make([2, 2, 3], ([i, n, j]) => at(xs[n], [i, j])),
  ],
  [
    'unstack',
    (x) => ops.unstack(x, { axis: 1 })[2],
    [[2, 3, 2]],
    ([a]) => make([2, 2], ([i, j]) => at(a, [i, 2, j])),
  ],
  ['reshape', (x) => ops.reshape(x, [3, -1]), [[2, 6]], ([a]) => ({ shape: [3, 4], data: a.data })],
  ['transpose', ops.transpose, [[2, 3, 4]], ([a]) => make([4, 3, 2], ([i, j, k]) => at(a, [k, j, i]))],
  [
    'transpose, an order',
    (x) => ops.transpose(x, { axes: [1, 2, 0] }),
    [[2, 3, 4]],
    ([a]) => make([3, 4, 2], ([i, j, k]) => at(a, [k, i, j])),
  ],
  [
    'take',
    (x) =>
      ops.take(
        x,
        [
          [2, 0],
          [-1, 2],
        ],
        { axis: 1 },
      ),
    [[2, 3, 2]],
    ([a]) =>
      make([2, 2, 2, 2], ([i, p, q, j]) =>
        at(
          a,
          spliced(
            [i, j],
            1,
            0,
            [
              [2, 0],
              [2, 2],
            ][p][q],
          ),
        ),
      ),
  ],
  ['take, of all', (x) => ops.take(x, [5, 0]), [[2, 3]], ([a]) => make([2], ([i]) => a.data[[5, 0][i]])],
  [
    'where',
    (a, b) => ops.where([[true], [false]], a, b),
    [[3], [2, 3]],
    ([a, b]) => make([2, 3], (i) => at(i[0] ? b : a, i)),
  ],
  [
    'one operand twice',
    (x) => ops.multiply(x, ops.divide(x, positive(2))),
    [[3]],
    each((x) => (x * x) / 2.25),
  ],
];

const TOLERANCE = { float32: 1e-6, float64: 1e-14 };

describe.each(DTYPES)('%s', (dtype) => {
  test.each(CASES)('%s', (_, run, shapes, reference) => {
    const xs = operands(shapes);
    const result = run(...xs.map(({ data, shape }) => tensor(data, shape, dtype)));
    const expected = reference(xs);
    expect([result.dtype, result.shape]).toEqual([dtype, expected.shape]);
    expect(relative_difference(result.data, expected.data)).toBeLessThan(TOLERANCE[dtype]);
  });
});

describe('gradients', () => {
  test.each(CASES)('%s', (_, run, shapes, reference) => {
    const xs = operands(shapes, 11);
    const sources = xs.map(({ data, shape }) => tensor(data, shape, 'float64'));
    const tape = new GradientTape();
    tape.watch(sources);
    const y = tape.record(() => run(...sources));
    const weights = y.data.map((/** @type {number} */ _value, /** @type {number} */ i) =>
      Math.sin(0.4 + 1.7 * i),
    );
    const result = tape.gradient(y, sources, { output_gradients: new Tensor(weights, y.shape, 'float64') });
    xs.forEach((x, which) => {
      const loss = (/** @type {Float64Array} */ data) => {
        const changed = xs.map((other, i) => (i === which ? { shape: x.shape, data: [...data] } : other));
        return sum_of(reference(changed).data.map((value, i) => value * weights[i]));
      };
      const expected = central_differences(loss, x.data);
      expect(result[which]?.shape).toEqual(x.shape);
      expect(relative_difference(/** @type {Tensor} */ (result[which]).data, expected)).toBeLessThan(1e-7);
    });
  });

  test.each([null, packing_of([5, 3])])('of a variable with the packing %j', (packing) => {
    const [a, k] = operands([
      [4, 5],
      [5, 3],
    ]);
    const variable = new Variable({ name: 'k', shape: [5, 3], dtype: 'float64', value: k.data, packing });
    const x = tensor(a.data, [4, 5], 'float64');
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => ops.matmul(x, variable));
    expect(relative_difference(y.data, make([4, 3], ([i, j]) => product(a, k, [], i, j)).data)).toBeLessThan(
      1e-14,
    );
    const [d_x, d_k] = tape.gradient(y, [x, variable]);
    expect(
      relative_difference(
        /** @type {Tensor} */ (d_x).data,
        make([4, 5], ([, j]) => sum_of(k.data.slice(3 * j, 3 * j + 3))).data,
      ),
    ).toBeLessThan(1e-14);
    expect(
      relative_difference(
        /** @type {Tensor} */ (d_k).data,
        make([5, 3], ([i]) => sum_of(range(4).map((n) => at(a, [n, i])))).data,
      ),
    ).toBeLessThan(1e-14);
    expect(() => ops.matmul([[1, 2]], variable)).toThrow(/2 is not 5/);
    expect(() => ops.matmul(tensor([[1]], null, 'float32'), variable)).toThrow(ValueError);
    variable.dispose();
  });

  test('gradients of variables in other operations', () => {
    const variable = new Variable({ name: 'v', shape: [2], dtype: 'float32', value: [2, 3] });
    const tape = new GradientTape();
    const y = tape.record(() =>
      ops.sum(
        ops.multiply(ops.square(variable), [
          [1, 2],
          [3, 4],
        ]),
      ),
    );
    expect(tape.gradient(y, variable)?.array()).toEqual([16, 36]);
    variable.dispose();
  });

  test('where: NaN that is not selected reaches no gradient', () => {
    const x = tensor([Number.NaN, 2], [2], 'float64');
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => ops.where([false, true], ops.multiply(x, x), 0));
    expect(y.array()).toEqual([0, 4]);
    expect(tape.gradient(y, x)?.array()[1]).toBe(4);
    const alone = new GradientTape();
    alone.watch(x);
    expect(
      alone
        .gradient(
          alone.record(() => ops.where([false, true], x, 0)),
          x,
        )
        ?.array(),
    ).toEqual([0, 1]);
  });
});

describe('dtypes', () => {
  const int = (/** @type {any} */ values) => tensor(values, null, 'int32');
  test.each([
    ['integers', () => ops.add(int([1, 2]), int([3, 4])), 'int32', [4, 6]],
    ['a whole number beside integers', () => ops.multiply(int([1, 2]), 3), 'int32', [3, 6]],
    ['a fraction beside integers', () => ops.multiply(int([1, 2]), 0.5), 'float32', [0.5, 1]],
    [
      'integers beside floats',
      () => ops.add(int([1, 2]), tensor([0.5, 0.5], null, 'float64')),
      'float64',
      [1.5, 2.5],
    ],
    ['division of integers', () => ops.divide(int([1, 3]), 2), 'float32', [0.5, 1.5]],
    ['booleans', () => ops.sum([true, false, true]), 'int32', 2],
    ['the mean of integers', () => ops.mean(int([1, 2])), 'float32', 1.5],
    ['a product of integers', () => ops.matmul(int([[16777217, 1]]), int([[1], [2]])), 'int32', [[16777219]]],
    ['numbers alone', () => ops.add(1, [1, 2]), 'float32', [2, 3]],
    ['tanh of integers', () => ops.tanh(int([0])), 'float32', [0]],
    [
      'one_hot',
      () => ops.one_hot([1, 0, 4, -1], 3),
      'float32',
      [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [
      'one_hot, an axis',
      () => ops.one_hot(int([[1], [0]]), 2, { axis: 0, dtype: 'int32' }),
      'int32',
      [
        [[0], [1]],
        [[1], [0]],
      ],
    ],
    ['an empty sum', () => ops.sum(tensor([], [0, 2], 'float32'), 0), 'float32', [0, 0]],
    [
      'a product of nothing',
      () => ops.matmul(tensor([], [2, 0], 'float32'), tensor([], [0, 1], 'float32')),
      'float32',
      [[0], [0]],
    ],
    ['NaN times zero', () => ops.matmul([[0, 1]], [[Number.NaN], [1]]), 'float32', [[Number.NaN]]],
  ])('%s', (_, run, dtype, expected) => {
    const result = /** @type {() => Tensor} */ (run)();
    expect([result.dtype, result.array()]).toEqual([dtype, expected]);
  });

  // What keras.ops does: the larger type, whichever comes first.
  test.each([
    ['add', (/** @type {any} */ a, /** @type {any} */ b) => ops.add(a, b), 1],
    ['concatenate', (/** @type {any} */ a, /** @type {any} */ b) => ops.concatenate([a, b]), 1],
    ['matmul', (/** @type {any} */ a, /** @type {any} */ b) => ops.matmul(a, b), 0.1],
  ])(
    'float32 beside float64 becomes float64, and the gradient of each has its dtype: %s',
    (_, run, slope) => {
      const single = tensor([[0.1]], null, 'float32');
      const double = tensor([[0.1]], null, 'float64');
      for (const operands of [
        [single, double],
        [double, single],
      ]) {
        const tape = new GradientTape();
        tape.watch(operands);
        const y = tape.record(() => run(operands[0], operands[1]));
        expect(y.dtype).toBe('float64');
        const gradients = tape.gradient(y, operands);
        expect(gradients.map((gradient) => gradient?.dtype)).toEqual(operands.map(({ dtype }) => dtype));
        for (const gradient of gradients) expect(gradient?.data[0]).toBeCloseTo(slope, 7);
      }
    },
  );
  test('a variable as the right side of a product takes any dtype on the left', () => {
    const variable = (/** @type {'float32' | 'float64'} */ dtype) =>
      new Variable({ name: 'k', shape: [2, 1], dtype, value: [0.1, 3], packing: packing_of([2, 1]) });
    const [single, double] = [variable('float32'), variable('float64')];
    const ones = (/** @type {any} */ dtype) => tensor([1, 1], [1, 2], dtype);
    const results = [
      ops.matmul(ones('int32'), single),
      ops.matmul(ones('bool'), double),
      ops.matmul(ones('float32'), double),
      ops.matmul(ones('float64'), single),
    ];
    expect(results.map(({ dtype, data }) => [dtype, data[0]])).toEqual([
      ['float32', Math.fround(3.1)],
      ['float64', 3.1],
      ['float64', 3.1],
      ['float64', Math.fround(0.1) + 3],
    ]);
    const tape = new GradientTape();
    const x = tensor([2, 3], [1, 2], 'float64');
    const y = tape.record(() => ops.matmul(x, single));
    expect(tape.gradient(y, single)).toEqual(tensor([2, 3], [2, 1], 'float32'));
    single.dispose();
    double.dispose();
  });
});

test.each(
  /** @type {[string, (options: any) => any][]} */ ([
    ['sum', (options) => ops.sum([[1]], options)],
    ['mean', (options) => ops.mean([[1]], options)],
    ['softmax', (options) => ops.softmax([[1]], options)],
    ['concatenate', (options) => ops.concatenate([[[1]]], options)],
    ['split', (options) => ops.split([[1]], 1, options)],
    ['stack', (options) => ops.stack([[1]], options)],
    ['unstack', (options) => ops.unstack([[1]], options)],
    ['transpose', (options) => ops.transpose([[1]], options)],
    ['take', (options) => ops.take([[1]], [0], options)],
    ['one_hot', (options) => ops.one_hot([0], 2, options)],
  ]),
)('options that are not options are refused: %s', (name, run) => {
  for (const options of [tensor([0]), new Map(), new Int32Array(1), { axiss: 0 }])
    expect(() => run(options)).toThrow(TypeError);
  expect(() => run(new Map())).toThrow(new RegExp(`^${name}: the options must be an object literal`));
});

test.each([
  [() => ops.add([1, 2], [1, 2, 3]), ValueError, /add: the shapes \[2\] and \[3\]/],
  [() => ops.matmul([[1, 2]], [[1, 2]]), ValueError, /2 is not 1/],
  [() => ops.matmul(1, [[1]]), ValueError, /at least one dimension/],
  [() => ops.sum([1], 1), ValueError, /sum: axis must be an integer from -1 to 0, not 1/],
  [() => ops.sum([[1]], [0, -2]), ValueError, /each axis once/],
  [() => ops.sum([1], /** @type {any} */ ({ axes: 0 })), TypeError, /no option 'axes'/],
  [() => ops.concatenate([]), ValueError, /at least one tensor/],
  [() => ops.concatenate([[1], [[1]]]), ValueError, /xs\[1\] must have shape \[\?\], not \[1, 1\]/],
  [() => ops.split([1, 2, 3], 2), ValueError, /equal parts of 3, not 2/],
  [() => ops.split([], 2 ** 31 - 1), ValueError, /equal parts of 0, not 2147483647/],
  [
    () =>
      ops.add(
        tensor(new Float32Array(2 ** 17), [2 ** 17, 1]),
        tensor(new Float32Array(2 ** 17), [1, 2 ** 17]),
      ),
    ResourceExhaustedError,
    /bytes/,
  ],
  [() => ops.split([1, 2, 3], [2, 1]), ValueError, /must not decrease/],
  [() => ops.stack([[1], [1, 2]]), ValueError, /xs\[1\] must have shape \[1\], not \[2\]/],
  [() => ops.reshape([1, 2, 3], [2, -1]), ValueError, /3 values/],
  [() => ops.transpose([[1]], [0]), ValueError, /2 axes/],
  [() => ops.take([1], [1]), InvalidArgumentError, /from -1 to 0, not 1/],
  [() => ops.take([1], [0.5]), ValueError, /integers, not 0.5/],
  [() => ops.one_hot([0], 0), ValueError, /num_classes must be a positive integer/],
  [() => ops.tanh(/** @type {any} */ ('x')), TypeError, /tanh: x must be a tensor/],
])('%s', (run, type, message) => {
  expect(run).toThrow(type);
  expect(run).toThrow(message);
});

test('operands are not changed, and no memory is left', () => {
  const before = memory();
  const x = tensor([1, 2, 3, 4], [2, 2], 'float32');
  const y = ops.reshape(x, [4]);
  y.data[0] = 9;
  ops.matmul(ops.softmax(x, 0), ops.tanh(x));
  expect(x.array()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(memory()).toEqual(before);
});
