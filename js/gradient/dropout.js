// Dropout: values times random factors; a factor of zero gives zero even for NaN and infinity.
import { result_of } from './operands.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 */

/**
 * @param {Tensor} x of floats
 * @param {ArrayLike<number>} factors for the last elements of each; they repeat before
 * @returns {Tensor}
 */
export function times_factors(x, factors) {
  const period = factors.length;
  const times = (/** @type {Floats} */ values) =>
    values.map((value, i) => (factors[i % period] === 0 ? 0 : value * factors[i % period]));
  const floats = /** @type {Floats} */ (x.data);
  return result_of([{ ...x, source: x }], times(floats), x.shape, x.dtype, (d) => [times(d)]);
}
