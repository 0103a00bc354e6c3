// read_weights and write_weights: every layout of a GRU, made into a cell or layer that computes the same; what is not a GRU;
// errors.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { write_safetensors } from '../../js/formats/safetensors.js';
import { load_model, read_weights, write_weights } from '../../js/formats.js';
import {
  dynamic_rnn,
  GRUCell,
  InvalidArgumentError,
  MultiRNNCell,
  memory,
  NotFoundError,
  ResidualWrapper,
  reset_default_graph,
  tensor,
  ValueError,
} from '../../js/index.js';
import { Bidirectional, CuDNNGRU, Dense, GRU, RNN, Sequential } from '../../js/keras.js';
import { BUILTIN_CLASSES } from '../../js/models/builtin_classes.js';
import { find_tf1_cells } from '../../js/models/converters/tf1_cell.js';
import { create_gru } from '../../js/models/create_gru.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { relative_difference } from '../reference/differences.js';

beforeAll(ready);

/** @typedef {'float32' | 'float64'} FloatDtype */

const [BATCH, STEPS, INPUTS, UNITS] = [2, 4, 3, 5];

/** @param {readonly number[]} shape @param {FloatDtype} [dtype] @param {number} [seed] */
const random = (shape, dtype = 'float32', seed = 1) =>
  tensor(
    numbers(
      shape.reduce((size, one) => size * one, 1),
      generator(seed),
    ),
    shape,
    dtype,
  );

/** Weights that differ in every place. @param {any} object @param {number} [seed] */
function fill(object, seed = 7) {
  object.set_weights(
    object.weights.map((/** @type {any} */ { shape, dtype }, /** @type {number} */ i) =>
      random(shape, dtype, seed + i),
    ),
  );
  return object;
}

/** @param {any} cell @param {FloatDtype} [dtype] */
const run_cell = (cell, dtype = 'float32') =>
  cell.call(random([BATCH, INPUTS], dtype), random([BATCH, UNITS], dtype, 2))[0];

describe.each(/** @type {FloatDtype[]} */ (['float32', 'float64']))('%s', (dtype) => {
  test('a TF1 cell', async () => {
    const cell = fill(new GRUCell(UNITS, { name: 'a', dtype }).build([null, INPUTS]));
    const { format, tensors, metadata, grus } = await read_weights(await write_weights(cell));
    expect([format, metadata]).toEqual(['safetensors', null]);
    expect([...tensors.keys()]).toEqual(
      ['gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias'].map((name) => `a/${name}`),
    );
    const { create, ...facts } = grus[0];
    expect(facts).toEqual({
      name: 'a',
      input_size: INPUTS,
      units: UNITS,
      layers: 1,
      bidirectional: false,
      reset_after: false,
      place: null,
    });
    const again = create();
    expect(again).toBeInstanceOf(GRUCell);
    expect(again.dtype).toBe(dtype);
    expect(run_cell(again, dtype)).toEqual(run_cell(cell, dtype));
    // A second one of the same weights, with another activation.
    const relu = new GRUCell(UNITS, { dtype, activation: 'relu' }).build([null, INPUTS]);
    relu.set_weights(cell.get_weights());
    expect(run_cell(create({ activation: 'relu' }), dtype)).toEqual(run_cell(relu, dtype));
    reset_default_graph();
  });

  test.each(
    /** @type {[string, (options: any) => any, boolean | null, any][]} */ ([
      ['GRU', (options) => new GRU(UNITS, options), true, {}],
      ['GRU, reset before', (options) => new GRU(UNITS, { ...options, reset_after: false }), false, {}],
      [
        'GRU without bias',
        (options) => new GRU(UNITS, { ...options, use_bias: false, reset_after: false }),
        null,
        { reset_after: false },
      ],
      ['CuDNNGRU', (options) => new CuDNNGRU(UNITS, options), true, {}],
    ]),
  )('%s', async (_, make, reset_after, create_options) => {
    const options = { dtype, name: 'g', return_sequences: true };
    const layer = make(options);
    const x = random([BATCH, STEPS, INPUTS], dtype);
    layer.build([null, null, INPUTS]);
    fill(layer);
    const { grus } = await read_weights(await write_weights(layer));
    expect(grus).toHaveLength(1);
    expect(grus[0]).toMatchObject({ input_size: INPUTS, units: UNITS, bidirectional: false, reset_after });
    const again = grus[0].create({ return_sequences: true, return_state: true, ...create_options });
    expect(again).toBeInstanceOf(GRU);
    const [outputs, state] = again.call(x);
    expect(outputs).toEqual(layer.call(x));
    expect(state.shape).toEqual([BATCH, UNITS]);
    expect(grus[0].create(create_options).call(x)).toEqual(state);
  });

  test('Bidirectional', async () => {
    const layer = new Bidirectional(new GRU(UNITS, { dtype, name: 'g', return_sequences: true }));
    layer.build([null, null, INPUTS]);
    fill(layer);
    const { grus } = await read_weights(await write_weights(layer));
    expect(grus).toHaveLength(1);
    expect(grus[0]).toMatchObject({ name: 'g', layers: 1, bidirectional: true, reset_after: true });
    const x = random([BATCH, STEPS, INPUTS], dtype);
    expect(grus[0].create({ return_sequences: true }).call(x)).toEqual(layer.call(x));
  });
});

test("TF1's layout in neutral form: a Keras layer of it computes what the cell does", () => {
  const cell = fill(new GRUCell(UNITS, { name: 'a' }).build([null, INPUTS]));
  const tensors = new Map(cell.weights.map((/** @type {any} */ { name, value }) => [name, value]));
  const [gru] = find_tf1_cells({ tensors, metadata: null });
  const layer = create_gru({ ...gru, kind: 'layer' }, BUILTIN_CLASSES, { return_sequences: true });
  const x = random([BATCH, STEPS, INPUTS]);
  const [outputs] = dynamic_rnn(cell, x);
  expect(relative_difference(layer.call(x).data, outputs.data)).toBeLessThan(1e-6);
  reset_default_graph();
});

test('several layers are a Sequential', () => {
  const weights = (/** @type {number} */ inputs, /** @type {number} */ seed) => ({
    kernel: random([inputs, 3 * UNITS], 'float32', seed),
    recurrent_kernel: random([UNITS, 3 * UNITS], 'float32', seed + 1),
    bias: random([2, 3 * UNITS], 'float32', seed + 2),
  });
  const all = [weights(INPUTS, 1), weights(INPUTS, 4), weights(2 * UNITS, 7), weights(2 * UNITS, 10)];
  const model = create_gru(
    {
      name: 'rnn',
      kind: 'layer',
      reset_gate: 'after',
      input_size: INPUTS,
      units: UNITS,
      options: {},
      layers: [
        { forward: all[0], backward: all[1] },
        { forward: all[2], backward: all[3] },
      ],
    },
    BUILTIN_CLASSES,
  );
  expect(model).toBeInstanceOf(Sequential);
  const x = random([BATCH, STEPS, INPUTS]);
  const by_hand = all.map(({ kernel, recurrent_kernel, bias }, i) => {
    const gru = new GRU(UNITS, { go_backwards: i % 2 === 1, return_sequences: i < 2 });
    gru.build([null, null, kernel.shape[0]]);
    gru.set_weights([kernel, recurrent_kernel, bias]);
    return gru;
  });
  const first = [by_hand[0].call(x), by_hand[1].call(x)].map((y) => y.array());
  const joined = first[0].map((/** @type {number[][]} */ row, /** @type {number} */ b) =>
    row.map((step, t) => [...step, ...first[1][b][STEPS - 1 - t]]),
  );
  const last = [by_hand[2].call(joined), by_hand[3].call(joined)].map((y) => y.array());
  expect(model.call(x).array()).toEqual(
    last[0].map((/** @type {number[]} */ row, /** @type {number} */ b) => [...row, ...last[1][b]]),
  );
  model.dispose();
});

describe("a model's file", () => {
  test('GRUs have the activations, the form and the merge mode of its configuration', async () => {
    const model = new Sequential([
      new GRU(UNITS, { activation: 'relu', recurrent_activation: 'hard_sigmoid', return_sequences: true }),
      new GRU(UNITS, { use_bias: false, reset_after: false, return_sequences: true }),
      new Bidirectional(new GRU(UNITS, { activation: 'softsign', return_sequences: true }), {
        merge_mode: 'sum',
      }),
      new RNN(
        new MultiRNNCell([
          new GRUCell(UNITS),
          new ResidualWrapper(new GRUCell(UNITS, { activation: 'softsign' })),
        ]),
        { return_sequences: true },
      ),
      new RNN(new GRUCell(UNITS, { activation: 'relu' }), { return_sequences: true }),
    ]);
    model.build([null, null, INPUTS]);
    fill(model);
    const bytes = await model.save({ metadata: { note: 'x' } });
    const { format, metadata, grus } = await read_weights(bytes);
    expect([format, metadata]).toEqual(['gru-wasm model', { note: 'x' }]);
    expect(grus.map(({ units, bidirectional, reset_after }) => [units, bidirectional, reset_after])).toEqual([
      [UNITS, false, false],
      [UNITS, false, false],
      [UNITS, false, false],
      [UNITS, false, true],
      [UNITS, false, false],
      [UNITS, true, true],
    ]);
    const by_name = (/** @type {string} */ part) =>
      /** @type {any} */ (grus.find(({ name }) => name.includes(part)));
    const [first, second, both, stack, last] = model.layers;
    let x = random([BATCH, STEPS, INPUTS]);
    for (const layer of [first, second, both]) {
      const name = layer === both ? 'gru_' : `${layer.name}/`;
      const gru = layer === both ? grus.at(-1) : by_name(name);
      const expected = layer.call(x);
      expect(/** @type {any} */ (gru).create({ return_sequences: true }).call(x)).toEqual(expected);
      x = /** @type {any} */ (expected);
    }
    const cells = ['cell_0', 'cell_1', `${last.name}/gru_cell`].map((part) => by_name(part).create());
    const wrapped = new RNN(new MultiRNNCell([cells[0], new ResidualWrapper(cells[1])]), {
      return_sequences: true,
    });
    expect(wrapped.call(x)).toEqual(stack.call(x));
    const alone = new RNN(cells[2], { return_sequences: true });
    expect(alone.call(x)).toEqual(last.call(x));
    model.dispose();
    reset_default_graph();
  });
});

describe('what is not a GRU', () => {
  /** @param {{ [name: string]: readonly number[] }} shapes @param {any} [dtype] */
  const grus_of = async (shapes, dtype = 'float32') => {
    const entries = Object.entries(shapes).map(([name, shape]) => [name, random(shape, dtype)]);
    return (await read_weights(await write_weights(Object.fromEntries(entries)))).grus;
  };
  test.each([
    ['an LSTM', { 'l/kernel': [3, 20], 'l/recurrent_kernel': [5, 20], 'l/bias': [20] }],
    ['a simple RNN', { 'l/kernel': [3, 5], 'l/recurrent_kernel': [5, 5], 'l/bias': [5] }],
    ['a dense layer', { 'l/kernel': [3, 15], 'l/bias': [15] }],
    ['another bias', { 'l/kernel': [3, 15], 'l/recurrent_kernel': [5, 15], 'l/bias': [3, 15] }],
    ['no candidate', { 'l/gates/kernel': [8, 10], 'l/gates/bias': [10] }],
    ['a cell without inputs', tf1_shapes(0)],
    ['a suffix without a slash', { xkernel: [3, 15], xrecurrent_kernel: [5, 15] }],
    ['no tensors', {}],
  ])('%s', async (_, shapes) => {
    expect(await grus_of(shapes)).toEqual([]);
  });
  /** @param {number} inputs @returns {{ [name: string]: number[] }} */
  function tf1_shapes(inputs) {
    return {
      'l/gates/kernel': [inputs + 5, 10],
      'l/gates/bias': [10],
      'l/candidate/kernel': [inputs + 5, 5],
      'l/candidate/bias': [5],
    };
  }
  test('integers', async () => {
    expect(await grus_of(tf1_shapes(3))).toHaveLength(1);
    expect(await grus_of(tf1_shapes(3), 'int32')).toEqual([]);
  });
  test('a forward layer whose backward one has other sizes', async () => {
    const shapes = {
      'forward_g/kernel': [3, 15],
      'forward_g/recurrent_kernel': [5, 15],
      'backward_g/kernel': [3, 12],
      'backward_g/recurrent_kernel': [4, 12],
    };
    expect((await grus_of(shapes)).map(({ name, bidirectional }) => [name, bidirectional])).toEqual([
      ['forward_g', false],
      ['backward_g', false],
    ]);
  });
});

describe('write_weights', () => {
  test('tensors by name, of every kind that serves as a tensor', async () => {
    const layer = new Dense(2);
    layer.build([null, 1]);
    const named = {
      'a/b': [[1, 2]],
      typed: new Int32Array([7]),
      like: { shape: [1], data: [3] },
      w: layer.weights[1],
    };
    for (const weights of [named, new Map(Object.entries(named))]) {
      const bytes = await write_weights(/** @type {any} */ (weights), { metadata: { by: 'me' } });
      const { tensors, metadata, grus } = await read_weights(bytes);
      expect(metadata).toEqual({ by: 'me' });
      expect(grus).toEqual([]);
      expect([...tensors].map(([name, { shape, dtype, data }]) => [name, shape, dtype, [...data]])).toEqual([
        ['a/b', [1, 2], 'float32', [1, 2]],
        ['typed', [1], 'int32', [7]],
        ['like', [1], 'float32', [3]],
        ['w', [2], 'float32', [0, 0]],
      ]);
    }
    layer.dispose();
  });
  test.each(
    /** @type {[string, () => any, any, RegExp][]} */ ([
      [
        'an unknown format',
        () => write_weights({}, /** @type {any} */ ({ format: 'numpy' })),
        ValueError,
        /format must be one of 'safetensors', 'tfjs', 'npz', not "numpy"/,
      ],
      [
        'a model format',
        () => write_weights({}, /** @type {any} */ ({ format: 'gru-wasm model' })),
        ValueError,
        /one of 'safetensors'/,
      ],
      [
        'a layer that is not built',
        () => write_weights(new Dense(2)),
        ValueError,
        /has weights once it is built/,
      ],
      [
        'a list',
        () => write_weights(/** @type {any} */ ([[1]])),
        TypeError,
        /must be tensors by name, a cell/,
      ],
      ['null', () => write_weights(/** @type {any} */ (null)), TypeError, /not null/],
      [
        'a string as a tensor',
        () => write_weights(/** @type {any} */ ({ a: 'x' })),
        TypeError,
        /weights: "a" must be a tensor/,
      ],
      [
        'a name that is a number',
        () => write_weights(/** @type {any} */ (new Map([[1, [1]]]))),
        TypeError,
        /names of weights must be strings, not 1/,
      ],
      [
        'metadata of numbers',
        () => write_weights({}, /** @type {any} */ ({ metadata: { a: 1 } })),
        ValueError,
        /object of strings/,
      ],
      [
        'an unknown option',
        () => write_weights({}, /** @type {any} */ ({ meta: {} })),
        TypeError,
        /no option 'meta'/,
      ],
    ]),
  )('refuses %s', async (_, run, type, message) => {
    await expect(run()).rejects.toThrow(type);
    await expect(run()).rejects.toThrow(message);
  });
});

describe('read_weights refuses', () => {
  test('bytes of no known format, and says why each does not fit', async () => {
    for (const read of [read_weights, load_model]) {
      await expect(read(new Uint8Array(4))).rejects.toThrow(InvalidArgumentError);
      await expect(read(new Uint8Array(4))).rejects.toThrow(
        /source is in none of the known formats \(gru-wasm model: it has 4 bytes.*; safetensors: it has 4 bytes/,
      );
    }
    const zip = new Uint8Array(100);
    zip.set([0x50, 0x4b, 3, 4]);
    await expect(read_weights(zip)).rejects.toThrow(
      /its first 8 bytes give a header of \d+ bytes, but 92 bytes follow/,
    );
  });
  test.each([
    ['', 'it is empty'],
    ['<!DOCTYPE html><html>', 'it is a page of HTML, which a server may send'],
    ['\n<html lang="en">', 'it is a page of HTML'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00', 'it is a pointer of Git LFS'],
    ['PK\x03\x04\x14', 'it begins like a zip archive, but its end is missing'],
    ['\x1f\x8b\x08', 'it is compressed with gzip: unpack it first'],
    ['\x1c\x00\x00\x00TFL3', 'it is a model of TensorFlow Lite'],
    ['\x89PNG\r\n\x1a\n', 'it is a picture'],
  ])('what is something else, and says what: %j', async (start, kind) => {
    const bytes = Uint8Array.from(start, (character) => character.charCodeAt(0));
    for (const read of [read_weights, load_model])
      await expect(read(bytes)).rejects.toThrow(`source is in none of the known formats: ${kind}`);
    await expect(read_weights({ 'a.bin': Uint8Array.of(65), 'b.bin': bytes })).rejects.toThrow(
      kind.replace(/^it/, 'b.bin'),
    );
  });
  test('a whole zip of other files, and does not call it cut off', async () => {
    const zip = zipSync({ 'word/document.xml': new Uint8Array(3) });
    const { message } = await read_weights(zip).catch((error) => error);
    expect(message).toMatch(/^read_weights: source is in none of the known formats.*a zip without \.npy/);
    expect(message).not.toContain('cut off');
    await expect(read_weights(zip.subarray(0, zip.length - 1))).rejects.toThrow('it is cut off');
  });
  test('a damaged file, and says as what it was read', async () => {
    const bytes = await write_weights({ a: [1, 2] });
    await expect(read_weights(bytes.subarray(0, bytes.length - 1))).rejects.toThrow(
      /read_weights: source, read as safetensors: not a valid safetensors file: /,
    );
  });
  test('a file that does not exist', async () => {
    await expect(read_weights('/nowhere/a.safetensors')).rejects.toThrow(NotFoundError);
  });
});

describe('create: errors, and no memory left on the heap', () => {
  const shapes = { kernel: [3, 15], recurrent_kernel: [5, 15] };
  const read = async (/** @type {any} */ more = {}) => {
    const entries = Object.entries({ ...shapes, ...more }).map(([name, shape]) => [
      `g/${name}`,
      random(shape),
    ]);
    const bytes = write_safetensors(new Map(/** @type {any} */ (entries)));
    return (await read_weights(bytes)).grus[0];
  };
  test.each(
    /** @type {[any, any, any, RegExp][]} */ ([
      [{}, {}, ValueError, /create g: reset_after must be given/],
      [
        { bias: [15] },
        { reset_after: true },
        ValueError,
        /reset_after must be false, as in the file, not true/,
      ],
      [{ bias: [15] }, { activation: 'none such' }, ValueError, /none such/],
      [{ bias: [15] }, { units: 3 }, TypeError, /create g has no option 'units'/],
    ]),
  )('%p %p', async (more, options, type, message) => {
    const gru = await read(more);
    const before = memory();
    expect(() => gru.create(options)).toThrow(type);
    expect(() => gru.create(options)).toThrow(message);
    expect(memory()).toEqual(before);
  });
});
