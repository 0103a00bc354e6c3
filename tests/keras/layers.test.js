// Dense, Embedding, Activation, Dropout: values against plain evaluation, weights, masks.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { initializers, regularizers, set_random_seed, tensor } from '../../js/index.js';
import { Activation, Dense, Dropout, Embedding, GradientTape } from '../../js/keras.js';
import { float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { activations } from '../reference/activations.js';
import { relative_difference } from '../reference/differences.js';
import { softmax } from '../reference/losses.js';

beforeAll(ready);

/** @param {ArrayLike<number>} x @param {ArrayLike<number>} kernel @param {ArrayLike<number>} bias @param {number} width */
function affine(x, kernel, bias, width) {
  const inputs = kernel.length / width;
  return Array.from({ length: (x.length / inputs) * width }, (_, at) => {
    let sum = bias[at % width];
    for (let i = 0; i < inputs; i++)
      sum += x[Math.floor(at / width) * inputs + i] * kernel[i * width + (at % width)];
    return sum;
  });
}

describe('Dense', () => {
  const next = generator(2);
  test.each([
    { shape: [4, 3], units: 5, activation: 'tanh' },
    { shape: [2, 3, 7], units: 9, activation: 'softmax' },
    { shape: [2, 1, 2, 17], units: 1, activation: 'linear' },
    { shape: [0, 3], units: 2, activation: 'relu' },
  ])('$shape to $units, $activation', ({ shape, units, activation }) => {
    const width = /** @type {number} */ (shape.at(-1));
    const x = float32_numbers(
      shape.reduce((a, b) => a * b),
      next,
    );
    const [kernel, bias] = [float32_numbers(width * units, next), float32_numbers(units, next)];
    for (const dtype of /** @type {const} */ (['float32', 'float64'])) {
      const layer = new Dense(units, { activation, dtype });
      layer.build(shape);
      layer.set_weights([
        { shape: [width, units], data: kernel },
        { shape: [units], data: bias },
      ]);
      const actual = layer.call(tensor(x, shape, dtype));
      const sums = affine(x, kernel, bias, units);
      const expected =
        activation === 'softmax'
          ? Array.from({ length: sums.length / units }, (_, i) =>
              softmax(sums.slice(i * units, (i + 1) * units)),
            ).flat()
          : sums.map(activations[activation]);
      expect(actual.shape).toEqual([...shape.slice(0, -1), units]);
      if (x.length) expect(relative_difference(actual.data, expected)).toBeLessThan(TOLERANCE[dtype]);
      layer.dispose();
    }
  });
  test('names, initial weights, no bias', () => {
    const layer = new Dense(3, { name: 'head', kernel_initializer: 'ones' });
    layer.build([null, 2]);
    expect(layer.weights.map(({ name, shape }) => [name, [...shape]])).toEqual([
      ['head/kernel', [2, 3]],
      ['head/bias', [3]],
    ]);
    expect(layer.get_weights().map((w) => w.array())).toEqual([
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      [0, 0, 0],
    ]);
    expect([layer.units, layer.kernel?.name, layer.bias?.name]).toEqual([3, 'head/kernel', 'head/bias']);
    layer.dispose();
    const bare = new Dense(3, { use_bias: false, kernel_initializer: initializers.constant(2) });
    expect(bare.call([[1, 2]]).array()).toEqual([[6, 6, 6]]);
    expect(bare.weights).toHaveLength(1);
    bare.dispose();
  });
  test('regularizers add to the losses, once', () => {
    const layer = new Dense(2, {
      kernel_regularizer: regularizers.l2(0.5),
      bias_regularizer: 'l1',
      kernel_initializer: 'ones',
    });
    layer.call([[1, 2, 3]]);
    layer.call([[1, 2, 3]]);
    expect(layer.losses.map((loss) => /** @type {any} */ (loss).data[0])).toEqual([3, 0]);
    layer.dispose();
  });
});

describe('Embedding', () => {
  test('looks up rows for ids of any shape and dtype', () => {
    const table = float32_numbers(5 * 3, generator(8));
    const layer = new Embedding(5, 3, { name: 'letters' });
    layer.build([null]);
    layer.set_weights([{ shape: [5, 3], data: table }]);
    const rows = (/** @type {number[]} */ ids) => ids.flatMap((id) => table.slice(id * 3, id * 3 + 3));
    for (const ids of [tensor([4, 0, 4], [3], 'int32'), [4, 0, 4], tensor([4, 0, 4], [3], 'float32')]) {
      const actual = layer.call(ids);
      expect([actual.shape, Array.from(actual.data)]).toEqual([[3, 3], rows([4, 0, 4])]);
    }
    expect(layer.call([[1], [2]]).shape).toEqual([2, 1, 3]);
    expect(layer.call(3).array()).toEqual(rows([3]));
    expect(layer.weights[0].name).toBe('letters/embeddings');
    layer.dispose();
  });
  test('is uniform within 0.05 at first; computes its mask', () => {
    set_random_seed(4);
    const layer = new Embedding(50, 10, { mask_zero: true });
    const values = layer.build([null]).get_weights()[0].data;
    expect(Math.max(...values)).toBeLessThanOrEqual(0.05);
    expect(Math.max(...values)).toBeGreaterThan(0.045);
    expect(
      layer
        .compute_mask([
          [0, 2],
          [1, 0],
        ])
        ?.array(),
    ).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(new Embedding(2, 2).compute_mask([[0, 1]])).toBe(null);
    layer.dispose();
  });
});

test('Activation', () => {
  const x = float32_numbers(12, generator(3), 3);
  for (const name of ['tanh', 'gelu', 'hard_sigmoid', 'relu']) {
    const actual = new Activation(name).call(tensor(x, [3, 4], 'float64'));
    expect(relative_difference(actual.data, x.map(activations[name]))).toBeLessThan(1e-14);
  }
  const actual = new Activation('softmax').call(tensor(x, [3, 4], 'float64'));
  expect(
    relative_difference(
      actual.data,
      [0, 4, 8].flatMap((i) => softmax(x.slice(i, i + 4))),
    ),
  ).toBeLessThan(1e-14);
  expect(() => new Activation('softmax').call([1, 2])).toThrow(/two dimensions or more/);
});

describe('Dropout', () => {
  const ones = tensor(new Float32Array(4000).fill(1), [40, 100]);
  test('only in training; scaled; seeded', () => {
    const layer = new Dropout(0.25, { seed: 3 });
    expect(layer.call(ones)).toBe(ones);
    const first = layer.call(ones, { training: true });
    const remaining = Array.from(first.data).filter((value) => value !== 0);
    expect(new Set(remaining)).toEqual(new Set([Math.fround(1 / 0.75)]));
    expect(remaining.length / 4000).toBeCloseTo(0.75, 1);
    expect(layer.call(ones, { training: true }).data).not.toEqual(first.data);
    expect(new Dropout(0.25, { seed: 3 }).call(ones, { training: true }).data).toEqual(first.data);
  });
  test('the gradient of dropped values is zero, even if they are NaN', () => {
    const x = tensor(new Float32Array(4000).fill(Number.NaN), [40, 100]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => new Dropout(0.5, { seed: 1 }).call(x, { training: true }));
    const gradient = /** @type {any} */ (tape.gradient(y, x)).data;
    expect(y.data.every((value, i) => (value === 0 ? gradient[i] === 0 : gradient[i] === 2))).toBe(true);
  });
  test('noise_shape: values that are dropped together', () => {
    const x = tensor(new Float32Array(2 * 5 * 40).fill(1), [2, 5, 40]);
    const layer = new Dropout(0.5, { seed: 2, noise_shape: [null, 1, null] });
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => layer.call(x, { training: true }));
    const [first, second] = y.array();
    for (const row of [first, second]) {
      for (const step of row) expect(step).toEqual(row[0]);
      expect(new Set(row[0])).toEqual(new Set([0, 2]));
    }
    expect(first[0]).not.toEqual(second[0]);
    expect(tape.gradient(y, x)?.array()).toEqual(y.array());
    const whole = new Dropout(0.5, { seed: 2, noise_shape: [1, 5, 1] }).call(x, { training: true }).array();
    expect(whole[0]).toEqual(whole[1]);
    for (const step of whole[0]) expect(new Set(step).size).toBe(1);
  });
  test('rates of 0 and 1', () => {
    expect(new Dropout(0).call(ones, { training: true })).toBe(ones);
    expect(new Dropout(1).call(ones, { training: true }).data.every((value) => value === 0)).toBe(true);
  });
});
