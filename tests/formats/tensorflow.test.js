// TensorFlow's frozen graphs and checkpoints: the cells in them compute what TF1's equations say in float64.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { slice_key } from '../../js/formats/checkpoint_slices.js';
import {
  writeBundleEntryProto,
  writeTrackableObjectGraph,
} from '../../js/formats/protobuf/tensorflow_messages.js';
import { masked_crc32c } from '../../js/formats/tf1_checkpoint.js';
import { read_weights } from '../../js/formats.js';
import { NotFoundError } from '../../js/index.js';
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

  test.each([
    [
      'TensorFlow 1.1',
      {
        'gates/kernel': 'gates/weights',
        'gates/bias': 'gates/biases',
        'candidate/kernel': 'candidate/weights',
        'candidate/bias': 'candidate/biases',
      },
    ],
    [
      'TensorFlow 0.12',
      {
        'gates/kernel': 'Gates/Linear/Matrix',
        'gates/bias': 'Gates/Linear/Bias',
        'candidate/kernel': 'Candidate/Linear/Matrix',
        'candidate/bias': 'Candidate/Linear/Bias',
      },
    ],
  ])('names of %s', async (_, names) => {
    const variables = new Map(
      Object.entries(names).map(([name, older]) => [
        `RNN/GRUCell/${older}`,
        CELL[/** @type {keyof typeof CELL} */ (name)],
      ]),
    );
    const { grus } = await read_weights(checkpoint_files(variables));
    expect(grus.map(({ name }) => name)).toEqual(['RNN/GRUCell']);
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

  test('what TensorFlow 2 has beside the weights', async () => {
    const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
    const parts = { kernel: values(2, 12), recurrent_kernel: values(4, 12), bias: values(2, 12) };
    /** @type {Map<string, import('../helpers/tensorflow_files.js').CheckpointValues>} */
    const variables = new Map();
    for (const [name, value] of Object.entries(parts)) {
      const path = `layer_with_weights-0/cell/${name}`;
      variables.set(path + suffix, value);
      for (const slot of ['m', 'v'])
        variables.set(`${path}/.OPTIMIZER_SLOT/optimizer/${slot}${suffix}`, values(...value.shape));
    }
    const counter = (/** @type {number} */ value) =>
      /** @type {const} */ ({ shape: [], data: [value], dtype: 'int64' });
    variables.set(`save_counter${suffix}`, counter(3));
    variables.set(`optimizer/iter${suffix}`, counter(120000));
    variables.set(`layer-1/_random_generator/_state_var${suffix}`, {
      shape: [3],
      data: [2 ** 60, 5, 0],
      dtype: 'int64',
    });
    const { tensors, grus, warnings } = await read_weights(
      checkpoint_files(variables, {
        strings: { _CHECKPOINTABLE_OBJECT_GRAPH: encode(writeTrackableObjectGraph, {}) },
      }),
    );
    expect(grus).toMatchObject([
      { name: 'layer_with_weights-0/cell', units: 4, input_size: 2, reset_after: true },
    ]);
    expect(
      grus[0]
        .create()
        .get_weights()
        .map(({ data }) => Array.from(data)),
    ).toEqual(Object.values(parts).map(({ data }) => data.map(Math.fround)));
    expect(tensors.get('save_counter')?.array()).toBe(3);
    expect(tensors.get('optimizer/iter')?.array()).toBe(120000);
    expect(tensors.get('layer_with_weights-0/cell/bias/.OPTIMIZER_SLOT/optimizer/m')?.shape).toEqual([2, 12]);
    expect(tensors.size).toBe(variables.size - 1);
    expect(warnings).toEqual([
      'the variable "layer-1/_random_generator/_state_var" holds 1152921504606847000, which does not fit int32, and was left out',
    ]);
  });

  test('both directions, and the reset gate before the product', async () => {
    const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
    const parts = { kernel: values(2, 12), recurrent_kernel: values(4, 12), bias: values(12) };
    const variables = new Map(
      ['forward', 'backward'].flatMap((direction) =>
        Object.entries(parts).map(([name, value]) => [
          `model/layer_with_weights-1/${direction}_layer/cell/${name}${suffix}`,
          value,
        ]),
      ),
    );
    const { grus, warnings } = await read_weights(checkpoint_files(variables));
    expect(grus).toMatchObject([
      { name: 'model/layer_with_weights-1', bidirectional: true, reset_after: false },
    ]);
    expect(warnings).toEqual([expect.stringContaining('hard_sigmoid')]);
  });

  test('several files of data, in which a file is missing, and which are damaged', async () => {
    const files = checkpoint_files(under('rnn/gru_cell'), { shards: 3 });
    expect(Object.keys(files)).toHaveLength(4);
    expect_tf1_step((await read_weights(files)).grus[0].create());
    const { 'model.ckpt.data-00001-of-00003': missing, ...others } = files;
    await expect(read_weights(others)).rejects.toThrow(/lacks the file "model.ckpt.data-00001-of-00003"/);
    await expect(
      read_weights({ ...others, 'model.ckpt.data-00001-of-00003': missing.slice(0, 5) }),
    ).rejects.toThrow(/ends after the end of its file/);
  });

  describe('partitioned variables', () => {
    const whole = () => values(7, 3);

    test('are joined', async () => {
      const variables = new Map([
        ['a', { ...whole(), rows_of_parts: [3, 2, 2] }],
        ['b', { ...values(5), rows_of_parts: [1, 4] }],
        ['c', whole()],
      ]);
      for (const shards of [1, 2]) {
        const { tensors, warnings } = await read_weights(checkpoint_files(variables, { shards }));
        expect([[...tensors.keys()], warnings]).toEqual([['a', 'b', 'c'], []]);
        for (const [name, { data, shape }] of variables) {
          expect(tensors.get(name)?.shape).toEqual(shape);
          expect(Array.from(tensors.get(name)?.data ?? [])).toEqual(data.map(Math.fround));
        }
      }
    });

    test('the weights of a cell', async () => {
      const variables = new Map(
        [...under('rnn/gru_cell')].map(([name, value]) => [
          name,
          { ...value, rows_of_parts: [2, value.shape[0] - 2] },
        ]),
      );
      expect_tf1_step((await read_weights(checkpoint_files(variables))).grus[0].create());
    });

    // TensorFlow's ordered code of signed numbers.
    test.each([
      [0, '\x80'],
      [63, '\xbf'],
      [-64, '\x40'],
      [64, '\xc0\x40'],
      [100, '\xc0\x64'],
      [8191, '\xdf\xff'],
      [8192, '\xe0\x20\x00'],
      [10000, '\xe0\x27\x10'],
    ])('the key of the start %d', (start, code) => {
      const key = slice_key('a\0b\xff', {
        extent: [
          { start, length: 1 },
          { start: 0, length: 0 },
        ],
      });
      expect(key).toBe(`\0a\0\xffb\xff\0\0\x01\x01\x02${code}\x81\x80\x7f`);
    });

    test('that do not make the whole', async () => {
      const parts_of = (/** @type {number[]} */ rows) =>
        checkpoint_files(new Map([['a', { ...whole(), rows_of_parts: rows }]]));
      await expect(read_weights(parts_of([3, 2]))).rejects.toThrow(
        'the parts of the variable "a" do not make its shape [7, 3]',
      );
      const entry = encode(writeBundleEntryProto, {
        dtype: 1,
        shape: { dim: [{ size: 2 ** 40 }] },
        slices: [{ extent: [{ start: 0, length: 2 }] }],
      });
      await expect(read_weights(checkpoint_files(new Map(), { entries: [['a', entry]] }))).rejects.toThrow(
        'it lacks a part of the variable "a"',
      );
    });

    test('damaged copies of the index', async () => {
      const { 'model.ckpt.index': index, ...data } = checkpoint_files(
        new Map([['a', { ...whole(), rows_of_parts: [3, 4] }]]),
      );
      const { refused } = await read_damaged_copies(index, {
        read: (bytes) => read_weights({ ...data, 'model.ckpt.index': bytes }),
      });
      expect(refused).toBeGreaterThan(100);
    });
  });

  test('variables that share their bytes: none of TensorFlow does', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `v${i}`);
    const bytes = new Uint8Array(400);
    const entry = encode(writeBundleEntryProto, {
      dtype: 1,
      shape: { dim: [{ size: 100 }] },
      size: 400,
      crc32c: masked_crc32c(bytes),
    });
    const files = checkpoint_files(new Map(), { entries: names.map((name) => [name, entry]) });
    await expect(read_weights({ ...files, 'model.ckpt.data-00000-of-00001': bytes })).rejects.toThrow(
      'its variables have more bytes than its files',
    );
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
    const entry = encode(writeBundleEntryProto, {
      dtype: 1,
      shape: { dim: [{ size: 2 ** 40 }] },
      size: 4,
      crc32c: masked_crc32c(new Uint8Array(4)),
    });
    const zero = new Map([['b', { shape: [1], data: [0] }]]);
    await expect(read_weights(checkpoint_files(zero, { entries: [['a', entry]] }))).rejects.toThrow(
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

describe('SavedModels', () => {
  const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
  const parts = { kernel: values(2, 12), recurrent_kernel: values(4, 12), bias: values(2, 12) };
  // The weights of cells are further from the model than its list of all variables, whose paths are then their keys.
  const keys = ['forward_gru', 'backward_gru'].flatMap((layer, place) =>
    Object.entries(parts).map(([name, value], i) => ({
      full_name: `bidirectional/${layer}/gru_cell_${place + 1}/${name}`,
      checkpoint_key: `variables/${3 * place + i}${suffix}`,
      value,
    })),
  );
  const dense = {
    full_name: 'dense/kernel',
    checkpoint_key: `layer_with_weights-1/kernel${suffix}`,
    value: values(8, 2),
  };
  const all = [...keys, dense];
  const graph = encode(writeTrackableObjectGraph, {
    nodes: all.map(({ full_name, checkpoint_key }) => ({
      attributes: [{ name: 'VARIABLE_VALUE', full_name, checkpoint_key }],
    })),
  });
  const variables = checkpoint_files(
    new Map(all.map(({ checkpoint_key, value }) => [checkpoint_key, value])),
    {
      prefix: 'variables/variables',
      strings: { _CHECKPOINTABLE_OBJECT_GRAPH: graph },
    },
  );
  // A SavedModel is { saved_model_schema_version = 1, meta_graphs = 2 }; keras_metadata.pb a list of objects.
  const saved_model = Uint8Array.from([0x08, 1, 0x12, 4, 0x0a, 2, 0x12, 0]);
  const keras_metadata = Uint8Array.from([0x0a, 2, 0x08, 1]);

  /** @param {any} files @param {string} format */
  async function expect_variables(files, format) {
    const result = await read_weights(files);
    expect([result.format, result.warnings]).toEqual([format, []]);
    expect(result.grus).toMatchObject([
      { name: 'bidirectional', units: 4, input_size: 2, bidirectional: true },
    ]);
    expect([...result.tensors.keys()].sort()).toEqual(
      [...keys.map(({ full_name }) => full_name), 'layer_with_weights-1/kernel'].sort(),
    );
  }

  test('the whole folder', async () => {
    const files = { 'saved_model.pb': saved_model, 'keras_metadata.pb': keras_metadata, ...variables };
    await expect_variables(files, 'TensorFlow SavedModel');
    const flat = Object.entries(files).map(([name, bytes]) => new File([bytes], name.replace(/^.*\//, '')));
    await expect_variables(flat, 'TensorFlow SavedModel');
  });

  test('its variables alone', async () => {
    await expect_variables(variables, 'TensorFlow checkpoint');
    await expect_variables({ ...variables, 'keras_metadata.pb': keras_metadata }, 'TensorFlow checkpoint');
  });

  test('by the path of saved_model.pb', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gru-saved-model-'));
    mkdirSync(join(folder, 'variables'));
    writeFileSync(join(folder, 'saved_model.pb'), saved_model);
    for (const [name, bytes] of Object.entries(variables)) writeFileSync(join(folder, name), bytes);
    await expect_variables(join(folder, 'saved_model.pb'), 'TensorFlow SavedModel');
    rmSync(folder, { recursive: true });
  });

  test('saved_model.pb alone: which files are needed', async () => {
    await expect(read_weights(saved_model)).rejects.toThrow(NotFoundError);
    await expect(read_weights(saved_model)).rejects.toThrow(
      /is the graph of a SavedModel, which has no weights: pass its files variables\/variables.index and variables\/variables.data-00000-of-00001 too/,
    );
  });

  test('lists of variables without names', async () => {
    const files = checkpoint_files(
      new Map(keys.slice(0, 3).map(({ checkpoint_key, value }) => [checkpoint_key, value])),
    );
    const { grus, warnings } = await read_weights(files);
    expect(grus).toMatchObject([
      { name: 'variables/0', units: 4, input_size: 2, reset_after: true, bidirectional: false },
    ]);
    expect(warnings).toEqual([
      'the GRU "variables/0" is known by the shapes of its weights alone: the file says neither its direction nor its activations',
    ]);
  });

  test('damaged copies of the graph of objects', async () => {
    const { refused, read } = await read_damaged_copies(graph, {
      read: (bytes) =>
        read_weights(
          checkpoint_files(new Map([['a', values(2)]]), { strings: { _CHECKPOINTABLE_OBJECT_GRAPH: bytes } }),
        ),
    });
    expect(Math.min(refused, read)).toBeGreaterThan(20);
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
    // Such as the limits of slices.
    expect(await read({ dtype: 9, tensor_shape: shape, int64_val: [2 ** 53] })).toBeUndefined();
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
