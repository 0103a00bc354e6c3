// The losses against a plain float64 evaluation, and their gradients against its central differences.
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as losses from '../../js/gradient/losses.js';
import { GradientTape } from '../../js/gradient/tape.js';
import { tensor, ValueError } from '../../js/index.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import * as reference from '../reference/losses.js';

beforeAll(ready);

const ROWS = 6;
const WIDTH = 5;
const next = generator(41);

/** @param {number} count @param {number} low @param {number} high */
const draw = (count, low, high) =>
  Float64Array.from({ length: count }, () => Math.fround(low + (high - low) * next()));

/** @param {ArrayLike<number>} values @returns {number[][]} */
const rows_of = (values) =>
  Array.from({ length: ROWS }, (_, row) => Array.from(values).slice(row * WIDTH, (row + 1) * WIDTH));

/** @param {ArrayLike<number>} values */
const weigh = (values) => Array.from(values, (v, i) => v * Math.sin(1 + 1.3 * i)).reduce((a, b) => a + b, 0);
const WEIGHTS = tensor(
  Float64Array.from({ length: ROWS }, (_, i) => Math.sin(1 + 1.3 * i)),
  [2, 3],
);

/** @type {[string, import('../../js/gradient/losses.js').LossFunction, 'probabilities' | 'logits'][]} */
const PAIRS = [
  ['mean_squared_error', losses.mean_squared_error, 'logits'],
  ['mean_absolute_error', losses.mean_absolute_error, 'logits'],
  ['categorical_crossentropy', losses.categorical_crossentropy, 'probabilities'],
  [
    'categorical_crossentropy from logits',
    (t, p) => losses.categorical_crossentropy(t, p, { from_logits: true }),
    'logits',
  ],
  [
    'categorical_crossentropy smoothed',
    (t, p) => losses.categorical_crossentropy(t, p, { from_logits: true, label_smoothing: 0.3 }),
    'logits',
  ],
  ['binary_crossentropy', losses.binary_crossentropy, 'probabilities'],
  [
    'binary_crossentropy from logits',
    (t, p) => losses.binary_crossentropy(t, p, { from_logits: true }),
    'logits',
  ],
  [
    'binary_crossentropy smoothed',
    (t, p) => losses.binary_crossentropy(t, p, { from_logits: true, label_smoothing: 0.3 }),
    'logits',
  ],
];

describe.each(PAIRS)('%s', (name, loss, kind) => {
  const p = kind === 'logits' ? draw(ROWS * WIDTH, -3, 2) : draw(ROWS * WIDTH, 0.05, 0.9);
  const t = draw(ROWS * WIDTH, 0.02, 0.8);
  const expected = (/** @type {ArrayLike<number>} */ y_true, /** @type {ArrayLike<number>} */ y_pred) => {
    const targets = rows_of(y_true);
    return rows_of(y_pred).map((row, i) => reference.losses[name](targets[i], row));
  };

  test.each([
    ['float64', 1e-14],
    ['float32', 1e-6],
  ])('values in %s', (dtype, tolerance) => {
    const type = /** @type {'float32' | 'float64'} */ (dtype);
    const result = loss(tensor(t, [2, 3, WIDTH], type), tensor(p, [2, 3, WIDTH], type));
    expect([result.shape, result.dtype]).toEqual([[2, 3], dtype]);
    expect(relative_difference(result.data, expected(t, p))).toBeLessThan(tolerance);
  });

  test('gradients by predictions and by targets', () => {
    const [y_true, y_pred] = [t, p].map((values) => tensor(values, [2, 3, WIDTH], 'float64'));
    const tape = new GradientTape();
    tape.watch([y_true, y_pred]);
    const value = tape.record(() => loss(y_true, y_pred));
    const [by_true, by_pred] = tape.gradient(value, [y_true, y_pred], { output_gradients: WEIGHTS });
    const differences = [
      central_differences((values) => weigh(expected(values, p)), t),
      central_differences((values) => weigh(expected(t, values)), p),
    ];
    expect(relative_difference(/** @type {any} */ (by_true).data, differences[0])).toBeLessThan(1e-7);
    expect(relative_difference(/** @type {any} */ (by_pred).data, differences[1])).toBeLessThan(1e-7);
  });

  test('refuses shapes that differ and predictions that are not floats', () => {
    const y_pred = tensor(p, [2, 3, WIDTH], 'float64');
    expect(() => loss(tensor(t, [3, 2, WIDTH], 'float64'), y_pred)).toThrow(ValueError);
    expect(() => loss(tensor(t, [3, 2, WIDTH], 'float64'), y_pred)).toThrow(
      /y_true must have the shape of y_pred/,
    );
    expect(() => loss([[1, 0]], tensor([[1, 0]], [1, 2], 'int32'))).toThrow(
      /y_pred must be of floats, not int32/,
    );
    expect(() => loss(1, 1)).toThrow(/y_pred must have at least one dimension/);
  });
});

describe.each([true, false])('sparse_categorical_crossentropy, from_logits %p', (from_logits) => {
  const p = from_logits ? draw(ROWS * WIDTH, -3, 2) : draw(ROWS * WIDTH, 0.05, 0.9);
  const targets = Int32Array.of(0, 4, 2, 2, 1, 3);
  const expected = (/** @type {ArrayLike<number>} */ y_pred) =>
    rows_of(y_pred).map((row, i) => reference.sparse_categorical_crossentropy(targets[i], row, from_logits));
  const loss = (/** @type {any} */ t, /** @type {any} */ y_pred) =>
    losses.sparse_categorical_crossentropy(t, y_pred, { from_logits });

  test.each([
    ['float64', 1e-14],
    ['float32', 1e-6],
  ])('values in %s', (dtype, tolerance) => {
    const y_pred = tensor(p, [2, 3, WIDTH], /** @type {'float32' | 'float64'} */ (dtype));
    for (const y_true of [
      tensor(targets, [2, 3]),
      tensor(targets, [2, 3, 1]),
      [
        [0, 4, 2],
        [2, 1, 3],
      ],
    ]) {
      const result = loss(y_true, y_pred);
      expect([result.shape, result.dtype]).toEqual([[2, 3], dtype]);
      expect(relative_difference(result.data, expected(p))).toBeLessThan(tolerance);
    }
  });

  test('gradient', () => {
    const y_pred = tensor(p, [2, 3, WIDTH], 'float64');
    const tape = new GradientTape();
    tape.watch(y_pred);
    const value = tape.record(() => loss(tensor(targets, [2, 3]), y_pred));
    const result = tape.gradient(value, y_pred, { output_gradients: WEIGHTS });
    const differences = central_differences((values) => weigh(expected(values)), p);
    expect(relative_difference(/** @type {any} */ (result).data, differences)).toBeLessThan(1e-7);
  });

  test.each([-1, 5, 1.5, Number.NaN])('a target of %p is refused', (target) => {
    const wrong = () =>
      loss(
        [
          [0, target, 1],
          [0, 0, 0],
        ],
        tensor(p, [2, 3, WIDTH], 'float64'),
      );
    expect(wrong).toThrow(ValueError);
    expect(wrong).toThrow(new RegExp(`y_true must hold classes, integers from 0 to 4, but holds ${target}`));
  });

  test('targets of another shape', () => {
    expect(() => loss([0, 1], tensor(p, [6, 5], 'float64'))).toThrow(
      /y_true must have shape \[6\].*not \[2\]/,
    );
  });
});

test('probabilities of 0 and 1 give finite losses', () => {
  const y_pred = tensor([1, 0, 0], [1, 3], 'float64');
  const [right, wrong] = [[0], [1]].map((t) => losses.sparse_categorical_crossentropy(t, y_pred).data[0]);
  expect(right).toBeCloseTo(2e-7, 12);
  expect(wrong).toBeCloseTo(-Math.log(1e-7), 6);
  expect(losses.binary_crossentropy([[0]], tensor([1], [1, 1], 'float64')).data[0]).toBeLessThan(16.2);
});

test('large logits give exact losses, and NaN stays NaN', () => {
  const logits = tensor([1000, 0, -1000], [1, 3], 'float64');
  const value = (/** @type {number} */ t) =>
    losses.sparse_categorical_crossentropy([t], logits, { from_logits: true }).data[0];
  expect([value(0), value(1), value(2)]).toEqual([0, 1000, 2000]);
  const lost = tensor([Number.NaN, 0], [1, 2], 'float32');
  expect(losses.sparse_categorical_crossentropy([1], lost, { from_logits: true }).data[0]).toBeNaN();
  expect(losses.sparse_categorical_crossentropy([1], lost).data[0]).toBeNaN();
  expect(losses.categorical_crossentropy([[0, 1]], lost).data[0]).toBeNaN();
  expect(losses.mean_squared_error([[0, 1]], lost).data[0]).toBeNaN();
});

test('unknown options and options of the wrong type', () => {
  const p = tensor([0.2, 0.8], [1, 2], 'float32');
  const { sparse_categorical_crossentropy, categorical_crossentropy } = losses;
  expect(() => sparse_categorical_crossentropy([0], p, /** @type {any} */ ({ logits: true }))).toThrow(
    TypeError,
  );
  expect(() => sparse_categorical_crossentropy([0], p, /** @type {any} */ ({ from_logits: 1 }))).toThrow(
    /from_logits must be true or false, not 1/,
  );
  expect(() => categorical_crossentropy([[0, 1]], p, { label_smoothing: 2 })).toThrow(
    /label_smoothing must be between 0 and 1, not 2/,
  );
});
