// model.json of TensorFlow.js: shards, every type of numbers, quantization; what breaks its rules.
import { describe, expect, test } from '@jest/globals';
import { read_weights } from '../../js/formats.js';
import { InvalidArgumentError, NotFoundError } from '../../js/runtime/errors.js';

/** @param {any} value */
const json = (value) => new TextEncoder().encode(JSON.stringify(value));

/**
 * @param {any[]} weights
 * @param {{ [path: string]: ArrayBufferView }} shards
 * @param {any} [more]
 */
const files = (weights, shards, more = {}) => ({
  'model.json': json({ ...more, weightsManifest: [{ paths: Object.keys(shards), weights }] }),
  ...shards,
});

/** @param {any} source */
async function tensors_of(source) {
  const { format, tensors } = await read_weights(source);
  expect(format).toBe('tfjs');
  return Object.fromEntries(
    [...tensors].map(([name, { shape, dtype, data }]) => [name, [shape, dtype, [...data]]]),
  );
}

test('weights over several files, and groups of them', async () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const source = {
    'model.json': json({
      format: 'graph-model',
      weightsManifest: [
        {
          paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
          weights: [
            { name: 'a', shape: [2, 2], dtype: 'float32' },
            { name: 'b', shape: [], dtype: 'float32' },
          ],
        },
        { paths: ['other.bin'], weights: [{ name: 'c', shape: [1], dtype: 'float32' }] },
        { paths: [], weights: [{ name: 'd', shape: [0, 3], dtype: 'float32' }] },
      ],
    }),
    'group1-shard1of2.bin': bytes.slice(0, 7),
    'group1-shard2of2.bin': bytes.slice(7, 20),
    'other.bin': bytes.slice(20),
  };
  expect(await tensors_of(source)).toEqual({
    a: [[2, 2], 'float32', [1, 2, 3, 4]],
    b: [[], 'float32', [5]],
    c: [[1], 'float32', [6]],
    d: [[0, 3], 'float32', []],
  });
  expect((await read_weights(source)).metadata).toEqual({ format: 'graph-model' });
});

test.each(
  /** @type {[string, any, ArrayBufferView, string, number[]][]} */ ([
    ['float32', { dtype: 'float32' }, Float32Array.of(1.5, -2), 'float32', [1.5, -2]],
    ['float16', { dtype: 'float16' }, Uint16Array.of(0x3e00, 0xc000), 'float32', [1.5, -2]],
    ['int32', { dtype: 'int32' }, Int32Array.of(-7, 2 ** 31 - 1), 'int32', [-7, 2 ** 31 - 1]],
    ['uint8', { dtype: 'uint8' }, Uint8Array.of(7, 255), 'int32', [7, 255]],
    ['bool', { dtype: 'bool' }, Uint8Array.of(0, 1), 'bool', [0, 1]],
    [
      'uint8 with a scale',
      { dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -3 } },
      Uint8Array.of(0, 255),
      'float32',
      [-3, 124.5],
    ],
    [
      'uint16 with a scale',
      { dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.25, min: 1, original_dtype: 'float32' } },
      Uint16Array.of(3, 65535),
      'float32',
      [1.75, 16384.75],
    ],
    [
      'int32 as uint8',
      { dtype: 'int32', quantization: { dtype: 'uint8', scale: 0.4, min: -1 } },
      Uint8Array.of(0, 5),
      'int32',
      [-1, 1],
    ],
    [
      'float16 in place of float32',
      { dtype: 'float32', quantization: { dtype: 'float16' } },
      Uint16Array.of(0x3e00, 0xc000),
      'float32',
      [1.5, -2],
    ],
  ]),
)('%s', async (_, weight, data, dtype, values) => {
  const bytes = new Uint8Array(data.buffer);
  expect(await tensors_of(files([{ name: 'w', shape: [2], ...weight }], { 'w.bin': bytes }))).toEqual({
    w: [[2], dtype, values],
  });
});

describe('refused', () => {
  const weight = { name: 'w', shape: [2], dtype: 'float32' };
  const bytes = new Uint8Array(8);
  const quantized = (/** @type {any} */ quantization, dtype = 'float32') => [
    { ...weight, dtype, quantization },
  ];
  test.each(
    /** @type {[string, any, RegExp][]} */ ([
      [
        'text',
        files([{ ...weight, dtype: 'string' }], { 'w.bin': bytes }),
        /the weight "w" has the dtype "string", which is not read/,
      ],
      [
        'complex numbers',
        files([{ ...weight, dtype: 'complex64' }], { 'w.bin': bytes }),
        /the weight "w" has the dtype "complex64"/,
      ],
      [
        'a name that is none',
        files([{ ...weight, name: 3 }], { 'w.bin': bytes }),
        /name of a weight must be a string, not 3/,
      ],
      ['the same name twice', files([weight, weight], { 'w.bin': bytes }), /lists the weight "w" twice/],
      [
        'a shape of fractions',
        files([{ ...weight, shape: [1.5] }], { 'w.bin': bytes }),
        /the shape of the weight "w"/,
      ],
      [
        'a shape below zero',
        files([{ ...weight, shape: [-1] }], { 'w.bin': bytes }),
        /the shape of the weight "w"/,
      ],
      [
        'a shape of many dimensions',
        files([{ ...weight, shape: Array(65).fill(1) }], { 'w.bin': bytes }),
        /the shape of the weight "w"/,
      ],
      [
        'more values than there are numbers',
        files([{ ...weight, shape: [2 ** 30, 2 ** 30] }], { 'w.bin': bytes }),
        /is too large/,
      ],
      [
        'more values than bytes',
        files([{ ...weight, shape: [2 ** 40] }], { 'w.bin': bytes }),
        /take 4398046511104 bytes, but "w.bin" has 8/,
      ],
      [
        'fewer values than bytes',
        files([{ ...weight, shape: [1] }], { 'w.bin': bytes }),
        /take 4 bytes, but "w.bin" has more/,
      ],
      [
        'an unknown quantization',
        files(quantized({ dtype: 'int4' }), { 'w.bin': bytes }),
        /the dtype "int4"/,
      ],
      [
        'a quantization of booleans',
        files(quantized({ dtype: 'uint8', scale: 1, min: 0 }, 'bool'), { 'w.bin': bytes.slice(6) }),
        /the quantization of the weight "w"/,
      ],
      [
        'a scale that is none',
        files(quantized({ dtype: 'uint8', scale: 'x', min: 0 }), { 'w.bin': bytes.slice(6) }),
        /the quantization of the weight "w"/,
      ],
      [
        'a manifest that is no list',
        { 'model.json': json({ weightsManifest: {} }) },
        /weightsManifest must be a list/,
      ],
      [
        'a group without paths',
        { 'model.json': json({ weightsManifest: [{ weights: [] }] }) },
        /must have lists of paths and weights/,
      ],
      ['no JSON', { 'model.json': new TextEncoder().encode('{"weightsManifest"') }, /model.json is not JSON/],
      [
        'no UTF-8',
        { 'model.json': Uint8Array.of(...json({ weightsManifest: [] }), 255) },
        /not text in UTF-8/,
      ],
      [
        'a model in no known format',
        { 'model.json': json({ modelTopology: {} }) },
        /does not hold "weightsManifest"/,
      ],
    ]),
  )('%s', async (_, source, message) => {
    await expect(read_weights(source)).rejects.toThrow(InvalidArgumentError);
    await expect(read_weights(source)).rejects.toThrow(message);
  });

  test('a shard that is missing', async () => {
    const { 'model.json': model } = files([weight], { 'w.bin': bytes });
    await expect(read_weights({ 'model.json': model })).rejects.toThrow(NotFoundError);
    await expect(read_weights({ 'model.json': model })).rejects.toThrow(/lacks the file "w.bin"/);
    await expect(read_weights(model)).rejects.toThrow(/needs the file "w.bin" too/);
  });
});
