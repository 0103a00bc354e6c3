// model.save and write_weights with the format onnx: the file's graph computes what the model computes.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights, write_weights } from '../../js/formats.js';
import { GRUCell, memory, set_random_seed, tensor } from '../../js/index.js';
import {
  Activation,
  Bidirectional,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GRU,
  LayerNormalization,
  Masking,
  RNN,
  Sequential,
} from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const next = generator(8);

/** Biases and all weights that are not zero. @param {any} layer */
function randomize(layer) {
  layer.set_weights(
    layer.get_weights().map((/** @type {any} */ { shape, size }) => tensor(numbers(size, next, 0.7), shape)),
  );
}

/** @type {Record<string, () => any[]>} */
const MODELS = {
  'GRU, Dense': () => [new GRU(4), new Dense(2, { activation: 'softmax' })],
  'reset gate before, sequences': () => [
    new GRU(4, { reset_after: false, return_sequences: true }),
    new Dense(2),
  ],
  'without biases': () => [new GRU(4, { use_bias: false }), new Dense(2, { use_bias: false })],
  backwards: () => [
    new GRU(4, { go_backwards: true, return_sequences: true }),
    new GRU(3, { go_backwards: true }),
  ],
  'other activations': () => [
    new GRU(4, { activation: 'softsign', recurrent_activation: 'hard_sigmoid' }),
    new Activation('tanh'),
  ],
  'linear and elu': () => [
    new GRU(4, { activation: 'linear', recurrent_activation: 'sigmoid', return_sequences: true }),
    new GRU(3, { activation: 'elu' }),
  ],
  Bidirectional: () => [
    new Bidirectional(new GRU(4, { return_sequences: true })),
    new Bidirectional(new GRU(3)),
    new Dense(1),
  ],
  'Bidirectional, sum': () => [
    new Bidirectional(new GRU(4, { return_sequences: true }), { merge_mode: 'sum' }),
    new Bidirectional(new GRU(3), { merge_mode: 'ave' }),
  ],
  'RNN of GRUCell': () => [
    new RNN(new GRUCell(4, { activation: 'relu' }), { return_sequences: true }),
    new Dense(2),
  ],
  'LayerNormalization, pooling, dropout': () => [
    new GRU(4, { return_sequences: true }),
    new LayerNormalization(),
    new Dropout(0.5),
    new GlobalAveragePooling1D(),
  ],
  Flatten: () => [new Dense(3, { activation: 'relu' }), new Flatten()],
};

describe.each(Object.entries(MODELS))('%s', (_, make) => {
  test('the saved graph gives the same outputs', async () => {
    const before = memory();
    set_random_seed(2);
    const model = new Sequential(make());
    model.build([null, 5, 3]);
    randomize(model);
    const x = tensor(numbers(2 * 5 * 3, next, 1), [2, 5, 3]);
    const expected = model.predict(x);
    const graph = await load_model(await model.save({ format: 'onnx' }));
    expect([graph.input_names, graph.output_names, graph.warnings]).toEqual([['x'], ['y'], []]);
    const y = graph.predict(x);
    expect(y.shape).toEqual(expected.shape);
    const worst = Array.from(expected.data).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - y.data[i])),
      0,
    );
    expect(worst).toBeLessThan(1e-6);
    graph.dispose();
    model.dispose();
    expect(memory()).toEqual(before);
  });
});

test('token ids are int64', async () => {
  const model = new Sequential([new Embedding(9, 3), new GRU(4)]);
  model.build([null, null]);
  const graph = await load_model(await model.save({ format: 'onnx' }));
  const ids = tensor([[1, 8, 0]], null, 'int32');
  expect(graph.predict(ids).array()).toEqual(model.predict(ids).array());
  graph.dispose();
  model.dispose();
});

test('write_weights of a layer; read_weights gives it back', async () => {
  const layer = new Bidirectional(new GRU(4));
  layer.build([null, null, 3]);
  randomize(layer);
  const { grus } = await read_weights(await write_weights(layer, { format: 'onnx' }));
  expect(grus).toMatchObject([{ units: 4, input_size: 3, bidirectional: true, reset_after: true }]);
  const copy = grus[0].create();
  expect(copy.get_weights().map(({ data }) => [...data])).toEqual(
    layer.get_weights().map(({ data }) => [...data]),
  );
  for (const each of [layer, copy]) each.dispose();
});

describe('errors', () => {
  test.each(
    /** @type {[string, () => any[], RegExp][]} */ ([
      ['a mask', () => [new Masking(), new GRU(2)], /save: masking.* \(Masking\) makes a mask/],
      ['a state', () => [new GRU(2, { stateful: true })], /has a state/],
      [
        'an activation',
        () => [new GRU(2, { activation: 'gelu' })],
        /the activation "gelu", which GRUs of ONNX do not have/,
      ],
      ['a function', () => [new Dense(2, { activation: (x) => x })], /which ONNX does not have/],
      ['a merge_mode', () => [new Bidirectional(new GRU(2), { merge_mode: 'mul' })], /merge_mode "mul"/],
    ]),
  )('%s', async (_, make, message) => {
    const model = new Sequential(make());
    model.build([null, 5, 3]);
    await expect(model.save({ format: 'onnx' })).rejects.toThrow(message);
    model.dispose();
  });

  test('write_weights of tensors', async () => {
    await expect(write_weights(/** @type {any} */ ({ a: [1] }), { format: 'onnx' })).rejects.toThrow(
      /an ONNX file holds a built layer or model/,
    );
  });
});
