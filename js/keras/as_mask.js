// Masks: bool tensors that are true for the steps to process.
import { cast_tensor } from '../gradient/cast_tensor.js';
import { as_tensor, as_tensor_of_shape } from '../runtime/tensor.js';

/**
 * A mask as booleans; numbers are cast, as Keras does: 0 is false, everything else true.
 * @param {string} what the layer and the argument, for messages
 * @param {unknown} mask
 * @param {readonly (number | null)[] | null} [shape] null in it: any size; default: any shape
 * @returns {import('../runtime/tensor.js').Tensor} of bool
 * @throws {ValueError} another shape
 * @throws {TypeError} not a tensor or nested lists of numbers or booleans
 */
export function as_mask(what, mask, shape = null) {
  // Nested lists are read as float64, so that no number other than 0 becomes 0.
  const dtype = Array.isArray(mask) ? 'float64' : null;
  return cast_tensor(
    shape ? as_tensor_of_shape(what, mask, dtype, shape) : as_tensor(what, mask, dtype),
    'bool',
  );
}
