// The lengths of the rows of a batch: checking them, and what they mean step by step.
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';
import { as_tensor_of_shape } from '../runtime/tensor.js';

/**
 * @param {string} what
 * @param {unknown} sequence_length null: all steps
 * @param {number} batch
 * @param {number} steps
 * @returns {ArrayLike<number> | null}
 * @throws {ValueError} another shape, or numbers that are not integers
 * @throws {InvalidArgumentError} a length below zero or beyond the steps
 */
export function check_lengths(what, sequence_length, batch, steps) {
  if (sequence_length === null || sequence_length === undefined) return null;
  const { data } = as_tensor_of_shape(what, sequence_length, null, [batch]);
  for (const length of data) {
    if (!Number.isInteger(length)) throw new ValueError(`${what} must hold integers, not ${length}`);
    if (length < 0 || length > steps) {
      throw new InvalidArgumentError(
        `${what} must be from 0 to the ${steps} steps of the inputs, not ${length}`,
      );
    }
  }
  return data;
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
