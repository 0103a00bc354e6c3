// NumPy's array files (`.npy`): a magic string, a header that is a Python dictionary, and the numbers.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { MAX_RANK, Tensor } from '../runtime/tensor.js';
import { NPY_MAGIC, npy_mismatch } from './npy_mismatch.js';
import { NUMBERS, read_numbers, UnsupportedTensor } from './numbers.js';
import { decode_utf8, encode_utf8 } from './utf8.js';

/** The neutral names of NumPy's types, without their byte order. @type {ReadonlyMap<string, import('./numbers.js').NumberType>} */
const TYPES = new Map([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
]);

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid npy file: ${message}`);
};

/** @param {string} dtype @returns {never} */
const refuse = (dtype) => {
  throw new UnsupportedTensor(`its dtype is ${dtype}; only numbers and booleans are read`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {Tensor} float16 as float32, integers as int32
 * @throws {InvalidArgumentError} a damaged file; a dtype that is not numbers or booleans; an integer that does not fit int32
 */
export function read_npy(bytes) {
  const mismatch = npy_mismatch(bytes);
  if (mismatch !== null) fail(mismatch);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (!(version >= 1 && version <= 3)) fail(`its version is ${show(version)}; known are 1, 2 and 3`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) fail('it has no header');
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) fail('its header ends after the end of the file');
  const { descr, fortran_order, shape } = parse_header(text_of(bytes.subarray(start, end)));
  const type = TYPES.get(descr.slice(1)) ?? refuse(show(descr));
  const width = NUMBERS[type].bytes;
  const size = size_of(shape) * width;
  if (size !== bytes.length - end)
    fail(
      `an array of shape ${show(shape)} and dtype ${descr} takes ${size} bytes, but ${bytes.length - end} follow the header`,
    );
  const data = bytes.subarray(end);
  const numbers = read_numbers('the array', descr[0] === '>' ? swap_bytes(data, width) : data, type);
  const values = fortran_order ? to_row_major(numbers.data, shape) : numbers.data;
  return new Tensor(values, shape, numbers.dtype);
}

/** @param {Uint8Array} bytes */
function text_of(bytes) {
  try {
    return decode_utf8(bytes);
  } catch {
    return fail('its header is not text');
  }
}

/**
 * @param {string} text such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`
 * @returns {{ descr: string, fortran_order: boolean, shape: number[] }}
 */
function parse_header(text) {
  const [, descr = null] = /'descr':\s*'([<>|=][a-zA-Z][^']{0,20})'/.exec(text) ?? [];
  // Objects of Python are a pickle, which is not read; records have a list of dtypes.
  if (/'descr':\s*\[/.test(text)) return refuse('that of records');
  const [, order = null] = /'fortran_order':\s*(True|False)/.exec(text) ?? [];
  const [, sizes = null] = /'shape':\s*\(((?:\s*\d{1,15}L?\s*,?)*)\s*\)/.exec(text) ?? [];
  if (descr === null || order === null || sizes === null)
    return fail(`its header must have a simple descr, fortran_order and shape, not ${show(text.trim())}`);
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MAX_RANK) fail(`its shape has ${shape.length} dimensions, more than ${MAX_RANK}`);
  return { descr, fortran_order: order === 'True', shape };
}

/** @param {Uint8Array} data @param {number} width bytes of a number */
function swap_bytes(data, width) {
  const swapped = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) swapped[i] = data[i - (i % width) + width - 1 - (i % width)];
  return swapped;
}

/**
 * @param {import('../runtime/tensor.js').Data} values with the first index running fastest
 * @param {readonly number[]} shape
 */
function to_row_major(values, shape) {
  const result = values.slice();
  const index = shape.map(() => 0);
  const strides = shape.map((_, i) => size_of(shape.slice(0, i)));
  let offset = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[offset];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] += 1;
      offset += strides[axis];
      if (index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** NumPy's names of this package's dtypes. @type {Record<import('../runtime/tensor.js').Dtype, string>} */
const DESCRIPTIONS = { float32: '<f4', float64: '<f8', int32: '<i4', bool: '|b1' };

/**
 * @param {Tensor} tensor
 * @returns {Uint8Array} a file of version 1, in which the numbers begin at a multiple of 64
 */
export function write_npy({ data, dtype, shape }) {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set(NPY_MAGIC);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  bytes.set(encode_utf8(`${header.padEnd(length - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}
