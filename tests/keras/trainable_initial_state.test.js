// The option trainable_initial_state of the recurrent layers: the state that sequences begin with as a weight.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, write_weights } from '../../js/formats.js';
import { memory, GRUCell as Tf1Cell } from '../../js/index.js';
import {
  Bidirectional,
  CuDNNGRU,
  Dense,
  GRU,
  GRUCell,
  GradientTape,
  Masking,
  ops,
  RNN,
  Sequential,
  StackedRNNCells,
} from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { MinimalCell } from '../helpers/user_cells.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

const [BATCH, STEPS, INPUTS, UNITS] = [3, 4, 2, 3];
const OPTIONS = { dtype: /** @type {const} */ ('float64'), trainable_initial_state: true };
const MASK = [
  [true, true, false, true],
  [false, true, true, false],
  [false, false, false, false],
];
const next = generator(77);
const X = Float64Array.from(float32_numbers(BATCH * STEPS * INPUTS, next, 1));
const inputs = () => ({ data: X, shape: [BATCH, STEPS, INPUTS] });

/** Builds a layer, and gives every weight other values than the initial ones. @param {any} layer */
function randomized(layer) {
  layer.build([null, STEPS, INPUTS]);
  const draw = generator(5);
  for (const weight of layer.weights) {
    const count = weight.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    weight.assign({ data: Float64Array.from(float32_numbers(count, draw, 0.8)), shape: weight.shape });
  }
  return layer;
}

/** The weights that are initial states. @param {any} layer @returns {any[]} */
const initial_states = (layer) =>
  layer.weights.filter((/** @type {any} */ { name }) => name.includes('initial_state'));

/** @type {Record<string, (options?: object) => any>} */
const LAYERS = {
  GRU: (options) => new GRU(UNITS, { ...OPTIONS, ...options }),
  'GRU, reset_after false, go_backwards': (options) =>
    new GRU(UNITS, { ...OPTIONS, reset_after: false, go_backwards: true, ...options }),
  CuDNNGRU: (options) => new CuDNNGRU(UNITS, { ...OPTIONS, ...options }),
  'RNN of a GRUCell': (options) => new RNN(new GRUCell(UNITS), { ...OPTIONS, ...options }),
  "RNN of TensorFlow 1's GRUCell": (options) => new RNN(new Tf1Cell(UNITS), { ...OPTIONS, ...options }),
  'RNN of several cells': (options) =>
    new RNN(new StackedRNNCells([new GRUCell(4), new GRUCell(UNITS)]), { ...OPTIONS, ...options }),
  "RNN of a user's cell": (options) =>
    new RNN(/** @type {any} */ (new MinimalCell(UNITS)), { ...OPTIONS, ...options }),
  Bidirectional: (options) => new Bidirectional(new GRU(UNITS, { ...OPTIONS, ...options })),
};

test('the weights: names, shapes, zeros, their place in the list', () => {
  /** @type {[any, string[], number[][]][]} */
  const cases = [
    [new GRU(5, OPTIONS), ['kernel', 'recurrent_kernel', 'bias', 'initial_state'], [[5]]],
    [new CuDNNGRU(5, OPTIONS), ['kernel', 'recurrent_kernel', 'bias', 'initial_state'], [[5]]],
    [new RNN(new GRUCell(5), OPTIONS), ['initial_state', 'kernel', 'recurrent_kernel', 'bias'], [[5]]],
  ];
  for (const [layer, names, shapes] of cases) {
    layer.build([null, null, 2]);
    const last_names = layer.weights.map((/** @type {any} */ { name }) => name.replace(/^.*\/|:0$/g, ''));
    expect(last_names).toEqual(names);
    const states = initial_states(layer);
    expect(states.map(({ shape }) => shape)).toEqual(shapes);
    for (const { value, trainable } of states) {
      expect(value.data.every((/** @type {number} */ one) => one === 0)).toBe(true);
      expect(trainable).toBe(true);
    }
    expect(layer.trainable_weights.length).toBe(4);
    layer.dispose();
  }
  const stack = new RNN([new GRUCell(4), new GRUCell(3)], OPTIONS);
  stack.build([null, null, 2]);
  expect(initial_states(stack).map(({ shape }) => shape)).toEqual([[4], [3]]);
  expect(new Set(stack.weights.map(({ name }) => name)).size).toBe(8);
  stack.dispose();
});

test('sequences begin with the weight, each row with the same, unless a state is passed', () => {
  const layer = randomized(LAYERS.GRU({ return_sequences: true }));
  const [kernel, recurrent_kernel, bias, initial] = layer
    .get_weights()
    .map((/** @type {any} */ { data }) => data);
  const weights = { inputs: INPUTS, units: UNITS, kernel, recurrent_kernel, bias };
  const options = { batch: BATCH, steps: STEPS, x: X };
  const from = (/** @type {number[]} */ state) => gru_sequence(weights, { ...options, state }).outputs;
  const rows = Array.from({ length: BATCH }, () => [...initial]);
  expect(relative_difference(layer.call(inputs()).data, from(rows.flat()))).toBeLessThan(1e-13);
  const passed = rows.map((row, i) => row.map((_, j) => i - j / 4));
  const actual = layer.call(inputs(), { initial_state: passed });
  expect(relative_difference(actual.data, from(passed.flat()))).toBeLessThan(1e-13);
  expect(layer.call({ data: new Float64Array(0), shape: [BATCH, 0, INPUTS] }).shape).toEqual([
    BATCH,
    0,
    UNITS,
  ]);
  layer.dispose();
});

describe.each(Object.keys(LAYERS))('%s', (name) => {
  test('the gradient of the state agrees with central differences', () => {
    const layer = randomized(LAYERS[name]({ return_sequences: true }));
    const masks = layer.supports_masking ? [null, MASK] : [null];
    for (const mask of masks) {
      const loss = () => ops.sum(ops.square(layer.call(inputs(), { mask })));
      const tape = new GradientTape();
      const gradients = /** @type {any[]} */ (tape.gradient(tape.record(loss), layer.weights));
      for (const [i, weight] of layer.weights.entries()) {
        if (!weight.name.includes('initial_state')) continue;
        const start = weight.value.data.slice();
        const numeric = central_differences((data) => {
          weight.assign({ data, shape: weight.shape });
          return loss().data[0];
        }, start);
        weight.assign({ data: start, shape: weight.shape });
        expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(0.01);
        expect(relative_difference(gradients[i].data, numeric)).toBeLessThan(1e-7);
      }
    }
    layer.dispose();
  });

  test('a configuration gives an equal layer', () => {
    if (name.includes("user's")) return;
    const layer = randomized(LAYERS[name]());
    const again = layer.constructor.from_config(layer.get_config(), { GRUCell: Tf1Cell });
    again.build([null, STEPS, INPUTS]);
    again.set_weights(layer.get_weights());
    expect(again.call(inputs()).data).toEqual(layer.call(inputs()).data);
    expect(initial_states(again).length).toBe(initial_states(layer).length);
    layer.dispose();
    again.dispose();
  });
});

test.each(['GRU', 'CuDNNGRU', 'RNN of a GRUCell', 'RNN of several cells', 'Bidirectional'])(
  '%s: fit changes the initial state, the file keeps it, dispose frees the memory',
  async (name) => {
    const before = memory();
    const model = new Sequential([LAYERS[name](), new Dense(1)]);
    model.build([null, STEPS, INPUTS]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    await model.fit(inputs(), [[1], [2], [3]], { epochs: 3 });
    for (const { value } of initial_states(model))
      expect(value.data.every((/** @type {number} */ one) => one !== 0)).toBe(true);
    const again = await load_model(await model.save());
    expect(again.predict(inputs()).data).toEqual(model.predict(inputs()).data);
    expect(again.layers[0].get_config()).toEqual(model.layers[0].get_config());
    model.dispose();
    again.dispose();
    expect(memory()).toEqual(before);
  },
);

test.each(['GRU', 'CuDNNGRU'])('%s.stream begins with the state, and reset returns to it', (name) => {
  const layer = randomized(LAYERS[name]({ return_sequences: true }));
  const expected = layer.call(inputs()).data;
  const [initial] = initial_states(layer);
  const stream = layer.stream(BATCH);
  for (let round = 0; round < 2; round++) {
    expect([...stream.state.subarray(UNITS, 2 * UNITS)]).toEqual([...initial.value.data]);
    for (let step = 0; step < STEPS; step++) {
      for (let row = 0; row < BATCH; row++) {
        const start = (row * STEPS + step) * INPUTS;
        stream.input.set(X.subarray(start, start + INPUTS), row * INPUTS);
      }
      stream.step();
      for (let row = 0; row < BATCH; row++) {
        const place = (row * STEPS + step) * UNITS;
        const state = stream.state.subarray(row * UNITS, (row + 1) * UNITS);
        expect(relative_difference(state, expected.subarray(place, place + UNITS))).toBeLessThan(1e-13);
      }
    }
    stream.reset();
  }
  initial.assign([7, 8, 9]);
  stream.reset();
  expect([...stream.state]).toEqual([7, 8, 9, 7, 8, 9, 7, 8, 9]);
  stream.dispose();
  layer.dispose();
});

test.each(Object.keys(LAYERS).filter((name) => !name.includes('backwards') && name !== 'Bidirectional'))(
  '%s in model.stream',
  (name) => {
    const layer = LAYERS[name]({ return_sequences: true });
    const model = new Sequential([...(layer.supports_masking ? [new Masking()] : []), layer, new Dense(2)]);
    randomized(model);
    const predicted = model.predict(inputs()).data;
    const stream = model.stream(BATCH);
    for (let round = 0; round < 2; round++) {
      for (let step = 0; step < STEPS; step++) {
        for (let row = 0; row < BATCH; row++) {
          const start = (row * STEPS + step) * INPUTS;
          stream.input.set(X.subarray(start, start + INPUTS), row * INPUTS);
        }
        stream.step();
        for (let row = 0; row < BATCH; row++) {
          const place = (row * STEPS + step) * 2;
          const output = stream.output.subarray(row * 2, row * 2 + 2);
          expect(relative_difference(output, predicted.subarray(place, place + 2))).toBeLessThan(1e-13);
        }
      }
      stream.reset();
    }
    stream.dispose();
    model.dispose();
  },
);

test('without the option the configuration does not name it', () => {
  for (const layer of [new GRU(2), new CuDNNGRU(2), new RNN(new GRUCell(2))]) {
    expect(layer.trainable_initial_state).toBe(false);
    expect(layer.get_config()).not.toHaveProperty('trainable_initial_state');
    layer.dispose();
  }
});

test('a stateful layer cannot have it; files without it refuse it', async () => {
  for (const make of [
    () => new GRU(2, { stateful: true, trainable_initial_state: true }),
    () => new CuDNNGRU(2, { stateful: true, trainable_initial_state: true }),
    () => new RNN(new GRUCell(2), { stateful: true, trainable_initial_state: true }),
  ])
    expect(make).toThrow(
      /^(GRU|CuDNNGRU|RNN): trainable_initial_state must be false where stateful is true, not true$/,
    );
  const model = new Sequential([new GRU(2, { reset_after: false, trainable_initial_state: true })]);
  model.build([null, null, 2]);
  await expect(model.save({ format: 'tfjs' })).rejects.toThrow('trainable_initial_state');
  await expect(model.save({ format: 'onnx' })).rejects.toThrow('trainable_initial_state');
  await expect(write_weights(model.layers[0], { format: 'onnx' })).rejects.toThrow('trainable_initial_state');
  model.dispose();
});
