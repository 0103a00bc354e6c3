// TensorFlow's frozen graphs and checkpoints: the cells in them compute what TF1's equations say in float64.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { writeBundleEntryProto } from '../../js/formats/protobuf/tensorflow_messages.js';
import { masked_crc32c } from '../../js/formats/tf1_checkpoint.js';
import { read_weights } from '../../js/formats.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { checkpoint_files, constant, encode, graph_file, node } from '../helpers/tensorflow_files.js';
import { tf1_step } from '../reference/gru.js';

beforeAll(ready);

const [INPUTS, UNITS] = [3, 4];
const next = generator(5);
const values = (/** @type {number[]} */ ...shape) => ({
  shape,
  data: numbers(
    shape.reduce((a, b) => a * b),
    next,
    0.8,
  ),
});
const CELL = {
  'gates/kernel': values(INPUTS + UNITS, 2 * UNITS),
  'gates/bias': values(2 * UNITS),
  'candidate/kernel': values(INPUTS + UNITS, UNITS),
  'candidate/bias': values(UNITS),
};
const under = (/** @type {string} */ scope, /** @type {object} */ parts = CELL) =>
  new Map(Object.entries(parts).map(([name, value]) => [`${scope}/${name}`, value]));

/** @param {any} cell */
function expect_tf1_step(cell) {
  const x = numbers(INPUTS, next, 1);
  const h = numbers(UNITS, next, 1);
  const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = Object.values(CELL).map(({ data }) =>
    Array.from(data, Math.fround),
  );
  const expected = tf1_step(
    { inputs: INPUTS, units: UNITS, gates_kernel, gates_bias, candidate_kernel, candidate_bias },
    Float32Array.from(x),
    Float32Array.from(h),
  );
  const [output] = cell.call([x], [h]);
  expected.forEach((value, i) => {
    expect(Math.abs(output.data[i] - value)).toBeLessThan(1e-6);
  });
  cell.dispose();
}

describe('checkpoints', () => {
  test.each([false, true])('by name, snappy %s', async (snappy) => {
    const variables = new Map([
      ...under('rnn/multi_rnn_cell/cell_0/gru_cell'),
      ...under('rnn/gru_cell/gates/kernel/Adam', { x: values(2) }),
    ]);
    variables.set('step', { shape: [], data: [7] });
    const { format, tensors, grus, warnings } = await read_weights(checkpoint_files(variables, { snappy }));
    expect([format, warnings]).toEqual(['TensorFlow checkpoint', []]);
    expect([...tensors.keys()]).toEqual([...variables.keys()].sort());
    expect(tensors.get('step')?.array()).toBe(7);
    expect(
      grus.map(({ name, units, input_size, reset_after }) => [name, units, input_size, reset_after]),
    ).toEqual([['rnn/multi_rnn_cell/cell_0/gru_cell', UNITS, INPUTS, false]]);
    expect_tf1_step(grus[0].create());
  });

  test('from a folder, by the path of the index', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gru-checkpoint-'));
    const files = checkpoint_files(under('cell'), { prefix: 'model.ckpt-100' });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    expect((await read_weights(join(folder, 'model.ckpt-100.index'))).grus).toHaveLength(1);
    const [index] = Object.values(files);
    await expect(read_weights(index)).rejects.toThrow(/needs the file "model.ckpt.data-00000-of-00001" too/);
  });

  test('names of TensorFlow 2', async () => {
    const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
    const parts = { kernel: values(2, 12), recurrent_kernel: values(4, 12), bias: values(2, 12) };
    const variables = new Map(
      Object.entries(parts).map(([name, value]) => [`layer_with_weights-0/cell/${name}${suffix}`, value]),
    );
    const { grus } = await read_weights(checkpoint_files(variables));
    expect(grus).toMatchObject([{ name: 'layer_with_weights-0/cell', units: 4, reset_after: true }]);
  });

  test('partitioned variables are left out with a warning', async () => {
    const entry = encode(writeBundleEntryProto, {
      dtype: 1,
      shape: { dim: [{ size: 4 }] },
      slices: [{ extent: [{ start: 0, length: 2 }] }],
    });
    const { tensors, warnings } = await read_weights(
      checkpoint_files(new Map([['b', values(1)]]), { entries: [['a', entry]] }),
    );
    expect([[...tensors.keys()], warnings]).toEqual([
      ['b'],
      ['the variable "a" is partitioned, and was left out: partitioned variables are not supported'],
    ]);
  });

  test('checksums, and a shape that does not fit', async () => {
    // "123456789" has the CRC-32C 0xe3069283.
    const crc = 0xe3069283;
    expect(masked_crc32c(Uint8Array.from('123456789', (digit) => digit.charCodeAt(0)))).toBe(
      (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0,
    );
    const files = checkpoint_files(new Map([['a', values(3)]]));
    files['model.ckpt.data-00000-of-00001'][4] ^= 1;
    await expect(read_weights(files)).rejects.toThrow('the variable "a" is damaged: its checksum is wrong');
    const entry = encode(writeBundleEntryProto, { dtype: 1, shape: { dim: [{ size: 2 ** 40 }] }, size: 4 });
    await expect(read_weights(checkpoint_files(new Map(), { entries: [['a', entry]] }))).rejects.toThrow(
      /must have \d+ bytes, but has 4/,
    );
  });

  test.each([false, true])('damaged copies of the index, snappy %s', async (snappy) => {
    const { 'model.ckpt.index': index, ...data } = checkpoint_files(
      under('a', { 'gates/bias': values(2), 'gates/kernel': values(2, 2) }),
      { snappy },
    );
    const { refused } = await read_damaged_copies(index, {
      read: (bytes) => read_weights({ ...data, 'model.ckpt.index': bytes }),
    });
    expect(refused).toBeGreaterThan(100);
  });
});

describe('frozen graphs', () => {
  /** GRUCell's operations on an input and a state. @param {string} activation its operation */
  const cell_nodes = (activation, scope = 'rnn/gru_cell') => [
    ...[...under(scope)].map(([name, value]) => constant(name, value)),
    ...[...under(scope)].map(([name]) => node('Identity', `${name}/read`, name)),
    node('ConcatV2', `${scope}/concat`, 'x', 'h', 'axis'),
    node('MatMul', `${scope}/MatMul`, `${scope}/concat`, `${scope}/gates/kernel/read`),
    node('BiasAdd', `${scope}/BiasAdd`, `${scope}/MatMul`, `${scope}/gates/bias/read`),
    node('Sigmoid', `${scope}/Sigmoid`, `${scope}/BiasAdd`),
    node('Split', `${scope}/split`, 'axis', `${scope}/Sigmoid`),
    node('Mul', `${scope}/mul`, `${scope}/split`, 'h'),
    node('ConcatV2', `${scope}/concat_1`, 'x', `${scope}/mul`, 'axis'),
    node('MatMul', `${scope}/MatMul_1`, `${scope}/concat_1`, `${scope}/candidate/kernel/read`),
    node('BiasAdd', `${scope}/BiasAdd_1`, `${scope}/MatMul_1`, `${scope}/candidate/bias/read`),
    ...(activation ? [node(activation, `${scope}/act`, `${scope}/BiasAdd_1`)] : []),
    node('Mul', `${scope}/mul_1`, `${scope}/split:1`, 'h'),
    node('Sub', `${scope}/sub`, 'one', `${scope}/split:1`),
    node('Mul', `${scope}/mul_2`, `${scope}/sub`, activation ? `${scope}/act` : `${scope}/BiasAdd_1`),
    node('AddV2', `${scope}/add`, `${scope}/mul_1`, `${scope}/mul_2`),
  ];
  const frame = [node('Placeholder', 'x'), node('Placeholder', 'h')];

  test('a cell, its place and its activation', async () => {
    const { format, grus } = await read_weights(graph_file([...frame, ...cell_nodes('Tanh')]));
    expect(format).toBe('TensorFlow graph');
    const [{ create, place }] = grus;
    expect(place).toEqual({
      scope: 'rnn/gru_cell',
      input: 'x',
      state: 'h',
      output: 'rnn/gru_cell/add',
      sequence_input: null,
      sequence_output: null,
      last_output: null,
    });
    expect_tf1_step(create());
  });

  test.each([
    ['Relu', 'relu'],
    ['Softsign', 'softsign'],
    ['', 'linear'],
  ])('activation %s', async (op, name) => {
    const [gru] = (await read_weights(graph_file([...frame, ...cell_nodes(op)]))).grus;
    const cell = gru.create();
    expect(cell.get_config().activation).toBe(name);
    cell.dispose();
  });

  test('the sequence around a cell in dynamic_rnn', async () => {
    const nodes = [
      node('TensorArrayV3', 'rnn/TensorArray_1'),
      node(
        'TensorArrayScatterV3',
        'rnn/scatter',
        'rnn/TensorArray_1',
        'range',
        'transpose',
        'rnn/TensorArray_1:1',
      ),
      node('Enter', 'rnn/enter', 'rnn/TensorArray_1'),
      node('TensorArrayReadV3', 'x', 'rnn/enter', 'i', 'rnn/scatter'),
      node('TensorArrayV3', 'rnn/TensorArray'),
      node('Enter', 'rnn/enter_out', 'rnn/TensorArray'),
      node('TensorArrayWriteV3', 'rnn/write', 'rnn/enter_out', 'i', 'rnn/gru_cell/add'),
      node('TensorArrayGatherV3', 'rnn/gather', 'rnn/TensorArray', 'range'),
      node('Placeholder', 'h'),
      ...cell_nodes('Tanh'),
    ];
    const [{ place }] = (await read_weights(graph_file(nodes))).grus;
    expect(place).toMatchObject({ sequence_input: 'transpose', sequence_output: 'rnn/gather' });
  });

  test('GRUBlockCell: the shapes tell its weights', async () => {
    const nodes = [
      constant('b/w_c', CELL['gates/kernel']),
      constant('b/b_c', CELL['gates/bias']),
      constant('b/w_ru', CELL['candidate/kernel']),
      constant('b/b_ru', CELL['candidate/bias']),
    ];
    const [gru] = (await read_weights(graph_file(nodes))).grus;
    expect([gru.name, gru.place]).toEqual(['b', null]);
    expect_tf1_step(gru.create());
  });

  test('CudnnCompatibleGRUCell', async () => {
    const [x, h] = [numbers(INPUTS, next, 1), numbers(UNITS, next, 1)];
    const parts = {
      'gates/kernel': CELL['gates/kernel'],
      'gates/bias': CELL['gates/bias'],
      'candidate/input_projection/kernel': values(INPUTS, UNITS),
      'candidate/input_projection/bias': values(UNITS),
      'candidate/hidden_projection/kernel': values(UNITS, UNITS),
      'candidate/hidden_projection/bias': values(UNITS),
    };
    const [gru, ...others] = (
      await read_weights(graph_file([...under('c', parts)].map(([name, value]) => constant(name, value))))
    ).grus;
    expect([gru.reset_after, others.length]).toEqual([true, 0]);
    const layer = gru.create();
    const data = (/** @type {keyof typeof parts} */ name) => parts[name].data;
    const sum = (
      /** @type {ArrayLike<number>} */ v,
      /** @type {ArrayLike<number>} */ m,
      /** @type {number} */ width,
      /** @type {number} */ column,
    ) => Array.from(v).reduce((total, value, row) => total + value * m[row * width + column], 0);
    const sigmoid = (/** @type {number} */ value) => 1 / (1 + Math.exp(-value));
    const expected = h.map((state, unit) => {
      const gate = (/** @type {number} */ column) =>
        sigmoid(sum([...x, ...h], data('gates/kernel'), 2 * UNITS, column) + data('gates/bias')[column]);
      const [r, u] = [gate(unit), gate(UNITS + unit)];
      const from_input =
        sum(x, data('candidate/input_projection/kernel'), UNITS, unit) +
        data('candidate/input_projection/bias')[unit];
      const from_state =
        sum(h, data('candidate/hidden_projection/kernel'), UNITS, unit) +
        data('candidate/hidden_projection/bias')[unit];
      return u * state + (1 - u) * Math.tanh(from_input + r * from_state);
    });
    const { data: actual } = layer.call([[x]], { initial_state: [h] });
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value)).toBeLessThan(1e-6);
    });
    layer.dispose();
  });

  test('values that are stored as one, and dtypes that are not numbers', async () => {
    const tensor = (/** @type {object} */ proto) => ({
      name: 'a',
      op: 'Const',
      input: [],
      attr: { value: { tensor: proto } },
    });
    const shape = { dim: [{ size: 3 }] };
    const read = async (/** @type {object} */ proto) =>
      (await read_weights(graph_file([tensor(proto)]))).tensors.get('a')?.array();
    expect(await read({ dtype: 1, tensor_shape: shape, float_val: [2.5] })).toEqual([2.5, 2.5, 2.5]);
    expect(await read({ dtype: 3, tensor_shape: shape, int_val: [1, 2] })).toEqual([1, 2, 2]);
    expect(await read({ dtype: 19, tensor_shape: shape, half_val: [0x3800] })).toEqual([0.5, 0.5, 0.5]);
    expect(await read({ dtype: 10, tensor_shape: shape })).toEqual([false, false, false]);
    expect(await read({ dtype: 7, tensor_shape: shape })).toBeUndefined();
    await expect(
      read({ dtype: 1, tensor_shape: { dim: [{ size: 2 ** 40 }] }, float_val: [1] }),
    ).rejects.toThrow(/cannot have 1 values/);
    await expect(read({ dtype: 1, tensor_shape: { dim: [{ size: -1 }] } })).rejects.toThrow(
      /has the shape \[-1\]/,
    );
  });

  test('damaged copies', async () => {
    const nodes = [
      constant('a/gates/kernel', values(2, 2)),
      constant('a/gates/bias', values(2)),
      node('Add', 'c', 'a', 'b'),
    ];
    const { refused } = await read_damaged_copies(graph_file(nodes));
    expect(refused).toBeGreaterThan(50);
  });
});
