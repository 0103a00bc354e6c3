// Activations of whole tensors, recorded: the binary's elementwise ones, and softmax over the last axis.
import { is_recording, record_operation } from '../gradient/tape.js';
import { activate, activate_gradient, activation_names, softmax } from '../runtime/activations.js';
import { check_one_of, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 */

/**
 * @param {string} what the class and the argument, for messages
 * @param {unknown} activation a name; null: linear
 * @returns {string} a name that `apply_activation` knows
 * @throws {ValueError} an unknown name
 * @throws {TypeError} not a name
 */
export function check_activation(what, activation) {
  if (activation === null || activation === undefined) return 'linear';
  if (typeof activation !== 'string') {
    throw new TypeError(`${what} must be the name of an activation, not ${show(activation)}`);
  }
  return check_one_of(what, activation, [...activation_names(), 'softmax']);
}

/**
 * @param {string} name
 * @param {Tensor} x of floats
 * @returns {Tensor}
 * @throws {ValueError} softmax of a tensor of less than two dimensions
 */
export function apply_activation(name, x) {
  if (name === 'linear') return x;
  const dtype = /** @type {FloatDtype} */ (x.dtype);
  return name === 'softmax' ? softmax_rows(x, dtype) : elementwise(name, x, dtype);
}

/**
 * @param {string} name
 * @param {Tensor} x
 * @param {FloatDtype} dtype
 */
function elementwise(name, x, dtype) {
  const values = activate(name, x.data, dtype);
  const y = new Tensor(values, x.shape, dtype);
  if (is_recording([x])) {
    record_operation({
      inputs: [x],
      outputs: [y],
      backward: ([dy]) => [dy && activate_gradient(name, x.data, values, dy, dtype)],
    });
  }
  return y;
}

/**
 * @param {Tensor} x
 * @param {FloatDtype} dtype
 */
function softmax_rows(x, dtype) {
  if (x.rank < 2) {
    throw new ValueError(
      `softmax: inputs must have two dimensions or more, not shape ${show_shape(x.shape)}`,
    );
  }
  const width = /** @type {number} */ (x.shape.at(-1));
  const { probabilities } = softmax(x.data, width, dtype);
  const y = new Tensor(probabilities, x.shape, dtype);
  if (is_recording([x])) {
    record_operation({
      inputs: [x],
      outputs: [y],
      backward: ([dy]) => [dy && softmax_gradient(probabilities, dy, width, dtype)],
    });
  }
  return y;
}

/**
 * dx = y * (dy - sum(y * dy)), a row at a time.
 * @param {Floats} y
 * @param {Floats} dy
 * @param {number} width
 * @param {FloatDtype} dtype
 */
function softmax_gradient(y, dy, width, dtype) {
  const dx = array_of(dtype, y.length);
  for (let start = 0; start < y.length; start += width) {
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += y[i] * dy[i];
    for (let i = start; i < start + width; i++) dx[i] = y[i] * (dy[i] - sum);
  }
  return dx;
}
