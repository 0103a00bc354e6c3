// sequence_length: checking it, and making a mask of it.
import { ValueError } from '../runtime/errors.js';
import { as_tensor_of_shape } from '../runtime/tensor.js';

/**
 * @param {string} what
 * @param {unknown} sequence_length [batch] integers; null: all steps
 * @param {number} batch
 * @param {number} steps
 * @returns {number[] | null} null: all steps of every row; else from 0 to `steps`: as in TensorFlow, a length beyond the steps means all steps, one below zero none
 * @throws {ValueError} another shape, or numbers that are not integers
 */
export function check_lengths(what, sequence_length, batch, steps) {
  if (sequence_length === null || sequence_length === undefined) return null;
  const { data } = as_tensor_of_shape(what, sequence_length, null, [batch]);
  return Array.from(data, (length) => {
    if (!Number.isInteger(length)) throw new ValueError(`${what} must hold integers, not ${length}`);
    return Math.min(Math.max(length, 0), steps);
  });
}

/**
 * @param {ArrayLike<number> | null} lengths
 * @param {number} batch
 * @param {number} steps
 * @param {boolean} time_major
 * @returns {Uint8Array | null} one a row: 1 where the step counts; null: all count
 */
export function mask_of(lengths, batch, steps, time_major) {
  if (!lengths) return null;
  const mask = new Uint8Array(batch * steps);
  for (let row = 0; row < batch; row++) {
    for (let step = 0; step < lengths[row]; step++)
      mask[time_major ? step * batch + row : row * steps + step] = 1;
  }
  return mask;
}
