// What each sample counts in the loss: `sample_weight` and `class_weight`.
import { is_plain_object, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {{ samples: Tensor | null, classes: Map<number, number> | null }} Weighting
 *
 * @typedef {object} WeightingOptions
 * @property {import('./model.js').ModelData | null} [sample_weight] what each sample counts in the loss, [samples], or each step,
 *   [samples, steps]. Default 1. For several outputs as that of `fit`.
 * @property {{ [index: number]: number } | null} [class_weight] what the samples, or steps, of a class count, by its index. Default 1.
 */

/**
 * @param {string} what the method, for messages
 * @param {{ sample_weight?: unknown, class_weight?: unknown }} options
 * @param {number} count of the samples
 * @param {string} [name] of the weights, for messages
 * @returns {Weighting | null} null: everything counts 1
 * @throws {ValueError} weights that are not finite numbers, or not one for each sample
 */
export function read_weighting(
  what,
  { sample_weight = null, class_weight = null },
  count,
  name = 'sample_weight',
) {
  if (sample_weight === null && class_weight === null) return null;
  let samples = null;
  if (sample_weight !== null) {
    samples = as_tensor(`${what}: ${name}`, sample_weight, Array.isArray(sample_weight) ? 'float64' : null);
    if (samples.rank < 1 || samples.shape[0] !== count || !samples.data.every(Number.isFinite)) {
      throw new ValueError(
        `${what}: ${name} must be finite numbers of the shape [${count}] or [${count}, steps], not ${show_shape(samples.shape)}`,
      );
    }
  }
  return { samples, classes: class_weight === null ? null : read_classes(what, class_weight) };
}

/** @param {string} what @param {unknown} class_weight */
function read_classes(what, class_weight) {
  const entries = is_plain_object(class_weight) ? Object.entries(class_weight) : null;
  const is_entry = (/** @type {[string, unknown]} */ [index, weight]) =>
    /^\d+$/.test(index) && Number.isFinite(weight);
  if (!entries?.every(is_entry))
    throw new ValueError(
      `${what}: class_weight must be an object of numbers by indices of classes, not ${show(class_weight)}`,
    );
  return new Map(entries.map(([index, weight]) => [Number(index), Number(weight)]));
}

/**
 * The weight of each value of a loss.
 * @param {Weighting} weighting of a batch
 * @param {Tensor} y
 * @param {Tensor} values one for each sample, or for each step
 * @returns {Float64Array}
 * @throws {ValueError} weights of steps where the loss has none, or targets that name no class
 */
export function weights_of({ samples, classes }, y, values) {
  const weights = new Float64Array(values.size).fill(1);
  if (samples) {
    const each = values.size / samples.size;
    const fits =
      Number.isInteger(each) &&
      (samples.size === values.size || samples.rank === 1 || samples.size === samples.shape[0]);
    if (!fits)
      throw new ValueError(
        `sample_weight of shape ${show_shape(samples.shape)} does not fit the loss's values of shape ${show_shape(values.shape)}`,
      );
    for (let i = 0; i < weights.length; i++) weights[i] *= samples.data[Math.floor(i / each)];
  }
  if (classes) {
    const width = y.size / values.size;
    if (!Number.isInteger(width))
      throw new ValueError(
        `class_weight needs targets of one class for each of the loss's values, not of shape ${show_shape(y.shape)}`,
      );
    for (let i = 0; i < weights.length; i++) weights[i] *= classes.get(class_at(y, i, width)) ?? 1;
  }
  return weights;
}

/** @param {Tensor} y @param {number} i @param {number} width 1: indices of classes; else a number for each class */
function class_at({ data }, i, width) {
  if (width === 1) return data[i];
  let best = 0;
  for (let j = 1; j < width; j++) if (data[i * width + j] > data[i * width + best]) best = j;
  return best;
}
