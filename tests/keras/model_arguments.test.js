// What models refuse, and that nothing has changed after it.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, memory, RuntimeError, ValueError } from '../../js/index.js';
import { Dense, RNN, Sequential } from '../../js/keras.js';
import { make_model, remember, values_of } from '../helpers/models.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

describe('errors, which change nothing', () => {
  const { x, y } = remember();
  const bad_y = y.map((row, i) => (i === 3 ? [0, 0, 9, 0, 0, 0] : row));
  /** @type {[string, (model: Sequential) => unknown, any, RegExp][]} */
  const cases = [
    [
      'x',
      (m) => m.train_on_batch([[0, 1, 7]], [[0, 0, 0]]),
      Error,
      /inputs must hold ids from 0 to 3, but holds 7/,
    ],
    ['x', (m) => m.train_on_batch([], []), ValueError, /train_on_batch: x must hold samples .* \[0\]/],
    [
      'x',
      (m) => m.train_on_batch(/** @type {any} */ ('x'), y),
      TypeError,
      /train_on_batch: x must be a tensor/,
    ],
    ['x', (m) => m.predict(3), ValueError, /predict: x must hold samples/],
    ['y', (m) => m.train_on_batch(x, y.slice(1)), ValueError, /x has 48 and y 47/],
    [
      'y',
      (m) => m.train_on_batch(x, bad_y),
      ValueError,
      /y_true must hold classes, integers from 0 to 3, but holds 9/,
    ],
    [
      'y',
      (m) =>
        m.train_on_batch(
          x,
          y.map((row) => row.slice(1)),
        ),
      ValueError,
      /y_true must have shape \[48, 6\]/,
    ],
    [
      'batch_size',
      (m) => m.evaluate(x, y, { batch_size: 0 }),
      ValueError,
      /evaluate: batch_size must be a positive integer/,
    ],
    [
      'options',
      (m) => m.predict(x, /** @type {any} */ ({ verbose: 1 })),
      TypeError,
      /predict has no option 'verbose'/,
    ],
    ['weights', (m) => m.set_weights([]), ValueError, /weights must be 7 arrays, not 0/],
    ['get_layer', (m) => m.get_layer('head'), ValueError, /there is no layer "head"/],
    [
      'optimizer',
      (m) => m.compile({ optimizer: 'adamax', loss: 'mse' }),
      ValueError,
      /compile: optimizer .* "adamax"/,
    ],
    ['loss', (m) => m.compile({ loss: 'hinge' }), ValueError, /compile: loss must be one of .* not "hinge"/],
    [
      'loss',
      (m) => m.compile(/** @type {any} */ ({})),
      TypeError,
      /compile: loss must be a name or a function, not undefined/,
    ],
    [
      'metrics',
      (m) => m.compile({ loss: 'mse', metrics: ['f1'] }),
      ValueError,
      /compile: metrics\[0\] must be one of .* "f1"/,
    ],
    [
      'metrics',
      (m) => m.compile({ loss: 'mse', metrics: ['mae', 'mae'] }),
      ValueError,
      /the name "mae" is taken/,
    ],
    [
      'metrics',
      (m) => m.compile({ loss: 'mse', metrics: /** @type {any} */ ('mae') }),
      TypeError,
      /metrics must be a list/,
    ],
    [
      'options',
      (m) => m.compile(/** @type {any} */ ({ loss: 'mse', run_eagerly: true })),
      TypeError,
      /no option 'run_eagerly'/,
    ],
  ];
  /** @type {[string, object, any, RegExp][]} */
  const fits = [
    ['epochs', { epochs: -1 }, ValueError, /fit: epochs must be an integer of 0 or more, not -1/],
    ['initial_epoch', { initial_epoch: 0.5 }, ValueError, /fit: initial_epoch/],
    [
      'batch_size',
      { batch_size: Number.NaN },
      ValueError,
      /fit: batch_size must be a positive integer, not NaN/,
    ],
    ['seed', { seed: 'x' }, ValueError, /fit: seed must be an integer, not "x"/],
    ['validation_split', { validation_split: 1 }, ValueError, /fit: validation_split must be a fraction/],
    [
      'validation_split',
      { validation_split: 0.99 },
      ValueError,
      /leaves some of the 48 samples on both sides, not 0.99/,
    ],
    ['validation_data', { validation_data: [x] }, TypeError, /fit: validation_data must be \[x, y\]/],
    ['validation_data', { validation_data: [x, y.slice(1)] }, ValueError, /fit: validation_data: x and y/],
    ['on_batch_end', { on_batch_end: 3 }, TypeError, /fit: on_batch_end must be a function, not 3/],
    ['signal', { signal: true }, TypeError, /fit: signal must be an AbortSignal, not true/],
    ['options', { callbacks: [] }, TypeError, /fit has no option 'callbacks'/],
  ];

  /** @param {(model: Sequential) => Promise<void>} body */
  async function unchanged(body) {
    const model = make_model();
    model.train_on_batch(x, y);
    const [before, blocks] = [values_of(model), memory().blocks];
    await body(model);
    expect(values_of(model)).toEqual(before);
    expect([model.optimizer?.iterations, memory().blocks]).toEqual([1, blocks]);
    const optimizer = model.optimizer;
    expect(model.train_on_batch(x, y)).toHaveLength(2);
    expect(model.optimizer).toBe(optimizer);
    model.dispose();
  }

  test.each(cases)('%s', async (_, wrong, type, message) => {
    await unchanged(async (model) => {
      expect(() => wrong(model)).toThrow(type);
      expect(() => wrong(model)).toThrow(message);
    });
  });
  test.each(fits)('fit: %s', async (_, options, type, message) => {
    await unchanged(async (model) => {
      await expect(model.fit(x, y, options)).rejects.toThrow(type);
      await expect(model.fit(x, y, options)).rejects.toThrow(message);
    });
  });

  test('a model without layers, not compiled, or with a name twice', async () => {
    expect(() => new Sequential().predict([[1]])).toThrow(/the model has no layers/);
    const model = new Sequential([new Dense(2, { name: 'a' })]);
    expect(() => model.add(new Dense(3, { name: 'a' }))).toThrow(/already has a layer named "a"/);
    expect(() => model.add(/** @type {any} */ ('dense'))).toThrow(TypeError);
    expect(() => model.evaluate([[1]], [[1, 2]])).toThrow(RuntimeError);
    await expect(model.fit([[1]], [[1, 2]])).rejects.toThrow(/must be compiled first/);
    expect(() => model.summary()).toThrow(/not built/);
    await expect(model.save()).rejects.toThrow(/not built/);
    expect(() => new Sequential(/** @type {any} */ ({}))).toThrow(/layers must be a list/);
    expect(() => Sequential.from_config({ layers: [{ class_name: 'LSTM', config: {} }] })).toThrow(
      /class "LSTM" is not known/,
    );
  });

  test('a build that fails leaves all layers unbuilt', () => {
    const before = memory().blocks;
    const model = new Sequential([
      new Dense(3, { kernel_regularizer: 'l2' }),
      new RNN(new GRUCell(2)),
      new Dense(1),
    ]);
    expect(() => model.predict([[1, 2]])).toThrow(/three dimensions/);
    expect([model.built, model.layers[0].built, memory().blocks]).toEqual([false, false, before]);
    expect(model.predict([[[1, 2, 3, 4]]]).shape).toEqual([1, 1]);
    expect(model.layers[0].losses).toHaveLength(1);
    model.dispose();
  });
});
