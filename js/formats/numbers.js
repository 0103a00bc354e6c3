// Numbers as files hold them, little-endian, as typed arrays.
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of } from '../runtime/tensor.js';

/** @typedef {import('../runtime/tensor.js').Data} Data */

/** Bytes of each type of number. */
export const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** @typedef {keyof typeof WIDTHS} NumberType */

/** @param {number} bits */
function from_half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** @param {number} bits the upper half of a float32 */
function from_brain(bits) {
  word[0] = bits << 16;
  return float[0];
}

/** @type {Record<NumberType, (view: DataView, at: number) => number | bigint>} */
const READ = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => from_half(view.getUint16(at, true)),
  BF16: (view, at) => from_brain(view.getUint16(at, true)),
  I64: (view, at) => view.getBigInt64(at, true),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  I8: (view, at) => view.getInt8(at),
  U64: (view, at) => view.getBigUint64(at, true),
  U32: (view, at) => view.getUint32(at, true),
  U16: (view, at) => view.getUint16(at, true),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** Whether this machine has the numbers of its arrays in the files' order of bytes. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The arrays whose bytes are then those of a file. @type {Partial<Record<NumberType, new (buffer: ArrayBuffer) => Data>>} */
const SAME_BYTES = LITTLE_ENDIAN ? { F64: Float64Array, F32: Float32Array, I32: Int32Array } : {};

/** @param {NumberType} type @returns {import('../runtime/tensor.js').Dtype} */
function dtype_of(type) {
  if (type === 'F64') return 'float64';
  if (type === 'BOOL') return 'bool';
  return type === 'F32' || type === 'F16' || type === 'BF16' ? 'float32' : 'int32';
}

/**
 * @param {string} what whose numbers they are, for messages
 * @param {Uint8Array} bytes
 * @param {NumberType} type
 * @returns {{ data: Data, dtype: import('../runtime/tensor.js').Dtype }} of its own, not a view of the bytes
 * @throws {InvalidArgumentError} an integer that int32 cannot hold, a boolean that is neither 0 nor 1
 */
export function read_numbers(what, bytes, type) {
  const dtype = dtype_of(type);
  const Same = SAME_BYTES[type];
  if (Same) return { data: new Same(new Uint8Array(bytes).buffer), dtype };
  const count = bytes.length / WIDTHS[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READ[type];
  const data = array_of(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = Number(read(view, i * WIDTHS[type]));
    data[i] = value;
    const kept = dtype === 'int32' ? data[i] === value : dtype !== 'bool' || value < 2;
    if (!kept) throw new InvalidArgumentError(`${what} holds ${value}, which is no ${dtype}`);
  }
  return { data, dtype };
}
