// Token ids as an int32 tensor.
import { ValueError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';

/**
 * Token ids: a tensor of any dtype, or nested lists, of integers.
 * @param {string} what
 * @param {unknown} value
 * @returns {Tensor} of int32
 * @throws {ValueError} a number that is not an integer
 */
export function as_ids(what, value) {
  const is_list = Array.isArray(value) || typeof value === 'number';
  const tensor = as_tensor(what, value, is_list ? 'float64' : null);
  if (tensor.dtype === 'int32') return tensor;
  if (!tensor.data.every(Number.isSafeInteger)) {
    throw new ValueError(
      `${what} must hold integers, but holds ${tensor.data.find((id) => !Number.isSafeInteger(id))}`,
    );
  }
  return new Tensor(Int32Array.from(tensor.data), tensor.shape, 'int32');
}
