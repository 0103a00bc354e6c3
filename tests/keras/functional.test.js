// Functional models: training, masks, errors. What they predict is compared with recordings in tests/models/keras_models.test.js.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import { memory, set_random_seed, tensor } from '../../js/index.js';
import {
  Activation,
  Add,
  Average,
  Concatenate,
  Dense,
  Embedding,
  Flatten,
  GRU,
  Input,
  Maximum,
  Minimum,
  Model,
  Multiply,
  Sequential,
  Subtract,
  TimeDistributed,
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
  const model = Model.from_config(CONFIG);
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
  const model = Model.from_config({
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
  const changed = (/** @type {any} */ changes) => () => Model.from_config({ ...CONFIG, ...changes });
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
    const model = Model.from_config(CONFIG);
    expect(() => model.predict([[1, 2]])).toThrow('x must have shape [?, 6, 2], not [1, 2]');
    expect(() => model.predict({ z: [[[1, 2]]] })).toThrow('names z, but the inputs are x');
    expect(() => model.get_layer('z')).toThrow('there is no layer "z"');
    model.dispose();
  });
});

describe('Input and apply', () => {
  test('an encoder and a decoder that share an embedding', async () => {
    const before = memory();
    set_random_seed(2);
    const embedding = new Embedding(6, 3, { mask_zero: true });
    const [from, to] = [Input({ shape: [null], name: 'from' }), Input({ shape: [null], name: 'to' })];
    const [, state] = new GRU(4, { return_state: true }).apply(embedding.apply(from));
    const decoded = new GRU(4, { return_sequences: true }).apply(embedding.apply(to), {
      initial_state: state,
    });
    expect(decoded.shape).toEqual([null, null, 4]);
    const output = new TimeDistributed(new Dense(6, { activation: 'softmax' })).apply(decoded);
    const model = new Model([from, to], output, { name: 'translator' });
    expect([model.built, model.name, model.input_names, model.weights.length]).toEqual([
      true,
      'translator',
      ['from', 'to'],
      9,
    ]);
    const [a, b] = [
      [
        [1, 2, 3],
        [4, 5, 0],
      ],
      [
        [2, 2],
        [1, 3],
      ],
    ];
    const [encoder, decoder, head] = model.layers.slice(1);
    const [, expected_state] = encoder.call(embedding.call(a), { mask: embedding.compute_mask(a) });
    const steps = decoder.call(embedding.call(b), {
      initial_state: expected_state,
      mask: embedding.compute_mask(b),
    });
    expect(model.predict([a, b])).toEqual(head.call(steps));
    const again = await load_model(await model.save());
    expect(again.predict({ from: a, to: b })).toEqual(model.predict([a, b]));
    model.dispose();
    again.dispose();
    expect(memory()).toEqual(before);
  });

  test('layers that merge, and a model in a model', async () => {
    const x = Input({ batch_shape: [null, 5, 2], name: 'x' });
    const inner_x = Input({ shape: [5, 4] });
    const inner = new Model(inner_x, new GRU(3).apply(new Activation('tanh').apply(inner_x)), {
      name: 'inner',
    });
    const a = new Dense(2).apply(x);
    const y = new Dense(1).apply(inner.apply(new Concatenate().apply([a, x])));
    const model = new Model(x, y);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const data = tensor(numbers(8 * 5 * 2, generator(3)), [8, 5, 2], 'float32');
    const targets = Array.from({ length: 8 }, (_, i) => [i / 8]);
    const { history } = await model.fit(data, targets, { epochs: 5 });
    expect(history.loss[4]).toBeLessThan(history.loss[0]);
    const again = await load_model(await model.save());
    expect(again.predict(data)).toEqual(model.predict(data));
    model.dispose();
    again.dispose();
  });

  test('a Sequential that begins with Input is built as it grows', () => {
    const model = new Sequential([Input({ shape: [5, 2] }), new GRU(3, { return_sequences: true })]);
    expect([model.built, model.weights.length]).toEqual([true, 3]);
    model.add(new Flatten());
    model.add(new Dense(2));
    expect(model.weights.map(({ shape }) => shape)).toEqual([[2, 9], [3, 9], [2, 9], [15, 2], [2]]);
    expect(model.compute_output_shape([null, 5, 2])).toEqual([null, 2]);
    expect(model.predict(tensor(new Float32Array(10), [1, 5, 2])).shape).toEqual([1, 2]);
    expect(() => model.add(new GRU(2))).toThrow('three dimensions');
    expect(model.layers).toHaveLength(3);
    expect(() => model.add(Input({ shape: [2] }))).toThrow('must come first');
    model.dispose();
  });

  test.each([
    ['input_shape', { input_shape: [5, 2] }],
    ['batch_input_shape', { batch_input_shape: [7, 5, 2] }],
  ])('%s of the first layer', (_, options) => {
    const model = new Sequential([new GRU(3, { ...options, implementation: 2 }), new Dense(1)]);
    expect([model.built, model.weights.length]).toEqual([true, 5]);
    expect(model.compute_output_shape([null, 5, 2])).toEqual([null, 1]);
    // In a later layer it says nothing new.
    model.add(new Dense(1, { input_shape: [1] }));
    expect(model.weights).toHaveLength(7);
    expect(() => new Sequential([new Dense(1, { input_shape: /** @type {any} */ (['x']) })])).toThrow(
      'input_shape must be a list of sizes',
    );
    model.dispose();
  });

  test.each(
    /** @type {[string, () => any, RegExp][]} */ ([
      [
        'another input',
        () => new Model(Input({ shape: [2] }), new Dense(1).apply(Input({ shape: [2], name: 'z' }))),
        /need SymbolicTensor\(z/,
      ],
      [
        'outputs that are none',
        () => new Model(Input({ shape: [2] }), /** @type {any} */ ([])),
        /outputs must be what Input or a layer's apply gives/,
      ],
      [
        'an input that a layer gave',
        () => {
          const y = new Dense(1).apply(Input({ shape: [2] }));
          return new Model(y, new Dense(1).apply(y));
        },
        /inputs must be what Input gives/,
      ],
      ['no shape', () => Input({}), /either shape or batch_shape must be there/],
      [
        'a shape that is none',
        () => Input({ shape: /** @type {any} */ ('x') }),
        /Input: shape must be a list of sizes/,
      ],
      [
        'a state with values',
        () => new GRU(2).apply(Input({ shape: [3, 2] }), { initial_state: [[0, 0]] }),
        /initial_state must be outputs of layers/,
      ],
      ['a shape that does not fit', () => new GRU(2).apply(Input({ shape: [3] })), /three dimensions/],
    ]),
  )('refused: %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
