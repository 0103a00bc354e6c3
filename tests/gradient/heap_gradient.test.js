// Gradients that stay on the heap between the backward pass and the optimizer: the same numbers, and no memory left.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { record_operation } from '../../js/gradient/recording.js';
import { FailedPreconditionError, memory, Tensor, tensor } from '../../js/index.js';
import { Dense, Embedding, GRU, GradientTape, losses, ops, optimizers, Sequential } from '../../js/keras.js';
import { HeapGradient } from '../../js/runtime/heap_gradient.js';
import { loaded_heap } from '../../js/runtime/init.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** @typedef {import('../../js/runtime/variable.js').Variable} Variable */
/** @typedef {'float32' | 'float64'} FloatDtype */

const X = tensor([1, 2, 3, 4, 0, 2, 2, 5], [2, 4], 'int32');
const Y = tensor([0, 3], [2], 'int32');

/**
 * 13 and 5 columns are not whole vectors, so all kernels but the table's have padding.
 * @param {FloatDtype} dtype
 */
function make_model(dtype) {
  const model = new Sequential([
    new Embedding(6, 3, { dtype }),
    new GRU(13, { dtype }),
    new Dense(5, { dtype, activation: 'softmax' }),
  ]);
  model.build([2, 4]);
  const next = generator(7);
  model.set_weights(model.get_weights().map(({ shape, size }) => tensor(numbers(size, next), shape, dtype)));
  return model;
}

/** @param {Variable} variable all elements on the heap */
const elements = ({ dtype, _address: address, _elements: count }) => {
  const Type = dtype === 'float32' ? Float32Array : Float64Array;
  return Array.from(new Type(/** @type {any} */ (loaded_heap().buffer), address, count));
};

/** @param {Variable} variable all that is not part of the value */
const padding = (variable) => {
  const { shape, size, dtype } = variable.value;
  const { value } = variable;
  const before = elements(variable);
  variable.assign(tensor(new Array(size).fill(1), shape, dtype));
  const is_value = elements(variable);
  variable.assign(value);
  return before.filter((_, i) => is_value[i] === 0);
};

describe.each(/** @type {FloatDtype[]} */ (['float32', 'float64']))('%s', (dtype) => {
  test.each([
    ['Adam', {}],
    ['SGD', { momentum: 0.9 }],
    ['RMSprop', {}],
    ['Adam', { clipnorm: 1e-3 }],
    ['Adam', { clipnorm: 1e3 }],
    ['SGD', { global_clipnorm: 1e-3 }],
    ['SGD', { clipvalue: 1e-3 }],
  ])('train_on_batch and the same steps with tape.gradient give the same bits: %s %p', (name, options) => {
    const Kind = /** @type {any} */ (optimizers)[name];
    const model = make_model(dtype);
    model.compile({ optimizer: new Kind(options), loss: 'sparse_categorical_crossentropy' });
    const by_hand = make_model(dtype);
    const optimizer = new Kind(options);
    for (let step = 0; step < 3; step++) {
      model.train_on_batch(X, Y);
      const tape = new GradientTape();
      const loss = tape.record(() =>
        losses.sparse_categorical_crossentropy(Y, /** @type {any} */ (by_hand.call(X))),
      );
      const variables = by_hand.trainable_variables;
      const gradients = tape.gradient(loss, variables, {
        output_gradients: tensor([0.5, 0.5], [2], dtype),
      });
      optimizer.apply_gradients(gradients.map((gradient, i) => [gradient, variables[i]]));
      for (const [i, weight] of model.weights.entries())
        expect(weight.value.data).toEqual(variables[i].value.data);
    }
    model.dispose();
    by_hand.dispose();
    optimizer.dispose();
  });
});

test('a step of training leaves no block on the heap, nor does a gradient that is not requested', () => {
  const model = make_model('float32');
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy' });
  model.train_on_batch(X, Y);
  const before = memory();
  for (let i = 0; i < 5; i++) model.train_on_batch(X, Y);
  for (const sources of [
    model.weights,
    model.weights.slice(0, 1),
    [],
    [model.weights[0], model.weights[0]],
  ]) {
    const tape = new GradientTape();
    const loss = tape.record(() => ops.sum(/** @type {any} */ (model.call(X))));
    tape.gradient(loss, sources);
  }
  expect(memory()).toEqual(before);
  model.dispose();
});

describe('a step that throws leaves no block on the heap', () => {
  test('in a metric', () => {
    const model = make_model('float32');
    const metrics = [
      () => {
        throw new Error('no metric');
      },
    ];
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics });
    const before = memory();
    expect(() => model.train_on_batch(X, Y)).toThrow('no metric');
    expect(memory()).toEqual(before);
    model.dispose();
  });
  test('in the gradient of an operation, after the gradients of others', () => {
    const layer = new Dense(5);
    layer.build([null, 3]);
    const before = memory();
    const tape = new GradientTape();
    const x = tensor([1, 2, 3], [1, 3]);
    tape.watch(x);
    const loss = tape.record(() => {
      const same = tensor([1, 2, 3], [1, 3]);
      const backward = () => {
        throw new Error('no gradient');
      };
      record_operation({ inputs: [x], outputs: [same], backward });
      return ops.sum(layer.call(same));
    });
    expect(() => tape.gradient(loss, layer.weights)).toThrow('no gradient');
    expect(memory()).toEqual(before);
    layer.dispose();
  });
});

test.each([
  ['Adam', {}],
  ['Adam', { global_clipnorm: 1e-3 }],
  ['SGD', { momentum: 0.5, clipvalue: 0.1 }],
])('padding stays zero, whatever the gradients hold: %s %p', (name, options) => {
  const model = make_model('float32');
  const optimizer = new /** @type {any} */ (optimizers)[name](options);
  model.compile({ optimizer, loss: 'sparse_categorical_crossentropy' });
  model.train_on_batch(X, Y);
  // One infinite weight makes every gradient NaN.
  model.weights[0].assign(tensor(new Float32Array(18).fill(Number.POSITIVE_INFINITY), [6, 3]));
  model.train_on_batch(X, Y);
  const [, kernel] = model.weights;
  expect([...kernel.value.data].every(Number.isNaN)).toBe(true);
  expect(padding(kernel).length).toBeGreaterThan(0);
  for (const weight of model.weights) for (const value of padding(weight)) expect(value).toBe(0);
  model.dispose();
});

describe('a variable that is used in several ways', () => {
  const kernel = () => {
    const layer = new Dense(5, { use_bias: false });
    layer.build([null, 3]);
    return layer.weights[0];
  };
  const x = tensor([1, 2, 3], [1, 3]);
  const by_product = (/** @type {Variable} */ w) => ops.sum(ops.matmul(x, w));
  const by_element = (/** @type {Variable} */ w) => ops.sum(ops.multiply(w, 10));
  const rows = (/** @type {number[]} */ values) => values.map((value) => new Array(5).fill(value));
  test.each([
    ['product, product', [by_product, by_product], rows([2, 4, 6])],
    ['product, element', [by_product, by_element], rows([11, 12, 13])],
    ['element, product', [by_element, by_product], rows([11, 12, 13])],
    ['three', [by_product, by_element, by_product], rows([12, 14, 16])],
  ])('%s', (_, terms, expected) => {
    const w = kernel();
    const before = memory();
    const tape = new GradientTape();
    const loss = tape.record(() => terms.map((term) => term(w)).reduce((sum, term) => ops.add(sum, term)));
    expect(tape.gradient(loss, w)?.array()).toEqual(expected);
    expect(memory()).toEqual(before);
    w.dispose();
  });
});

describe('an optimizer of the user’s gets tensors', () => {
  /** @type {{ kind: any, shape: any, values: any[] }[]} */
  let seen = [];
  class Watching extends optimizers.SGD {
    /** @type {any} */ last = null;
    /** @param {any} pairs */
    apply_gradients(pairs) {
      seen = pairs.map(([gradient]) => ({
        kind: gradient instanceof Tensor,
        shape: [...gradient.shape],
        values: gradient.array(),
      }));
      for (const [gradient] of pairs) gradient.data.fill(0);
      this.last = pairs[0][0];
      return super.apply_gradients(pairs);
    }
  }
  test('with the values of the gradients; changes to them take effect', () => {
    const model = make_model('float32');
    const optimizer = new Watching();
    model.compile({ optimizer, loss: 'sparse_categorical_crossentropy' });
    const before = model.weights.map((weight) => weight.value.data);
    const { blocks } = memory();
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparse_categorical_crossentropy(Y, /** @type {any} */ (model.call(X))),
    );
    const gradients = tape.gradient(loss, model.weights, { output_gradients: [0.5, 0.5] });
    model.train_on_batch(X, Y);
    expect(seen).toEqual(
      gradients.map((gradient) => ({ kind: true, shape: gradient?.shape, values: gradient?.array() })),
    );
    expect(model.weights.map((weight) => weight.value.data)).toEqual(before);
    expect(optimizer.last.data.every((/** @type {number} */ value) => value === 0)).toBe(true);
    expect(memory().blocks).toBe(blocks);
    model.dispose();
  });
  test('which cannot be read after the step', () => {
    const layer = new Dense(5);
    layer.build([null, 3]);
    const gradient = new HeapGradient(layer.weights[0]);
    gradient.dispose();
    gradient.dispose();
    expect(() => gradient.data).toThrow(FailedPreconditionError);
    expect(() => gradient.data).toThrow(/the gradient of .*kernel.* is used after it was disposed of/);
    layer.dispose();
  });
});
