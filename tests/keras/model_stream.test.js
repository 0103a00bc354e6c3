// Model.stream: after each step its output is what predict gives for the steps so far, at the last of them.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, MultiRNNCell, memory, ResidualWrapper, set_random_seed, tensor } from '../../js/index.js';
import {
  Activation,
  Add,
  BatchNormalization,
  Bidirectional,
  Concatenate,
  Conv1D,
  CuDNNGRU,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GRU,
  Input,
  GRUCell as KerasGRUCell,
  LayerNormalization,
  LeakyReLU,
  Masking,
  Model,
  PReLU,
  RepeatVector,
  RNN,
  Sequential,
  Softmax,
  StackedRNNCells,
  TimeDistributed,
} from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { LSTMCell, MinimalCell } from '../helpers/user_cells.js';

beforeAll(ready);

const STEPS = 6;
const FEATURES = 3;
const sequences = { return_sequences: true };
/** Weights that differ from zeros, which biases have at first. */
const biases = { bias_initializer: 'random_uniform' };

/** @param {number} batch @param {'float32' | 'float64'} [dtype] @returns {number[][][]} [batch, steps, features] */
const random_sequences = (batch, dtype = 'float32') => {
  const next = generator(5);
  const round = dtype === 'float32' ? Math.fround : Number;
  return Array.from({ length: batch }, () =>
    Array.from({ length: STEPS }, () => numbers(FEATURES, next, 0.9).map(round)),
  );
};

/** @param {number} batch @returns {number[][]} [batch, steps], a few of them zeros */
const random_ids = (batch) => {
  const next = generator(8);
  return Array.from({ length: batch }, () => Array.from({ length: STEPS }, () => Math.floor(next() * 5)));
};

/** @param {any} prediction of the steps so far @param {boolean} is_sequence @returns {number[]} at the last of them */
function last_of({ data, shape }, is_sequence) {
  if (!is_sequence) return [...data];
  const [batch, steps] = shape;
  const width = data.length / batch / steps;
  return Array.from({ length: batch }, (_, row) => [
    ...data.subarray(((row + 1) * steps - 1) * width, (row + 1) * steps * width),
  ]).flat();
}

/**
 * Compares each step of a stream with `predict`, twice: after `reset` it begins again.
 * @param {any} model
 * @param {any[]} inputs of the model, each [batch, steps, ...]
 * @param {{ digits?: number, is_sequence?: boolean }} [options]
 */
function expect_steps(model, inputs, { digits = 6, is_sequence = false } = {}) {
  const [{ length: batch }] = inputs;
  const stream = model.stream(batch);
  expect(stream.batch).toBe(batch);
  for (const _ of ['from the beginning', 'after reset']) {
    for (let step = 0; step < STEPS; step++) {
      inputs.forEach((values, i) => {
        stream.inputs[i].set(values.flatMap((/** @type {any[]} */ row) => row[step]));
      });
      stream.step();
      const so_far = inputs.map((values) => values.map((/** @type {any[]} */ row) => row.slice(0, step + 1)));
      const prediction = model.predict(so_far.length === 1 ? so_far[0] : so_far);
      const predictions = [prediction].flat();
      predictions.forEach((one, i) => {
        const expected = last_of(one, is_sequence);
        const output = [...stream.outputs[i]];
        expect(output.length).toBe(expected.length);
        for (const [j, value] of expected.entries()) expect(output[j]).toBeCloseTo(value, digits);
      });
    }
    stream.reset();
  }
  stream.dispose();
}

/** A model that has computed, so that it is built. @param {any[]} layers @param {any} inputs */
function built(layers, inputs) {
  set_random_seed(3);
  const model = new Sequential(layers);
  model.predict(inputs);
  return model;
}

describe('a Sequential', () => {
  /** @type {Record<string, () => any[]>} */
  const STACKS = {
    'GRU and Dense': () => [new GRU(4, biases), new Dense(2, biases)],
    'the GRU of version 1': () => [new GRU(4, { ...biases, reset_after: false })],
    'CuDNNGRU under GRU': () => [new CuDNNGRU(4, sequences), new GRU(3, { go_backwards: false })],
    'functions that are no names': () => [
      new GRU(4, { activation: (/** @type {number} */ x) => x / 2 }),
      new Dense(2, { activation: (/** @type {number} */ x) => x * x }),
    ],
    "RNN of TF1's cell": () => [new RNN(new GRUCell(4)), new Dense(2)],
    "RNN of Keras's cell": () => [
      new RNN(new KerasGRUCell(4), sequences),
      new RNN(new KerasGRUCell(3, { reset_after: false })),
    ],
    'RNN of stacks of cells': () => [
      new RNN(
        new MultiRNNCell([
          new GRUCell(3),
          new ResidualWrapper(new GRUCell(3)),
          new GRUCell(2, { activation: 'relu' }),
        ]),
        sequences,
      ),
      new RNN(new StackedRNNCells([new KerasGRUCell(3), new KerasGRUCell(2)])),
    ],
    "RNN of a user's cells": () => [
      new RNN(new MinimalCell(3), sequences),
      new RNN(new LSTMCell(2)),
      new Dense(2),
    ],
    'what acts on each step': () => [
      new TimeDistributed(new Dense(4, { ...biases, activation: 'gelu' })),
      new LayerNormalization(),
      new LeakyReLU(),
      new BatchNormalization({ beta_initializer: 'random_uniform' }),
      new Dropout(0.5),
      new PReLU({ shared_axes: [1], alpha_initializer: 'random_uniform' }),
      new Activation('tanh'),
      new GRU(4, sequences),
      new TimeDistributed(new Activation('softsign')),
      new GRU(3),
      new Softmax(),
    ],
    'causal convolutions': () => [
      new Conv1D(4, 3, { ...biases, padding: 'causal', activation: 'relu' }),
      new Conv1D(4, 2, { padding: 'causal', dilation_rate: 2, groups: 2 }),
      new GRU(3),
    ],
    'layers after the end of the sequence': () => [
      new GRU(3),
      new RepeatVector(4),
      new Bidirectional(new GRU(2, sequences)),
      new Flatten(),
      new Dense(2, { activation: 'softmax' }),
    ],
    'a model inside': () => [
      new Sequential([new Dense(3, { activation: 'relu' }), new GRU(4, sequences)]),
      new Sequential([new GRU(3), new Dense(2)]),
    ],
    'dropout, which is of training alone': () => [
      new GRU(4, { dropout: 0.5, recurrent_dropout: 0.5, return_sequences: true }),
      new GRU(2),
    ],
  };
  for (const [title, make] of Object.entries(STACKS)) {
    for (const batch of [1, 3]) {
      test(`${title}, batch ${batch}`, () => {
        const inputs = random_sequences(batch);
        const model = built(make(), inputs);
        expect_steps(model, [inputs]);
        model.dispose();
      });
    }
  }

  test('that gives an output for each step', () => {
    const inputs = random_sequences(2);
    const model = built([new GRU(4, sequences), new Dense(2, { activation: 'softmax' })], inputs);
    expect_steps(model, [inputs], { is_sequence: true });
    model.dispose();
  });

  test('in float64', () => {
    const inputs = random_sequences(2, 'float64');
    const model = built(
      [
        new Dense(4, { dtype: 'float64', activation: 'elu' }),
        new GRU(3, { dtype: 'float64', ...sequences }),
        new RNN(new GRUCell(2, { dtype: 'float64' }), { dtype: 'float64' }),
      ],
      inputs,
    );
    expect(model.stream().input).toBeInstanceOf(Float64Array);
    expect_steps(model, [inputs], { digits: 14 });
    model.dispose();
  });

  test('of token ids', () => {
    const ids = random_ids(2);
    const model = built([new Embedding(5, 3), new GRU(4), new Dense(5, { activation: 'softmax' })], ids);
    expect(model.stream().input).toBeInstanceOf(Int32Array);
    expect_steps(model, [ids]);
    model.dispose();
  });
});

describe('masks', () => {
  const inputs = random_sequences(3);
  inputs[0][0].fill(0);
  inputs[1][2].fill(0);
  inputs[1][3].fill(0);
  inputs[2][5].fill(0);

  for (const zero_output_for_mask of [false, true])
    test(`of Masking, zero_output_for_mask ${zero_output_for_mask}`, () => {
      const options = { return_sequences: true, zero_output_for_mask };
      const model = built(
        [
          new Masking(),
          new GRU(4, { ...options, ...biases }),
          new RNN(new LSTMCell(3), options),
          new GRU(2, options),
        ],
        inputs,
      );
      expect_steps(model, [inputs], { is_sequence: true });
      model.dispose();
    });

  test('before the first step, with a trained initial state', () => {
    const trained = { ...sequences, trainable_initial_state: true };
    const model = built(
      [new Masking(), new GRU(4, trained), new RNN(new KerasGRUCell(3), trained), new GRU(2, trained)],
      inputs,
    );
    const next = generator(9);
    model.set_weights(
      model.get_weights().map(({ data, shape }) => tensor(numbers(data.length, next), shape)),
    );
    expect_steps(model, [inputs], { is_sequence: true });
    model.dispose();
  });

  test('of Masking, the last state', () => {
    const model = built(
      [
        new Masking(),
        new Dense(3, biases),
        new RNN(new KerasGRUCell(4, biases), sequences),
        new RNN([new GRUCell(3), new GRUCell(2)]),
        new Dense(2, biases),
      ],
      inputs,
    );
    expect_steps(model, [inputs]);
    model.dispose();
  });

  test('of Embedding', () => {
    const ids = random_ids(4);
    expect(ids.flat()).toContain(0);
    const model = built([new Embedding(5, 3, { mask_zero: true }), new GRU(4, biases)], ids);
    expect_steps(model, [ids]);
    model.dispose();
  });
});

describe('a functional model', () => {
  test('with several inputs and outputs, a residual, a shared layer', () => {
    set_random_seed(4);
    const [features, ids] = [Input({ shape: [null, FEATURES] }), Input({ shape: [null], dtype: 'int32' })];
    const shared = new Dense(3, { ...biases, activation: 'tanh' });
    const a = shared.apply(features);
    const b = shared.apply(new Embedding(5, 3).apply(ids));
    const joined = new Concatenate().apply([new Add().apply([a, b]), features]);
    const states = new GRU(4, sequences).apply(joined);
    const model = new Model(
      [features, ids],
      [new Dense(2).apply(states), new GRU(3, sequences).apply(states)],
    );
    expect_steps(model, [random_sequences(2), random_ids(2)], { is_sequence: true });
    model.dispose();
  });

  test('masks that come together', () => {
    set_random_seed(4);
    const inputs = random_sequences(2);
    inputs[0][1].fill(0);
    inputs[1][4].fill(0);
    const x = Input({ shape: [null, FEATURES] });
    const masked = new Masking().apply(x);
    const sum = new Add().apply([masked, new Dense(3, biases).apply(masked)]);
    const model = new Model(x, new GRU(4, biases).apply(sum));
    expect_steps(model, [inputs]);
    model.dispose();
  });

  test('a value for the whole sequence beside it', () => {
    set_random_seed(4);
    const [x, whole] = [Input({ shape: [null, FEATURES] }), Input({ shape: [2] })];
    const joined = new Concatenate().apply([new GRU(3).apply(x), new Dense(2).apply(whole)]);
    const model = new Model([x, whole], new Dense(2).apply(joined));
    const inputs = random_sequences(1);
    const stream = model.stream();
    expect(stream.inputs[1].length).toBe(2);
    stream.inputs[1].set([0.5, -0.75]);
    for (let step = 0; step < STEPS; step++) {
      stream.input.set(inputs[0][step]);
      stream.step();
      const expected = model.predict([[inputs[0].slice(0, step + 1)], [[0.5, -0.75]]]);
      for (const [i, value] of [...expected.data].entries()) expect(stream.output[i]).toBeCloseTo(value, 6);
    }
    stream.dispose();
    model.dispose();
  });
});

describe('errors', () => {
  const x = random_sequences(1);

  test('of the model', () => {
    expect(() => new Sequential([new GRU(2)]).stream()).toThrow(/is not built/);
    const model = built([new GRU(2)], x);
    for (const batch of [0, 1.5, '1', null, Number.NaN])
      expect(() => model.stream(/** @type {any} */ (batch))).toThrow(/batch must be a positive integer/);
    const stream = model.stream();
    model.dispose();
    expect(() => model.stream()).toThrow(/disposed/);
    expect(() => stream.step()).toThrow(/disposed/);
    stream.dispose();
    const dense = built([new Dense(2)], [[1, 2, 3]]);
    expect(() => dense.stream()).toThrow(/takes no sequence/);
    dense.dispose();
  });

  /** @type {Record<string, () => any[]>} */
  const LATER_STEPS = {
    'Bidirectional)': () => [new Bidirectional(new GRU(2))],
    'GRU)': () => [new GRU(2, { go_backwards: true })],
    'GlobalAveragePooling1D)': () => [new GlobalAveragePooling1D()],
    'Conv1D)': () => [new Conv1D(2, 3), new GRU(2)],
    'Flatten)': () => [new Flatten()],
    'PReLU)': () => [new PReLU(), new GRU(2)],
    'Softmax)': () => [new Softmax({ axis: 1 }), new GRU(2)],
    'LayerNormalization)': () => [new LayerNormalization({ axis: [1, 2] }), new GRU(2)],
  };
  for (const [ending, make] of Object.entries(LATER_STEPS))
    test(`${ending.slice(0, -1)} needs more than one step`, () => {
      const before = memory();
      const model = built([new Dense(3), ...make()], x);
      expect(() => model.stream()).toThrow(ending.replace(')', ') cannot run step by step'));
      model.dispose();
      expect(memory()).toEqual(before);
    });

  test('a layer whose call the user has written anew', () => {
    class Later extends Dense {
      /** @param {any} inputs */
      call(inputs) {
        return super.call(inputs);
      }
    }
    const model = built([new Later(2), new GRU(2)], x);
    expect(() => model.stream()).toThrow(/Later\) cannot run step by step/);
    model.dispose();
  });

  test('a stateful layer after the end of the sequence', () => {
    const model = built([new GRU(2), new RepeatVector(2), new GRU(2, { stateful: true })], x);
    expect(() => model.stream()).toThrow(/stateful/);
    model.dispose();
  });

  test('an initial state from another layer', () => {
    const inputs = Input({ shape: [null, FEATURES] });
    const state = new GRU(2).apply(inputs);
    const model = new Model(inputs, new GRU(2).apply(inputs, { initial_state: state }));
    expect(() => model.stream()).toThrow(/initial state from another layer/);
    model.dispose();
  });

  test('ids that are no rows of the table leave the state', () => {
    const model = built([new Embedding(5, 3), new GRU(2)], [[1, 2]]);
    const stream = model.stream();
    stream.input[0] = 3;
    stream.step();
    const output = [...stream.output];
    for (const id of [5, -1]) {
      stream.input[0] = id;
      expect(() => stream.step()).toThrow(/ids from 0 to 4/);
      expect([...stream.output]).toEqual(output);
    }
    stream.dispose();
    for (const member of ['input', 'inputs', 'output', 'outputs'])
      expect(() => /** @type {any} */ (stream)[member]).toThrow(/disposed/);
    expect(() => stream.step()).toThrow(/disposed/);
    expect(() => stream.reset()).toThrow(/disposed/);
    stream.dispose();
    model.dispose();
  });
});

test('the memory is freed, and a model trained further changes the stream', () => {
  const before = memory();
  const ids = random_ids(2);
  const model = built([new Embedding(5, 3), new GRU(4), new Dense(2, { activation: 'softmax' })], ids);
  const with_model = memory();
  const stream = model.stream(2);
  expect(memory().blocks).toBe(with_model.blocks + 3);
  model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy' });
  model.train_on_batch(
    ids,
    tensor([
      [1, 0],
      [0, 1],
    ]),
  );
  for (let step = 0; step < STEPS; step++) {
    stream.input.set(ids.map((row) => row[step]));
    stream.step();
  }
  const expected = model.predict(ids).data;
  for (const [i, value] of expected.entries()) expect(stream.output[i]).toBeCloseTo(value, 6);
  stream.dispose();
  model.dispose();
  expect(memory()).toEqual(before);
});
