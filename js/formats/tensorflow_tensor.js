// TensorFlow's tensors in protocol buffers, and its numbers of dtypes.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of, MAX_RANK, Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers, UnsupportedTensor } from './numbers.js';

/** @typedef {import('./numbers.js').NumberType} NumberType */

/** The neutral names of TensorFlow's dtypes. @type {ReadonlyMap<number, NumberType>} */
export const TENSORFLOW_TYPES = new Map([
  [1, 'float32'],
  [2, 'float64'],
  [3, 'int32'],
  [4, 'uint8'],
  [5, 'int16'],
  [6, 'int8'],
  [9, 'int64'],
  [10, 'bool'],
  [12, 'uint8'],
  [14, 'bfloat16'],
  [17, 'uint16'],
  [19, 'float16'],
  [22, 'uint32'],
  [23, 'uint64'],
]);

/** Elements of a tensor that is stored as one value. */
const MOST_REPEATED = 1 << 24;

/**
 * @param {string} what
 * @param {any} shape a TensorShapeProto
 * @returns {number[]}
 * @throws {InvalidArgumentError} a size that is not known
 */
export function tensorflow_shape(what, shape) {
  const sizes = (shape?.dim ?? []).map((/** @type {any} */ { size }) => size);
  const is_known = sizes.every(
    (/** @type {unknown} */ size) => Number.isSafeInteger(size) && Number(size) >= 0,
  );
  if (shape?.unknown_rank || !is_known || sizes.length > MAX_RANK || !Number.isSafeInteger(size_of(sizes)))
    throw new InvalidArgumentError(`${what} has the shape ${show(sizes)}`);
  return sizes;
}

/**
 * @param {string} what
 * @param {any} proto a TensorProto
 * @returns {Tensor | null} float16 and bfloat16 as float32, integers as int32; null: not of numbers
 * @throws {InvalidArgumentError} a damaged tensor, or an integer that does not fit int32
 */
export function tensorflow_tensor(what, proto) {
  const type = TENSORFLOW_TYPES.get(proto.dtype);
  if (!type) return null;
  const shape = tensorflow_shape(what, proto.tensor_shape);
  const size = size_of(shape);
  const content = proto.tensor_content;
  if (content?.length) {
    const bytes = size * NUMBERS[type].bytes;
    if (content.length !== bytes)
      throw new InvalidArgumentError(
        `${what} of shape ${show(shape)} must have ${bytes} bytes, but has ${content.length}`,
      );
    const { data, dtype } = read_numbers(what, content, type);
    return new Tensor(data, shape, dtype);
  }
  const { dtype } = NUMBERS[type];
  const values = values_of(type, proto);
  if (values.length > size || (values.length < size && size > MOST_REPEATED))
    throw new InvalidArgumentError(`${what} of shape ${show(shape)} cannot have ${values.length} values`);
  // The last value stands for all that follow.
  const data = array_of(dtype, size);
  for (let i = 0; i < size; i++) {
    const value = values[Math.min(i, values.length - 1)] ?? 0;
    data[i] = value;
    if (dtype === 'int32' && data[i] !== value)
      throw new UnsupportedTensor(`${what} has the integer ${value}, which does not fit int32`);
  }
  return new Tensor(data, shape, dtype);
}

/** @param {NumberType} type @param {any} proto @returns {number[]} */
function values_of(type, proto) {
  if (type === 'float32') return proto.float_val;
  if (type === 'float64') return proto.double_val;
  if (type === 'int64') return proto.int64_val;
  if (type === 'bool') return proto.bool_val.map(Number);
  if (type !== 'float16' && type !== 'bfloat16') return proto.int_val;
  const bytes = new Uint8Array(2 * proto.half_val.length);
  new Uint16Array(bytes.buffer).set(proto.half_val);
  return [...read_numbers('a tensor', bytes, type).data];
}
