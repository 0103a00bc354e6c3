// HDF5 files of every form that the HDF5 library writes for models, and damaged ones.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { read_hdf5 } from '../../js/formats/hdf5.js';
import { InvalidArgumentError } from '../../js/runtime/errors.js';
import { add_dataset, hdf5_file } from '../helpers/hdf5_files.js';
import { check_property, processor_time } from '../helpers/properties.js';

const VERSIONS = [
  { libver: 'earliest', track_order: false },
  { libver: 'earliest', track_order: true },
  { libver: 'v108', track_order: false },
  { libver: 'v114', track_order: false },
  { libver: 'latest', track_order: false },
  { libver: 'latest', track_order: true },
];

/** @param {number} count */
const ramp = (count) => Float32Array.from({ length: count }, (_, i) => Math.fround(0.37 * i - 1.3));

describe.each(VERSIONS)('a file for $libver, track_order $track_order', (options) => {
  test('nested groups, datasets and attributes', () => {
    const bytes = hdf5_file((file) => {
      file.create_attribute('keras_version', '2.1.4');
      file.create_attribute('layer_names', ['gru_1', 'größe', 'x']);
      file.create_attribute('count', 7);
      add_dataset(file, 'gru_1/gru_1/kernel:0', ramp(12), [2, 6], options);
      add_dataset(file, 'gru_1/gru_1/bias:0', ramp(6), [6], options);
      file.get('gru_1').create_attribute('weight_names', ['gru_1/kernel:0', 'gru_1/bias:0']);
    }, options);
    const { tensors, groups, warnings } = read_hdf5(bytes);
    expect(Object.fromEntries(tensors)).toEqual({
      'gru_1/gru_1/bias:0': { shape: [6], dtype: 'float32', data: ramp(6) },
      'gru_1/gru_1/kernel:0': { shape: [2, 6], dtype: 'float32', data: ramp(12) },
    });
    expect(Object.fromEntries(groups.get('') ?? [])).toEqual({
      keras_version: '2.1.4',
      layer_names: ['gru_1', 'größe', 'x'],
      count: 7,
    });
    expect(groups.get('gru_1')?.get('weight_names')).toEqual(['gru_1/kernel:0', 'gru_1/bias:0']);
    expect(warnings).toEqual([]);
  });

  test.each([1, 9, 100, 1200])('%i datasets in a group, and as many attributes up to 300', (count) => {
    const names = Array.from({ length: count }, (_, i) => `number_${i}`);
    const some = names.slice(0, 300);
    const bytes = hdf5_file((file) => {
      const group = file.create_group('group', options.track_order);
      names.forEach((name, i) => {
        add_dataset(group, name, [i], [1], { dtype: '<i' });
      });
      for (const name of some) group.create_attribute(name, `of ${name}`);
    }, options);
    const { tensors, groups } = read_hdf5(bytes);
    expect([...tensors.keys()].sort()).toEqual(names.map((name) => `group/${name}`).sort());
    names.forEach((name, i) => {
      expect(tensors.get(`group/${name}`)?.data).toEqual(Int32Array.of(i));
    });
    expect([...(groups.get('group') ?? [])].sort()).toEqual(some.map((name) => [name, `of ${name}`]).sort());
  });

  test('texts of any length', () => {
    const long = 'x'.repeat(200_000);
    const list = ['', 'short', 'é'.repeat(5000)];
    const bytes = hdf5_file((file) => {
      file.create_attribute('long', long, null, 'S');
      file.create_attribute('list', list, null, 'S');
      if (options.libver !== 'earliest') file.create_attribute('fixed', long);
    }, options);
    const attributes = read_hdf5(bytes).groups.get('');
    expect(attributes?.get('long')).toBe(long);
    expect(attributes?.get('list')).toEqual(list);
    // Older versions of the format have no attributes of a fixed size of more than 64 KB.
    if (options.libver !== 'earliest') expect(attributes?.get('fixed')).toBe(long);
  });

  test.each([
    ['<f', 'float32', [1.5, -2, 2 ** 100]],
    ['<d', 'float64', [1.1, -2e300, 0]],
    ['<b', 'int32', [-128, 127, 0]],
    ['<B', 'int32', [255, 1, 0]],
    ['<h', 'int32', [-32768, 5, 0]],
    ['<H', 'int32', [65535, 5, 0]],
    ['<i', 'int32', [-(2 ** 31), 5, 0]],
    ['<I', 'int32', [2 ** 31 - 1, 5, 0]],
    ['<q', 'int32', [-(2 ** 31), 5, 0]],
    ['<Q', 'int32', [2 ** 31 - 1, 5, 0]],
  ])('a dataset of %s', (dtype, expected_dtype, values) => {
    const { tensors } = read_hdf5(
      hdf5_file((file) => add_dataset(file, 'x', values, [3], { dtype }), options),
    );
    const tensor = tensors.get('x');
    expect(tensor?.dtype).toBe(expected_dtype);
    expect(Array.from(tensor?.data ?? [])).toEqual(values);
  });

  test.each([
    ['gzip', { compression: 'gzip', compression_opts: 6 }],
    ['nothing', {}],
    ['shuffle', { compression: 2, compression_opts: [4] }],
    ['a checksum', { compression: 3, compression_opts: [] }],
  ])('chunks with %s', (_, filters) => {
    const shapes = [
      { shape: [40], chunks: [16] },
      { shape: [7, 9], chunks: [3, 4] },
      { shape: [7, 9], chunks: [7, 9] },
      { shape: [5, 6, 7], chunks: [2, 6, 3] },
      { shape: [64, 33], chunks: [2, 2] },
    ];
    const bytes = hdf5_file((file) => {
      shapes.forEach(({ shape, chunks }, i) => {
        const count = shape.reduce((a, b) => a * b, 1);
        add_dataset(file, `x${i}`, ramp(count), shape, { chunks, ...filters });
      });
    }, options);
    const { tensors, warnings } = read_hdf5(bytes);
    expect(warnings).toEqual([]);
    shapes.forEach(({ shape }, i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      expect(tensors.get(`x${i}`)).toEqual({ shape, dtype: 'float32', data: ramp(count) });
    });
  });

  test('scalars, no values, and what is left out', () => {
    const bytes = hdf5_file((file) => {
      add_dataset(file, 'scalar', [3.5], []);
      add_dataset(file, 'empty', [], [0, 4]);
      file.create_dataset({ name: 'words', data: ['a', 'b'] });
      add_dataset(file, 'large', [2 ** 40], [1], { dtype: '<q' });
      file.create_soft_link('/scalar', 'soft');
      file.create_hard_link('/scalar', 'twice');
      file.create_external_link('other.h5', '/x', 'elsewhere');
    }, options);
    const { tensors, warnings } = read_hdf5(bytes);
    expect(Object.fromEntries(tensors)).toEqual({
      scalar: { shape: [], dtype: 'float32', data: Float32Array.of(3.5) },
      empty: { shape: [0, 4], dtype: 'float32', data: new Float32Array(0) },
    });
    expect(warnings.sort()).toEqual([
      '"elsewhere" is left out: it is a link to a path or to another file',
      '"soft" is left out: it is a link to a path or to another file',
      '"twice" is left out: it is "scalar" again',
      expect.stringContaining('the dataset "large" is left out: the dataset "large" holds 1099511627776'),
      expect.stringMatching(/the dataset "words" is left out: it holds (lists|text)/),
    ]);
  });

  test('a group that holds itself', () => {
    const bytes = hdf5_file((file) => {
      file.create_group('outer').create_group('inner').create_hard_link('/outer', 'again');
    }, options);
    expect(() => read_hdf5(bytes)).toThrow(InvalidArgumentError);
    expect(() => read_hdf5(bytes)).toThrow('"outer/inner/again" holds itself');
  });
});

// h5wasm cannot make these two types, so their descriptions are written over that of a dataset of float32.
const FLOAT32 = '1120 1f00 0400 0000 0000 2000 1708 0017 7f00 0000';
test.each([
  [
    'float16',
    '1120 0f00 0200 0000 0000 1000 0a05 000a 0f00 0000',
    [0x3e00, 0xb400, 0x7bff, 0x0001],
    [1.5, -0.25, 65504, 2 ** -24],
  ],
  [
    'bfloat16',
    '1120 0f00 0200 0000 0000 1000 0708 0007 7f00 0000',
    [0x3fc0, 0xbe80, 0x7f00, 0x0080],
    [1.5, -0.25, 2 ** 127, 2 ** -126],
  ],
])('a dataset of %s', (_, description, bits, values) => {
  const pairs = new Uint16Array(8);
  pairs.set(bits);
  const bytes = hdf5_file((file) => add_dataset(file, 'x', new Float32Array(pairs.buffer), [4]));
  write_over(bytes, hex(FLOAT32), hex(description));
  const [layout, length] = [bytes_at(bytes, hex('0301')), 16];
  expect(bytes[layout + 10]).toBe(length);
  bytes[layout + 10] = length / 2;
  const { tensors, warnings } = read_hdf5(bytes);
  expect(warnings).toEqual([]);
  expect(tensors.get('x')).toEqual({ shape: [4], dtype: 'float32', data: Float32Array.from(values) });
});

/** @param {string} text */
const hex = (text) =>
  Array.from(text.replaceAll(' ', '').matchAll(/../g), ([byte]) => Number.parseInt(byte, 16));

/** @param {Uint8Array} bytes @param {number[]} part that is there once */
function bytes_at(bytes, part) {
  const places = Array.from(bytes.keys()).filter((at) => part.every((byte, i) => bytes[at + i] === byte));
  expect(places).toHaveLength(1);
  return places[0];
}

/** @param {Uint8Array} bytes @param {number[]} before @param {number[]} after */
const write_over = (bytes, before, after) => bytes.set(after, bytes_at(bytes, before));

test('a block of the user before the file', () => {
  const inner = hdf5_file((file) => add_dataset(file, 'a/x', ramp(3), [3]), { libver: 'latest' });
  const bytes = new Uint8Array(512 + inner.length);
  bytes.set(inner, 512);
  expect(read_hdf5(bytes).tensors.get('a/x')?.data).toEqual(ramp(3));
});

test('compressed values that would fill the memory', () => {
  const chunk = [2 ** 20, 64];
  const bytes = hdf5_file((file) =>
    add_dataset(file, 'x', new Uint8Array(2 ** 26), chunk, {
      dtype: '<B',
      chunks: chunk,
      compression: 'gzip',
    }),
  );
  expect(bytes.length).toBeLessThan(100_000);
  expect(() => read_hdf5(bytes)).toThrow('is compressed so much');
});

test('very many datasets that are not read', () => {
  const bytes = hdf5_file((file) => {
    for (let i = 0; i < 1005; i++) file.create_soft_link('/x', `link_${i}`);
  });
  const { warnings } = read_hdf5(bytes);
  expect(warnings).toHaveLength(1001);
  expect(warnings.at(-1)).toBe('more is left out');
});

test('values that share their bytes', () => {
  const bytes = hdf5_file((file) => {
    add_dataset(file, 'x', ramp(20_000), [20_000]);
    add_dataset(file, 'y', ramp(20_000).reverse(), [20_000]);
  });
  const view = new DataView(bytes.buffer);
  const layouts = Array.from(bytes.keys()).filter(
    (at) =>
      hex('0301').every((byte, i) => bytes[at + i] === byte) && view.getUint32(at + 10, true) === 80_000,
  );
  expect(layouts).toHaveLength(2);
  view.setBigUint64(layouts[1] + 2, view.getBigUint64(layouts[0] + 2, true), true);
  // Twice the same 80 KB of a file of 164 KB: still no more than the file's length. Three times is more.
  expect(read_hdf5(bytes).tensors.size).toBe(2);
  expect(() => read_hdf5(bytes.subarray(0, 100_000))).toThrow(InvalidArgumentError);
});

const FORMS = VERSIONS.map((options) =>
  hdf5_file((file) => {
    file.create_attribute('model_config', 'x'.repeat(500), null, 'S');
    file.create_attribute('layer_names', ['gru_1', 'dense_1']);
    for (let i = 0; i < 12; i++) file.create_attribute(`attribute_${i}`, i);
    add_dataset(file, 'gru_1/gru_1/kernel:0', ramp(12), [2, 6], options);
    for (let i = 0; i < 12; i++) add_dataset(file, `many/x${i}`, ramp(3), [3], options);
    add_dataset(file, 'chunked', ramp(63), [7, 9], { chunks: [3, 4], compression: 'gzip' });
    add_dataset(file, 'one_chunk', ramp(63), [7, 9], { chunks: [7, 9] });
  }, options),
);

/** Changes of a file's bytes: bits and bytes, words copied to another place, cut and grown. */
const changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('bit'), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({
      kind: fc.constant('byte'),
      at: fc.nat(),
      value: fc.constantFrom(0, 1, 2, 3, 127, 128, 254, 255),
    }),
    fc.record({
      kind: fc.constant('copy'),
      at: fc.nat(),
      from: fc.nat(),
      length: fc.constantFrom(2, 4, 8, 16, 24, 64),
    }),
    fc.record({ kind: fc.constant('cut'), at: fc.nat() }),
    fc.record({ kind: fc.constant('grow'), at: fc.nat(), length: fc.nat(64) }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** @param {Uint8Array} bytes @param {any[]} list */
function changed(bytes, list) {
  let result = bytes.slice();
  for (const { kind, at, bit, value, from, length } of list) {
    // Half of the changes are in the first kilobytes, where the structure is.
    const place = at % 2 ? (at >> 1) % result.length : (at >> 1) % Math.min(4096, result.length);
    if (kind === 'bit') result[place] ^= 1 << bit;
    else if (kind === 'byte') result[place] = value;
    else if (kind === 'copy')
      result.copyWithin(place & ~7, (from % result.length) & ~7, ((from % result.length) & ~7) + length);
    else if (kind === 'cut') result = result.slice(0, Math.max(at % result.length, 8));
    else {
      const longer = new Uint8Array(result.length + length);
      longer.set(result.subarray(0, place));
      longer.set(result.subarray(place), place + length);
      result = longer;
    }
  }
  return result;
}

test.each(VERSIONS.map((options, i) => ({ ...options, bytes: FORMS[i] })))(
  'changed files for $libver, track_order $track_order, give tensors or an error of ours within a second',
  ({ bytes }) => {
    const outcomes = { read: 0, refused: 0 };
    const property = fc.property(changes, (list) => {
      const start = processor_time();
      try {
        for (const { shape, data } of read_hdf5(changed(bytes, list)).tensors.values())
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        outcomes.read += 1;
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        outcomes.refused += 1;
      }
      expect(processor_time() - start).toBeLessThan(1000);
    });
    check_property(property, { runs: 400, seed: 9 });
    expect(outcomes.read).toBeGreaterThan(40);
    expect(outcomes.refused).toBeGreaterThan(40);
  },
);
