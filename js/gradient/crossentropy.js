// The cross-entropies, from probabilities or from logits, as tf.keras computes them.

import { softmax } from '../runtime/activations.js';
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor } from '../runtime/tensor.js';
import { as_floats, as_pair, by_rows, mean_of } from './loss_rows.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('../runtime/heap.js').Floats} Floats
 */

/** Keras's `epsilon()`: the least distance of probabilities from 0 and 1. */
const EPSILON = 1e-7;

/**
 * @typedef {object} CrossentropyOptions
 * @property {boolean} [from_logits] whether `y_pred` are logits and not probabilities. Default false.
 * @property {number} [label_smoothing] between 0 and 1: the part of each target that is spread evenly over the classes. Default 0.
 */

/**
 * @param {string} name
 * @param {CrossentropyOptions} options
 * @param {string[]} known
 */
function read_options(name, options, known) {
  check_options(name, options, known);
  const { from_logits = false, label_smoothing = 0 } = options;
  if (typeof from_logits !== 'boolean') {
    throw new TypeError(`${name}: from_logits must be true or false, not ${show(from_logits)}`);
  }
  if (typeof label_smoothing !== 'number' || !(label_smoothing >= 0 && label_smoothing <= 1)) {
    throw new ValueError(`${name}: label_smoothing must be between 0 and 1, not ${show(label_smoothing)}`);
  }
  return { from_logits, label_smoothing };
}

/** Limits a probability; NaN stays NaN. @param {number} p */
const clip = (p) => (p < EPSILON ? EPSILON : p > 1 - EPSILON ? 1 - EPSILON : p);

/** The derivative of clip. @param {number} p */
const inside = (p) => (p < EPSILON || p > 1 - EPSILON ? 0 : 1);

/**
 * The cross-entropy between class indices and predictions: -log p[target].
 *
 * Probabilities are limited to [1e-7, 1 - 1e-7] and then divided by their sum.
 *
 * @param {TensorInput} y_true [...] or [..., 1]: class indices, from 0 to classes - 1
 * @param {TensorInput} y_pred [..., classes]: probabilities, or logits with `from_logits`
 * @param {{ from_logits?: boolean }} [options]
 * @returns {Tensor} [...]
 * @throws {ValueError} a target outside 0 to classes - 1, shapes that do not match, predictions that are not floats
 */
export function sparse_categorical_crossentropy(y_true, y_pred, options = {}) {
  const name = 'sparse_categorical_crossentropy';
  const { from_logits } = read_options(name, options, ['from_logits']);
  const predicted = as_floats(`${name}: y_pred`, y_pred);
  const { data: p, dtype, shape } = predicted;
  const classes = /** @type {number} */ (shape.at(-1));
  const targets = class_numbers(name, y_true, shape);
  // Clipped probabilities, made to add up to one, are the softmax of their logarithms.
  const logits = from_logits ? p : p.map((value) => Math.log(clip(value)));
  const { probabilities, log_sums } = softmax(logits, classes, dtype);
  return by_rows(
    predicted,
    null,
    (row) => log_sums[row] - logits[row * classes + targets[row]],
    (d_rows, d_pred) => {
      if (!d_pred) return;
      for (let row = 0, i = 0; row < d_rows.length; row++) {
        const d = d_rows[row];
        const target = i + targets[row];
        for (const end = i + classes; i < end; i++) {
          const by_logit = d * (probabilities[i] - (i === target ? 1 : 0));
          d_pred[i] = from_logits ? by_logit : (by_logit / clip(p[i])) * inside(p[i]);
        }
      }
    },
  );
}

/**
 * @param {string} name
 * @param {unknown} y_true
 * @param {readonly number[]} shape of the predictions
 */
function class_numbers(name, y_true, shape) {
  const truth = as_tensor(`${name}: y_true`, y_true, null);
  const outer = shape.slice(0, -1);
  const classes = /** @type {number} */ (shape.at(-1));
  if (!same_shape(truth.shape, outer) && !same_shape(truth.shape, [...outer, 1])) {
    throw new ValueError(
      `${name}: y_true must have shape ${show_shape(outer)} for y_pred of shape ${show_shape(shape)}, ` +
        `not ${show_shape(truth.shape)}`,
    );
  }
  for (let i = 0; i < truth.size; i++) {
    const target = truth.data[i];
    if (!Number.isInteger(target) || target < 0 || target >= classes) {
      throw new ValueError(
        `${name}: y_true must hold classes, integers from 0 to ${classes - 1}, but holds ${target}`,
      );
    }
  }
  return truth.data;
}

/**
 * The cross-entropy between two distributions: -sum(y_true * log(y_pred)).
 *
 * Probabilities are divided by their sum and then limited to [1e-7, 1 - 1e-7].
 *
 * @param {TensorInput} y_true [..., classes]: probabilities, such as one-hot rows
 * @param {TensorInput} y_pred [..., classes]: probabilities, or logits with `from_logits`
 * @param {CrossentropyOptions} [options]
 * @returns {Tensor} [...]
 * @throws {ValueError} shapes that differ, predictions that are not floats
 */
export function categorical_crossentropy(y_true, y_pred, options = {}) {
  const name = 'categorical_crossentropy';
  const { from_logits, label_smoothing } = read_options(name, options, ['from_logits', 'label_smoothing']);
  const { truth, predicted, width } = as_pair(name, y_true, y_pred);
  const { data: p, dtype } = predicted;
  const smooth = label_smoothing / width;
  const t = array_of(dtype, truth.data).map((value) => value * (1 - label_smoothing) + smooth);
  const logs = array_of(dtype, p.length);
  const { probabilities, log_sums } = from_logits
    ? softmax(p, width, dtype)
    : { probabilities: p, log_sums: null };
  const sums = row_sums(p, width);
  for (let i = 0; i < p.length; i++) {
    const row = Math.floor(i / width);
    logs[i] = log_sums ? p[i] - log_sums[row] : Math.log(clip(p[i] / sums[row]));
  }
  return by_rows(
    predicted,
    truth,
    (row) => {
      let sum = 0;
      for (let i = row * width; i < (row + 1) * width; i++) sum -= t[i] * logs[i];
      return sum;
    },
    (d_rows, d_pred, d_true) => {
      const total = row_sums(t, width);
      for (let row = 0; row < d_rows.length; row++) {
        const d = d_rows[row];
        const [start, end] = [row * width, (row + 1) * width];
        // The part of the gradient that goes through the row's sum.
        let shared = 0;
        if (!from_logits)
          for (let i = start; i < end; i++)
            shared += ((t[i] * inside(p[i] / sums[row])) / clip(p[i] / sums[row])) * p[i];
        for (let i = start; i < end; i++) {
          if (d_true) d_true[i] = -d * (1 - label_smoothing) * logs[i];
          if (!d_pred) continue;
          if (from_logits) d_pred[i] = d * (probabilities[i] * total[row] - t[i]);
          else {
            const share = p[i] / sums[row];
            const direct = (t[i] * inside(share)) / clip(share) / sums[row];
            d_pred[i] = d * (shared / (sums[row] * sums[row]) - direct);
          }
        }
      }
    },
  );
}

/**
 * @param {Floats} values
 * @param {number} width
 */
function row_sums(values, width) {
  const sums = new Float64Array(width ? values.length / width : 0);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / width)] += values[i];
  return sums;
}

/**
 * The mean over the last axis of -y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred).
 *
 * Probabilities are limited to [1e-7, 1 - 1e-7], and 1e-7 is added to the argument of each logarithm, as in tf.keras.
 *
 * @param {TensorInput} y_true of the shape of `y_pred`: probabilities, such as zeros and ones
 * @param {TensorInput} y_pred [..., width]: probabilities, or logits with `from_logits`
 * @param {CrossentropyOptions} [options]
 * @returns {Tensor} [...]
 * @throws {ValueError} shapes that differ, predictions that are not floats
 */
export function binary_crossentropy(y_true, y_pred, options = {}) {
  const name = 'binary_crossentropy';
  const { from_logits, label_smoothing } = read_options(name, options, ['from_logits', 'label_smoothing']);
  const smooth = (/** @type {number} */ t) => t * (1 - label_smoothing) + label_smoothing / 2;
  const keep = 1 - label_smoothing;
  if (from_logits) {
    return mean_of(
      name,
      y_true,
      y_pred,
      (t, z) => Math.max(z, 0) - z * smooth(t) + Math.log1p(Math.exp(-Math.abs(z))),
      (t, z) => 1 / (1 + Math.exp(-z)) - smooth(t),
      (_, z) => -keep * z,
    );
  }
  const log = (/** @type {number} */ p) => Math.log(p + EPSILON);
  return mean_of(
    name,
    y_true,
    y_pred,
    (t, p) => -smooth(t) * log(clip(p)) - (1 - smooth(t)) * log(1 - clip(p)),
    (t, p) => inside(p) * ((1 - smooth(t)) / (1 - p + EPSILON) - smooth(t) / (p + EPSILON)),
    (_, p) => keep * (log(1 - clip(p)) - log(clip(p))),
  );
}
