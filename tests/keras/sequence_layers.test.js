// Layers around recurrent ones: convolutions, pooling, normalization, shapes, activations. Their values against plain float64
// arithmetic, their gradients against central differences; recordings of TensorFlow.js are in tests/models/keras_models.test.js.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { memory, tensor } from '../../js/index.js';
import * as keras from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';

beforeAll(ready);

const [BATCH, STEPS, FEATURES] = [2, 7, 4];
const SHAPE = [BATCH, STEPS, FEATURES];
const X = numbers(BATCH * STEPS * FEATURES, generator(3), 1.5);
const x = (/** @type {ArrayLike<number>} */ data = X, shape = SHAPE) =>
  tensor(/** @type {any} */ (data), shape, 'float64');

/** @param {any} layer @param {readonly (number | null)[]} [shape] */
function filled(layer, shape = SHAPE) {
  layer.build(shape);
  const next = generator(8);
  layer.set_weights(
    layer.weights.map((/** @type {any} */ { name, shape: size }) => {
      const count = size.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      const data = numbers(count, next, 0.8);
      return tensor(
        name.includes('variance') ? data.map((value) => Math.abs(value) + 0.2) : data,
        size,
        'float64',
      );
    }),
  );
  return layer;
}

describe('Conv1D', () => {
  test.each([
    { padding: 'valid', strides: 1, dilation_rate: 1, groups: 1 },
    { padding: 'same', strides: 1, dilation_rate: 1, groups: 1 },
    { padding: 'same', strides: 2, dilation_rate: 1, groups: 2 },
    { padding: 'same', strides: 3, dilation_rate: 1, groups: 1 },
    { padding: 'same', strides: 1, dilation_rate: 2, groups: 1 },
    { padding: 'valid', strides: 2, dilation_rate: 1, groups: 1 },
    { padding: 'causal', strides: 1, dilation_rate: 2, groups: 1 },
    { padding: 'causal', strides: 2, dilation_rate: 1, groups: 4 },
  ])('%j', (options) => {
    const [filters, size] = [8, 3];
    const layer = filled(new keras.Conv1D(filters, size, { ...options, dtype: 'float64' }));
    const [kernel, bias] = layer.get_weights();
    const { padding, strides, dilation_rate: dilation, groups } = options;
    const extent = (size - 1) * dilation + 1;
    // The definition of TensorFlow: where the first window begins, and how many there are.
    const count =
      padding === 'valid'
        ? Math.floor((STEPS - extent) / strides) + 1
        : Math.floor((STEPS - 1) / strides) + 1;
    const total = Math.max((count - 1) * strides + extent - STEPS, 0);
    const before = padding === 'valid' ? 0 : padding === 'causal' ? extent - 1 : Math.floor(total / 2);
    const width = FEATURES / groups;
    const expected = [];
    for (let row = 0; row < BATCH; row++)
      for (let window = 0; window < count; window++)
        for (let filter = 0; filter < filters; filter++) {
          let sum = bias.data[filter];
          for (let i = 0; i < size; i++)
            for (let feature = 0; feature < width; feature++) {
              const step = window * strides + i * dilation - before;
              if (step < 0 || step >= STEPS) continue;
              const from = Math.floor(filter / (filters / groups)) * width + feature;
              sum +=
                X[(row * STEPS + step) * FEATURES + from] *
                kernel.data[(i * width + feature) * filters + filter];
            }
          expected.push(sum);
        }
    const output = layer.call(x());
    expect(output.shape).toEqual([BATCH, count, filters]);
    expect(layer.compute_output_shape([null, STEPS, FEATURES])).toEqual([null, count, filters]);
    expect(relative_difference(output.data, expected)).toBeLessThan(1e-13);
    layer.dispose();
  });

  test('a window that is longer than the sequence', () => {
    const layer = filled(new keras.Conv1D(2, 9, { dtype: 'float64' }));
    expect(layer.call(x()).shape).toEqual([BATCH, 0, 2]);
    layer.dispose();
  });
});

describe('pooling', () => {
  test.each([
    [{}, 3, [0, 2, 4], 2],
    [{ pool_size: 3, strides: 2 }, 3, [0, 2, 4], 3],
    [{ pool_size: 3, padding: 'same' }, 3, [-1, 2, 5], 3],
    [{ pool_size: 2, strides: 1, padding: 'same' }, 7, [0, 1, 2, 3, 4, 5, 6], 2],
  ])('%j', (options, count, starts, size) => {
    for (const [Class, combine] of /** @type {[any, (values: number[]) => number][]} */ ([
      [keras.MaxPooling1D, (values) => values.reduce((a, b) => Math.max(a, b))],
      [keras.AveragePooling1D, (values) => values.reduce((a, b) => a + b) / values.length],
    ])) {
      const layer = new Class({ ...options, dtype: 'float64' });
      const expected = Array.from({ length: BATCH * count * FEATURES }, (_, i) => {
        const [row, window, feature] = [
          Math.floor(i / count / FEATURES),
          Math.floor(i / FEATURES) % count,
          i % FEATURES,
        ];
        const steps = Array.from({ length: size }, (__, k) => starts[window] + k).filter(
          (step) => step >= 0 && step < STEPS,
        );
        return combine(steps.map((step) => X[(row * STEPS + step) * FEATURES + feature]));
      });
      const output = layer.call(x());
      expect(output.shape).toEqual([BATCH, count, FEATURES]);
      expect(layer.compute_output_shape([null, STEPS, FEATURES])).toEqual([null, count, FEATURES]);
      expect(relative_difference(output.data, expected)).toBeLessThan(1e-14);
    }
  });

  test('over all steps; the mean is over those that are not masked', () => {
    const column = (/** @type {number} */ row, /** @type {number} */ feature) =>
      Array.from({ length: STEPS }, (_, step) => X[(row * STEPS + step) * FEATURES + feature]);
    const rows = Array.from({ length: BATCH * FEATURES }, (_, i) =>
      column(Math.floor(i / FEATURES), i % FEATURES),
    );
    const most = new keras.GlobalMaxPooling1D({ dtype: 'float64', keepdims: true }).call(x());
    expect(most.shape).toEqual([BATCH, 1, FEATURES]);
    expect([...most.data]).toEqual(rows.map((values) => values.reduce((a, b) => Math.max(a, b))));
    const mask = [
      [1, 1, 0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 1],
    ];
    const layer = new keras.GlobalAveragePooling1D({ dtype: 'float64' });
    const means = rows.map((values, i) => {
      const chosen = values.filter((_, step) => mask[Math.floor(i / FEATURES)][step]);
      return chosen.reduce((a, b) => a + b) / chosen.length;
    });
    expect(relative_difference(layer.call(x(), { mask }).data, means)).toBeLessThan(1e-14);
    expect(layer.compute_mask()).toBe(null);
    const all = rows.map((values) => values.reduce((a, b) => a + b) / STEPS);
    expect(relative_difference(layer.call(x()).data, all)).toBeLessThan(1e-14);
  });
});

describe('BatchNormalization', () => {
  test('training takes the moments of the batch and moves the others; predicting takes those', () => {
    const layer = filled(new keras.BatchNormalization({ momentum: 0.9, epsilon: 0.02, dtype: 'float64' }));
    const [gamma, beta, mean, variance] = layer.get_weights().map((/** @type {any} */ { data }) => [...data]);
    const column = (/** @type {number} */ feature) => X.filter((_, i) => i % FEATURES === feature);
    const means = mean.map((_, f) => column(f).reduce((a, b) => a + b) / column(f).length);
    const variances = means.map(
      (one, f) => column(f).reduce((sum, value) => sum + (value - one) ** 2, 0) / column(f).length,
    );
    const expected = (/** @type {number[]} */ m, /** @type {number[]} */ v) =>
      X.map((value, i) => {
        const f = i % FEATURES;
        return ((value - m[f]) / Math.sqrt(v[f] + 0.02)) * gamma[f] + beta[f];
      });
    expect(relative_difference(layer.call(x()).data, expected(mean, variance))).toBeLessThan(1e-13);
    expect(
      relative_difference(layer.call(x(), { training: true }).data, expected(means, variances)),
    ).toBeLessThan(1e-13);
    expect(
      relative_difference(
        layer.moving_mean.value.data,
        mean.map((one, f) => 0.9 * one + 0.1 * means[f]),
      ),
    ).toBeLessThan(1e-13);
    expect(
      relative_difference(
        layer.moving_variance.value.data,
        variance.map((one, f) => 0.9 * one + 0.1 * variances[f]),
      ),
    ).toBeLessThan(1e-13);
    expect([layer.trainable_weights.length, layer.non_trainable_weights.length]).toEqual([2, 2]);
    const before = layer.get_weights();
    layer.trainable = false;
    layer.call(x(), { training: true });
    expect(layer.get_weights()).toEqual(before);
    layer.dispose();
  });

  test('features along another axis', () => {
    const layer = filled(new keras.BatchNormalization({ axis: 1, dtype: 'float64', center: false }), SHAPE);
    const [gamma, mean, variance] = layer.get_weights().map((/** @type {any} */ { data }) => [...data]);
    expect(gamma).toHaveLength(STEPS);
    const expected = X.map((value, i) => {
      const step = Math.floor(i / FEATURES) % STEPS;
      return ((value - mean[step]) / Math.sqrt(variance[step] + 1e-3)) * gamma[step];
    });
    expect(relative_difference(layer.call(x()).data, expected)).toBeLessThan(1e-13);
    layer.dispose();
  });
});

test.each([-1, 2, [1, 2]])('LayerNormalization over axis %j', (axis) => {
  const layer = filled(new keras.LayerNormalization({ axis, epsilon: 0.01, dtype: 'float64' }));
  const [gamma, beta] = layer.get_weights().map((/** @type {any} */ { data }) => [...data]);
  const width = Array.isArray(axis) ? STEPS * FEATURES : FEATURES;
  const expected = X.map((value, i) => {
    const start = Math.floor(i / width) * width;
    const row = X.slice(start, start + width);
    const mean = row.reduce((a, b) => a + b) / width;
    const variance = row.reduce((sum, one) => sum + (one - mean) ** 2, 0) / width;
    return ((value - mean) / Math.sqrt(variance + 0.01)) * gamma[i % width] + beta[i % width];
  });
  expect(relative_difference(layer.call(x()).data, expected)).toBeLessThan(1e-13);
  layer.dispose();
});

test.each(
  /** @type {[string, any, (value: number, i: number) => number][]} */ ([
    [
      'ReLU',
      { max_value: 0.9, negative_slope: 0.2, threshold: 0.3 },
      (v) => (v >= 0.9 ? 0.9 : v >= 0.3 ? v : 0.2 * (v - 0.3)),
    ],
    ['ReLU', {}, (v) => Math.max(v, 0)],
    ['LeakyReLU', { negative_slope: 0.1 }, (v) => (v < 0 ? 0.1 * v : v)],
    ['LeakyReLU', {}, (v) => (v < 0 ? 0.3 * v : v)],
    ['ELU', { alpha: 0.7 }, (v) => (v < 0 ? 0.7 * (Math.exp(v) - 1) : v)],
    ['ThresholdedReLU', { theta: 0.5 }, (v) => (v > 0.5 ? v : 0)],
  ]),
)('%s %j', (name, options, expected) => {
  const layer = new /** @type {any} */ (keras)[name]({ ...options, dtype: 'float64' });
  expect(relative_difference(layer.call(x()).data, X.map(expected))).toBeLessThan(1e-14);
  // NaN stays NaN.
  expect([...layer.call(tensor([Number.NaN, 1], [1, 2], 'float64')).data]).toEqual([
    Number.NaN,
    expected(1, 0),
  ]);
  expect(layer.compute_mask(x(), tensor([1, 0], [2], 'bool'))).not.toBe(null);
});

test('shapes', () => {
  const data = Array.from({ length: 12 }, (_, i) => i);
  const cube = tensor(data, [2, 2, 3], 'float64');
  expect(new keras.Flatten().call(cube).array()).toEqual([data.slice(0, 6), data.slice(6)]);
  expect(new keras.Flatten().compute_output_shape([null, null, 3])).toEqual([null, null]);
  expect(new keras.Reshape([3, -1]).call(cube).array()[1]).toEqual([
    [6, 7],
    [8, 9],
    [10, 11],
  ]);
  expect(new keras.Reshape([-1]).compute_output_shape([null, null, 3])).toEqual([null, null]);
  expect(() => new keras.Reshape([4, -1]).call(cube)).toThrow('cannot have the shape [4, -1]');
  expect(
    new keras.RepeatVector(2)
      .call([
        [1, 2],
        [3, 4],
      ])
      .array(),
  ).toEqual([
    [
      [1, 2],
      [1, 2],
    ],
    [
      [3, 4],
      [3, 4],
    ],
  ]);
  const padded = new keras.ZeroPadding1D({ padding: [1, 2] }).call(
    tensor(data.slice(0, 4), [1, 2, 2], 'float64'),
  );
  expect(padded.array()).toEqual([
    [
      [0, 0],
      [0, 1],
      [2, 3],
      [0, 0],
      [0, 0],
    ],
  ]);
  // A feature is dropped in every step, or in none.
  const dropped = new keras.SpatialDropout1D(0.5, { seed: 4 }).call(
    tensor(Array(40).fill(1), [2, 4, 5], 'float32'),
    { training: true },
  );
  for (const row of dropped.array()) for (const step of row) expect(step).toEqual(row[0]);
  expect(new Set(dropped.data)).toEqual(new Set([0, 2]));
});

/** Small, so that no value is nearer to a kink of an activation. */
const step = 2 ** -16;

/** @type {[string, () => any][]} */
const LAYERS = [
  [
    'AveragePooling1D',
    () => new keras.AveragePooling1D({ pool_size: 3, strides: 2, padding: 'same', dtype: 'float64' }),
  ],
  ['BatchNormalization', () => new keras.BatchNormalization({ dtype: 'float64' })],
  [
    'Conv1D',
    () => new keras.Conv1D(3, 3, { padding: 'same', strides: 2, activation: 'tanh', dtype: 'float64' }),
  ],
  ['Conv1D in groups', () => new keras.Conv1D(4, 2, { groups: 2, dilation_rate: 2, dtype: 'float64' })],
  ['ELU', () => new keras.ELU({ alpha: 0.6, dtype: 'float64' })],
  ['Flatten', () => new keras.Flatten({ dtype: 'float64' })],
  ['GlobalAveragePooling1D', () => new keras.GlobalAveragePooling1D({ dtype: 'float64' })],
  ['GlobalMaxPooling1D', () => new keras.GlobalMaxPooling1D({ dtype: 'float64' })],
  ['LayerNormalization', () => new keras.LayerNormalization({ dtype: 'float64' })],
  ['LayerNormalization of two axes', () => new keras.LayerNormalization({ axis: [1, 2], dtype: 'float64' })],
  ['LeakyReLU', () => new keras.LeakyReLU({ dtype: 'float64' })],
  ['MaxPooling1D', () => new keras.MaxPooling1D({ pool_size: 3, strides: 2, dtype: 'float64' })],
  ['PReLU', () => new keras.PReLU({ shared_axes: [1], dtype: 'float64' })],
  ['ReLU', () => new keras.ReLU({ max_value: 1, negative_slope: 0.3, threshold: 0.2, dtype: 'float64' })],
  ['Reshape', () => new keras.Reshape([2, 14], { dtype: 'float64' })],
  ['Softmax', () => new keras.Softmax({ axis: 1, dtype: 'float64' })],
  ['ThresholdedReLU', () => new keras.ThresholdedReLU({ theta: 0.4, dtype: 'float64' })],
  ['ZeroPadding1D', () => new keras.ZeroPadding1D({ dtype: 'float64' })],
];

describe.each([false, true])('gradients, training %s', (training) => {
  test.each(LAYERS)('%s', (_, make) => {
    const before = memory();
    const layer = filled(make());
    const shape = layer.call(x(), { training }).shape;
    const coefficients = tensor(
      numbers(
        shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1),
        generator(5),
      ),
      shape,
      'float64',
    );
    const value = (/** @type {any} */ inputs) =>
      keras.ops.sum(keras.ops.multiply(layer.call(inputs, { training }), coefficients));
    const tape = new keras.GradientTape();
    const inputs = x();
    const variables = layer.trainable_weights;
    tape.watch(inputs);
    const loss = tape.record(() => value(inputs));
    const [d_inputs, ...d_weights] = tape.gradient(loss, [inputs, ...variables]);
    const weights = variables.map((/** @type {any} */ { value: { data } }) => [...data]);
    const with_weight = (/** @type {number} */ i, /** @type {ArrayLike<number>} */ data) => {
      variables[i].assign(tensor(/** @type {any} */ (data), variables[i].shape, 'float64'));
      return value(x()).data[0];
    };
    const d_x = central_differences((/** @type {any} */ data) => value(x(data)).data[0], X, { step });
    expect(relative_difference(d_inputs.data, d_x)).toBeLessThan(1e-6);
    d_weights.forEach((/** @type {any} */ gradient, /** @type {number} */ i) => {
      const d_weight = central_differences((/** @type {any} */ data) => with_weight(i, data), weights[i], {
        step,
      });
      with_weight(i, weights[i]);
      expect(relative_difference(gradient.data, d_weight)).toBeLessThan(1e-6);
    });
    layer.dispose();
    expect(memory()).toEqual(before);
  });
});

test.each(
  /** @type {[() => any, RegExp][]} */ ([
    [() => new keras.Conv1D(0, 3), /Conv1D: filters must be a positive integer/],
    [() => new keras.Conv1D(2, 0), /Conv1D: kernel_size must be a positive integer/],
    [() => new keras.Conv1D(3, 3, { groups: 2 }), /groups must divide the 3 filters/],
    [() => new keras.Conv1D(3, 3, { strides: 2, dilation_rate: 2 }), /must not both be above 1/],
    [
      () => new keras.Conv1D(3, 3, { padding: /** @type {any} */ ('full') }),
      /Conv1D: padding must be one of/,
    ],
    [
      () => new keras.MaxPooling1D({ padding: /** @type {any} */ ('causal') }),
      /MaxPooling1D: padding must be one of/,
    ],
    [
      () => new keras.MaxPooling1D({ data_format: /** @type {any} */ ('channels_first') }),
      /data_format must be one of 'channels_last'/,
    ],
    [() => new keras.ZeroPadding1D({ padding: [1] }), /ZeroPadding1D: padding must be/],
    [() => new keras.ReLU({ max_value: -1 }), /ReLU: max_value must be a number of 0 or more, not -1/],
    [() => new keras.PReLU({ shared_axes: [0] }), /shared_axes must be a list of axes from 1/],
    [() => new keras.Reshape([-1, -1]), /at most one of them -1/],
    [() => new keras.RepeatVector(1.5), /RepeatVector: n must be a positive integer/],
    [() => new keras.BatchNormalization({ momentum: 2 }), /momentum must be a number from 0 to 1, not 2/],
    [() => new keras.BatchNormalization({ axis: 0.5 }), /axis must be an integer/],
    [() => new keras.LayerNormalization({ axis: [] }), /axis must be an integer or a list of them/],
    [() => new keras.LayerNormalization({ axis: 1 }).build(SHAPE), /axis must name the last axes/],
    [() => new keras.Softmax({ axis: /** @type {any} */ ('x') }), /axis must be an integer/],
    [() => new keras.Conv1D(2, 3).build([null, 5]), /must have shape \[batch, steps, features\]/],
    [() => new keras.RepeatVector(2).call(x()), /must have shape \[batch, features\]/],
    [
      () => filled(new keras.Conv1D(2, 3, { dtype: 'float64' })).call(x(X, [2, 4, 7])),
      /must have shape \[batch, steps, 4\]/,
    ],
  ]),
)('refused: %s', (run, message) => {
  expect(run).toThrow(message);
});
