// Training data: samples along the first axis, split into batches.

import { cast_tensor } from '../gradient/cast_tensor.js';
import { check_positive_integer, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { as_ids } from './as_ids.js';

/**
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {{ x: Tensor, y: Tensor, weighting?: import('./sample_weights.js').Weighting | null }} Samples
 * @typedef {import('./model.js').Model} Model
 */

/**
 * The inputs of a model: token ids as int32, everything else cast to the model's floating dtype.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} values
 * @param {Model} model
 * @returns {Tensor}
 * @throws {ValueError} ids that are not integers
 * @throws {TypeError} not a tensor or nested lists of numbers
 */
export function read_inputs(what, values, model) {
  const { input_dtype, _known_dtype } = model;
  if (input_dtype === 'int32') return as_ids(what, values);
  const tensor = as_tensor(what, values, Array.isArray(values) ? (_known_dtype ?? 'float32') : null);
  return cast_tensor(tensor, _known_dtype ?? (is_float(tensor.dtype) ? tensor.dtype : 'float32'));
}

/**
 * Targets: nested lists in the model's floating dtype, tensors as they are. The losses compute with any dtype.
 * @param {string} what
 * @param {unknown} values
 * @param {Model} model
 */
const read_targets = (what, values, model) =>
  as_tensor(what, values, Array.isArray(values) ? (model._known_dtype ?? 'float32') : null);

/**
 * @param {string} what
 * @param {Tensor} values
 * @returns {Tensor}
 * @throws {ValueError} no samples
 */
export function check_samples(what, values) {
  if (values.rank === 0 || values.shape[0] === 0) {
    throw new ValueError(
      `${what} must hold samples along its first axis, but has shape ${show_shape(values.shape)}`,
    );
  }
  return values;
}

/**
 * @param {string} what
 * @param {unknown} x
 * @param {unknown} y
 * @param {Model} model
 * @returns {Samples}
 * @throws {ValueError} no samples, or another number of targets
 */
export function as_pairs(what, x, y, model) {
  const pairs = {
    x: check_samples(`${what}: x`, read_inputs(`${what}: x`, x, model)),
    y: check_samples(`${what}: y`, read_targets(`${what}: y`, y, model)),
  };
  if (pairs.x.shape[0] !== pairs.y.shape[0]) {
    throw new ValueError(
      `${what}: x and y must have the same number of samples, but x has ${pairs.x.shape[0]} and y ${pairs.y.shape[0]}`,
    );
  }
  return pairs;
}

/**
 * Consecutive samples, as a view.
 * @param {Tensor} tensor
 * @param {number} start
 * @param {number} end
 */
export function slice(tensor, start, end) {
  const width = tensor.size / tensor.shape[0];
  const shape = [end - start, ...tensor.shape.slice(1)];
  return new Tensor(tensor.data.subarray(start * width, end * width), shape, tensor.dtype);
}

/**
 * Samples by their indices, copied.
 * @param {Tensor} tensor
 * @param {Int32Array} indices
 */
export function pick(tensor, indices) {
  const width = tensor.size / tensor.shape[0];
  const TypedArray = /** @type {new (size: number) => any} */ (tensor.data.constructor);
  const data = new TypedArray(indices.length * width);
  indices.forEach((index, i) => {
    data.set(tensor.data.subarray(index * width, (index + 1) * width), i * width);
  });
  return new Tensor(data, [indices.length, ...tensor.shape.slice(1)], tensor.dtype);
}

/**
 * The batches of samples.
 * @param {number} count
 * @param {number} batch_size
 * @param {Int32Array | null} [order] of the samples; null: as they are
 * @returns {Generator<(tensor: Tensor) => Tensor>} for each batch a function that selects it from a tensor of samples
 */
export function* batches(count, batch_size, order = null) {
  for (let start = 0; start < count; start += batch_size) {
    const end = Math.min(count, start + batch_size);
    const indices = order?.subarray(start, end);
    yield (tensor) => (indices ? pick(tensor, indices) : slice(tensor, start, end));
  }
}

/**
 * @param {string} what
 * @param {unknown} value
 */
export const check_batch_size = (what, value) => check_positive_integer(`${what}: batch_size`, value ?? 32);

/**
 * Each sample of a stateful model continues the sample at the same index of the batch before, so all batches must have one size.
 * @param {string} what
 * @param {Tensor} values
 * @param {number} batch_size
 * @param {{ stateful: boolean }} model
 * @throws {ValueError} the last batch would be smaller than the others
 */
export function check_whole_batches(what, values, batch_size, { stateful }) {
  const [count] = values.shape;
  if (stateful && count > batch_size && count % batch_size) {
    throw new ValueError(
      `${what} must hold a multiple of batch_size (${batch_size}) samples, as the model is stateful, not ${count}`,
    );
  }
}

/**
 * One batch of samples.
 * @param {(tensor: Tensor) => Tensor} take
 * @param {Samples} samples
 * @returns {Samples}
 */
export const take_samples = (take, { x, y, weighting = null }) => ({
  x: take(x),
  y: take(y),
  weighting: weighting && { ...weighting, samples: weighting.samples && take(weighting.samples) },
});

/** @param {import('./sample_weights.js').Weighting | null} weighting @param {number} start @param {number} end */
const weighting_of = (weighting, start, end) =>
  weighting && { ...weighting, samples: weighting.samples && slice(weighting.samples, start, end) };

/**
 * Splits off the last samples for validation.
 * @param {string} what
 * @param {Samples} samples
 * @param {unknown} fraction of the samples that are for validation
 * @returns {{ training: Samples, validation: Samples }}
 * @throws {ValueError} fraction is not between 0 and 1, or leaves no samples on one side
 */
export function split_validation(what, { x, y, weighting = null }, fraction) {
  const count = x.shape[0];
  const end =
    typeof fraction === 'number' && fraction > 0 && fraction < 1 ? Math.floor(count * (1 - fraction)) : 0;
  if (end === 0 || end === count) {
    throw new ValueError(
      `${what} must be a fraction between 0 and 1 that leaves some of the ${count} samples on both sides, not ${show(fraction)}`,
    );
  }
  return {
    training: { x: slice(x, 0, end), y: slice(y, 0, end), weighting: weighting_of(weighting, 0, end) },
    // Weights of classes are for training.
    validation: {
      x: slice(x, end, count),
      y: slice(y, end, count),
      weighting: weighting && {
        samples: weighting.samples && slice(weighting.samples, end, count),
        classes: null,
      },
    },
  };
}

/**
 * Concatenates outputs along the first axis.
 * @param {Tensor[]} parts
 */
export function join_samples(parts) {
  if (parts.length === 1) return parts[0];
  const [{ dtype, shape }] = parts;
  const data = array_of(
    dtype,
    parts.reduce((size, part) => size + part.size, 0),
  );
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.size;
  }
  return new Tensor(
    data,
    [parts.reduce((count, part) => count + part.shape[0], 0), ...shape.slice(1)],
    dtype,
  );
}
