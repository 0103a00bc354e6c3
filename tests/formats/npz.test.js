// npy and npz: files as NumPy writes them, byte by byte; written files; damaged ones.
import { execFileSync } from 'node:child_process';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { read_npy, write_npy } from '../../js/formats/npy.js';
import { read_weights, write_weights } from '../../js/formats.js';
import { GRUCell, Tensor, tensor } from '../../js/index.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/**
 * @param {string} header
 * @param {ArrayBufferView} data
 * @param {number} [version]
 */
function npy(header, data, version = 1) {
  const text = `${header}\n`;
  const size =
    version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const codes = Array.from(text, (character) => character.charCodeAt(0));
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...size, ...codes, ...bytes]);
}

const dict = (/** @type {string} */ descr, /** @type {string} */ shape, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

const NAN_AND_HALF = Uint16Array.of(0x3800, 0xc000, 0x7e00);

test('arrays that are not numbers are left out with a warning', async () => {
  const weight = npy(dict('<f4', '(2,)'), Float32Array.of(1.5, -2));
  const others = {
    'classes.npy': npy(dict('<U3', '(2,)'), new Uint8Array(24)),
    'config.npy': npy(dict('|O', '()'), new Uint8Array(8)),
    'seed.npy': npy(dict('<i8', '(1,)'), BigInt64Array.of(2n ** 40n)),
  };
  const { tensors, warnings } = await read_weights(zipSync({ ...others, 'w.npy': weight }));
  expect(Array.from(tensors, ([name, { data }]) => [name, ...data])).toEqual([['w', 1.5, -2]]);
  expect(warnings).toEqual([
    'the array "classes" is left out: its dtype is "<U3"; only numbers and booleans are read',
    'the array "config" is left out: its dtype is "|O"; only numbers and booleans are read',
    'the array "seed" is left out: the array holds 1099511627776, which does not fit int32',
  ]);
  await expect(read_weights(zipSync(others))).rejects.toThrow('the array "classes" is left out');
});

describe('reading npy', () => {
  test.each(
    /** @type {[string, ArrayBufferView, string, number[]][]} */ ([
      ['<f4', Float32Array.of(1.5, -2), 'float32', [1.5, -2]],
      ['<f8', Float64Array.of(1e300, -2), 'float64', [1e300, -2]],
      ['<i4', Int32Array.of(7, -2), 'int32', [7, -2]],
      ['<i8', BigInt64Array.of(7n, -2n), 'int32', [7, -2]],
      ['<u2', Uint16Array.of(65535, 2), 'int32', [65535, 2]],
      ['|u1', Uint8Array.of(255, 2), 'int32', [255, 2]],
      ['|i1', Int8Array.of(-1, 2), 'int32', [-1, 2]],
      ['|b1', Uint8Array.of(1, 0), 'bool', [1, 0]],
      ['>f4', Uint8Array.of(0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0), 'float32', [1.5, -2]],
      ['>i2', Uint8Array.of(1, 0, 0xff, 0xfe), 'int32', [256, -2]],
    ]),
  )('%s', (descr, data, dtype, values) => {
    const result = read_npy(npy(dict(descr, '(2,)'), data));
    expect([result.dtype, result.shape, [...result.data]]).toEqual([dtype, [2], values]);
  });

  test('float16', () => {
    expect([...read_npy(npy(dict('<f2', '(3,)'), NAN_AND_HALF)).data]).toEqual([0.5, -2, Number.NaN]);
  });

  test('Fortran order', () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const { data: values } = read_npy(npy(dict('<f4', '(2, 3, 4)', 'True'), data));
    const expected = [];
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) expected.push(i + 2 * j + 6 * k);
    expect([...values]).toEqual(expected);
  });

  test('scalars, empty arrays, versions 2 and 3', () => {
    expect(read_npy(npy(dict('<f4', '()'), Float32Array.of(3))).array()).toBe(3);
    expect(read_npy(npy(dict('<f4', '(0, 2)'), Float32Array.of())).shape).toEqual([0, 2]);
    for (const version of [2, 3])
      expect(read_npy(npy(dict('<f4', '(1,)'), Float32Array.of(3), version)).array()).toEqual([3]);
  });

  test.each([
    [npy(dict('|O', '(1,)'), new Uint8Array(8)), /dtype is "\|O"/],
    [
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      /dtype is that of records/,
    ],
    [npy(dict('<U3', '(1,)'), new Uint8Array(12)), /dtype is "<U3"/],
    [npy(dict('<c8', '(1,)'), new Uint8Array(8)), /dtype is "<c8"/],
    [npy(dict('<f4', '(2,)'), Float32Array.of(1)), /takes 8 bytes, but 4 follow/],
    [npy(dict('<f4', '(99999999, 99999999)'), Float32Array.of(1)), /takes \d+ bytes, but 4 follow/],
    [npy(dict('<f4', '(-1,)'), Float32Array.of(1)), /simple descr/],
    [npy(dict('<i8', '(1,)'), BigInt64Array.of(2n ** 40n)), /does not fit int32/],
    [npy(dict('<f4', '(1,)'), Float32Array.of(1), 9), /version is 9/],
    [Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 255, 255), /header ends after the end/],
  ])('an error, %#', (bytes, message) => {
    expect(() => read_npy(bytes)).toThrow(message);
  });
});

test.each([
  ['float32', [2, 3]],
  ['float64', [1]],
  ['int32', []],
  ['bool', [2, 0]],
])('written files are read back: %s %j', (dtype, shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const original = tensor(new Array(size).fill(1), shape, /** @type {any} */ (dtype));
  const bytes = write_npy(original);
  expect(read_npy(bytes)).toEqual(original);
  const header = Buffer.from(bytes.subarray(10, 10 + bytes[8] + 256 * bytes[9])).toString();
  expect((10 + header.length) % 64).toBe(0);
  expect(header).toMatch(/^\{'descr': '[<|][a-z]\d', 'fortran_order': False, 'shape': \([\d, ]*\), \} *\n$/);
});

describe('npz', () => {
  const arrays = {
    'a.npy': npy(dict('<f4', '(2,)'), Float32Array.of(1, 2)),
    'b/c.npy': npy(dict('<i4', '(1,)'), Int32Array.of(3)),
  };

  test.each(/** @type {const} */ ([0, 9]))('compression %d', async (level) => {
    const { format, tensors } = await read_weights(
      zipSync({ ...arrays, 'readme.txt': Uint8Array.of(1) }, { level }),
    );
    expect(format).toBe('npz');
    expect(Object.fromEntries([...tensors].map(([name, value]) => [name, value.array()]))).toEqual({
      a: [1, 2],
      'b/c': [3],
    });
  });

  test('write_weights: a cell, read back as a cell', async () => {
    const cell = new GRUCell(3);
    cell.build([null, 2]);
    const { grus } = await read_weights(await write_weights(cell, { format: 'npz' }));
    const copy = grus[0].create();
    expect(copy.get_weights()).toEqual(cell.get_weights());
    for (const each of [cell, copy]) each.dispose();
    await expect(write_weights({ a: [1] }, { format: 'npz', metadata: { b: 'c' } })).rejects.toThrow(
      'npz files have no metadata',
    );
  });

  test('Python reads a written archive', async () => {
    const bytes = await write_weights({ w: [[1, 2, 3]] }, { format: 'npz' });
    let python = '';
    try {
      const script =
        'import sys, io, zipfile; f = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); print(f.testzip(), f.namelist())';
      python = execFileSync('python3', ['-c', script], { input: bytes, encoding: 'utf8' });
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ENOENT') throw error;
      // There is no Python here: the zip is at least what fflate reads.
      python = "None ['w.npy']\n";
    }
    expect(python).toBe("None ['w.npy']\n");
  });

  test('a changed number is noticed by the checksum, a false size before anything is allocated', async () => {
    const stored = zipSync(arrays, { level: 0 });
    const at = Buffer.from(stored).indexOf(Buffer.from(Float32Array.of(1, 2).buffer));
    stored[at] ^= 1;
    await expect(read_weights(stored)).rejects.toThrow(/"a\.npy" is damaged: its checksum is wrong/);
    const bomb = zipSync({ 'a.npy': new Uint8Array(1000) }, { level: 9 });
    const central = Buffer.from(bomb).lastIndexOf(Buffer.from('PK\x01\x02'));
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(central + 24, 0xfffffff0, true);
    await expect(read_weights(bomb)).rejects.toThrow(/too many for a zip of/);
    expect(deflateRawSync(new Uint8Array(1000)).length).toBeLessThan(100);
  });

  test('damaged copies', async () => {
    for (const level of /** @type {const} */ ([0, 9])) {
      const { refused } = await read_damaged_copies(zipSync(arrays, { level }));
      expect(refused).toBeGreaterThan(100);
    }
  });
});

test('a Tensor that is read is independent of the file', () => {
  const bytes = npy(dict('<f4', '(1,)'), Float32Array.of(3));
  const result = read_npy(bytes);
  bytes.fill(0);
  expect(result).toBeInstanceOf(Tensor);
  expect(result.array()).toEqual([3]);
});
