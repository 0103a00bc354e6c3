// GRU and GRUCell with layer_norm against a plain evaluation of the equations; gradients, training, files, streams.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights, write_weights } from '../../js/formats.js';
import { memory } from '../../js/index.js';
import {
  Bidirectional,
  Dense,
  GRU,
  GRUCell,
  GradientTape,
  Masking,
  ops,
  optimizers,
  RNN,
  Sequential,
  StackedRNNCells,
} from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence, swap_time } from '../reference/gru.js';

beforeAll(ready);

const [BATCH, STEPS, INPUTS, UNITS] = [3, 4, 2, 3];
const WIDTH = 3 * UNITS;
const MASK = [
  [true, true, false, true],
  [false, true, true, false],
  [false, false, false, false],
];
const next = generator(99);
const X = Float64Array.from(float32_numbers(BATCH * STEPS * INPUTS, next, 1));
const STATE = Float64Array.from(float32_numbers(BATCH * UNITS, next, 1));
const WEIGHTS = {
  kernel: { data: Float64Array.from(float32_numbers(INPUTS * WIDTH, next, 1)), shape: [INPUTS, WIDTH] },
  recurrent_kernel: {
    data: Float64Array.from(float32_numbers(UNITS * WIDTH, next, 1)),
    shape: [UNITS, WIDTH],
  },
  bias: { data: Float64Array.from(float32_numbers(2 * WIDTH, next, 0.5)), shape: [2, WIDTH] },
  gamma: {
    data: Float64Array.from(float32_numbers(2 * WIDTH, next, 0.5)).map((value) => 1 + value),
    shape: [2, WIDTH],
  },
};
const float64 = { dtype: /** @type {const} */ ('float64'), layer_norm: true };
const inputs = (data = X) => ({ data, shape: [BATCH, STEPS, INPUTS] });
const initial = () => ({ data: STATE, shape: [BATCH, UNITS] });

/** @template {any} L @param {L} layer @param {boolean} [use_bias] @returns {L} built, with WEIGHTS */
function with_weights(layer, use_bias = true) {
  const { kernel, recurrent_kernel, bias, gamma } = WEIGHTS;
  const built = /** @type {any} */ (layer);
  if (!built.built) built.build([null, null, INPUTS]);
  built.set_weights([kernel, recurrent_kernel, ...(use_bias ? [bias] : []), gamma]);
  return layer;
}

/** @param {object} [options] of gru_sequence @param {object} [others] of the weights */
const expected_of = (options, others) => {
  const [kernel, recurrent_kernel, bias, gamma] = Object.values(WEIGHTS).map(({ data }) => data);
  const weights = { inputs: INPUTS, units: UNITS, kernel, recurrent_kernel, bias, gamma, ...others };
  return gru_sequence(weights, { batch: BATCH, steps: STEPS, x: X, ...options });
};

const near = (
  /** @type {ArrayLike<number>} */ actual,
  /** @type {ArrayLike<number>} */ expected,
  most = 1e-13,
) => expect(relative_difference(actual, expected)).toBeLessThan(most);

describe('outputs and states are those of the equations', () => {
  const sequences = { return_sequences: true, return_state: true };
  /** @type {[string, any, any, any][]} the options of the layer, of `call`, and of the reference */
  const cases = [
    ['plain', {}, {}, {}],
    ['initial_state', {}, { initial_state: initial() }, { state: STATE }],
    [
      'mask',
      {},
      { mask: MASK, initial_state: initial() },
      { mask: MASK.flat(), state: STATE, repeat_output: true },
    ],
    ['zero_output_for_mask', { zero_output_for_mask: true }, { mask: MASK }, { mask: MASK.flat() }],
    ['go_backwards', { go_backwards: true }, {}, { go_backwards: true }],
    [
      'go_backwards with a mask',
      { go_backwards: true },
      { mask: MASK },
      { go_backwards: true, mask: MASK.flat(), repeat_output: true },
    ],
    ['unroll', { unroll: true, implementation: 1 }, {}, {}],
    ['dropout outside training', { dropout: 0.5, recurrent_dropout: 0.5 }, { training: false }, {}],
    ['no dropout in training', {}, { training: true }, {}],
  ];
  test.each(cases)('%s', (_, layer_options, call_options, reference_options) => {
    const layer = with_weights(new GRU(UNITS, { ...float64, ...sequences, ...layer_options }));
    const [outputs, state] = layer.call(inputs(), call_options);
    const expected = expected_of(reference_options);
    expect(outputs.shape).toEqual([BATCH, STEPS, UNITS]);
    near(outputs.data, expected.outputs);
    near(state.data, expected.state);
    layer.dispose();
    const last = with_weights(new GRU(UNITS, { ...float64, ...layer_options }));
    const final = Array.from({ length: BATCH }, (_, row) =>
      expected.outputs.slice(((row + 1) * STEPS - 1) * UNITS, (row + 1) * STEPS * UNITS),
    ).flat();
    near(last.call(inputs(), call_options).data, final);
    last.dispose();
  });

  test('time_major', () => {
    const layer = with_weights(new GRU(UNITS, { ...float64, return_sequences: true, time_major: true }));
    const x = Float64Array.from(swap_time(X, BATCH, STEPS, INPUTS));
    const { data } = layer.call({ data: x, shape: [STEPS, BATCH, INPUTS] });
    near(data, swap_time(expected_of().outputs, BATCH, STEPS, UNITS));
    layer.dispose();
  });

  test('without bias, with other activations and another epsilon', () => {
    const others = { activation: 'softsign', recurrent_activation: 'hard_sigmoid' };
    const options = { ...float64, ...others, use_bias: false, layer_norm_epsilon: 0.1 };
    const layer = with_weights(new GRU(UNITS, options), false);
    near(layer.call(inputs()).data, expected_of({}, { ...others, bias: null, epsilon: 0.1 }).state);
    layer.dispose();
  });

  test('in float32', () => {
    const layer = with_weights(new GRU(UNITS, { layer_norm: true, dtype: 'float32' }));
    near(layer.call(inputs()).data, expected_of().state, 2e-6);
    layer.dispose();
  });

  test('stateful: two halves are the whole', () => {
    const layer = with_weights(new GRU(UNITS, { ...float64, stateful: true }));
    const part = (/** @type {number} */ from) => ({
      data: Float64Array.from({ length: BATCH * 2 * INPUTS }, (_, i) => {
        const row = Math.floor(i / (2 * INPUTS));
        return X[row * STEPS * INPUTS + from * INPUTS + (i % (2 * INPUTS))];
      }),
      shape: [BATCH, 2, INPUTS],
    });
    for (let round = 0; round < 2; round++) {
      layer.call(part(0));
      near(layer.call(part(2)).data, expected_of().state);
      layer.reset_states();
    }
    layer.dispose();
  });

  test('no rows, no steps', () => {
    const layer = with_weights(new GRU(UNITS, { ...float64, ...sequences }));
    for (const [batch, steps] of [
      [0, 3],
      [2, 0],
    ]) {
      const [outputs, state] = layer.call({ data: new Float64Array(0), shape: [batch, steps, INPUTS] });
      expect([outputs.shape, state.shape]).toEqual([
        [batch, steps, UNITS],
        [batch, UNITS],
      ]);
    }
    layer.dispose();
  });

  test('Bidirectional', () => {
    const layer = new Bidirectional(new GRU(UNITS, { ...float64, return_sequences: true }), {
      merge_mode: null,
    });
    layer.build([null, null, INPUTS]);
    with_weights(layer.forward_layer);
    with_weights(layer.backward_layer);
    const [forward, backward] = layer.call(inputs());
    near(forward.data, expected_of().outputs);
    const { outputs } = expected_of({ go_backwards: true });
    const reversed = Array.from({ length: BATCH * STEPS }, (_, i) => {
      const place = Math.floor(i / STEPS) * STEPS + (STEPS - 1 - (i % STEPS));
      return outputs.slice(place * UNITS, (place + 1) * UNITS);
    }).flat();
    near(backward.data, reversed);
    layer.dispose();
  });
});

describe('GRUCell', () => {
  test('one step, and sequences in RNN', () => {
    const cell = with_weights(new GRUCell(UNITS, float64).build([null, INPUTS]));
    const one = { data: X.slice(0, BATCH * INPUTS), shape: [BATCH, INPUTS] };
    const [output, state] = cell.call(one, initial());
    near(output.data, expected_of({ steps: 1, x: one.data, state: STATE }).state);
    expect(state.data).toEqual(output.data);
    const none = { data: new Float64Array(0), shape: [0, UNITS] };
    expect(cell.call({ data: new Float64Array(0), shape: [0, INPUTS] }, none)[0].shape).toEqual([0, UNITS]);
    const layer = new RNN(cell, { return_sequences: true, return_state: true });
    const [outputs, final] = layer.call(inputs(), { mask: MASK });
    const expected = expected_of({ mask: MASK.flat(), repeat_output: true });
    near(outputs.data, expected.outputs);
    near(final.data, expected.state);
    layer.dispose();
  });

  test('in a stack', () => {
    const cells = [new GRUCell(UNITS, float64), new GRUCell(2, float64)];
    const stack = new RNN(new StackedRNNCells(cells), { return_sequences: true });
    const layers = [3, 2].map((units) => new GRU(units, { ...float64, return_sequences: true }));
    stack.build([null, null, INPUTS]);
    with_weights(cells[0]);
    const model = new Sequential(layers);
    model.build([null, null, INPUTS]);
    model.set_weights(stack.get_weights());
    near(stack.call(inputs()).data, model.predict(inputs()).data);
    stack.dispose();
    model.dispose();
  });

  test('gives the gradients of GRU', () => {
    const layers = [new GRU(UNITS, float64), new RNN(new GRUCell(UNITS, float64))].map((one) =>
      with_weights(one),
    );
    const [expected, actual] = layers.map((layer) => {
      const tape = new GradientTape();
      const loss = tape.record(() => ops.sum(ops.square(layer.call(inputs()))));
      return /** @type {any[]} */ (tape.gradient(loss, layer.weights)).map(({ data }) => [...data]);
    });
    expect(actual.length).toBe(4);
    actual.forEach((gradient, i) => {
      near(gradient, expected[i]);
    });
    for (const layer of layers) layer.dispose();
  });
});

describe.each([
  [{}, null],
  [{}, MASK],
  [{ dropout: 0.3, seed: 5 }, null],
  [{ dropout: 0.3, recurrent_dropout: 0.4, seed: 5 }, MASK],
  [{ recurrent_dropout: 0.4, seed: 6, use_bias: false, trainable_initial_state: true }, null],
])('gradients, %j, mask %j', (options, mask) => {
  test('agree with central differences', () => {
    const use_bias = !('use_bias' in options);
    const names = ['kernel', 'recurrent_kernel', ...(use_bias ? ['bias'] : []), 'gamma'];
    const values = names.map((name) => WEIGHTS[/** @type {keyof typeof WEIGHTS} */ (name)].data);
    if (!use_bias) values.push(Float64Array.from([0.3, -0.5, 0.2]));
    values.push(X);
    /**
     * A new layer each time, whose seed draws the same masks.
     * @template R
     * @param {Float64Array[]} all the values of the weights, and of the inputs
     * @param {(layer: GRU, x: any, loss: () => any) => R} body
     * @returns {R}
     */
    const run = (all, body) => {
      const layer = new GRU(UNITS, { ...float64, return_sequences: true, ...options });
      layer.build([null, null, INPUTS]);
      layer.set_weights(layer.weights.map(({ shape }, i) => ({ data: all[i], shape })));
      const x = ops.multiply(inputs(all[all.length - 1]), 1);
      const result = body(layer, x, () => ops.sum(ops.square(layer.call(x, { mask, training: true }))));
      layer.dispose();
      return result;
    };
    const gradients = run(values, (layer, x, loss) => {
      const tape = new GradientTape();
      tape.watch(x);
      const all = /** @type {any[]} */ (tape.gradient(tape.record(loss), [...layer.weights, x]));
      return all.map(({ data }) => [...data]);
    });
    expect(gradients.length).toBe(values.length);
    values.forEach((start, i) => {
      const numeric = central_differences(
        (at) =>
          run(
            values.map((other, j) => (j === i ? at : other)),
            (_layer, _x, loss) => loss().data[0],
          ),
        start,
      );
      expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(relative_difference(gradients[i], numeric)).toBeLessThan(1e-6);
    });
  });
});

test('fit lowers the loss, the file keeps everything, dispose frees the memory', async () => {
  const before = memory();
  const model = new Sequential([
    new Bidirectional(new GRU(4, { layer_norm: true, layer_norm_epsilon: 1e-4, return_sequences: true })),
    new RNN(new GRUCell(3, { layer_norm: true })),
    new Dense(1),
  ]);
  model.build([null, STEPS, INPUTS]);
  model.compile({ optimizer: new optimizers.Adam({ learning_rate: 0.02 }), loss: 'mse' });
  const { history } = await model.fit(inputs(), [[1], [-1], [2]], { epochs: 40 });
  expect(history.loss[39]).toBeLessThan(0.5 * history.loss[0]);
  const gammas = model.weights.filter(({ name }) => name.includes('gamma'));
  expect(gammas.map(({ shape }) => shape)).toEqual([
    [2, 12],
    [2, 12],
    [2, 9],
  ]);
  for (const { value } of gammas) expect(value.data.some((one) => one !== 1)).toBe(true);
  const again = await load_model(await model.save());
  expect(again.predict(inputs()).data).toEqual(model.predict(inputs()).data);
  expect(again.get_config()).toEqual(model.get_config());
  model.dispose();
  again.dispose();
  expect(memory()).toEqual(before);
});

describe('streams', () => {
  /** @param {any} stream @param {() => ArrayLike<number>} read @param {ArrayLike<number>} expected [batch, steps, width] */
  const compare = (stream, read, expected) => {
    const width = expected.length / BATCH / STEPS;
    for (let round = 0; round < 2; round++) {
      for (let step = 0; step < STEPS; step++) {
        for (let row = 0; row < BATCH; row++)
          for (let i = 0; i < INPUTS; i++)
            stream.input[row * INPUTS + i] = X[(row * STEPS + step) * INPUTS + i];
        stream.step();
        const output = read();
        for (let row = 0; row < BATCH; row++)
          for (let j = 0; j < width; j++)
            expect(output[row * width + j]).toBeCloseTo(expected[(row * STEPS + step) * width + j], 12);
      }
      stream.reset();
    }
  };
  test.each(['GRU', 'GRUCell'])('%s.stream', (name) => {
    const object = with_weights(
      name === 'GRU' ? new GRU(UNITS, float64) : new GRUCell(UNITS, float64).build([null, INPUTS]),
    );
    const stream = object.stream(BATCH);
    expect([stream.batch, stream.input.length, stream.state.length]).toEqual([3, 6, 9]);
    compare(stream, () => stream.state, expected_of().outputs);
    near(stream.run(X.slice(0, 6), STATE), expected_of({ steps: 1, x: X.slice(0, 6), state: STATE }).state);
    stream.dispose();
    stream.dispose();
    expect(() => stream.step()).toThrow('this stream is used after it was disposed of');
    const other = object.stream();
    object.dispose();
    expect(() => other.step()).toThrow('is used after it was disposed of');
    expect(() => other.state).toThrow('is used after it was disposed of');
  });

  test('with a trained initial state', () => {
    const layer = new GRU(UNITS, { ...float64, trainable_initial_state: true });
    layer.build([null, null, INPUTS]);
    const { kernel, recurrent_kernel, bias, gamma } = WEIGHTS;
    layer.set_weights([kernel, recurrent_kernel, bias, gamma, [0.5, -0.25, 1]]);
    const state = Array.from({ length: BATCH }, () => [0.5, -0.25, 1]).flat();
    const stream = layer.stream(BATCH);
    compare(stream, () => stream.state, expected_of({ state }).outputs);
    layer.dispose();
  });

  test.each(['GRU', 'RNN'])('model.stream with %s', (name) => {
    const options = { return_sequences: true };
    const layer =
      name === 'GRU'
        ? new GRU(UNITS, { ...float64, ...options })
        : new RNN(new GRUCell(UNITS, float64), options);
    const model = new Sequential([new Masking(), layer, new Dense(2)]);
    model.build([null, STEPS, INPUTS]);
    with_weights(layer);
    const stream = model.stream(BATCH);
    compare(stream, () => stream.output, model.predict(inputs()).data);
    stream.dispose();
    model.dispose();
  });

  test('of a layer that is not built', () => {
    expect(() => new GRU(2, { layer_norm: true }).stream()).toThrow('is not built');
    expect(() => new GRUCell(2, { layer_norm: true }).stream()).toThrow('is not built');
  });
});

test('the weights and their order; the configuration', () => {
  for (const make of [
    (/** @type {any} */ options) => new GRU(UNITS, options),
    (/** @type {any} */ options) => new GRUCell(UNITS, options),
  ]) {
    const layer = make({ layer_norm: true, layer_norm_epsilon: 0.01 });
    layer.build([null, null, INPUTS].slice(layer instanceof GRU ? 0 : 1));
    expect(layer.weights.map(({ name }) => name.replace(/^.*\/|:0$/g, ''))).toEqual(Object.keys(WEIGHTS));
    expect(layer.weights.map(({ shape }) => [...shape])).toEqual(
      Object.values(WEIGHTS).map(({ shape }) => shape),
    );
    expect([...new Set(layer.weights[3].value.data)]).toEqual([1]);
    const config = layer.get_config();
    expect(config).toMatchObject({ layer_norm: true, layer_norm_epsilon: 0.01 });
    const again = /** @type {any} */ (layer.constructor).from_config(config);
    expect(again.get_config()).toEqual(config);
    expect(make({}).get_config()).not.toHaveProperty('layer_norm');
    expect(make({}).get_config()).not.toHaveProperty('layer_norm_epsilon');
    layer.dispose();
  }
});

test('wrong options, and files that do not have it', async () => {
  for (const [name, make] of /** @type {[string, (options: any) => any][]} */ ([
    ['GRU', (options) => new GRU(2, options)],
    ['GRUCell', (options) => new GRUCell(2, options)],
  ])) {
    expect(() => make({ layer_norm: true, reset_after: false })).toThrow(
      `${name}: reset_after must be true where layer_norm is true, not false`,
    );
    for (const layer_norm_epsilon of [-1, '1', Number.NaN, null])
      expect(() => make({ layer_norm: true, layer_norm_epsilon })).toThrow(
        `${name}: layer_norm_epsilon must be a number of 0 or more, not `,
      );
  }
  const model = new Sequential([new GRU(2, { layer_norm: true })]);
  model.build([null, null, 2]);
  await expect(model.save({ format: 'tfjs' })).rejects.toThrow('layer_norm');
  await expect(model.save({ format: 'onnx' })).rejects.toThrow('layer_norm');
  await expect(write_weights(model.layers[0], { format: 'onnx' })).rejects.toThrow('layer_norm');
  model.dispose();
});

test.each([{ layer_norm: true }, { trainable_initial_state: true }])(
  'read_weights does not take it for a plain GRU: %j',
  async (options) => {
    const layer = new GRU(2, options);
    layer.build([null, null, 3]);
    const { grus, tensors } = await read_weights(await write_weights(layer));
    expect(tensors.size).toBe(4);
    expect(grus).toEqual([]);
    layer.dispose();
  },
);
