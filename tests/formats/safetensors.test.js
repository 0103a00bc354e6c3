// safetensors: files written by hand, every dtype, and files that break the format's rules.
import { describe, expect, test } from '@jest/globals';
import { read_safetensors, write_safetensors } from '../../js/formats/safetensors.js';
import { InvalidArgumentError, tensor } from '../../js/index.js';

/** @param {object | string} header @param {ArrayLike<number>} [data] @param {number} [length] */
function file(header, data = [], length) {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** @param {string} dtype @param {number[]} shape @param {ArrayLike<number>} data */
const one = (dtype, shape, data) => file({ w: { dtype, shape, data_offsets: [0, data.length] } }, data);

describe('reading', () => {
  test.each([
    ['F32', [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1], 'float32', [1, -10]],
    ['F64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 'float64', [1]],
    ['F16', [0, 0x3c, 0, 0xc5, 1, 0, 0, 0x7c, 0xff, 0x7b], 'float32', [1, -5, 2 ** -24, Infinity, 65504]],
    ['BF16', [0x80, 0x3f, 0x20, 0xc1], 'float32', [1, -10]],
    ['I64', [255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0], 'int32', [-1, 2]],
    ['U64', [7, 0, 0, 0, 0, 0, 0, 0], 'int32', [7]],
    ['I32', [254, 255, 255, 255], 'int32', [-2]],
    ['U32', [1, 0, 0, 0], 'int32', [1]],
    ['I16', [0xff, 0xff, 1, 1], 'int32', [-1, 257]],
    ['U16', [0xff, 0xff], 'int32', [65535]],
    ['I8', [0xff, 1], 'int32', [-1, 1]],
    ['U8', [0xff, 1], 'int32', [255, 1]],
    ['BOOL', [1, 0, 1], 'bool', [1, 0, 1]],
  ])('%s', (dtype, data, our_dtype, values) => {
    const { tensors } = read_safetensors(one(dtype, [values.length], data));
    const tensor = tensors.get('w');
    expect([tensor?.dtype, tensor?.shape, Array.from(tensor?.data ?? [])]).toEqual([
      our_dtype,
      [values.length],
      values,
    ]);
  });
  test('NaN of 16 bits', () => {
    expect(read_safetensors(one('F16', [1], [1, 0x7e])).tensors.get('w')?.data[0]).toBeNaN();
    expect(read_safetensors(one('BF16', [1], [0xc0, 0x7f])).tensors.get('w')?.data[0]).toBeNaN();
  });
  test('scalars, empty tensors, order in the file, metadata, spaces after the header', () => {
    const header = {
      b: { dtype: 'U8', shape: [], data_offsets: [3, 4] },
      a: { dtype: 'U8', shape: [3, 1], data_offsets: [0, 3] },
      none: { dtype: 'F32', shape: [0, 4], data_offsets: [3, 3] },
      __metadata__: { format: 'pt', 'a "b': '{}' },
    };
    const { tensors, metadata } = read_safetensors(file(`${JSON.stringify(header)}   `, [1, 2, 3, 4]));
    expect([...tensors.keys()]).toEqual(['b', 'a', 'none']);
    expect([...tensors.values()].map((tensor) => tensor.array())).toEqual([4, [[1], [2], [3]], []]);
    expect(Object.fromEntries(metadata)).toEqual(header.__metadata__);
    expect(read_safetensors(file({})).tensors.size).toBe(0);
  });
  test('a view of a larger buffer, at an odd offset', () => {
    const bytes = one('F64', [1], new Uint8Array(new Float64Array([0.1]).buffer));
    const around = new Uint8Array(bytes.length + 9).fill(7);
    around.set(bytes, 3);
    const tensor = read_safetensors(around.subarray(3, 3 + bytes.length)).tensors.get('w');
    expect(tensor?.data[0]).toBe(0.1);
    around.fill(0);
    expect(tensor?.data[0]).toBe(0.1);
  });
  test('names such as __proto__', () => {
    const text =
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    const { tensors } = read_safetensors(file(text, [5, 6]));
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(/** @type {any} */ ({}).dtype).toBeUndefined();
  });
});

describe('errors', () => {
  const entry = { dtype: 'U8', shape: [2], data_offsets: [0, 2] };
  const two = [1, 2];
  /** @type {[string, Uint8Array, RegExp][]} */
  const cases = [
    ['no bytes', new Uint8Array(), /it has 0 bytes/],
    ['seven bytes', new Uint8Array(7), /it has 7 bytes/],
    ['a header longer than the file', file({ w: entry }, two, 1000), /give a header of 1000 bytes/],
    ['a header of 2^63 bytes', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 128, 1]), /give a header of/],
    ['no UTF-8', file('{x', [], 2).fill(0xff, 9), /not UTF-8/],
    ['no JSON', file('{"w":'), /not JSON/],
    ['an empty header', file(''), /does not begin with '\{'/],
    ['a list', file('[]'), /does not begin with '\{'/],
    [
      'a name twice',
      file(
        '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}, "w" :{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [1],
      ),
      /has "w" twice/,
    ],
    [
      'very many names, one of them twice',
      file(`{${Array.from({ length: 100_000 }, (_, i) => `"n${i}":{}`)},"n5":{}}`),
      /has "n5" twice/,
    ],
    ['a name twice, once escaped', file('{"w":{},"\\u0077":{}}'), /has "w" twice/],
    ['an entry that is no object', file({ w: 3 }), /the tensor "w" must be described by an object, not 3/],
    ['an unknown dtype', file({ w: { ...entry, dtype: 'F8_E4M3' } }, two), /dtype "F8_E4M3"/],
    ['a dtype that every object has', file({ w: { ...entry, dtype: 'toString' } }, two), /dtype "toString"/],
    ['a missing dtype', file({ w: { shape: [2], data_offsets: [0, 2] } }, two), /dtype undefined/],
    ['a negative size', file({ w: { ...entry, shape: [-2] } }, two), /shape \[-2\]/],
    ['a size that is no integer', file({ w: { ...entry, shape: [0.5, 4] } }, two), /shape \[0.5, 4\]/],
    ['a shape that is none', file({ w: { ...entry, shape: 2 } }, two), /shape 2/],
    [
      'sizes beyond counting',
      file({ w: { ...entry, shape: [2 ** 40, 2 ** 40] } }, two),
      /cannot take up 2 bytes/,
    ],
    [
      'sizes whose product is zero in the end',
      file({ w: { ...entry, shape: [2 ** 53 - 1, 0] } }, two),
      /cannot take up 2 bytes/,
    ],
    [
      'another shape',
      file({ w: { ...entry, shape: [3] } }, two),
      /shape \[3\] and dtype U8 cannot take up 2 bytes/,
    ],
    ['another dtype', file({ w: { ...entry, dtype: 'F32' } }, two), /cannot take up 2 bytes/],
    ['no offsets', file({ w: { dtype: 'U8', shape: [2] } }, two), /data_offsets undefined/],
    [
      'offsets backwards',
      file({ w: { ...entry, data_offsets: [2, 0] } }, two),
      /data_offsets 2 to 0, but there are 2 bytes/,
    ],
    ['offsets below zero', file({ w: { ...entry, data_offsets: [-2, 0] } }, two), /data_offsets/],
    [
      'offsets past the end',
      file({ w: { ...entry, data_offsets: [1, 3] } }, two),
      /data_offsets 1 to 3, but there are 2 bytes/,
    ],
    ['offsets that are no integers', file({ w: { ...entry, data_offsets: [0, 1.5] } }, two), /data_offsets/],
    [
      'tensors over one another',
      file({ a: entry, b: { ...entry, data_offsets: [1, 3] } }, [1, 2, 3]),
      /"b" begins at byte 1 of the data, where 2 was expected/,
    ],
    ['the same bytes twice', file({ a: entry, b: entry }, two), /"b" begins at byte 0/],
    [
      'a hole',
      file({ a: entry, b: { ...entry, data_offsets: [3, 5] } }, [1, 2, 3, 4, 5]),
      /"b" begins at byte 3/,
    ],
    ['bytes that belong to nothing', file({ w: entry }, [1, 2, 3]), /take up 2 of 3 bytes/],
    ['a truncated file', file({ w: entry }, [1]), /data_offsets 0 to 2, but there are 1 bytes/],
    ['metadata that are no object', file({ __metadata__: 'x' }), /__metadata__ must be an object, not "x"/],
    [
      'metadata that are no strings',
      file({ __metadata__: { a: 1 } }),
      /__metadata__ must hold strings, but "a" is 1/,
    ],
    [
      'an integer beyond int32',
      one('I64', [1], [0, 0, 0, 0, 1, 0, 0, 0]),
      /the tensor "w" holds 4294967296, which does not fit int32/,
    ],
    ['an integer beyond int32', one('U32', [1], [255, 255, 255, 255]), /holds 4294967295/],
    ['a boolean of 2', one('BOOL', [1], [2]), /holds 2, which does not fit bool/],
  ];
  test.each(cases)('%s', (_, bytes, message) => {
    expect(() => read_safetensors(bytes)).toThrow(InvalidArgumentError);
    expect(() => read_safetensors(bytes)).toThrow(message);
  });
  test('every truncation of a file', () => {
    const bytes = write_safetensors(new Map([['w', tensor([1, 2, 3])]]), { a: 'b' });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => read_safetensors(bytes.subarray(0, length))).toThrow(InvalidArgumentError);
    }
  });
});

test('writing: the same tensors are read back, and the data begin at a multiple of eight', () => {
  const tensors = new Map([
    [
      'ü/kernel',
      tensor(
        [
          [1.5, -2],
          [Number.NaN, -0],
        ],
        null,
        'float32',
      ),
    ],
    ['d', tensor([0.1, Number.NEGATIVE_INFINITY], null, 'float64')],
    ['i', tensor([-7, 2 ** 31 - 1], null, 'int32')],
    ['b', tensor([[true], [false]])],
    ['7', tensor(3)],
    ['__proto__', tensor([4])],
  ]);
  const bytes = write_safetensors(tensors, { note: 'ja' });
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  const { tensors: again, metadata } = read_safetensors(bytes);
  expect([...again.keys()].sort()).toEqual([...tensors.keys()].sort());
  for (const [name, value] of tensors) expect(again.get(name)).toEqual(value);
  expect(Object.fromEntries(metadata)).toEqual({ note: 'ja' });
  expect(() => write_safetensors(new Map([['__metadata__', tensor(1)]]))).toThrow(InvalidArgumentError);
});
