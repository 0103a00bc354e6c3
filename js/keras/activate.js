// Applies an activation to a tensor and records it on the tape: the binary's elementwise ones, softmax over the last axis, functions of the user.
import { is_recording, record_operation } from '../gradient/recording.js';
import {
  check_gradient,
  evaluate,
  evaluate_gradient,
  is_activation_function,
} from '../runtime/activation_functions.js';
import { activate, activate_gradient, activation_names, softmax } from '../runtime/activations.js';
import { check_one_of, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../layers/activations.js').ActivationSpec} ActivationSpec
 */

/**
 * @param {string} what the class and the argument, for messages
 * @param {unknown} activation a name, or a function; null: linear
 * @returns {ActivationSpec} for `apply_activation`
 * @throws {ValueError} an unknown name
 * @throws {TypeError} neither a name nor a function
 */
export function check_activation(what, activation) {
  if (activation === null || activation === undefined) return 'linear';
  if (is_activation_function(activation)) return activation;
  if (typeof activation !== 'string') {
    throw new TypeError(
      `${what} must be the name of an activation, a function or { call, gradient }, not ${show(activation)}`,
    );
  }
  return check_one_of(what, activation, [...activation_names(), 'softmax']);
}

/**
 * @param {ActivationSpec} activation
 * @param {Tensor} x of floats
 * @returns {Tensor}
 * @throws {ValueError} softmax of a tensor of less than two dimensions; a function without a gradient while a tape records
 */
export function apply_activation(activation, x) {
  if (activation === 'linear') return x;
  const dtype = /** @type {FloatDtype} */ (x.dtype);
  if (typeof activation !== 'string') return apply_function(activation, x, dtype);
  return activation === 'softmax' ? softmax_rows(x, dtype) : elementwise(activation, x, dtype);
}

/**
 * @param {import('../runtime/activation_functions.js').ActivationFunction} activation
 * @param {Tensor} x
 * @param {FloatDtype} dtype
 */
function apply_function(activation, x, dtype) {
  const recording = is_recording([x]);
  if (recording) check_gradient(activation);
  // The function gets copies, and its result is copied, because it may return an array that it changes later.
  const copy = (/** @type {ArrayLike<number>} */ values) => /** @type {Floats} */ (array_of(dtype, values));
  const y = new Tensor(copy(evaluate(activation, copy(x.data))), x.shape, dtype);
  if (recording) {
    record_operation({
      inputs: [x],
      outputs: [y],
      backward: ([dy]) => [dy && copy(evaluate_gradient(activation, copy(x.data), copy(y.data), copy(dy)))],
    });
  }
  return y;
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
 * dx = y * (dy - sum(y * dy)), row by row.
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
