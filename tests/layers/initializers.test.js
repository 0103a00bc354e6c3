// Initializers and regularizers: their values, their seeds, their serialised form, what they refuse.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import { initializers, regularizers, set_random_seed, tensor, ValueError, Variable } from '../../js/index.js';
import { get_initializer, serialize_initializer } from '../../js/layers/initializers.js';
import { Random } from '../../js/layers/random.js';
import { get_regularizer, serialize_regularizer } from '../../js/layers/regularizers.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** From Python, where sfc32 and the polar method were written down anew. */
const GOLDEN = [0.1655098747014111, 0.042940121543663, 1.2196611825876797, 0.8621258441521992];

/** @param {ArrayLike<number>} values */
function moments(values) {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const variance = all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length;
  return { mean, stddev: Math.sqrt(variance), least: Math.min(...all), greatest: Math.max(...all) };
}

describe('the generator', () => {
  test('gives the same numbers everywhere', () => {
    const random = new Random([7]);
    expect([random.uniform(), random.uniform(), random.normal(), random.normal()]).toEqual(GOLDEN);
  });
  test('tells seeds apart, in every word and sign', () => {
    const first = [[0], [1], [-1], [2 ** 32], [2 ** 53 - 1], [0, 0], [0, 1], [1, 0]].map((seeds) =>
      new Random(seeds).uniform(),
    );
    expect(new Set(first).size).toBe(first.length);
  });
  test('is uniform and normal', () => {
    const random = new Random([3]);
    const uniform = moments(Array.from({ length: 40000 }, () => random.uniform()));
    expect(uniform.mean).toBeCloseTo(0.5, 2);
    expect(uniform.stddev).toBeCloseTo(Math.sqrt(1 / 12), 2);
    const normal = Array.from({ length: 40000 }, () => random.normal());
    expect(moments(normal).mean).toBeCloseTo(0, 1);
    expect(moments(normal).stddev).toBeCloseTo(1, 1);
    // The share below -1 and above 2 of a normal distribution.
    expect(normal.filter((x) => x < -1).length / 40000).toBeCloseTo(0.1587, 2);
    expect(normal.filter((x) => x > 2).length / 40000).toBeCloseTo(0.0228, 2);
  });
  test('orders: each number once', () => {
    const order = new Random([9]).permutation(100);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(Array.from(order)).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

const SHAPE = [60, 90];
const glorot = Math.sqrt(6 / (60 + 90));

test.each([
  [
    'random_uniform',
    initializers.random_uniform({ minval: -1, maxval: 3, seed: 1 }),
    1,
    4 / Math.sqrt(12),
    3,
  ],
  ['random_normal', initializers.random_normal({ mean: 2, stddev: 0.5, seed: 1 }), 2, 0.5, 4.5],
  ['truncated_normal', initializers.truncated_normal({ mean: 2, stddev: 0.5, seed: 1 }), 2, 0.5 * 0.8796, 3],
  ['glorot_uniform', initializers.glorot_uniform({ seed: 1 }), 0, glorot / Math.sqrt(3), glorot],
  [
    'glorot_normal',
    initializers.glorot_normal({ seed: 1 }),
    0,
    Math.sqrt(2 / 150),
    (2 * Math.sqrt(2 / 150)) / 0.8796,
  ],
  ['he_uniform', initializers.he_uniform({ seed: 1 }), 0, Math.sqrt(2 / 60), Math.sqrt(6 / 60)],
  ['he_normal', initializers.he_normal({ seed: 1 }), 0, Math.sqrt(2 / 60), (2 * Math.sqrt(2 / 60)) / 0.8796],
  ['lecun_uniform', initializers.lecun_uniform({ seed: 1 }), 0, Math.sqrt(1 / 60), Math.sqrt(3 / 60)],
  [
    'lecun_normal',
    initializers.lecun_normal({ seed: 1 }),
    0,
    Math.sqrt(1 / 60),
    (2 * Math.sqrt(1 / 60)) / 0.8796,
  ],
  [
    'variance_scaling',
    initializers.variance_scaling({ scale: 3, mode: 'fan_out', distribution: 'untruncated_normal', seed: 1 }),
    0,
    Math.sqrt(3 / 90),
    6 * Math.sqrt(3 / 90),
  ],
])('%s has its mean, its deviation and its bounds', (_, initializer, mean, stddev, greatest) => {
  const actual = moments(initializer(SHAPE, 'float64'));
  expect(Math.abs(actual.mean - mean)).toBeLessThan(4 * (stddev / Math.sqrt(5400)));
  expect(Math.abs(actual.stddev / stddev - 1)).toBeLessThan(0.05);
  expect(actual.greatest).toBeLessThanOrEqual(greatest * 1.0001);
});

test('fans of a vector and of more than two dimensions, as Keras counts them', () => {
  const limit = (/** @type {number[]} */ shape) =>
    moments(initializers.glorot_uniform({ seed: 1 })(shape, 'float64')).greatest;
  const near = (/** @type {number} */ actual, /** @type {number} */ bound) => {
    expect(actual).toBeLessThanOrEqual(bound);
    expect(actual).toBeGreaterThan(0.95 * bound);
  };
  near(limit([400]), Math.sqrt(6 / 800));
  near(limit([5, 4, 30]), Math.sqrt(6 / (5 * 4 + 5 * 30)));
});

test('zeros, ones, constants, the identity', () => {
  expect(Array.from(initializers.zeros()([3]))).toEqual([0, 0, 0]);
  expect(Array.from(initializers.ones()([3]))).toEqual([1, 1, 1]);
  expect(Array.from(initializers.constant(2.5)([2]))).toEqual([2.5, 2.5]);
  expect(
    Array.from(
      initializers.constant([
        [1, 2],
        [3, 4],
      ])([2, 2]),
    ),
  ).toEqual([1, 2, 3, 4]);
  expect(() => initializers.constant([1, 2])([3])).toThrow(
    /value has 2 values, but the weight of shape \[3\] has 3/,
  );
  expect(Array.from(initializers.identity({ gain: 2 })([2, 3]))).toEqual([2, 0, 0, 0, 2, 0]);
  expect(() => initializers.identity()([3])).toThrow(ValueError);
});

test.each([[[6, 6]], [[9, 4]], [[4, 9]], [[2, 3, 4]], [[1, 5]]])('orthogonal: %p', (shape) => {
  const columns = /** @type {number} */ (shape.at(-1));
  const values = initializers.orthogonal({ gain: 1.5, seed: 2 })(shape, 'float64');
  const rows = values.length / columns;
  const count = Math.min(rows, columns);
  const at = (/** @type {number} */ vector, /** @type {number} */ i) =>
    rows >= columns ? values[i * columns + vector] : values[vector * columns + i];
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let product = 0;
      for (let i = 0; i < Math.max(rows, columns); i++) product += at(a, i) * at(b, i);
      expect(product).toBeCloseTo(a === b ? 2.25 : 0, 12);
    }
  }
  expect(() => initializers.orthogonal()([4])).toThrow(/two dimensions or more, not the shape \[4\]/);
});

describe('seeds', () => {
  test('the same seed gives the same values, another gives others', () => {
    const of = (/** @type {number} */ seed) => Array.from(initializers.glorot_normal({ seed })([4, 3]));
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
  });
  test('weights of different shapes do not begin with the same numbers', () => {
    const make = initializers.random_uniform({ seed: 5 });
    expect(make([2, 3])[0]).not.toBe(make([3, 2])[0]);
  });
  test('without a seed set_random_seed decides, and values go on', () => {
    const two = () => [1, 2].map(() => Array.from(initializers.random_normal()([4])));
    set_random_seed(11);
    const first = two();
    expect(first[0]).not.toEqual(first[1]);
    expect(two()).not.toEqual(first);
    set_random_seed(11);
    expect(two()).toEqual(first);
  });
  test.each([1.5, '3', Number.NaN])('%p is no seed', (seed) => {
    expect(() => initializers.he_normal({ seed: /** @type {any} */ (seed) })).toThrow(
      /seed must be an integer/,
    );
    expect(() => set_random_seed(/** @type {any} */ (seed))).toThrow(ValueError);
  });
});

describe('names and configurations', () => {
  test.each([
    ['GlorotUniform', initializers.glorot_uniform({ seed: 4 }), { seed: 4 }],
    ['HeNormal', initializers.he_normal(), { seed: null }],
    ['LecunUniform', initializers.lecun_uniform(), { seed: null }],
    ['Zeros', initializers.zeros(), {}],
    ['Ones', initializers.ones(), {}],
    ['Constant', initializers.constant(3), { value: 3 }],
    ['RandomUniform', initializers.random_uniform({ seed: 1 }), { minval: -0.05, maxval: 0.05, seed: 1 }],
    ['RandomNormal', initializers.random_normal(), { mean: 0, stddev: 0.05, seed: null }],
    ['TruncatedNormal', initializers.truncated_normal(), { mean: 0, stddev: 0.05, seed: null }],
    ['Orthogonal', initializers.orthogonal({ seed: 1 }), { gain: 1, seed: 1 }],
    ['Identity', initializers.identity(), { gain: 1 }],
    [
      'VarianceScaling',
      initializers.variance_scaling({ distribution: 'normal' }),
      { scale: 1, mode: 'fan_in', distribution: 'truncated_normal', seed: null },
    ],
  ])('%s', (class_name, initializer, config) => {
    expect(serialize_initializer(initializer)).toEqual({ class_name, config });
    const again = get_initializer(JSON.parse(JSON.stringify({ class_name, config })), 'test');
    expect(serialize_initializer(again)).toEqual({ class_name, config });
    expect(get_initializer(again, 'test')).toBe(again);
    if (config.seed !== null) expect(again([3, 3])).toEqual(initializer([3, 3]));
  });
  test.each(['zeros', 'uniform', 'normal', 'glorot_uniform', 'heNormal', 'LeCunNormal', 'orthogonal'])(
    '%s',
    (name) => {
      expect(get_initializer(name, 'test')([2, 2])).toHaveLength(4);
    },
  );
  test('a function of one’s own', () => {
    const own = (/** @type {readonly number[]} */ shape) => new Array(shape[0] * shape[1]).fill(0.25);
    const initializer = get_initializer(/** @type {any} */ (own), 'test');
    expect(initializer([2, 2], 'float64')).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
    expect(serialize_initializer(initializer)).toBe(own);
    const short = get_initializer(() => [1], 'kernel_initializer');
    expect(() => short([2, 2])).toThrow(/kernel_initializer: the function gave 1 values .* \[2, 2\]/);
  });
  test('errors', () => {
    expect(() => get_initializer('glorot', 'kernel_initializer')).toThrow(/kernel_initializer.* "glorot"/);
    expect(() => get_initializer('constructor', 'x')).toThrow(ValueError);
    expect(() => get_initializer(/** @type {any} */ (3), 'kernel_initializer')).toThrow(TypeError);
    expect(() => get_initializer({ class_name: 'Zeros', config: { value: 1 } }, 'x')).toThrow(TypeError);
    expect(() => initializers.glorot_uniform(/** @type {any} */ ({ sede: 1 }))).toThrow(/no option 'sede'/);
    expect(() => initializers.random_normal(/** @type {any} */ ({ stddev: '1' }))).toThrow(TypeError);
    expect(() => initializers.variance_scaling({ scale: 0 })).toThrow(
      /scale must be a positive number, not 0/,
    );
    expect(() => initializers.variance_scaling(/** @type {any} */ ({ mode: 'fan' }))).toThrow(
      /mode must be one of/,
    );
  });
});

describe('regularizers', () => {
  const W = [0.5, -2, 3];
  test.each([
    ['L1', regularizers.l1(0.1), { l1: 0.1 }, 0.55, [0.1, -0.1, 0.1]],
    ['L2', regularizers.l2(0.1), { l2: 0.1 }, 1.325, [0.1, -0.4, 0.6]],
    ['L1L2', regularizers.l1_l2({ l1: 0.1, l2: 0.2 }), { l1: 0.1, l2: 0.2 }, 3.2, [0.3, -0.9, 1.3]],
  ])('%s', (class_name, regularizer, config, value, gradient) => {
    const variable = new Variable({ name: 'w', shape: [3], dtype: 'float64', value: W });
    const tape = new GradientTape();
    const actual = tape.record(() => regularizer(variable));
    expect(actual.shape).toEqual([]);
    expect(actual.data[0]).toBeCloseTo(value, 14);
    const by_weight = /** @type {any} */ (tape.gradient(actual, variable)).data;
    gradient.forEach((g, i) => {
      expect(by_weight[i]).toBeCloseTo(g, 14);
    });
    expect(regularizer(tensor(W, [3], 'float64'), 0.5).data[0]).toBeCloseTo(value / 2, 14);
    expect(serialize_regularizer(regularizer)).toEqual({ class_name, config });
    expect(serialize_regularizer(get_regularizer({ class_name, config }, 'test'))).toEqual({
      class_name,
      config,
    });
    variable.dispose();
  });
  test('names, functions, and what is refused', () => {
    expect(serialize_regularizer(get_regularizer('l2', 'test'))).toEqual({
      class_name: 'L2',
      config: { l2: 0.01 },
    });
    const own = () => tensor(1);
    expect(serialize_regularizer(get_regularizer(own, 'test'))).toBe(own);
    expect(() => get_regularizer('l3', 'kernel_regularizer')).toThrow(/kernel_regularizer.* "l3"/);
    expect(() => get_regularizer(/** @type {any} */ (3), 'x')).toThrow(TypeError);
    expect(() => regularizers.l2(Number.NaN)).toThrow(/l2: factor must be a finite number, not NaN/);
  });
});
