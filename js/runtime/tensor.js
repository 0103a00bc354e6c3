// Tensor: numbers with a shape, in JavaScript memory; and conversion of everything that is accepted as a tensor.
import { check_one_of, show, show_shape, size_of } from './check.js';
import { array_type, DTYPES, element_bytes } from './dtypes.js';
import { ResourceExhaustedError, ValueError } from './errors.js';
import { HEAP_LIMIT } from './heap.js';

export { DTYPES, FLOAT_DTYPES, is_float } from './dtypes.js';

/**
 * @typedef {import('./dtypes.js').Dtype} Dtype
 * @typedef {Float32Array | Float64Array | Int32Array | Uint8Array} Data
 * @typedef {number | boolean | NestedList[]} NestedList
 * @typedef {{ shape: readonly number[], data: ArrayLike<number>, dtype?: string }} TensorLike
 * @typedef {{ shape: readonly number[], dataSync(): ArrayLike<number>, dtype?: string }} ForeignTensor
 *   a TensorFlow.js tensor, or anything that looks like one
 * @typedef {Tensor | NestedList | TensorLike | ForeignTensor} TensorInput
 */

/** Maximum nesting of lists, as in NumPy. */
export const MAX_RANK = 64;

/**
 * A typed array of a dtype: zeros, or a copy of values.
 * @template {Dtype} D
 * @param {D} dtype
 * @param {number | ArrayLike<number>} from
 * @throws {ResourceExhaustedError} out of memory, or larger than the heap can be
 * @returns {InstanceType<ReturnType<typeof array_type<D>>>}
 */
export function array_of(dtype, from) {
  const Type = /** @type {new (from: any) => any} */ (array_type(dtype));
  const bytes = (typeof from === 'number' ? from : from.length) * element_bytes(dtype);
  if (bytes < HEAP_LIMIT) {
    try {
      return new Type(from);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
    }
  }
  throw new ResourceExhaustedError(`out of memory: an array of ${bytes} bytes`);
}

/** @param {unknown} data @returns {Dtype | undefined} */
const dtype_of_array = (data) => DTYPES.find((dtype) => data instanceof array_type(dtype));

/** Numbers with a shape. The numbers are in row-major order and may be read and written. */
export class Tensor {
  /** @type {number[]} */ shape;
  /** @type {Dtype} */ dtype;
  /** @type {Data} */ data;

  /**
   * @param {Data} data of the dtype's typed array class, with the shape's number of values; not copied
   * @param {readonly number[]} shape
   * @param {Dtype} dtype
   * @throws {ValueError} an unknown dtype, a shape that is not a list of sizes, or data that do not fit
   */
  constructor(data, shape, dtype) {
    const Type = DTYPES.includes(dtype) ? array_type(dtype) : null;
    // A subclass may set the data later.
    const fits_later = data === null && new.target !== Tensor;
    if (
      !fits_later &&
      (!Type || !(data instanceof Type) || !Array.isArray(shape) || size_of(shape) !== data.length)
    ) {
      throw new ValueError(
        `Tensor: data must be a ${Type?.name ?? 'typed array'} with a value for each element of shape ${show(shape)}, ` +
          `and dtype one of ${DTYPES.join(', ')}: not ${show(data)} and ${show(dtype)}`,
      );
    }
    this.shape = [...shape];
    this.dtype = dtype;
    this.data = data;
  }

  /** The number of dimensions. */
  get rank() {
    return this.shape.length;
  }

  /** The number of elements. */
  get size() {
    return this.data.length;
  }

  /**
   * The values as nested lists, or a number for a scalar. Values of dtype bool are `true` and `false`.
   * @returns {any}
   */
  array() {
    let next = 0;
    const value = this.dtype === 'bool' ? () => this.data[next++] !== 0 : () => this.data[next++];
    /** @type {(depth: number) => unknown} */
    const nest = (depth) =>
      depth === this.shape.length
        ? value()
        : Array.from({ length: this.shape[depth] }, () => nest(depth + 1));
    return nest(0);
  }

  toString() {
    return `Tensor(shape=${show_shape(this.shape)}, dtype=${this.dtype})`;
  }
}

/**
 * Makes a tensor.
 *
 * @param {TensorInput | Data} values nested lists, or numbers in row-major order with `shape`. A typed array that already has
 *   the dtype is used without a copy.
 * @param {readonly number[] | null} [shape] default: the shape of `values`
 * @param {Dtype | null} [dtype] default: the dtype of `values`; float32 for plain numbers, bool for booleans
 * @returns {Tensor}
 * @throws {ValueError} ragged lists, an unknown dtype, or values that do not fill `shape`
 */
export function tensor(values, shape, dtype) {
  if (dtype != null) check_one_of('tensor: dtype', dtype, DTYPES);
  const result = convert('tensor: values', /** @type {TensorInput} */ (values), dtype ?? null);
  if (shape == null) return result;
  const sizes = check_shape('tensor: shape', shape);
  if (size_of(sizes) !== result.size) {
    throw new ValueError(
      `tensor: shape ${show_shape(sizes)} holds ${size_of(sizes)} values, not ${result.size}`,
    );
  }
  return new Tensor(result.data, sizes, result.dtype);
}

/**
 * @param {string} what
 * @param {unknown} shape
 * @returns {number[]}
 */
export function check_shape(what, shape) {
  const list =
    shape && typeof shape === 'object' && 'length' in shape
      ? Array.from(/** @type {number[]} */ (shape))
      : null;
  if (!list?.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ValueError(`${what} must be a list of integers of 0 or more, not ${show(shape)}`);
  }
  return list;
}

/**
 * Converts everything that is accepted as a tensor to a Tensor.
 *
 * @param {string} what the function and the argument, for messages
 * @param {unknown} value
 * @param {Dtype | null} dtype the required dtype, to which lists and numbers are converted; null: any
 * @returns {Tensor}
 * @throws {ValueError} another dtype, or data that does not fill the shape
 * @throws {TypeError} not a tensor or nested lists of numbers
 */
export function as_tensor(what, value, dtype) {
  const tensor = value instanceof Tensor ? value : convert(what, value, dtype, false);
  if (dtype && tensor.dtype !== dtype)
    throw new ValueError(`${what} must have dtype ${dtype}, not ${tensor.dtype}`);
  return tensor;
}

/**
 * The same, with a required shape, in which null means any size.
 *
 * @param {string} what
 * @param {unknown} value
 * @param {Dtype | null} dtype
 * @param {readonly (number | null)[]} shape
 */
export function as_tensor_of_shape(what, value, dtype, shape) {
  const tensor = as_tensor(what, value, dtype);
  if (tensor.rank !== shape.length || !shape.every((size, i) => size === null || size === tensor.shape[i])) {
    throw new ValueError(`${what} must have shape ${show_shape(shape)}, not ${show_shape(tensor.shape)}`);
  }
  return tensor;
}

/**
 * @param {string} what
 * @param {unknown} value
 * @param {Dtype | null} dtype
 * @param {boolean} [cast] whether data of another dtype is cast
 * @returns {Tensor}
 */
function convert(what, value, dtype, cast = true) {
  if (typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value))
    return nested(what, value, dtype);
  if (ArrayBuffer.isView(value) && is_list(value)) {
    const data = /** @type {Data} */ (value);
    return flat(data, [data.length], dtype ?? dtype_of_array(data) ?? 'float32');
  }
  if (value && typeof value === 'object' && 'shape' in value) {
    const shape = check_shape(`${what}.shape`, value.shape);
    const foreign = /** @type {Partial<ForeignTensor & TensorLike>} */ (value);
    const data = typeof foreign.dataSync === 'function' ? foreign.dataSync() : foreign.data;
    if (data && typeof data === 'object' && 'length' in data) {
      if (data.length !== size_of(shape)) {
        throw new ValueError(`${what} has shape ${show_shape(shape)}, but ${data.length} values`);
      }
      const data_dtype = DTYPES.find((name) => name === foreign.dtype) ?? dtype_of_array(data);
      return flat(
        data,
        shape,
        cast ? (dtype ?? data_dtype ?? 'float32') : (data_dtype ?? dtype ?? 'float32'),
      );
    }
  }
  throw new TypeError(`${what} must be a tensor or nested lists of numbers, not ${show(value)}`);
}

/**
 * @param {ArrayLike<number>} data
 * @param {number[]} shape
 * @param {Dtype} dtype
 */
function flat(data, shape, dtype) {
  const fits = data instanceof array_type(dtype);
  return new Tensor(fits ? /** @type {Data} */ (data) : array_of(dtype, data), shape, dtype);
}

/** Whether a value is an array, or a typed array of numbers. @param {unknown} item @returns {item is ArrayLike<any>} */
const is_list = (item) =>
  Array.isArray(item) ||
  (ArrayBuffer.isView(item) &&
    'length' in item &&
    !(item instanceof BigInt64Array || item instanceof BigUint64Array));

/**
 * @param {string} what
 * @param {NestedList} list
 * @param {Dtype | null} dtype
 */
function nested(what, list, dtype) {
  /** @type {number[]} */
  const shape = [];
  for (/** @type {any} */ let inner = list; is_list(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (inner.length === 0) break;
    // A list may contain itself.
    if (shape.length > MAX_RANK) throw new ValueError(`${what} must have at most ${MAX_RANK} dimensions`);
  }
  let booleans = false;
  /** @type {number[]} */
  const values = [];
  /** @type {(item: any, depth: number) => void} */
  const walk = (item, depth) => {
    const nests = is_list(item);
    if (!nests && typeof item !== 'number' && typeof item !== 'boolean') {
      throw new TypeError(`${what} must hold numbers, not ${show(item)}`);
    }
    if (nests !== depth < shape.length || (nests && item.length !== shape[depth])) {
      throw new ValueError(
        `${what}: the lists are ragged: expected the shape ${show_shape(shape)} throughout`,
      );
    }
    if (nests) {
      for (const child of /** @type {any} */ (item)) walk(child, depth + 1);
    } else {
      booleans ||= typeof item === 'boolean';
      values.push(Number(item));
    }
  };
  walk(list, 0);
  return flat(values, shape, dtype ?? (booleans ? 'bool' : 'float32'));
}
