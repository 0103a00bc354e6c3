// Keras's GRUs in frozen graphs of TensorFlow: each becomes a layer that computes what Keras's equations say in float64.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { read_weights } from '../../js/formats.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { keras_gru_nodes, unrolled_gru_nodes } from '../helpers/keras_graphs.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { constant, graph_file, node } from '../helpers/tensorflow_files.js';
import { relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

/** @typedef {import('../helpers/keras_graphs.js').KerasGraphOptions} Options */

beforeAll(ready);

const [BATCH, STEPS, INPUTS, UNITS] = [2, 4, 3, 5];

/** @param {Options} [options] @param {number} [seed] */
function weights_of({ reset_after = false, use_bias = true } = {}, seed = 3) {
  const next = generator(seed);
  const make = (/** @type {number[]} */ ...shape) => ({
    shape,
    data: numbers(
      shape.reduce((a, b) => a * b),
      next,
    ).map(Math.fround),
  });
  const width = 3 * UNITS;
  return {
    kernel: make(INPUTS, width),
    recurrent_kernel: make(UNITS, width),
    ...(use_bias && { bias: make(...(reset_after ? [2, width] : [width])) }),
  };
}

const x = numbers(BATCH * STEPS * INPUTS, generator(9), 1).map(Math.fround);
const inputs = Array.from({ length: BATCH }, (_, row) =>
  Array.from({ length: STEPS }, (_, step) =>
    x.slice((row * STEPS + step) * INPUTS, (row * STEPS + step + 1) * INPUTS),
  ),
);

/** What a file's GRU computes beside the equations. @param {any} gru @param {ReturnType<typeof weights_of>} weights @param {any} options */
function expect_equations(
  gru,
  { kernel, recurrent_kernel, bias },
  { activation, recurrent_activation, reset_after = false, go_backwards = false },
) {
  const layer = gru.create({ return_sequences: true });
  const expected = gru_sequence(
    {
      inputs: INPUTS,
      units: UNITS,
      kernel: kernel.data,
      recurrent_kernel: recurrent_kernel.data,
      bias: bias?.data ?? null,
      reset_after,
      activation,
      recurrent_activation,
    },
    { batch: BATCH, steps: STEPS, x, go_backwards },
  );
  expect(relative_difference(layer.call(inputs).data, expected.outputs)).toBeLessThan(1e-6);
  layer.dispose();
}

const placeholder = node('Placeholder', 'x');

/** @param {any[]} nodes */
const read = (nodes) => read_weights(graph_file([placeholder, ...nodes]));

/** The names of this package for those of the graphs. @type {{ [name: string]: string }} */
const OURS = { 'hard_sigmoid, ClipByValue': 'hard_sigmoid', 'relu6 / 6': 'hard_sigmoid_v3', swish: 'silu' };

const ours = (/** @type {string} */ name) => OURS[name] ?? name;

describe.each([false, true])('folded %s', (folded) => {
  test.each(
    /** @type {Options[]} */ ([
      {},
      { implementation: 0 },
      { implementation: 2 },
      { reset_after: true },
      { implementation: 2, reset_after: true },
      { implementation: 2, reset_after: true, lists: true },
      { activation: 'linear', dropout: true },
      { activation: 'linear', dropout: true, implementation: 0 },
      { activation: 'linear', recurrent_activation: 'sigmoid', reset_after: true },
      { activation: 'relu', recurrent_activation: 'sigmoid' },
      { activation: 'softsign', recurrent_activation: 'hard_sigmoid, ClipByValue' },
      { activation: 'swish', recurrent_activation: 'relu6 / 6' },
      { go_backwards: true },
      { go_backwards: true, implementation: 0 },
      { go_backwards: true, mask: true, outputs: true },
      { mask: true },
      { use_bias: false },
      { use_bias: false, implementation: 2, reset_after: true },
      { outputs: true, implementation: 0 },
      { outputs: true, lists: true },
      { implementation: 2, reset_after: true, lists: true, captured: true, recurrent_activation: 'sigmoid' },
      { captured: true, mask: true },
    ]),
  )('%j', async (options) => {
    const weights = weights_of(options);
    const { grus, warnings } = await read(keras_gru_nodes('net', weights, { ...options, folded }));
    expect(warnings).toEqual([]);
    expect(grus).toHaveLength(1);
    const [gru] = grus;
    const { activation = 'tanh', recurrent_activation = 'hard_sigmoid', reset_after = false } = options;
    expect(gru).toMatchObject({
      name: 'net',
      units: UNITS,
      input_size: INPUTS,
      reset_after,
      bidirectional: false,
    });
    const config = gru.create().get_config();
    expect(config).toMatchObject({
      activation: ours(activation),
      recurrent_activation: ours(recurrent_activation),
      go_backwards: options.go_backwards ?? false,
      use_bias: options.use_bias ?? true,
    });
    const expected_place = {
      scope: 'net/while',
      state: 'net/while/Identity_2',
      output: 'net/while/add_5',
      sequence_output: options.outputs ? expect.stringMatching(/^net\/Tensor/) : null,
      last_output: options.outputs ? null : expect.stringMatching(/^net\/Tensor/),
    };
    expect(gru.place).toMatchObject(
      options.implementation === 0
        ? { ...expected_place, input: null, sequence_input: 'x' }
        : {
            ...expected_place,
            input: expect.stringMatching(/^net\/while\/Tensor/),
            sequence_input: 'net/transpose',
          },
    );
    expect_equations(gru, weights, {
      ...options,
      activation: ours(activation),
      recurrent_activation: ours(recurrent_activation),
    });
  });

  test('under the prefix of a graph that was imported, two layers one after the other', async () => {
    const [first, second] = [weights_of({}, 3), weights_of({}, 4)];
    const nodes = [
      ...keras_gru_nodes('import/net', first, {
        folded,
        activation: 'linear',
        outputs: true,
        input: 'import/x',
      }),
      node('Transpose', 'import/back', 'import/net/TensorArrayStack/TensorArrayGatherV3', 'perm'),
      ...keras_gru_nodes('import/net_1', second, {
        folded,
        recurrent_activation: 'sigmoid',
        input: 'import/back',
      }),
    ];
    const { grus, warnings } = await read(nodes);
    expect([grus.map(({ name }) => name), warnings]).toEqual([['import/net', 'import/net_1'], []]);
    expect_equations(grus[0], first, { activation: 'linear', recurrent_activation: 'hard_sigmoid' });
    expect_equations(grus[1], second, { activation: 'tanh', recurrent_activation: 'sigmoid' });
  });

  test('an activation that is not known: a warning', async () => {
    const { grus, warnings } = await read(
      keras_gru_nodes('net', weights_of(), { folded, activation: 'sine' }),
    );
    expect(warnings).toEqual([
      expect.stringMatching(/activation of the GRU "net" by nodes that are not known/),
    ]);
    expect(grus[0].create().get_config()).toMatchObject({
      activation: 'tanh',
      recurrent_activation: 'hard_sigmoid',
    });
    expect(grus[0].create({ activation: 'relu' }).get_config().activation).toBe('relu');
  });

  test('nodes in the other order', async () => {
    const weights = weights_of();
    const { grus, warnings } = await read(keras_gru_nodes('net', weights, { folded }).reverse());
    expect(warnings).toEqual([]);
    expect_equations(grus[0], weights, { activation: 'tanh', recurrent_activation: 'hard_sigmoid' });
  });
});

test.each([
  ['forwards', { activation: 'relu' }],
  ['backwards', { go_backwards: true }],
  ['with the reset gate after the product', { reset_after: true, implementation: 2 }],
])('unrolled, %s: one layer', async (_, stated) => {
  const options = /** @type {Options} */ (stated);
  const weights = weights_of(options);
  const { grus, warnings } = await read(unrolled_gru_nodes('net', weights, STEPS, options));
  expect([grus.length, warnings]).toEqual([1, []]);
  const { activation = 'tanh' } = options;
  expect(grus[0].place).toMatchObject({ sequence_input: null, sequence_output: null, last_output: null });
  expect(grus[0].create().get_config()).toMatchObject({
    activation,
    go_backwards: options.go_backwards ?? false,
  });
  expect_equations(grus[0], weights, { ...options, activation, recurrent_activation: 'hard_sigmoid' });
});

test('Bidirectional', async () => {
  const [forward, backward] = [weights_of({}, 3), weights_of({}, 4)];
  const options = /** @type {Options} */ ({ activation: 'relu', outputs: true });
  const { grus, warnings } = await read([
    ...keras_gru_nodes('bidirectional_1/forward_gru_1', forward, options),
    ...keras_gru_nodes('bidirectional_1/backward_gru_1', backward, { ...options, go_backwards: true }),
  ]);
  expect(warnings).toEqual([]);
  expect(grus).toMatchObject([{ name: 'bidirectional_1', bidirectional: true }]);
  const layer = grus[0].create({ return_sequences: true });
  expect(layer.forward_layer.get_config()).toMatchObject({ activation: 'relu', go_backwards: false });
  expect(layer.backward_layer.get_config()).toMatchObject({ activation: 'relu', go_backwards: true });
});

test('weights alone, without the nodes around them: a warning', async () => {
  const nodes = Object.entries(weights_of()).map(([name, values]) => constant(`net/${name}`, values));
  const { grus, warnings } = await read(nodes);
  expect(grus).toMatchObject([{ name: 'net', place: null }]);
  expect(warnings).toEqual([expect.stringContaining('its activations are not known')]);
});

test('what is almost a GRU is none', async () => {
  const nodes = keras_gru_nodes('net', weights_of(), { folded: true });
  // The gates of another layer, and 2 - z.
  const changed = nodes.map((one) =>
    one.name === 'net/while/sub/x' ? constant('net/while/sub/x', { data: [2], shape: [] }) : one,
  );
  expect((await read(changed)).grus).toEqual([]);
  const without = nodes
    .map((one) => (one.name === 'net/while/gate_1/mul' ? { ...one, op: 'Sin' } : one))
    .filter(({ name }) => name !== 'net/while/MatMul_h1');
  expect((await read(without)).grus).toEqual([]);
});

test.each([false, true])('damaged copies, folded %s', async (folded) => {
  const { read: count, refused } = await read_damaged_copies(
    graph_file([
      placeholder,
      ...keras_gru_nodes('net', weights_of(), { folded, implementation: 2, reset_after: true }),
    ]),
  );
  expect(Math.min(count, refused)).toBeGreaterThan(20);
});

describe('graphs that are made to take long', () => {
  const count = 4000;

  test.each([
    ['a cycle', [node('Sub', 's', 'one', 's'), node('Mul', 'm', 's', 'a'), node('Add', 'a', 'm', 'm')]],
    [
      'a chain of nodes that pass a value on',
      Array.from({ length: count }, (_, i) => node('Identity', `i${i}`, `i${i + 1}`)),
    ],
    [
      'sums of sums',
      Array.from({ length: count }, (_, i) => [
        node('Add', `a${i}`, `a${i + 1}`, `a${i + 1}`),
        node('Sub', `s${i}`, 'one', `a${i}`),
        node('Mul', `m${i}`, `s${i}`, `a${i}`),
        node('Add', `o${i}`, `m${i}`, `k${i}`),
        node('Mul', `k${i}`, `a${i}`, 'state'),
      ]).flat(),
    ],
    [
      'one node with very many readers',
      Array.from({ length: count }, (_, i) => [
        node('Sub', `s${i}`, 'one', 'hub'),
        node('Identity', `j${i}`, 'hub'),
      ]).flat(),
    ],
  ])('%s', async (_, nodes) => {
    const file = graph_file([constant('one', { data: [1], shape: [] }), ...nodes]);
    const start = performance.now();
    expect((await read_weights(file)).grus).toEqual([]);
    // A quarter of a second on a machine that does nothing else; without a bound it would be hours.
    expect(performance.now() - start).toBeLessThan(10000);
  });
});
