// Pairing targets with predictions whose ranks differ by one.
import { reshape } from './shapes.js';

/**
 * Targets and predictions of the same rank (`squeeze_or_expand_to_same_rank` of Keras): where the last dimension of one is 1 and
 * the other lacks that dimension, it is added to the other.
 * @template {import('../runtime/tensor.js').Tensor} T
 * @param {T} y_true
 * @param {T} y_pred
 * @returns {[T, T]} as they are where that does not apply
 */
export function same_rank(y_true, y_pred) {
  const lacks_one = (/** @type {T} */ x, /** @type {T} */ other) =>
    other.rank === x.rank + 1 && other.shape.at(-1) === 1;
  const with_one = (/** @type {T} */ x) => /** @type {T} */ (reshape(x, [...x.shape, 1]));
  if (lacks_one(y_true, y_pred)) return [with_one(y_true), y_pred];
  if (lacks_one(y_pred, y_true)) return [y_true, with_one(y_pred)];
  return [y_true, y_pred];
}
