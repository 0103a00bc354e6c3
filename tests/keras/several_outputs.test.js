// Functional models with several inputs and outputs: compile, fit, evaluate, and what they refuse.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import { memory, RuntimeError, regularizers, set_random_seed, tensor, ValueError } from '../../js/index.js';
import {
  Add,
  Concatenate,
  Dense,
  Embedding,
  GRU,
  Input,
  losses,
  Model,
  optimizers,
  TimeDistributed,
} from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';

beforeAll(ready);

const COUNT = 7;
const next = generator(31);
const A = tensor(numbers(COUNT * 4 * 2, next), [COUNT, 4, 2], 'float64');
const IDS = Array.from({ length: COUNT }, (_, i) => [1 + (i % 3), 2, i % 2 ? 0 : 3]);
const STEPS = Array.from({ length: COUNT }, (_, i) => [i % 3, (i + 1) % 3, 0]);
const LEVEL = tensor(numbers(COUNT, next), [COUNT, 1], 'float64');
const WEIGHTS = [1, 0, 2.5, 0.5, 3, 1, 0.25];

/** Two sequences through one shared layer, one of them masked; a class for each step, and a number. */
function make() {
  set_random_seed(12);
  const dtype = /** @type {const} */ ('float64');
  const a = Input({ shape: [4, 2], name: 'a' });
  const ids = Input({ shape: [null], name: 'ids' });
  const embedded = new Embedding(4, 3, { mask_zero: true, dtype }).apply(ids);
  const shared = new Dense(3, {
    dtype,
    name: 'shared',
    activation: 'tanh',
    kernel_regularizer: regularizers.l2(0.03),
    activity_regularizer: regularizers.l2(0.2),
  });
  const wide = shared.apply(new Dense(3, { dtype }).apply(a));
  const narrow = shared.apply(embedded);
  const state = new GRU(4, { dtype }).apply(wide);
  const steps = new GRU(4, { dtype, return_sequences: true }).apply(narrow, { initial_state: state });
  const step = new Dense(3, { dtype, activation: 'softmax', name: 'step' }).apply(steps);
  const level = new Dense(1, { dtype, name: 'level' }).apply(state);
  return new Model([a, ids], [step, level], { name: 'two' });
}

const LOSS = { step: 'sparse_categorical_crossentropy', level: 'mse' };
const X = { a: A, ids: IDS };
const Y = { step: STEPS, level: LEVEL };

/** The outputs' losses, from what the model predicts. @param {any} model @param {readonly number[]} [weights] */
function expected_losses(model, weights = Array(COUNT).fill(1)) {
  const [step, level] = model.predict([A, IDS]);
  const values = losses.sparse_categorical_crossentropy(tensor(STEPS.flat(), [COUNT, 3], 'int32'), step).data;
  const mask = IDS.flat().map((id) => Number(id !== 0));
  const of_steps = mask.reduce((sum, one, i) => sum + one * weights[Math.floor(i / 3)] * values[i], 0);
  const of_levels = weights.reduce(
    (sum, weight, i) => sum + weight * (level.data[i] - LEVEL.data[i]) ** 2,
    0,
  );
  return [of_steps / mask.reduce((a, b) => a + b, 0), of_levels / COUNT];
}

/** What the shared layer adds: its kernel once, its outputs for each call. @param {any} model */
function penalty(model) {
  const shared = model.get_layer('shared');
  const squares = (/** @type {ArrayLike<number>} */ data) =>
    Array.from(data).reduce((sum, value) => sum + value * value, 0);
  const [dense, embedding] = [
    model.layers[0],
    model.layers.find((/** @type {any} */ one) => one instanceof Embedding),
  ];
  const first =
    model.layers.find((/** @type {any} */ one) => one instanceof Dense && one !== shared) ?? dense;
  const outputs = [first.call(A), embedding.call(IDS)].map((x) => shared.call(x));
  return (
    0.03 * squares(shared.weights[0].value.data) +
    outputs.reduce((sum, { data }) => sum + (0.2 * squares(data)) / COUNT, 0)
  );
}

describe('logs', () => {
  test('the loss is the weighted sum of the outputs, with penalties; results are in the order of Keras', () => {
    const model = make();
    model.compile({
      loss: LOSS,
      loss_weights: { level: 0.3 },
      metrics: { step: ['accuracy'], level: 'mae' },
    });
    const [step, level] = expected_losses(model);
    const [total, ...others] = /** @type {number[]} */ (model.evaluate(X, Y));
    expect(others.slice(0, 2)).toEqual([expect.closeTo(step, 10), expect.closeTo(level, 10)]);
    expect(others).toHaveLength(4);
    expect(total).toBeCloseTo(step + 0.3 * level + penalty(model), 10);
    expect(Object.keys(model.evaluate([A, IDS], [STEPS, LEVEL], { return_dict: true }))).toEqual([
      'loss',
      'step_loss',
      'level_loss',
      'step_accuracy',
      'level_mae',
    ]);
    expect(model.test_on_batch(X, Y)).toEqual([total, ...others]);
    expect(model.predict_on_batch(X)).toEqual(model.predict([A, IDS]));
    model.dispose();
  });

  test.each(
    /** @type {[string, any, any][]} */ ([
      ['one for both outputs', WEIGHTS, [WEIGHTS, WEIGHTS]],
      ['a list', [WEIGHTS, null], [WEIGHTS, undefined]],
      ['an object', { level: WEIGHTS }, [undefined, WEIGHTS]],
    ]),
  )('sample_weight: %s', (_, sample_weight, [of_step, of_level]) => {
    const model = make();
    model.compile({ loss: LOSS });
    const [, step, level] = /** @type {number[]} */ (model.evaluate(X, Y, { sample_weight, batch_size: 7 }));
    expect(step).toBeCloseTo(expected_losses(model, of_step)[0], 10);
    expect(level).toBeCloseTo(expected_losses(model, of_level)[1], 10);
    model.dispose();
  });

  test.each(
    /** @type {[string, any, string[]][]} */ ([
      [
        'one loss, metrics for all',
        { loss: 'mse', metrics: ['mae'] },
        ['loss', 'p_loss', 'p_1_loss', 'p_mae', 'p_1_mae'],
      ],
      [
        'lists',
        { loss: ['mse', 'mae'], loss_weights: [1, 2], metrics: [['mae'], null] },
        ['loss', 'p_loss', 'p_1_loss', 'p_mae'],
      ],
      ['no loss', { loss: [null, 'mse'], metrics: [[], 'mse'] }, ['loss', 'p_1_loss', 'p_1_mse']],
      ['an output that the object leaves out', { loss: { p: 'mae' } }, ['loss', 'p_loss']],
    ]),
  )('%s', async (_, options, names) => {
    const [x, z] = [Input({ shape: [2] }), Input({ shape: [2] })];
    const layer = new Dense(1, { name: 'p' });
    const model = new Model([x, z], [layer.apply(x), layer.apply(z)]);
    expect(model.output_names).toEqual(['p', 'p_1']);
    model.compile({ optimizer: 'sgd', ...options });
    const data = [
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      [
        [0, 1],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ];
    const y = [
      [[1], [2], [3], [4]],
      [[2], [1], [4], [3]],
    ];
    const { history } = await model.fit(data, y, { validation_split: 0.5, seed: 1 });
    expect(Object.keys(history)).toEqual([...names, ...names.map((name) => `val_${name}`)]);
    const needed = options.loss?.[0] === null ? [null, y[1]] : y;
    expect(model.evaluate(data, needed)).toHaveLength(names.length);
    model.dispose();
  });
});

describe('training', () => {
  test('a step follows the gradient of the loss, as central differences have it', () => {
    const model = make();
    const sample_weight = { step: WEIGHTS };
    const loss_weights = [1.5, 0.4];
    model.compile({ optimizer: new optimizers.SGD({ learning_rate: 1 }), loss: LOSS, loss_weights });
    const before = model.get_weights();
    const [loss] = /** @type {number[]} */ (model.train_on_batch(X, Y, { sample_weight }));
    const after = model.get_weights();
    const loss_of = (/** @type {any[]} */ weights) => {
      model.set_weights(weights);
      return /** @type {number[]} */ (model.evaluate(X, Y, { sample_weight, batch_size: COUNT }))[0];
    };
    expect(loss).toBeCloseTo(loss_of(before), 12);
    before.forEach((value, i) => {
      const expected = central_differences(
        (data) => loss_of(before.with(i, tensor(data, value.shape, 'float64'))),
        value.data,
      );
      const step = Array.from(value.data, (one, j) => one - after[i].data[j]);
      expect(relative_difference(step, expected)).toBeLessThan(1e-7);
    });
    model.dispose();
  });

  test('all arrays are shuffled alike, and split alike', async () => {
    set_random_seed(3);
    const [a, b] = [Input({ shape: [1], name: 'a' }), Input({ shape: [1], name: 'b' })];
    const sum = new Dense(1, { name: 'sum' }).apply(new Concatenate().apply([a, b]));
    const twice = new Dense(1, { name: 'twice' }).apply(b);
    const model = new Model([a, b], [sum, twice]);
    const column = () => tensor(numbers(40, generator(Math.floor(next() * 1000)), 1, 0), [40, 1], 'float32');
    const [x, z] = [column(), column()];
    const y = {
      sum: Array.from(x.data, (value, i) => [value - 2 * z.data[i]]),
      twice: Array.from(z.data, (value) => [2 * value]),
    };
    model.compile({ optimizer: new optimizers.Adam({ learning_rate: 0.05 }), loss: 'mse' });
    const options = { epochs: 60, batch_size: 8, seed: 2, validation_split: 0.2 };
    const { history } = await model.fit({ b: z, a: x }, y, options);
    expect(history.val_loss[59]).toBeLessThan(1e-3);
    expect(history.val_sum_loss[59]).toBeLessThan(1e-3);
    const weighted = { ...options, epochs: 1, validation_data: [[x, z], y, [null, Array(40).fill(3)]] };
    const logs = (await model.fit([x, z], y, /** @type {any} */ (weighted))).history;
    const plain = /** @type {any} */ (model.evaluate([x, z], y, { return_dict: true }));
    expect(logs.val_twice_loss[0]).toBeCloseTo(3 * plain.twice_loss, 6);
    expect(logs.val_sum_loss[0]).toBeCloseTo(plain.sum_loss, 6);
    model.dispose();
  });

  test('an encoder and a decoder learn to reverse sequences', async () => {
    const before = memory();
    set_random_seed(8);
    const [LENGTH, SYMBOLS] = [4, 5];
    const from = Input({ shape: [null], name: 'from' });
    const to = Input({ shape: [null], name: 'to' });
    const [, state] = new GRU(32, { return_state: true }).apply(new Embedding(SYMBOLS + 1, 8).apply(from));
    const decoded = new GRU(32, { return_sequences: true }).apply(new Embedding(SYMBOLS + 1, 8).apply(to), {
      initial_state: state,
    });
    const head = new TimeDistributed(new Dense(SYMBOLS + 1, { activation: 'softmax', name: 'symbol' }));
    const model = new Model([from, to], head.apply(decoded));
    model.compile({
      optimizer: new optimizers.Adam({ learning_rate: 0.01 }),
      loss: 'sparse_categorical_crossentropy',
      metrics: ['accuracy'],
    });
    const random = generator(5);
    const pairs = (/** @type {number} */ count) => {
      const x = Array.from({ length: count }, () =>
        Array.from({ length: LENGTH }, () => 1 + Math.floor(random() * SYMBOLS)),
      );
      const y = x.map((row) => row.toReversed());
      return { x: { from: x, to: y.map((row) => [0, ...row.slice(0, -1)]) }, y };
    };
    const [train, unseen] = [pairs(512), pairs(64)];
    const { history } = await model.fit(train.x, train.y, { epochs: 25, batch_size: 32, seed: 4 });
    expect(Object.keys(history)).toEqual(['loss', 'accuracy']);
    const [, accuracy] = /** @type {number[]} */ (model.evaluate(unseen.x, unseen.y));
    expect(accuracy).toBeGreaterThan(0.95);
    // Saved and loaded, it goes on from there.
    const again = await load_model(await model.save());
    again.compile({ loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
    expect(again.evaluate(unseen.x, unseen.y)).toEqual(model.evaluate(unseen.x, unseen.y));
    await again.fit(train.x, train.y, { seed: 4 });
    model.dispose();
    again.dispose();
    expect(memory()).toEqual(before);
  });

  test('a loss that does not reach all weights changes the others only', () => {
    const model = make();
    model.compile({ optimizer: 'sgd', loss: { level: 'mse' } });
    const before = model.get_layer('step').get_weights();
    const [level] = model.get_layer('level').get_weights();
    model.train_on_batch(X, { level: LEVEL });
    expect(model.get_layer('step').get_weights()).toEqual(before);
    expect(model.get_layer('level').get_weights()[0]).not.toEqual(level);
    model.dispose();
  });
});

describe('refused', () => {
  test.each(
    /** @type {[string, any, RegExp][]} */ ([
      [
        'an unknown output',
        { loss: { stop: 'mse', step: 'mse' } },
        /loss names stop, but the outputs are step, level/,
      ],
      ['an unknown output of weights', { loss: 'mse', loss_weights: { x: 1 } }, /loss_weights names x/],
      ['an unknown output of metrics', { loss: 'mse', metrics: { x: ['mae'] } }, /metrics names x/],
      ['one loss too few', { loss: ['mse'] }, /one entry for each of the outputs step, level, not 1/],
      [
        'a weight that is none',
        { loss: 'mse', loss_weights: [1, 'x'] },
        /loss_weights: level must be a finite/,
      ],
      ['no loss at all', { loss: [null, null] }, /at least one of the outputs/],
      ['an unknown loss', { loss: ['mse', 'hinge'] }, /loss: level must be one of/],
      ['the same metric twice', { loss: 'mse', metrics: [['mae', 'mae'], null] }, /the name "mae" is taken/],
    ]),
  )('compile: %s', (_, options, message) => {
    const model = make();
    expect(() => model.compile(options)).toThrow(message);
    expect(() => model.evaluate(X, Y)).toThrow(RuntimeError);
    model.dispose();
  });

  const short = STEPS.slice(1);
  test.each(
    /** @type {[string, any, any, any, RegExp][]} */ ([
      [
        'rows of an input',
        { a: A, ids: IDS.slice(1) },
        Y,
        {},
        /x: a and x: ids must .* x: a has 7 and x: ids 6/,
      ],
      ['rows of targets', X, { ...Y, step: short }, {}, /x: a and y: step must .* x: a has 7 and y: step 6/],
      ['rows of weights', X, Y, { sample_weight: [null, [1, 2]] }, /sample_weight: level must be .* \[7\]/],
      ['an unknown input', { ...X, b: A }, Y, {}, /x names b, but the inputs are a, ids/],
      ['an input that lacks', { a: A }, Y, {}, /x must be tensors for a, ids/],
      ['one tensor', A, Y, {}, /x must be tensors for a, ids/],
      ['targets that lack', X, { step: STEPS }, {}, /y: level must be there, as the output has a loss/],
      ['one list of targets', X, [STEPS], {}, /y must be tensors for step, level/],
      ['weights of an unknown output', X, Y, { sample_weight: { x: WEIGHTS } }, /sample_weight names x/],
      ['weights of classes', X, Y, { class_weight: { 0: 1 } }, /class_weight is for models with one output/],
    ]),
  )('%s', async (_, x, y, options, message) => {
    const model = make();
    model.compile({ loss: LOSS });
    const before = model.get_weights();
    expect(() => model.train_on_batch(x, y, options)).toThrow(message);
    await expect(model.fit(x, y, options)).rejects.toThrow(message);
    await expect(model.fit(x, y, options)).rejects.toThrow(ValueError);
    expect(model.get_weights()).toEqual(before);
    model.dispose();
  });
});

test('a model with one input and one output takes lists and objects, too', async () => {
  set_random_seed(1);
  const x = Input({ shape: [2], name: 'x' });
  const model = new Model(x, new Add().apply([new Dense(1).apply(x), new Dense(1).apply(x)]));
  model.compile({ optimizer: 'sgd', loss: ['mse'], loss_weights: [0.5], metrics: ['mae'] });
  const data = tensor([1, 2, 3, 4], [2, 2], 'float32');
  const [name] = model.output_names;
  const y = tensor([1, 2], [2, 1], 'float32');
  const [loss, mae] = /** @type {number[]} */ (model.evaluate({ x: data }, { [name]: y }));
  expect(model.evaluate([data], [y], { sample_weight: { [name]: [1, 1] } })).toEqual([loss, mae]);
  const values = losses.mean_squared_error(y, model.predict(data)).data;
  expect(loss).toBeCloseTo((0.5 * (values[0] + values[1])) / 2, 5);
  const { history } = await model.fit(data, y, { class_weight: { 1: 0 }, shuffle: false });
  expect(Object.keys(history)).toEqual(['loss', 'mae']);
  expect(history.loss[0]).toBeCloseTo((0.5 * values[1]) / 2, 5);
  model.dispose();
});
