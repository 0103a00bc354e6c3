// The types of numbers that files hold, under neutral names, and their values as typed arrays. Files are little-endian.
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/tensor.js').Data} Data
 * @typedef {import('../runtime/tensor.js').Dtype} Dtype
 */

/** Values that no dtype of this package holds: texts, too large integers. Such a tensor is no weight, and is left out. */
export class UnsupportedTensor extends InvalidArgumentError {}

/** @param {number} bits of a float16 */
function from_float16(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** @param {number} bits of a bfloat16: the upper half of a float32 */
function from_bfloat16(bits) {
  word[0] = bits << 16;
  return float[0];
}

/**
 * @typedef {object} NumberKind
 * @property {number} bytes of one number
 * @property {Dtype} dtype what a tensor of them has
 * @property {(view: DataView, at: number) => number | bigint} read
 */

/** Every type, by its neutral name. Each format has a table from its own names to these. */
export const NUMBERS = /** @satisfies {{ [type: string]: NumberKind }} */ ({
  float64: { bytes: 8, dtype: 'float64', read: (view, at) => view.getFloat64(at, true) },
  float32: { bytes: 4, dtype: 'float32', read: (view, at) => view.getFloat32(at, true) },
  float16: { bytes: 2, dtype: 'float32', read: (view, at) => from_float16(view.getUint16(at, true)) },
  bfloat16: { bytes: 2, dtype: 'float32', read: (view, at) => from_bfloat16(view.getUint16(at, true)) },
  int64: { bytes: 8, dtype: 'int32', read: (view, at) => view.getBigInt64(at, true) },
  int32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getInt32(at, true) },
  int16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getInt16(at, true) },
  int8: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  uint64: { bytes: 8, dtype: 'int32', read: (view, at) => view.getBigUint64(at, true) },
  uint32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getUint32(at, true) },
  uint16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getUint16(at, true) },
  uint8: { bytes: 1, dtype: 'int32', read: (view, at) => view.getUint8(at) },
  bool: { bytes: 1, dtype: 'bool', read: (view, at) => view.getUint8(at) },
});

/** @typedef {keyof typeof NUMBERS} NumberType */

/** Whether the numbers of this machine's typed arrays have the order of bytes that files have. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Typed arrays whose bytes are those of a file. @type {{ [type: string]: new (buffer: ArrayBuffer) => Data }} */
const SAME_BYTES = LITTLE_ENDIAN ? { float64: Float64Array, float32: Float32Array, int32: Int32Array } : {};

/**
 * @param {string} what whose numbers they are, for messages
 * @param {Uint8Array} bytes
 * @param {NumberType} type
 * @returns {{ data: Data, dtype: Dtype }} a copy: float16 and bfloat16 as float32, integers as int32
 * @throws {InvalidArgumentError} an integer that does not fit int32, a boolean that is not 0 or 1
 */
export function read_numbers(what, bytes, type) {
  const { bytes: width, dtype, read } = /** @type {NumberKind} */ (NUMBERS[type]);
  const SameBytes = SAME_BYTES[type];
  if (SameBytes) return { data: new SameBytes(new Uint8Array(bytes).buffer), dtype };
  const count = bytes.length / width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = array_of(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = Number(read(view, i * width));
    data[i] = value;
    const fits = dtype === 'int32' ? data[i] === value : dtype !== 'bool' || value < 2;
    if (!fits) throw new UnsupportedTensor(`${what} holds ${value}, which does not fit ${dtype}`);
  }
  return { data, dtype };
}
