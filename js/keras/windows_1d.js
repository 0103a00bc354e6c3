// Windows over the steps of a sequence, as pooling and convolutions take them: where they are, and padding.
import { check_one_of, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/** @typedef {'valid' | 'same' | 'causal'} Padding */

/**
 * @typedef {object} Windows
 * @property {number} count of the windows: the steps of the output
 * @property {number} before steps of padding before the first one
 */

/**
 * The windows of a sequence, as Keras places them.
 * @param {number} steps
 * @param {{ size: number, stride: number, dilation?: number, padding: Padding }} options
 * @returns {Windows}
 * @internal
 */
export function windows_of(steps, { size, stride, dilation = 1, padding }) {
  const extent = (size - 1) * dilation + 1;
  if (padding === 'causal') return { count: Math.ceil(steps / stride), before: extent - 1 };
  if (padding === 'valid') return { count: Math.max(Math.ceil((steps - extent + 1) / stride), 0), before: 0 };
  const count = Math.ceil(steps / stride);
  const missing = Math.max((count - 1) * stride + extent - steps, 0);
  return { count, before: Math.floor(missing / 2) };
}

/**
 * A number of steps, which Keras may give as a list of one.
 * @param {string} what the class and the option, for messages
 * @param {unknown} value
 * @returns {number}
 * @throws {ValueError}
 * @internal
 */
export function check_steps(what, value) {
  const size = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (Number.isSafeInteger(size) && size >= 1) return size;
  throw new ValueError(`${what} must be a positive integer, not ${show(value)}`);
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {'channels_last'}
 * @throws {ValueError} the features are not the last axis
 * @internal
 */
export const check_data_format = (what, value) =>
  check_one_of(what, value ?? 'channels_last', /** @type {const} */ (['channels_last']));

/**
 * @param {string} name the layer's, for messages
 * @param {readonly (number | null)[]} shape
 * @throws {ValueError} not [batch, steps, features]
 * @internal
 */
export function check_sequence(name, shape) {
  if (shape.length !== 3)
    throw new ValueError(
      `${name}: inputs must have shape [batch, steps, features], not ${show_shape(shape)}`,
    );
}
