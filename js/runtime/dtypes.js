// The table of dtypes. A new dtype is a row here.
import { show } from './check.js';
import { ValueError } from './errors.js';

/**
 * @typedef {keyof typeof TABLE} Dtype
 * @typedef {'float32' | 'float64'} FloatDtype dtypes in which kernels compute
 * @typedef {Float32Array | Float64Array} Floats
 */

/** `array`: its typed array. `suffix`: of the binary's functions for it; only floating dtypes have one. */
const TABLE = /** @type {const} */ ({
  float32: { array: Float32Array, suffix: '_f32' },
  float64: { array: Float64Array, suffix: '_f64' },
  int32: { array: Int32Array, suffix: '' },
  bool: { array: Uint8Array, suffix: '' },
});

export const DTYPES = /** @type {Dtype[]} */ (Object.keys(TABLE));
export const FLOAT_DTYPES = /** @type {FloatDtype[]} */ (DTYPES.filter((dtype) => TABLE[dtype].suffix));

/** @param {unknown} dtype @returns {dtype is FloatDtype} */
export const is_float = (dtype) => FLOAT_DTYPES.includes(/** @type {FloatDtype} */ (dtype));

/**
 * @template {Dtype} D
 * @param {D} dtype
 * @returns {(typeof TABLE)[D]}
 * @throws {ValueError} an unknown dtype
 */
function row_of(dtype) {
  if (!DTYPES.includes(dtype))
    throw new ValueError(`dtype must be one of ${DTYPES.join(', ')}, not ${show(dtype)}`);
  return TABLE[dtype];
}

/**
 * The typed array of a dtype.
 * @template {Dtype} D
 * @param {D} dtype
 * @returns {(typeof TABLE)[D]['array']}
 * @throws {ValueError} an unknown dtype
 */
export const array_type = (dtype) => row_of(dtype).array;

/** Bytes of one element. @param {Dtype} dtype @throws {ValueError} an unknown dtype */
export const element_bytes = (dtype) => row_of(dtype).array.BYTES_PER_ELEMENT;

/**
 * The suffix of the binary's functions for a dtype.
 * @param {FloatDtype} dtype
 * @throws {ValueError} a dtype that is not floating
 */
export function kernel_suffix(dtype) {
  const { suffix } = row_of(dtype);
  if (!suffix) throw new ValueError(`dtype must be one of ${FLOAT_DTYPES.join(', ')}, not ${show(dtype)}`);
  return suffix;
}
