// The losses: Keras's functions, one value per sample, differentiable.
import { mean_of } from './loss_rows.js';

export {
  binary_crossentropy,
  categorical_crossentropy,
  sparse_categorical_crossentropy,
} from './crossentropy.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {(y_true: TensorInput, y_pred: TensorInput) => Tensor} LossFunction
 */

/**
 * The mean over the last axis of (y_true - y_pred)².
 * @param {TensorInput} y_true of the shape of `y_pred`
 * @param {TensorInput} y_pred [..., width], of floats
 * @returns {Tensor} [...]
 * @throws {ValueError} shapes that differ, predictions that are not floats
 */
export function mean_squared_error(y_true, y_pred) {
  return mean_of(
    'mean_squared_error',
    y_true,
    y_pred,
    (t, p) => (t - p) * (t - p),
    (t, p) => 2 * (p - t),
    (t, p) => 2 * (t - p),
  );
}

/**
 * The mean over the last axis of |y_true - y_pred|.
 * @param {TensorInput} y_true of the shape of `y_pred`
 * @param {TensorInput} y_pred [..., width], of floats
 * @returns {Tensor} [...]
 * @throws {ValueError} shapes that differ, predictions that are not floats
 */
export function mean_absolute_error(y_true, y_pred) {
  return mean_of(
    'mean_absolute_error',
    y_true,
    y_pred,
    (t, p) => Math.abs(t - p),
    (t, p) => Math.sign(p - t),
    (t, p) => Math.sign(t - p),
  );
}
