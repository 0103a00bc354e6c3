// Activations that are functions of the caller's own, in every layer that takes an activation.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { memory, tensor } from '../../js/index.js';
import { Activation, Bidirectional, Dense, GRU, GradientTape, Sequential } from '../../js/keras.js';
import { DTYPES, float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { randomize } from '../helpers/directions.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { cross } from '../helpers/tables.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

/** Not odd, so that a sign that is lost shows. */
const bend = (/** @type {number} */ x) => (x + 0.3) / Math.hypot(1, x);
const gate = (/** @type {number} */ x) => 0.5 + Math.atan(1.5 * x) / Math.PI;

/** @param {(x: number) => number} f @param {(x: number) => number} slope */
const on_arrays = (f, slope) => ({
  call: (/** @type {any} */ x) => x.map(f),
  gradient: (/** @type {any} */ x, /** @type {any} */ _, /** @type {any} */ dy) =>
    dy.map((/** @type {number} */ d, /** @type {number} */ i) => d * slope(x[i])),
});
const BEND = on_arrays(bend, (x) => (1 - 0.3 * x) / (1 + x * x) ** 1.5);
const GATE = on_arrays(gate, (x) => 1.5 / Math.PI / (1 + (1.5 * x) ** 2));

describe.each(DTYPES)('GRU, %s', (dtype) => {
  test.each(cross({ reset_after: [true, false], as: ['numbers', 'arrays'], masked: [false, true] }))(
    '%j',
    ({ reset_after, as, masked }) => {
      const [batch, steps, inputs, units] = [3, 4, 2, 5];
      const [activation, recurrent_activation] = as === 'numbers' ? [bend, gate] : [BEND, GATE];
      const layer = new GRU(units, {
        activation,
        recurrent_activation,
        reset_after,
        dtype,
        return_sequences: true,
      });
      layer.build([null, null, inputs]);
      const next = generator(3);
      const [kernel, recurrent_kernel, bias] = randomize(layer, next);
      const x = float32_numbers(batch * steps * inputs, next);
      const mask = masked ? [1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0] : null;
      const expected = gru_sequence(
        {
          inputs,
          units,
          kernel,
          recurrent_kernel,
          bias,
          reset_after,
          activation: bend,
          recurrent_activation: gate,
        },
        { batch, steps, x, mask, repeat_output: true },
      );
      const actual = layer.call(tensor(x, [batch, steps, inputs], dtype), {
        mask: mask && tensor(mask, [batch, steps], 'bool'),
      });
      expect(relative_difference(actual.data, expected.outputs)).toBeLessThan(4 * TOLERANCE[dtype]);
      layer.dispose();
    },
  );
});

test.each([true, false])('gradients of a GRU, reset_after %s', (reset_after) => {
  const [batch, steps, inputs, units] = [2, 4, 2, 3];
  const options = { reset_after, dtype: /** @type {const} */ ('float64') };
  const layer = new GRU(units, { ...options, activation: BEND, recurrent_activation: GATE });
  layer.build([null, null, inputs]);
  const next = generator(8);
  const values = randomize(layer, next);
  const x = float32_numbers(batch * steps * inputs, next);
  const tape = new GradientTape();
  const output = tape.record(() => layer.call(tensor(x, [batch, steps, inputs], 'float64')));
  const actual = tape.gradient(output, layer.weights);
  values.forEach((start, place) => {
    const expected = central_differences((changed) => {
      const [kernel, recurrent_kernel, bias] = values.map((one, i) => (i === place ? changed : one));
      const { state } = gru_sequence(
        {
          inputs,
          units,
          kernel,
          recurrent_kernel,
          bias,
          reset_after,
          activation: bend,
          recurrent_activation: gate,
        },
        { batch, steps, x },
      );
      return state.reduce((a, b) => a + b);
    }, start);
    expect(relative_difference(/** @type {any} */ (actual[place]).data, expected)).toBeLessThan(1e-7);
  });
  layer.dispose();
});

test('with recurrent dropout too', () => {
  const make = (/** @type {any} */ activation) =>
    new GRU(3, {
      activation,
      recurrent_dropout: 0.5,
      seed: 4,
      dtype: 'float64',
      kernel_initializer: 'ones',
      recurrent_initializer: 'ones',
    });
  const layers = [make('tanh'), make(on_arrays(Math.tanh, (x) => 1 - Math.tanh(x) ** 2)), make(Math.tanh)];
  const x = [
    [
      [0.5, -0.25],
      [1, 0.125],
    ],
  ];
  const [named, arrays, numbers] = layers.map((layer) => layer.call(x, { training: true }));
  expect(relative_difference(arrays.data, named.data)).toBeLessThan(1e-13);
  expect(relative_difference(numbers.data, named.data)).toBeLessThan(1e-13);
  for (const layer of layers) layer.dispose();
});

describe.each([
  ['Activation', (/** @type {any} */ activation) => new Activation(activation, { dtype: 'float64' })],
  [
    'Dense',
    (/** @type {any} */ activation) =>
      new Dense(4, { activation, dtype: 'float64', use_bias: false, kernel_initializer: 'identity' }),
  ],
])('%s', (_, make) => {
  const x = tensor(float32_numbers(12, generator(5), 2), [3, 4], 'float64');
  test.each([bend, BEND])('values, %#', (activation) => {
    const layer = make(activation);
    const actual = layer.call(x);
    expect([actual.shape, actual.dtype]).toEqual([[3, 4], 'float64']);
    expect(relative_difference(actual.data, [...x.data].map(bend))).toBeLessThan(1e-14);
    layer.dispose();
  });
  test('gradients', () => {
    const layer = make(BEND);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => layer.call(x));
    const actual = tape.gradient(y, x);
    const expected = central_differences((at) => at.reduce((sum, value) => sum + bend(value), 0), x.data);
    expect(relative_difference(/** @type {any} */ (actual).data, expected)).toBeLessThan(1e-9);
    layer.dispose();
  });
  test('a gradient function that returns the same array each time', () => {
    const buffer = new Float32Array(2);
    const activation = {
      call: (/** @type {any} */ x) => x.map((/** @type {number} */ v) => v * v),
      gradient(/** @type {any} */ x, /** @type {any} */ _, /** @type {any} */ dy) {
        buffer.set(dy.map((/** @type {number} */ d, /** @type {number} */ i) => 2 * d * x[i]));
        return buffer;
      },
    };
    const layer = new Activation(activation);
    const [x, z] = [tensor([[3, -1]]), tensor([[5, 7]])];
    const tape = new GradientTape();
    tape.watch([x, z]);
    // The way back begins with x.
    const outputs = tape.record(() => [layer.call(z), layer.call(x)]);
    const actual = tape.gradient(outputs, [x, z]).map((gradient) => gradient?.array());
    expect(actual).toEqual([[[6, -2]], [[10, 14]]]);
  });

  test('training with a plain function is a ValueError', () => {
    const layer = make(bend);
    const tape = new GradientTape();
    tape.watch(x);
    expect(() => tape.record(() => layer.call(x))).toThrow(/has no gradient.*give \{ call, gradient \}/);
    layer.dispose();
  });
  test.each([
    [() => 'x', TypeError, /must return a number/],
    [{ call: () => 3 }, TypeError, /call must return an array of numbers, not 3/],
    [{ call: () => [1] }, Error, /call must give 12 values, as many as it got, not 1/],
  ])('a wrong result of a function, %#', (activation, type, message) => {
    const layer = make(activation);
    expect(() => layer.call(x)).toThrow(type);
    expect(() => layer.call(x)).toThrow(message);
    layer.dispose();
  });
  test('it can change its argument and keep its result', () => {
    const buffer = new Float64Array(12);
    const layer = make({
      call(/** @type {Float64Array} */ values) {
        values.forEach((value, i) => {
          buffer[i] = value * 2;
        });
        values.fill(0);
        return buffer;
      },
    });
    const before = [...x.data];
    const actual = layer.call(x);
    buffer.fill(9);
    expect([...x.data]).toEqual(before);
    expect([...actual.data]).toEqual(before.map((value) => 2 * value));
    layer.dispose();
  });
});

describe('configurations', () => {
  test('contain the function itself, so that copies use it', () => {
    for (const layer of [
      new Dense(2, { activation: BEND }),
      new Activation(bend),
      new GRU(2, { activation: BEND }),
    ]) {
      const config = layer.get_config();
      expect([bend, BEND]).toContain(config.activation);
      const again = /** @type {any} */ (layer.constructor).from_config(config);
      expect(again.get_config()).toEqual(config);
    }
    const both = new Bidirectional(new GRU(2, { activation: BEND, recurrent_activation: GATE }));
    expect(both.backward_layer.get_config()).toMatchObject({ activation: BEND, recurrent_activation: GATE });
  });
  test('a model with functions trains, and cannot be saved', async () => {
    const model = new Sequential([new GRU(3, { activation: BEND }), new Dense(1, { activation: BEND })]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const x = [
      [[1], [0.5]],
      [[-1], [0.25]],
    ];
    const { history } = await model.fit(x, [[0.5], [-0.25]], { epochs: 20 });
    expect(history.loss[19]).toBeLessThan(history.loss[0]);
    await expect(model.save()).rejects.toThrow(/cannot be written as JSON/);
    model.dispose();
  });
});

test('dispose frees all memory', () => {
  const before = memory();
  const layers = [
    new GRU(3, { activation: BEND, recurrent_activation: gate }),
    new Bidirectional(new GRU(2, { activation: bend })),
  ];
  for (const layer of layers) {
    layer.call([[[1, 2]]]);
    layer.dispose();
  }
  expect(memory()).toEqual(before);
});
