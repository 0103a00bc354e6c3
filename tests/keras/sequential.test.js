// Sequential: prediction, freezing, dtypes, summary, configuration, memory.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, memory, tensor } from '../../js/index.js';
import { Dense, Dropout, Embedding, GRU, optimizers, RNN, Sequential } from '../../js/keras.js';
import { IDS, make_model, remember, SAMPLES, STEPS } from '../helpers/models.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

test('predict does not depend on batch_size; training changes only trainable weights', () => {
  const { x, y } = remember();
  const model = make_model();
  const whole = model.predict(x, { batch_size: 100 });
  expect(whole.shape).toEqual([SAMPLES, STEPS, IDS]);
  expect(model.predict(x, { batch_size: 5 }).data).toEqual(whole.data);
  expect(model.predict_on_batch(x.slice(0, 2)).data).toEqual(whole.data.slice(0, 2 * STEPS * IDS));
  expect(model.call(x).data).toEqual(whole.data);
  const [embedding, rnn] = model.layers;
  rnn.trainable = false;
  expect(model.trainable_weights.map(({ name }) => name.split('/').at(-1))).toEqual([
    'embeddings',
    'kernel',
    'bias',
  ]);
  const before = [embedding, rnn].map((layer) => layer.get_weights());
  model.train_on_batch(x, y);
  expect(rnn.get_weights()).toEqual(before[1]);
  expect(embedding.get_weights()).not.toEqual(before[0]);
  model.dispose();
});

test('dropout only in training', () => {
  const model = new Sequential([new Dropout(0.5, { seed: 1 }), new Dense(1, { kernel_initializer: 'ones' })]);
  model.compile({ optimizer: new optimizers.SGD({ learning_rate: 0 }), loss: 'mae' });
  const x = tensor(new Float32Array(100).fill(1), [10, 10]);
  const y = tensor(new Float32Array(10).fill(10), [10, 1]);
  expect(model.evaluate(x, y)).toBe(0);
  expect(model.train_on_batch(x, y)).toBeGreaterThan(0);
  model.dispose();
});

test('float64 all the way', () => {
  const model = new Sequential([new RNN(new GRUCell(3)), new Dense(2)], { dtype: 'float64' });
  model.compile({ loss: 'mse' });
  model.train_on_batch([[[0.1, 0.2]]], [[0.3, 0.4]]);
  expect(new Set(model.weights.map(({ dtype }) => dtype))).toEqual(new Set(['float64']));
  expect(model.predict([[[0.1, 0.2]]]).dtype).toBe('float64');
  // As Keras does, inputs of another dtype are cast.
  const predicted = model.predict(tensor([0.25, 0.5], [1, 1, 2], 'float32'));
  expect(predicted).toEqual(model.predict([[[0.25, 0.5]]]));
  model.dispose();
});

test('summary', () => {
  const model = make_model();
  model.layers[1].trainable = false;
  /** @type {string[]} */
  const printed = [];
  const text = model.summary({ print_fn: (line) => printed.push(line) });
  expect(printed).toEqual([text]);
  expect(text.split('\n').slice(4)).toEqual([
    expect.stringMatching(/^embedding\w* \(Embedding\) +\[\?, \?, 6\] +24$/),
    expect.stringMatching(/^rnn\w* \(RNN\) +\[\?, \?, 12\] +684$/),
    expect.stringMatching(/^dense\w* \(Dense\) +\[\?, \?, 4\] +52$/),
    expect.stringMatching(/^-+$/),
    'Total params: 760',
    'Trainable params: 76',
    'Non-trainable params: 684',
  ]);
  model.dispose();
});

test('from_config creates an equal model, inner models included', () => {
  const model = new Sequential([
    new Sequential([new Embedding(5, 3), new RNN(new GRUCell(4))], { name: 'inner' }),
    new Dense(2),
  ]);
  model.build([null, 7]);
  const config = JSON.parse(JSON.stringify(model.get_config()));
  const again = Sequential.from_config(config);
  expect(again.get_config()).toEqual(model.get_config());
  expect(again.weights.map(({ name, shape }) => [name, [...shape]])).toEqual(
    model.weights.map(({ name, shape }) => [name, [...shape]]),
  );
  again.set_weights(model.get_weights());
  const x = [[1, 2, 3, 4, 0, 1, 2]];
  expect(again.predict(x)).toEqual(model.predict(x));
  model.dispose();
  again.dispose();
});

test('a hundred models are disposed of, and the heap is as before', () => {
  const { x, y } = remember();
  const before = memory();
  for (let i = 0; i < 100; i++) {
    const model = make_model({ optimizer: 'adam' });
    model.train_on_batch(x.slice(0, 4), y.slice(0, 4));
    model.dispose();
    model.dispose();
  }
  const after = memory();
  expect([after.bytes, after.blocks]).toEqual([before.bytes, before.blocks]);
});

describe('a model that is built grows and shrinks', () => {
  test('pop and add: another head on the same weights', () => {
    const before = memory();
    const model = new Sequential([new GRU(3), new Dense(2)]);
    expect(() => model.input_shape).toThrow(/no input shape/);
    model.predict([[[1, 2]]]);
    expect(model.input_shape).toEqual([null, 1, 2]);
    expect(model.output_shape).toEqual([null, 2]);
    const [gru] = model.layers;
    const kernel = gru.get_weights()[0].array();
    const head = model.pop();
    expect(head).toBeInstanceOf(Dense);
    expect(model.output_shape).toEqual([null, 3]);
    model.add(new Dense(4));
    expect(model.predict([[[1, 2]]]).shape).toEqual([1, 4]);
    expect(gru.get_weights()[0].array()).toEqual(kernel);
    model.dispose();
    expect(head.get_weights()[0].shape).toEqual([3, 2]);
    head.dispose();
    expect(memory()).toEqual(before);
    const empty = new Sequential();
    expect(() => empty.pop()).toThrow(/has no layers/);
  });

  test('input_length of Embedding builds the model', () => {
    const model = new Sequential([new Embedding(5, 2, { input_length: 4 }), new GRU(3)]);
    expect(model.input_shape).toEqual([null, 4]);
    expect(model.output_shape).toEqual([null, 3]);
    model.dispose();
    for (const input_length of [0, 1.5, '3'])
      expect(() => new Embedding(5, 2, { input_length: /** @type {any} */ (input_length) })).toThrow(
        /input_length must be a positive integer/,
      );
  });
});
