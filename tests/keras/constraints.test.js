// Constraints: what they make of a weight, and that each step of training ends with them.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { initializers, memory, tensor } from '../../js/index.js';
import { CuDNNGRU, constraints, Dense, Embedding, GRU, optimizers, Sequential } from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { at, make, spliced } from '../reference/arrays.js';
import { relative_difference } from '../reference/differences.js';

beforeAll(ready);

const { max_norm, min_max_norm, non_neg, unit_norm } = constraints;
const EPSILON = 1e-7;

/**
 * The norm of the slice that an element belongs to.
 * @param {{ shape: number[], data: number[] }} array
 * @param {number[]} index
 * @param {number} axis
 */
const norm_at = (array, index, axis) =>
  Math.hypot(...Array.from({ length: array.shape[axis] }, (_, i) => at(array, spliced(index, axis, 1, i))));

const shape = [3, 4, 2];
const data = float32_numbers(24, generator(6), 1.5);
const weight = tensor(data, shape, 'float64');

/** @type {[string, (axis: number) => any, (norm: number) => number][]} */
const CASES = [
  ['max_norm', (axis) => max_norm({ max_value: 1.5, axis }), (norm) => Math.min(norm, 1.5)],
  ['unit_norm', (axis) => unit_norm({ axis }), () => 1],
  [
    'min_max_norm',
    (axis) => min_max_norm({ min_value: 1.6, max_value: 2, rate: 0.75, axis }),
    (norm) => 0.75 * Math.min(Math.max(norm, 1.6), 2) + 0.25 * norm,
  ],
];

describe.each(CASES)('%s', (_, constraint, expected_norm) => {
  test.each([0, 1, 2, -1])('along axis %d', (axis) => {
    const actual = constraint(axis)(weight);
    const array = { shape, data };
    const expected = make(shape, (index) => {
      const norm = norm_at(array, index, axis < 0 ? axis + 3 : axis);
      return (at(array, index) * expected_norm(norm)) / (EPSILON + norm);
    });
    expect(actual.shape).toEqual(shape);
    expect(relative_difference(actual.data, expected.data)).toBeLessThan(1e-14);
  });
});

test('over several axes together', () => {
  const actual = unit_norm({ axis: [0, 2] })(weight);
  for (let j = 0; j < 4; j++) {
    const norm = Math.hypot(...[...actual.data].filter((_, i) => Math.floor(i / 2) % 4 === j));
    expect(norm).toBeCloseTo(1, 6);
  }
  expect(() => unit_norm({ axis: 3 })(weight)).toThrow(/UnitNorm: axis must be an integer from -3 to 2/);
});

test('non_neg, and NaN is not hidden', () => {
  expect([...non_neg()(tensor([-1, 0, 2, Number.NaN])).data]).toEqual([0, 0, 2, Number.NaN]);
});

test('a weight of zeros stays', () => {
  for (const constraint of [max_norm(), unit_norm(), min_max_norm({ min_value: 1 })]) {
    expect([...constraint(tensor([0, 0], [2, 1])).data]).toEqual([0, 0]);
  }
});

describe('in training', () => {
  const norms = (/** @type {any} */ { data: values, shape: [rows, columns] }) =>
    Array.from({ length: columns }, (_, j) =>
      Math.hypot(...Array.from({ length: rows }, (__, i) => values[i * columns + j])),
    );
  test.each([
    () => new optimizers.SGD({ learning_rate: 0.5 }),
    () => new optimizers.Adam({ learning_rate: 0.1 }),
    () => new optimizers.RMSprop({ learning_rate: 0.1 }),
  ])('after each step, optimizer %#', async (make_optimizer) => {
    const model = new Sequential([
      // Keras adds 1e-7 to a norm before it divides by it, which shows where norms are small.
      new Embedding(4, 3, {
        embeddings_initializer: initializers.random_uniform({ minval: 0.5, maxval: 1.5, seed: 1 }),
        embeddings_constraint: unit_norm({ axis: 1 }),
      }),
      new GRU(5, {
        return_sequences: true,
        kernel_constraint: max_norm({ max_value: 0.7 }),
        recurrent_constraint: 'unit_norm',
        bias_constraint: 'NonNeg',
      }),
      new CuDNNGRU(2, { recurrent_constraint: non_neg() }),
      new Dense(1, {
        kernel_constraint: { class_name: 'MinMaxNorm', config: { min_value: 1, max_value: 1 } },
        bias_constraint: (/** @type {any} */ bias) => tensor([0.25], bias.shape),
      }),
    ]);
    model.compile({ optimizer: make_optimizer(), loss: 'mse' });
    const check = () => {
      const [table, kernel, recurrent, bias, , cudnn, , dense, shift] = model.get_weights();
      for (const row of table.array()) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
      expect(Math.max(...norms(kernel))).toBeLessThan(0.7001);
      for (const norm of norms(recurrent)) expect(norm).toBeCloseTo(1, 5);
      expect(Math.min(...bias.data)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...cudnn.data)).toBeGreaterThanOrEqual(0);
      expect(norms(dense)[0]).toBeCloseTo(1, 5);
      expect(shift.data[0]).toBe(0.25);
    };
    const x = [
      [0, 1, 2],
      [3, 2, 1],
    ];
    await model.fit(x, [[1], [-1]], { epochs: 4, on_batch_end: check });
    model.dispose();
  });
  test('dispose frees all memory', () => {
    const before = memory();
    const layer = new GRU(3, { kernel_constraint: 'max_norm' });
    layer.build([null, null, 2]);
    const optimizer = new optimizers.Adam();
    optimizer.apply_gradients(layer.weights.map((variable) => [variable.value, variable]));
    optimizer.dispose();
    layer.dispose();
    expect(memory()).toEqual(before);
  });
});
