// Every kind of layer in a Sequential: training, files, the table, memory.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import {
  DropoutWrapper,
  GRUCell,
  MultiRNNCell,
  memory,
  ResidualWrapper,
  set_random_seed,
  tensor,
} from '../../js/index.js';
import {
  Activation,
  AveragePooling1D,
  BatchNormalization,
  Bidirectional,
  Conv1D,
  CuDNNGRU,
  Dense,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  GRU,
  GRUCell as KerasGRUCell,
  LayerNormalization,
  LeakyReLU,
  Masking,
  MaxPooling1D,
  optimizers,
  PReLU,
  ReLU,
  RepeatVector,
  Reshape,
  RNN,
  Sequential,
  Softmax,
  SpatialDropout1D,
  ThresholdedReLU,
  TimeDistributed,
  ZeroPadding1D,
} from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { ConfiguredCell } from '../helpers/configured_cell.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const sequences = { return_sequences: true };

/** Layers that make one number of [batch, 6, 2], by what is new in them. @type {Record<string, () => any[]>} */
const STACKS = {
  'GRU over GRU, both forms': () => [new GRU(5, sequences), new GRU(3, { reset_after: false }), new Dense(1)],
  CuDNNGRU: () => [new CuDNNGRU(4, sequences), new CuDNNGRU(3, { go_backwards: true }), new Dense(1)],
  'Bidirectional GRU stack': () => [
    new Bidirectional(new GRU(4, sequences)),
    new Bidirectional(new GRU(3), { merge_mode: 'mul' }),
    new Dense(1),
  ],
  'Bidirectional of other layers': () => [
    new Bidirectional(new CuDNNGRU(3, sequences), { merge_mode: 'sum' }),
    new Bidirectional(new RNN(new GRUCell(3)), { merge_mode: 'ave' }),
    new Dense(1),
  ],
  'a backward layer of its own': () => [
    new Bidirectional(new GRU(4), { backward_layer: new GRU(2, { go_backwards: true, activation: 'relu' }) }),
    new Dense(1),
  ],
  'RNN of a stack': () => [
    new RNN([new GRUCell(4), new ResidualWrapper(new GRUCell(4)), new GRUCell(2)]),
    new Dense(1),
  ],
  'RNN of wrapped cells': () => [
    new RNN(new MultiRNNCell([new DropoutWrapper(new GRUCell(4)), new GRUCell(3)]), sequences),
    new RNN(new GRUCell(3, { activation: 'softsign' }), { zero_output_for_mask: true }),
    new Dense(1),
  ],
  "RNN of Keras's cells": () => [
    new RNN(new KerasGRUCell(4), sequences),
    new Bidirectional(new RNN(new KerasGRUCell(3, { reset_after: false }), sequences)),
    new RNN([new KerasGRUCell(3), new KerasGRUCell(2, { activation: 'softsign' })]),
    new Dense(1),
  ],
  'RNN of a cell of the user': () => [new RNN(new ConfiguredCell(4)), new Dense(1)],
  'Masking, TimeDistributed, Dropout, Activation': () => [
    new Masking({ mask_value: 9 }),
    new TimeDistributed(new Dense(3, { activation: 'gelu' })),
    new Dropout(0.1, { seed: 1, noise_shape: [null, 1, null] }),
    new Activation('tanh'),
    new GRU(3, { dropout: 0.1, recurrent_dropout: 0.1, seed: 2 }),
    new Dense(1, { kernel_constraint: 'max_norm' }),
  ],
  'a model inside': () => [
    new Sequential([new GRU(4, sequences), new TimeDistributed(new Sequential([new Dense(3)]))]),
    new GRU(2, { trainable: false }),
    new Dense(1),
  ],
  'convolution, normalization and pooling': () => [
    new ZeroPadding1D({ padding: [1, 2] }),
    new Conv1D(4, 3, { padding: 'same', activation: 'relu' }),
    new BatchNormalization({ momentum: 0.5 }),
    new MaxPooling1D({ pool_size: 2, strides: 1 }),
    new Conv1D(4, 2, { padding: 'causal', dilation_rate: 2, groups: 2 }),
    new LayerNormalization(),
    new AveragePooling1D({ padding: 'same' }),
    new SpatialDropout1D(0.05, { seed: 1 }),
    new GRU(4, sequences),
    new GlobalAveragePooling1D(),
    new Dense(1),
  ],
  shapes: () => [
    new Reshape([3, -1]),
    new GRU(4),
    new RepeatVector(3),
    new GRU(4, sequences),
    new GlobalMaxPooling1D({ keepdims: true }),
    new Flatten(),
    new Dense(1),
  ],
  'advanced activations': () => [
    new Dense(4),
    new LeakyReLU(),
    new Dense(4),
    new ELU({ alpha: 0.5 }),
    new Dense(4),
    new PReLU({ shared_axes: [1] }),
    new Dense(4),
    new ReLU({ max_value: 2, negative_slope: 0.1, threshold: 0.1 }),
    new Dense(4),
    new ThresholdedReLU({ theta: 0.01 }),
    new Softmax(),
    new GRU(3),
    new Dense(1),
  ],
  'layer normalization and trained initial states': () => [
    new Bidirectional(new GRU(3, { layer_norm: true, trainable_initial_state: true, ...sequences })),
    new RNN(new KerasGRUCell(3, { layer_norm: true }), { trainable_initial_state: true, ...sequences }),
    new CuDNNGRU(3, { trainable_initial_state: true }),
    new Dense(1),
  ],
  float64: () => [new Bidirectional(new GRU(3), { dtype: 'float64' }), new Dense(1)],
};

const [BATCH, STEPS] = [16, 6];
const next = generator(11);
const X = float32_numbers(BATCH * STEPS * 2, next);
/** Ahead of the second feature's mean, which comes one step late. */
const Y = Array.from({ length: BATCH }, (_, row) => [X[row * STEPS * 2] - 0.5 * X[row * STEPS * 2 + 3]]);

describe.each(Object.keys(STACKS))('%s', (name) => {
  const inputs = () => tensor(X, [BATCH, STEPS, 2], name === 'float64' ? 'float64' : 'float32');
  const make = () => {
    set_random_seed(3);
    const model = new Sequential(STACKS[name]());
    model.build([null, STEPS, 2]);
    return model;
  };

  test('trains, and dispose frees all memory', async () => {
    const before = memory();
    const model = make();
    model.compile({ optimizer: new optimizers.Adam({ learning_rate: 0.02 }), loss: 'mse', metrics: ['mae'] });
    const { history } = await model.fit(inputs(), Y, { epochs: 30, batch_size: 8, seed: 1 });
    expect(history.loss[29]).toBeLessThan(0.8 * history.loss[0]);
    const [loss] = /** @type {number[]} */ (model.evaluate(inputs(), Y));
    expect(loss).toBeLessThan(history.loss[0]);
    model.dispose();
    expect(memory()).toEqual(before);
  });

  test('a loaded model has the same bits and can be trained further', async () => {
    const model = make();
    const again = await load_model(await model.save(), { custom_objects: { ConfiguredCell } });
    expect(again.predict(inputs()).data).toEqual(model.predict(inputs()).data);
    expect(again.weights.map(({ shape, dtype }) => [shape, dtype])).toEqual(
      model.weights.map(({ shape, dtype }) => [shape, dtype]),
    );
    expect(again.trainable_weights.length).toBe(model.trainable_weights.length);
    for (const one of [model, again]) {
      one.compile({ optimizer: 'sgd', loss: 'mse' });
      one.train_on_batch(inputs(), Y);
    }
    expect(again.predict(inputs()).data).toEqual(model.predict(inputs()).data);
    model.dispose();
    again.dispose();
  });

  test('is in the summary', () => {
    const model = make();
    const text = model.summary({ print_fn: () => {} });
    for (const layer of model.layers) expect(text).toContain(`${layer.name} (${layer.constructor.name})`);
    const rows = text.split('\n').slice(4, 4 + model.layers.length);
    let shape = [null, STEPS, 2];
    rows.forEach((row, i) => {
      shape = model.layers[i].compute_output_shape(shape);
      expect(row).toContain(`[${shape.map((size) => size ?? '?').join(', ')}]`);
    });
    expect(rows[0].endsWith(` ${model.layers[0].count_params()}`)).toBe(true);
    expect(text).toContain(`Total params: ${model.count_params()}`);
    model.dispose();
  });
});

test('a cell of the user that is not in custom_objects', async () => {
  const model = new Sequential([new RNN(new ConfiguredCell(2))]);
  model.build([null, null, 2]);
  await expect(load_model(await model.save())).rejects.toThrow(/class "ConfiguredCell" is not known/);
  model.dispose();
});

describe('stateful models', () => {
  const make = () => {
    set_random_seed(5);
    const model = new Sequential([
      new Embedding(4, 3),
      new GRU(5, { stateful: true, return_sequences: true }),
      new Bidirectional(new GRU(2, { stateful: true })),
      new Dense(1),
    ]);
    model.build([null, null]);
    return model;
  };
  const x = Array.from({ length: 8 }, (_, i) => [i % 4, (i * 3) % 4, 1]);
  const y = x.map(([first]) => [first]);

  test('predict continues from batch to batch; reset_states resets the state', () => {
    const model = make();
    const plain = new Sequential([
      new Embedding(4, 3),
      new GRU(5, { return_sequences: true }),
      new Bidirectional(new GRU(2)),
      new Dense(1),
    ]);
    plain.build([null, null]);
    plain.set_weights(model.get_weights());
    expect([model.stateful, plain.stateful]).toEqual([true, false]);
    const first = model.predict(x.slice(0, 4), { batch_size: 4 }).array();
    expect(first).toEqual(plain.predict(x.slice(0, 4)).array());
    expect(model.predict(x.slice(0, 4), { batch_size: 4 }).array()).not.toEqual(first);
    model.reset_states();
    expect(model.predict(x.slice(0, 4), { batch_size: 4 }).array()).toEqual(first);
    model.dispose();
    plain.dispose();
  });
  test('fit keeps the order of the batches and the states', async () => {
    const [fitted, by_hand] = [make(), make()];
    for (const model of [fitted, by_hand]) model.compile({ optimizer: 'adam', loss: 'mse' });
    await fitted.fit(x, y, { epochs: 2, batch_size: 4, on_epoch_end: () => fitted.reset_states() });
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const from of [0, 4]) by_hand.train_on_batch(x.slice(from, from + 4), y.slice(from, from + 4));
      by_hand.reset_states();
    }
    expect(fitted.get_weights()).toEqual(by_hand.get_weights());
    fitted.dispose();
    by_hand.dispose();
  });
  test('a smaller last batch raises before anything changes', async () => {
    const model = make();
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const before = model.get_weights();
    const message = /must hold a multiple of batch_size \(3\) samples, as the model is stateful, not 8/;
    await expect(model.fit(x, y, { batch_size: 3 })).rejects.toThrow(message);
    await expect(
      model.fit(x.slice(0, 6), y.slice(0, 6), { batch_size: 3, validation_data: [x, y] }),
    ).rejects.toThrow(/validation data must hold a multiple/);
    expect(() => model.evaluate(x, y, { batch_size: 3 })).toThrow(message);
    expect(() => model.predict(x, { batch_size: 3 })).toThrow(message);
    expect(model.get_weights()).toEqual(before);
    expect(model.predict(x).shape).toEqual([8, 1]);
    model.dispose();
  });
});
