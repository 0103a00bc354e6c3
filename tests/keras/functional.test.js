// Functional models: training, masks, errors. What they predict is compared with recordings in tests/models/keras_models.test.js.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { memory, set_random_seed, tensor } from '../../js/index.js';
import {
  Add,
  Average,
  Concatenate,
  Functional,
  Maximum,
  Minimum,
  Multiply,
  Subtract,
} from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const layer = (
  /** @type {string} */ class_name,
  /** @type {any} */ config,
  /** @type {any[][]} */ ...calls
) => ({
  class_name,
  config,
  nodes: calls.map((names) => ({ inputs: names.map((name) => (Array.isArray(name) ? name : [name, 0, 0])) })),
});

/** A residual stack over a shared layer. */
const CONFIG = {
  name: 'graph',
  inputs: [{ name: 'x', shape: [null, 6, 2] }],
  layers: [
    layer('GRU', { name: 'gru', units: 4, return_sequences: true }, ['x']),
    layer('Dense', { name: 'shared', units: 4 }, ['gru'], [['shared', 0, 0]]),
    layer('Add', { name: 'sum' }, ['gru', ['shared', 0, 0], ['shared', 1, 0]]),
    layer('Concatenate', { name: 'both' }, ['sum', 'x']),
    layer('GRU', { name: 'last', units: 3 }, ['both']),
    layer('Dense', { name: 'y', units: 1 }, ['last']),
  ],
  outputs: [['y', 0, 0]],
  is_built: true,
};

test('trains as other models do, and dispose frees all memory', async () => {
  const before = memory();
  set_random_seed(4);
  const model = Functional.from_config(CONFIG);
  // The shared layer has its weights once.
  expect(model.weights).toHaveLength(3 + 2 + 3 + 2);
  expect(model.get_layer('shared').weights).toHaveLength(2);
  const next = generator(7);
  const x = tensor(numbers(16 * 6 * 2, next), [16, 6, 2], 'float32');
  const y = Array.from({ length: 16 }, (_, i) => [x.data[i * 12] - x.data[i * 12 + 3]]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const { history } = await model.fit(x, y, { epochs: 40, batch_size: 8, seed: 1 });
  expect(history.loss[39]).toBeLessThan(0.75 * history.loss[0]);
  expect(model.predict(x, { batch_size: 5 })).toEqual(model.predict(x));
  // Any number of steps.
  expect(model.predict(tensor(new Float32Array(2 * 9 * 2), [2, 9, 2])).shape).toEqual([2, 1]);
  expect(model.summary({ print_fn() {} })).toContain('both (Concatenate)  [?, 6, 6]');
  model.dispose();
  expect(memory()).toEqual(before);
});

test('masks reach the layers that take them', () => {
  const model = Functional.from_config({
    inputs: [{ name: 'ids', shape: [null, null] }],
    layers: [
      layer('Embedding', { name: 'e', input_dim: 5, output_dim: 3, mask_zero: true }, ['ids']),
      layer('GRU', { name: 'a', units: 2, return_sequences: true }, ['e']),
      layer('Concatenate', { name: 'c' }, ['e', 'a']),
      layer('GRU', { name: 'b', units: 2 }, ['c']),
    ],
    outputs: [['b', 0, 0]],
    is_built: true,
  });
  const [short, padded] = [model.call([[1, 2, 3]]), model.call([[1, 2, 3, 0, 0]])];
  expect(padded).toEqual(short);
  model.dispose();
});

test('merging layers', () => {
  const [a, b] = [[[1, -2, 3]], [[4, 5, -6]]];
  const results = [Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate].map(
    (Class) => new Class().call([a, b]).array()[0],
  );
  expect(results).toEqual([
    [5, 3, -3],
    [-3, -7, 9],
    [4, -10, -18],
    [2.5, 1.5, -1.5],
    [4, 5, 3],
    [1, -2, -6],
    [1, -2, 3, 4, 5, -6],
  ]);
  expect(new Add().call([[[1, 2]], [[3], [4]]]).array()).toEqual([
    [4, 5],
    [5, 6],
  ]);
  expect(
    new Add().compute_output_shape([
      [null, 3, 1],
      [null, 1, 4],
    ]),
  ).toEqual([null, 3, 4]);
  expect(
    new Concatenate({ axis: 1 }).compute_output_shape([
      [null, 3, 4],
      [null, null, 4],
    ]),
  ).toEqual([null, null, 4]);
  expect(() => new Add().call([[[1, 2]], [[1, 2, 3]]])).toThrow('do not fit each other');
  expect(() => new Concatenate().call([[[1, 2]], [[[1]]]])).toThrow('cannot be concatenated');
  expect(() => new Subtract().call([a, b, a])).toThrow('must be a list of two tensors');
  expect(() => new Add().call(/** @type {any} */ (3))).toThrow('must be a list of tensors');
});

describe('refused', () => {
  const changed = (/** @type {any} */ changes) => () => Functional.from_config({ ...CONFIG, ...changes });
  const with_layer = (/** @type {any} */ one) => changed({ layers: [...CONFIG.layers.slice(0, -1), one] });
  test.each(
    /** @type {[string, () => any, RegExp][]} */ ([
      ['a circle', with_layer(layer('Add', { name: 'y' }, ['last', 'y'])), /takes its own output/],
      [
        'a longer circle',
        changed({
          layers: [
            layer('Dense', { name: 'a', units: 1 }, ['b']),
            layer('Dense', { name: 'b', units: 1 }, ['a']),
          ],
          outputs: [['b', 0, 0]],
        }),
        /takes its own output/,
      ],
      [
        'a layer that does not exist',
        with_layer(layer('Dense', { name: 'y', units: 1 }, ['nowhere'])),
        /there is no call \["nowhere",0\]/,
      ],
      [
        'a call that does not exist',
        with_layer(layer('Dense', { name: 'y', units: 1 }, [['shared', 2, 0]])),
        /there is no call \["shared",2\]/,
      ],
      [
        'an output that does not exist',
        with_layer(layer('Dense', { name: 'y', units: 1 }, [['last', 0, 1]])),
        /there is no output/,
      ],
      [
        'a call without inputs',
        with_layer(layer('Dense', { name: 'y', units: 1 }, [])),
        /is called without inputs/,
      ],
      [
        'a name twice',
        with_layer(layer('Dense', { name: 'gru', units: 1 }, ['last'])),
        /two layers have the name "gru"/,
      ],
      ['no outputs', changed({ outputs: [] }), /must have inputs and outputs/],
      ['outputs that are none', changed({ outputs: ['y'] }), /must be named by \[layer, call, number\]/],
      ['inputs that are none', changed({ inputs: ['x'] }), /must have inputs, a list of \{ name, shape \}/],
      ['shapes that do not fit', changed({ inputs: [{ name: 'x', shape: [null, 2] }] }), /three dimensions/],
    ]),
  )('%s', (_, run, message) => {
    const before = memory();
    expect(run).toThrow(message);
    expect(memory()).toEqual(before);
  });

  test('inputs that do not fit', () => {
    const model = Functional.from_config(CONFIG);
    expect(() => model.predict([[1, 2]])).toThrow('x must have shape [?, 6, 2], not [1, 2]');
    expect(() => model.predict({ z: [[[1, 2]]] })).toThrow('must be tensors for x');
    expect(() => model.get_layer('z')).toThrow('there is no layer "z"');
    model.dispose();
  });
});
