// sample_weight and class_weight: the loss is the sum of the weighted values, divided by their number, as in Keras.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { set_random_seed, tensor } from '../../js/index.js';
import { Dense, Embedding, GRU, losses, Sequential } from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const X = tensor(numbers(6 * 3, generator(1)), [6, 3], 'float32');
const Y = [0, 1, 2, 1, 0, 2];
const ONE_HOT = Y.map((index) => [0, 1, 2].map((i) => Number(i === index)));
const WEIGHTS = [1, 0, 2.5, 0.5, 3, 1];

/** @param {string} [loss] */
function make(loss = 'sparse_categorical_crossentropy') {
  set_random_seed(8);
  const model = new Sequential([new Dense(3, { activation: 'softmax' })]);
  model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] });
  model.build([null, 3]);
  return model;
}

/** @param {any} model @param {readonly number[]} weights */
function expected_loss(model, weights) {
  const values = losses.sparse_categorical_crossentropy(tensor(Y, [6], 'int32'), model.predict(X)).data;
  return weights.reduce((sum, weight, i) => sum + weight * values[i], 0) / 6;
}

test('evaluate, test_on_batch and fit weigh the samples; metrics do not', async () => {
  const model = make();
  const expected = expected_loss(model, WEIGHTS);
  const [plain, accuracy] = /** @type {number[]} */ (model.evaluate(X, Y));
  expect(plain).toBeCloseTo(expected_loss(model, [1, 1, 1, 1, 1, 1]), 6);
  expect(model.evaluate(X, Y, { sample_weight: WEIGHTS })).toEqual([expect.closeTo(expected, 6), accuracy]);
  expect(model.evaluate(X, Y, { sample_weight: WEIGHTS, batch_size: 4 })).toEqual([
    expect.closeTo(expected, 6),
    accuracy,
  ]);
  expect(model.test_on_batch(X, Y, { sample_weight: WEIGHTS })).toEqual([
    expect.closeTo(expected, 6),
    accuracy,
  ]);
  const options = { sample_weight: WEIGHTS, batch_size: 6, shuffle: false };
  const { history } = await model.fit(X, Y, { ...options, validation_data: [X, Y, WEIGHTS] });
  expect(history.loss[0]).toBeCloseTo(expected, 6);
  expect(history.val_loss[0]).toBeCloseTo(expected_loss(model, WEIGHTS), 6);
  model.dispose();
});

test('a sample of weight 0 does not count, and one of weight 2 is one that is there twice', async () => {
  const [weighted, repeated] = [make(), make()];
  const order = [0, 2, 2, 3, 4];
  const rows = order.flatMap((row) => [...X.data.slice(3 * row, 3 * row + 3)]);
  // The sum is divided by the number of samples: 6 and 5.
  const scale = 5 / 6;
  weighted.train_on_batch(X, Y, { sample_weight: [1, 0, 2, 1, 1, 0].map((weight) => weight / scale) });
  repeated.train_on_batch(
    tensor(rows, [5, 3]),
    order.map((row) => Y[row]),
  );
  const [a, b] = [weighted, repeated].map((model) => model.get_weights().flatMap(({ data }) => [...data]));
  a.forEach((value, i) => {
    // The first is divided by 6 and the second by 5, which the weights undo.
    expect(value).toBeCloseTo(b[i], 5);
  });
  const classes = make();
  classes.train_on_batch(X, Y, { class_weight: { 1: 0 } });
  const by_hand = make();
  by_hand.train_on_batch(X, Y, { sample_weight: Y.map((index) => Number(index !== 1)) });
  expect(classes.get_weights()).toEqual(by_hand.get_weights());
  for (const model of [weighted, repeated, classes, by_hand]) model.dispose();
});

test.each([
  ['indices', 'sparse_categorical_crossentropy', Y],
  ['a number for each class', 'categorical_crossentropy', ONE_HOT],
])('class_weight with targets as %s', async (_, loss, y) => {
  const class_weight = { 0: 2, 2: 0.25 };
  const model = make(loss);
  const weights = Y.map((index) => [2, 1, 0.25][index]);
  const both = weights.map((weight, i) => weight * WEIGHTS[i]);
  const [loss_of_classes, loss_of_both] = [expected_loss(model, weights), expected_loss(model, both)];
  const start = model.get_weights();
  const [first] = /** @type {number[]} */ (model.train_on_batch(X, y, { class_weight }));
  expect(first).toBeCloseTo(loss_of_classes, 6);
  model.set_weights(start);
  const [second] = /** @type {number[]} */ (
    model.train_on_batch(X, y, { class_weight, sample_weight: WEIGHTS })
  );
  expect(second).toBeCloseTo(loss_of_both, 6);
  model.dispose();
});

test('weights of steps, of which masked ones do not count', () => {
  set_random_seed(3);
  const model = new Sequential([
    new Embedding(5, 3, { mask_zero: true }),
    new GRU(4, { return_sequences: true }),
    new Dense(2, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' });
  const [x, y] = [
    [
      [1, 2, 3],
      [4, 1, 0],
    ],
    [
      [0, 1, 1],
      [1, 0, 0],
    ],
  ];
  const values = losses.sparse_categorical_crossentropy(
    tensor(y.flat(), [2, 3], 'int32'),
    model.predict(x),
  ).data;
  const weights = [2, 0.5, 1, 3, 0, 7];
  const sum = weights.slice(0, 5).reduce((all, weight, i) => all + weight * values[i], 0);
  expect(model.evaluate(x, y, { sample_weight: [weights.slice(0, 3), weights.slice(3)] })).toBeCloseTo(
    sum / 5,
    6,
  );
  const of_samples = [2, 2, 2, 3, 3].reduce((all, weight, i) => all + weight * values[i], 0);
  expect(model.evaluate(x, y, { sample_weight: [2, 3] })).toBeCloseTo(of_samples / 5, 6);
  const of_classes = y
    .flat()
    .slice(0, 5)
    .reduce((all, index, i) => all + (index ? 4 : 1) * values[i], 0);
  expect(model.train_on_batch(x, y, { class_weight: { 1: 4 } })).toBeCloseTo(of_classes / 5, 6);
  model.dispose();
});

describe('refused', () => {
  test.each(
    /** @type {[string, any, RegExp][]} */ ([
      [
        'another number of weights',
        { sample_weight: [1, 2] },
        /sample_weight must be finite numbers of the shape \[6\]/,
      ],
      ['no numbers', { sample_weight: [1, 1, 1, 1, 1, Number.NaN] }, /sample_weight must be finite numbers/],
      ['a number', { sample_weight: 3 }, /sample_weight must be/],
      [
        'weights of steps where there are none',
        { sample_weight: Array(6).fill([1, 2]) },
        /does not fit the loss's values/,
      ],
      ['a list of classes', { class_weight: [1, 2] }, /class_weight must be an object of numbers/],
      ['a name of a class', { class_weight: { cat: 1 } }, /class_weight must be an object of numbers/],
      ['a weight that is none', { class_weight: { 0: 'x' } }, /class_weight must be an object of numbers/],
    ]),
  )('%s', async (_, options, message) => {
    const model = make();
    const before = model.get_weights();
    expect(() => model.train_on_batch(X, Y, options)).toThrow(message);
    await expect(model.fit(X, Y, options)).rejects.toThrow(message);
    expect(model.get_weights()).toEqual(before);
    model.dispose();
  });
});
