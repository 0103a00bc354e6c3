// Where Keras casts, layers cast: inputs, states and masks of another dtype, and targets of another rank.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, tensor, ValueError } from '../../js/index.js';
import {
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  Dropout,
  Embedding,
  GRU,
  GradientTape,
  losses,
  Masking,
  ops,
  RNN,
  Sequential,
  TimeDistributed,
} from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { relative_difference } from '../reference/differences.js';

beforeAll(ready);

const next = generator(7);
const values = float32_numbers(2 * 3 * 2, next);
const whole = [1, 0, 2, 3, -1, 1, 0, 2, 1, 1, 4, 0];

/** @type {Record<string, () => any>} */
const LAYERS = {
  GRU: () => new GRU(3),
  'GRU, recurrent_dropout': () => new GRU(3, { recurrent_dropout: 0.5 }),
  CuDNNGRU: () => new CuDNNGRU(3),
  RNN: () => new RNN(new GRUCell(3)),
  'RNN of two cells': () => new RNN([new GRUCell(3), new GRUCell(2)]),
  Bidirectional: () => new Bidirectional(new GRU(3)),
  TimeDistributed: () => new TimeDistributed(new Dense(3)),
  Dense: () => new Dense(3),
  Activation: () => new Activation('tanh'),
  Dropout: () => new Dropout(0.5),
  Masking: () => new Masking(),
};

describe.each(Object.entries(LAYERS))('inputs of a built %s', (_, make) => {
  test.each(/** @type {const} */ (['float32', 'float64']))('are cast to its %s', (dtype) => {
    const layer = make();
    const other = dtype === 'float32' ? 'float64' : 'float32';
    const expected = layer.call(tensor(values, [2, 3, 2], dtype));
    for (const inputs of [
      tensor(values, [2, 3, 2], other),
      { data: values, shape: [2, 3, 2] },
      { dataSync: () => Float32Array.from(values), shape: [2, 3, 2], dtype: 'float32' },
      tensor(values, [2, 3, 2])
        .array()
        .map((/** @type {number[][]} */ row) => row.map((step) => Float64Array.from(step))),
    ]) {
      expect(layer.call(inputs)).toEqual(expected);
    }
    const integers = layer.call(tensor(whole, [2, 3, 2], 'int32'));
    expect(integers).toEqual(layer.call(tensor(whole, [2, 3, 2], dtype)));
    expect(integers.dtype).toBe(dtype);
    layer.dispose();
  });
});

test('a layer whose first input is integers is float32', () => {
  const layer = new GRU(3);
  expect(layer.call(tensor(whole, [2, 3, 2], 'int32')).dtype).toBe('float32');
  layer.dispose();
});

test('a gradient goes through the cast', () => {
  const layer = new GRU(3);
  layer.build([null, null, 2]);
  const gradients = /** @type {const} */ (['float32', 'float64']).map((dtype) => {
    const x = tensor(values, [2, 3, 2], dtype);
    const tape = new GradientTape();
    tape.watch(x);
    const loss = tape.record(() => ops.sum(ops.square(layer.call(x))));
    const [gradient] = tape.gradient(loss, [x]);
    expect(/** @type {any} */ (gradient).dtype).toBe(dtype);
    return /** @type {any} */ (gradient).data;
  });
  expect(relative_difference(gradients[1], gradients[0])).toBe(0);
  layer.dispose();
});

test('TF1 cells do not cast', () => {
  const cell = new GRUCell(3, { dtype: 'float32' });
  const state = cell.zero_state(1);
  expect(() => cell.call(tensor([1, 2], [1, 2], 'float64'), state)).toThrow(ValueError);
  expect(() => cell.call(tensor([1, 2], [1, 2], 'int32'), state)).toThrow(ValueError);
  expect(() => cell.call([[1, 2]], tensor([0, 0, 0], [1, 3], 'float64'))).toThrow(ValueError);
});

test('initial states are cast', () => {
  const layer = new GRU(3);
  const state = [0.5, -0.25, 1, 0, 0.125, 2];
  const x = tensor(values, [2, 3, 2]);
  const expected = layer.call(x, { initial_state: tensor(state, [2, 3]) });
  for (const dtype of /** @type {const} */ (['float64', 'float32'])) {
    expect(layer.call(x, { initial_state: tensor(state, [2, 3], dtype) })).toEqual(expected);
    expect(layer.call(x, { initial_state: [tensor(state, [2, 3], dtype)] })).toEqual(expected);
  }
  const two = new RNN([new GRUCell(3), new GRUCell(3)]);
  const states = [tensor(state, [2, 3]), tensor(state, [2, 3])];
  const cast = states.map(({ data, shape }) => tensor(data, shape, 'float64'));
  expect(two.call(x, { initial_state: cast })).toEqual(two.call(x, { initial_state: states }));
  const stateful_layer = new GRU(3, { stateful: true });
  stateful_layer.call(x);
  stateful_layer.reset_states([tensor(state, [2, 3], 'float64')]);
  expect(stateful_layer.states).toEqual(tensor(state, [2, 3]));
});

describe('masks', () => {
  const flags = [1, 1, 0, 1, 0, 0];
  const MASKS = {
    'zeros and ones': [
      [1, 1, 0],
      [1, 0, 0],
    ],
    'other numbers': [
      [2, 5, 0],
      [-1, 0, 0],
    ],
    'small numbers': [
      [1e-60, 0.25, 0],
      [-0.5, 0, 0],
    ],
    int32: tensor(flags, [2, 3], 'int32'),
    float32: tensor(flags, [2, 3]),
    float64: tensor(flags, [2, 3], 'float64'),
    'a Uint8Array': { data: Uint8Array.from(flags), shape: [2, 3] },
    NaN: [
      [Number.NaN, 1, 0],
      [1, 0, 0],
    ],
  };
  const bool = tensor(flags.map(Boolean), [2, 3], 'bool');
  test.each(Object.entries(MASKS))('%s are cast to booleans', (_, mask) => {
    const x = tensor(values, [2, 3, 2]);
    for (const make of [LAYERS.GRU, LAYERS.RNN, LAYERS.Bidirectional, LAYERS['RNN of two cells']]) {
      const layer = make();
      expect(layer.call(x, { mask })).toEqual(layer.call(x, { mask: bool }));
      layer.dispose();
    }
    const model = new Sequential([new GRU(3)]);
    expect(model.call(x, { mask })).toEqual(model.call(x, { mask: bool }));
    model.dispose();
  });
  test('of a wrong shape raise', () => {
    const transposed = [
      [1, 1],
      [1, 0],
      [0, 0],
    ];
    expect(() => new GRU(4).call(tensor(values, [2, 3, 2]), { mask: transposed })).toThrow(/mask.*\[2, 3\]/);
  });
});

describe('targets whose rank differs by a last dimension of 1', () => {
  const x = [
    [[1], [2]],
    [[3], [4]],
    [[5], [6]],
  ];
  test.each(['mse', 'mae', 'binary_crossentropy'])(
    'flat ones beside predictions [N, 1]: %s',
    async (loss) => {
      const model = new Sequential([new GRU(3), new Dense(1, { activation: 'sigmoid' })]);
      model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy', 'binary_accuracy', 'mae'] });
      const column = model.evaluate(x, [[0], [1], [1]]);
      expect(model.evaluate(x, [0, 1, 1])).toEqual(column);
      expect(model.evaluate(x, tensor([0, 1, 1], [3], 'int32'))).toEqual(column);
      const start = model.get_weights();
      const trained = await Promise.all(
        [
          [[0], [1], [1]],
          [0, 1, 1],
        ].map(async (y) => {
          model.set_weights(start);
          model.train_on_batch(x, y);
          return model.get_weights();
        }),
      );
      expect(trained[1]).toEqual(trained[0]);
      model.dispose();
    },
  );

  test('[N, steps] beside [N, steps, 1], with a mask', () => {
    const model = new Sequential([
      new Embedding(4, 3, { mask_zero: true }),
      new GRU(3, { return_sequences: true }),
      new Dense(1),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const ids = [
      [1, 2, 0],
      [3, 0, 0],
    ];
    const y = [
      [0.5, 1, 9],
      [2, 9, 9],
    ];
    expect(model.evaluate(ids, y)).toBe(
      model.evaluate(
        ids,
        y.map((row) => row.map((value) => [value])),
      ),
    );
    model.dispose();
  });

  test('columns beside flat predictions, and a function of the user', () => {
    const p = tensor([0.25, 0.5, 0.75], [3]);
    const t = tensor([0, 1, 1], [3, 1]);
    for (const loss of [losses.mean_squared_error, losses.mean_absolute_error, losses.binary_crossentropy]) {
      expect(loss(t, p)).toEqual(loss(t, ops.reshape(p, [3, 1])));
      expect(loss([0, 1, 1], ops.reshape(p, [3, 1]))).toEqual(loss(t, ops.reshape(p, [3, 1])));
    }
    const model = new Sequential([new GRU(3), new Dense(1)]);
    /** @type {any[]} */
    const shapes = [];
    const loss = (/** @type {any} */ y_true, /** @type {any} */ y_pred) => {
      shapes.push([y_true.shape, y_pred.shape]);
      return ops.square(ops.subtract(y_true, y_pred));
    };
    model.compile({ optimizer: 'sgd', loss });
    model.evaluate(x, [0, 1, 1]);
    expect(shapes).toEqual([
      [
        [3, 1],
        [3, 1],
      ],
    ]);
    model.dispose();
  });

  test('other differences raise', () => {
    const model = new Sequential([new GRU(2)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(() => model.evaluate(x, [0, 1, 1])).toThrow(ValueError);
    model.dispose();
  });
});
