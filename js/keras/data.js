// Training data: samples along the first axis, split into batches.

import { cast_tensor } from '../gradient/cast_tensor.js';
import { check_positive_integer, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { as_ids } from './as_ids.js';

/**
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('./model.js').Model} Model
 *
 * @typedef {object} Samples
 * @property {Tensor[]} x a tensor for each input of the model
 * @property {(Tensor | null)[]} y a tensor for each output; null: it has neither a loss nor metrics
 * @property {(import('./sample_weights.js').Weighting | null)[]} weightings for each output; null: all samples count 1
 */

/**
 * The inputs of a model: token ids as int32, everything else cast to the model's floating dtype.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} values
 * @param {{ readonly input_dtype: 'int32' | null, readonly _known_dtype: import('../runtime/heap.js').FloatDtype | null }} model
 * @returns {Tensor}
 * @throws {ValueError} ids that are not integers
 * @throws {TypeError} not a tensor or nested lists of numbers
 * @internal
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
export const read_targets = (what, values, model) =>
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
 * @param {[name: string, values: Tensor][]} all the first is what the others are compared with
 * @throws {ValueError} no samples in one of them, or another number
 */
export function check_counts(what, all) {
  const [[first, { shape }]] = all;
  for (const [name, values] of all) {
    check_samples(`${what}: ${name}`, values);
    if (values.shape[0] !== shape[0])
      throw new ValueError(
        `${what}: ${first} and ${name} must have the same number of samples, but ${first} has ${shape[0]} and ${name} ${values.shape[0]}`,
      );
  }
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
export const take_samples = (take, { x, y, weightings }) => ({
  x: x.map(take),
  y: y.map((values) => values && take(values)),
  weightings: weightings.map((one) => one && { ...one, samples: one.samples && take(one.samples) }),
});

/**
 * Splits off the last samples for validation.
 * @param {string} what
 * @param {Samples} samples
 * @param {unknown} fraction of the samples that are for validation
 * @returns {{ training: Samples, validation: Samples }}
 * @throws {ValueError} fraction is not between 0 and 1, or leaves no samples on one side
 */
export function split_validation(what, samples, fraction) {
  const [count] = samples.x[0].shape;
  const end =
    typeof fraction === 'number' && fraction > 0 && fraction < 1 ? Math.floor(count * (1 - fraction)) : 0;
  if (end === 0 || end === count) {
    throw new ValueError(
      `${what} must be a fraction between 0 and 1 that leaves some of the ${count} samples on both sides, not ${show(fraction)}`,
    );
  }
  const validation = take_samples((tensor) => slice(tensor, end, count), samples);
  return {
    training: take_samples((tensor) => slice(tensor, 0, end), samples),
    // Weights of classes are for training.
    validation: {
      ...validation,
      weightings: validation.weightings.map((one) => one && { ...one, classes: null }),
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
