// The Keras layers' configurations, wrong arguments, and the memory they give back.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, InvalidArgumentError, initializers, memory, ValueError } from '../../js/index.js';
import { Activation, Dense, Dropout, Embedding, RNN, TimeDistributed } from '../../js/keras.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

describe('get_config and from_config', () => {
  test.each([
    () =>
      new Dense(4, {
        activation: 'softmax',
        kernel_regularizer: 'l2',
        bias_initializer: 'ones',
        trainable: false,
        kernel_constraint: 'max_norm',
        bias_constraint: { class_name: 'NonNeg', config: {} },
      }),
    () =>
      new Dense(4, {
        use_bias: false,
        name: 'last',
        dtype: 'float64',
        kernel_initializer: initializers.he_normal({ seed: 1 }),
      }),
    () =>
      new Embedding(5, 2, {
        mask_zero: true,
        embeddings_initializer: 'normal',
        embeddings_regularizer: 'l1',
        embeddings_constraint: 'unit_norm',
      }),
    () => new Activation('gelu'),
    () => new Dropout(0.3, { seed: 4, noise_shape: [null, 1, null] }),
    () =>
      new RNN(new GRUCell(3, { activation: 'relu', kernel_initializer: 'orthogonal' }), {
        return_sequences: true,
        go_backwards: true,
        stateful: true,
      }),
  ])('%#', (make) => {
    const layer = make();
    const config = JSON.parse(JSON.stringify(layer.get_config()));
    const again = /** @type {any} */ (layer.constructor).from_config(config);
    expect(again.get_config()).toEqual(layer.get_config());
    expect(again.constructor).toBe(layer.constructor);
  });
});

describe('errors', () => {
  const cell = () => new GRUCell(3);
  /** @type {[string, () => unknown, any, RegExp][]} */
  const cases = [
    ['units', () => new Dense(0), ValueError, /Dense: units must be a positive integer, not 0/],
    [
      'activation',
      () => new Dense(2, { activation: 'tan' }),
      ValueError,
      /Dense: activation must be one of .* not "tan"/,
    ],
    [
      'activation',
      () => new Activation(/** @type {any} */ (undefined)),
      ValueError,
      /Activation: activation must be one of/,
    ],
    [
      'kernel_initializer',
      () => new Dense(2, { kernel_initializer: 'glorot' }),
      ValueError,
      /Dense: kernel_initializer/,
    ],
    [
      'kernel_regularizer',
      () => new Dense(2, { kernel_regularizer: 'l9' }),
      ValueError,
      /Dense: kernel_regularizer/,
    ],
    [
      'options',
      () => new Dense(2, /** @type {any} */ ({ units: 3 })),
      TypeError,
      /Dense has no option 'units'/,
    ],
    ['dtype', () => new Dense(2, { dtype: /** @type {any} */ ('int32') }), ValueError, /dtype/],
    ['rank', () => new Dense(2).call([1, 2]), ValueError, /two dimensions or more/],
    ['input_dim', () => new Embedding(1.5, 2), ValueError, /Embedding: input_dim/],
    ['output_dim', () => new Embedding(2, Number.NaN), ValueError, /Embedding: output_dim/],
    ['an id', () => new Embedding(2, 2).call([[0, 2]]), InvalidArgumentError, /ids from 0 to 1, but holds 2/],
    ['an id', () => new Embedding(2, 2).call([[-1]]), InvalidArgumentError, /holds -1/],
    [
      'an id',
      () => new Embedding(2, 2).call([[0.5]]),
      ValueError,
      /inputs must hold integers, but holds 0.5/,
    ],
    ['an id', () => new Embedding(2, 2).call([[Number.NaN]]), ValueError, /holds NaN/],
    ['rate', () => new Dropout(1.5), ValueError, /Dropout: rate must be a number from 0 to 1, not 1.5/],
    ['seed', () => new Dropout(0.5, { seed: 0.5 }), ValueError, /Dropout: seed/],
    [
      'cell',
      () => new RNN(/** @type {any} */ ('gru')),
      ValueError,
      /RNN: cell must be an RNNCell or a list of them, not "gru"/,
    ],
    ['cell', () => new RNN(/** @type {any} */ ([])), ValueError, /cells must have at least one cell/],
    [
      'layer',
      () => new TimeDistributed(/** @type {any} */ (Dense)),
      ValueError,
      /TimeDistributed: layer must be a layer/,
    ],
    [
      'constraint',
      () => new Dense(2, { kernel_constraint: 'small' }),
      ValueError,
      /Dense: kernel_constraint: there is no constraint "small"/,
    ],
    [
      'activation',
      () => new Dense(2, { activation: /** @type {any} */ (3) }),
      TypeError,
      /activation must be the name .* not 3/,
    ],
    [
      'noise_shape',
      () => new Dropout(0.5, { noise_shape: [0, 1] }),
      ValueError,
      /noise_shape must be a list of positive integers and nulls/,
    ],
    [
      'noise_shape',
      () => new Dropout(0.5, { noise_shape: [2, 3] }).call([[1, 2]], { training: true }),
      ValueError,
      /noise_shape \[2, 3\] does not fit inputs of shape \[1, 2\]/,
    ],
    [
      'options',
      () => new RNN(cell(), /** @type {any} */ ({ units: 3 })),
      TypeError,
      /RNN has no option 'units'/,
    ],
    ['dtype', () => new RNN(new GRUCell(3, { dtype: 'float64' }), { dtype: 'float32' }), ValueError, /dtype/],
    ['rank', () => new RNN(cell()).call([[1, 2]]), ValueError, /inputs must have rank 3, not shape \[1, 2\]/],
    [
      'mask',
      () => new RNN(cell()).call([[[1, 2]]], { mask: [[true, false]] }),
      ValueError,
      /mask must have shape \[1, 1\]/,
    ],
    [
      'initial_state',
      () => new RNN(cell()).call([[[1, 2]]], { initial_state: [[1, 2]] }),
      ValueError,
      /initial_state must have shape \[1, 3\]/,
    ],
    [
      'call options',
      () => new RNN(cell()).call([[[1, 2]]], /** @type {any} */ ({ state: 1 })),
      TypeError,
      /no option 'state'/,
    ],
  ];
  test.each(cases)('%s', (_, wrong, type, message) => {
    expect(wrong).toThrow(type);
    expect(wrong).toThrow(message);
  });
  test('another number of features than the layer was built for', () => {
    const [dense, rnn] = [new Dense(2), new RNN(cell())];
    dense.call([[1, 2, 3]]);
    rnn.call([[[1, 2, 3]]]);
    expect(() => dense.call([[1, 2]])).toThrow(/inputs must have shape \[..., 3\], not \[1, 2\]/);
    expect(() => rnn.call([[[1, 2]]])).toThrow(/inputs must have 3 features, not 2/);
    dense.dispose();
    rnn.dispose();
    expect(() => dense.call([[1, 2, 3]])).toThrow(/after it was disposed of/);
    expect(() => rnn.call([[[1, 2, 3]]])).toThrow(/after it was disposed of/);
  });
});

test('dispose frees all memory', () => {
  const before = memory().bytes;
  for (let i = 0; i < 20; i++) {
    const layers = [new Dense(7), new RNN(new GRUCell(5)), new Embedding(9, 3)];
    layers[0].call([[1, 2]]);
    layers[1].call([[[1, 2]]]);
    layers[2].call([[1, 2]]);
    for (const layer of layers) layer.dispose();
  }
  expect(memory().bytes).toBe(before);
});
