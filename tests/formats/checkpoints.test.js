// TensorFlow's checkpoints and SavedModels: the cells in them compute what TF1's equations say in float64.
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
import { ready } from '../helpers/ready.js';
import { checkpoint_files, checkpoint_v1_file, encode } from '../helpers/tensorflow_files.js';
import { CELL, expect_tf1_step, INPUTS, UNITS, under, values } from '../helpers/tf1_weights.js';

beforeAll(ready);

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

  describe('of the first version, one file', () => {
    test('a cell, and partitioned variables', async () => {
      const variables = new Map(
        [...under('RNN/GRUCell')].map(([name, value], i) => [
          name,
          i ? value : { ...value, rows_of_parts: [3, 4] },
        ]),
      );
      const { format, grus, warnings } = await read_weights(checkpoint_v1_file(variables));
      expect([format, warnings]).toEqual(['TensorFlow checkpoint', []]);
      expect(grus.map(({ name }) => name)).toEqual(['RNN/GRUCell']);
      expect_tf1_step(grus[0].create());
    });

    test('parts that lack values', async () => {
      const short = { ...values(7, 3), rows_of_parts: [3, 2] };
      await expect(read_weights(checkpoint_v1_file(new Map([['a', short]])))).rejects.toThrow(
        'the parts of the variable "a" do not make its shape [7, 3]',
      );
      const empty = { shape: [3, 2], data: [1, 2, 3] };
      await expect(read_weights(checkpoint_v1_file(new Map([['a', empty]])))).rejects.toThrow(
        'the variable "a" has a part of shape [3, 2] with 3 values',
      );
    });

    test('damaged copies', async () => {
      const variables = new Map([
        ['a', { ...values(4, 2), rows_of_parts: [3, 1] }],
        ['b', values(3)],
      ]);
      const { refused } = await read_damaged_copies(checkpoint_v1_file(variables));
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
