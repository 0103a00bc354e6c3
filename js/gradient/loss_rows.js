// The common part of the losses: a value for each row of the predictions, and its gradient.
import { same_shape, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { is_recording, record_operation } from './recording.js';
import { same_rank } from './same_rank.js';

/**
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 */

/**
 * @param {string} what
 * @param {unknown} value
 */
export function as_floats(what, value) {
  const tensor = as_tensor(what, value, null);
  if (!is_float(tensor.dtype)) throw new ValueError(`${what} must be of floats, not ${tensor.dtype}`);
  if (tensor.rank === 0)
    throw new ValueError(`${what} must have at least one dimension, not be a single number`);
  return /** @type {Tensor & { data: Floats, dtype: FloatDtype }} */ (tensor);
}

/**
 * The arguments of a loss that compares value by value: targets of the predictions' shape and dtype.
 * @param {string} name
 * @param {unknown} y_true
 * @param {unknown} y_pred
 */
export function as_pair(name, y_true, y_pred) {
  const [truth, predicted] = same_rank(
    /** @type {ReturnType<typeof as_floats>} */ (as_tensor(`${name}: y_true`, y_true, null)),
    as_floats(`${name}: y_pred`, y_pred),
  );
  if (!same_shape(truth.shape, predicted.shape)) {
    throw new ValueError(
      `${name}: y_true must have the shape of y_pred, ${show_shape(predicted.shape)}, not ${show_shape(truth.shape)}`,
    );
  }
  return { truth, predicted, width: predicted.shape[predicted.rank - 1] };
}

/**
 * A loss that is computed a row (the last axis) at a time.
 *
 * @param {Tensor & { data: Floats, dtype: FloatDtype }} y_pred
 * @param {Tensor | null} y_true if it can have a gradient
 * @param {(row: number) => number} value
 * @param {(d_rows: Floats, d_pred: Floats | null, d_true: Floats | null) => void} gradient fills what is not null
 * @returns {Tensor} of the predictions' shape without the last dimension
 */
export function by_rows(y_pred, y_true, value, gradient) {
  const { dtype } = y_pred;
  const shape = y_pred.shape.slice(0, -1);
  const rows = array_of(
    dtype,
    y_pred.shape.at(-1) ? y_pred.size / /** @type {number} */ (y_pred.shape.at(-1)) : 0,
  );
  for (let row = 0; row < rows.length; row++) rows[row] = value(row);
  const output = new Tensor(rows, shape, dtype);
  const inputs = [y_pred, y_true && is_float(y_true.dtype) ? y_true : null];
  if (is_recording(inputs)) {
    record_operation({
      inputs,
      outputs: [output],
      backward: ([d_rows], needed) => {
        const [d_pred, d_true] = needed.map((is_needed) => (is_needed ? array_of(dtype, y_pred.size) : null));
        gradient(/** @type {Floats} */ (d_rows), d_pred, d_true);
        return [d_pred, d_true];
      },
    });
  }
  return output;
}

/**
 * The mean over the last axis of a function of each pair of values.
 * @param {string} name
 * @param {TensorInput} y_true
 * @param {TensorInput} y_pred
 * @param {(t: number, p: number) => number} value
 * @param {(t: number, p: number) => number} by_pred the derivative by p
 * @param {(t: number, p: number) => number} by_true the derivative by t
 */
export function mean_of(name, y_true, y_pred, value, by_pred, by_true) {
  const { truth, predicted, width } = as_pair(name, y_true, y_pred);
  const [t, p] = [truth.data, predicted.data];
  return by_rows(
    predicted,
    truth,
    (row) => {
      let sum = 0;
      for (let i = row * width; i < (row + 1) * width; i++) sum += value(t[i], p[i]);
      return sum / width;
    },
    (d_rows, d_pred, d_true) => {
      for (let i = 0; i < p.length; i++) {
        const d = d_rows[Math.floor(i / width)] / width;
        if (d_pred) d_pred[i] = d * by_pred(t[i], p[i]);
        if (d_true) d_true[i] = d * by_true(t[i], p[i]);
      }
    },
  );
}
