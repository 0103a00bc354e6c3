// Activations as options take them: names and functions.

import { is_activation_function } from '../runtime/activation_functions.js';
import { activation_names } from '../runtime/activations.js';
import { check_one_of, show } from '../runtime/check.js';

/**
 * The names of Keras 2: `'tanh'`, `'sigmoid'`, `'relu'`, `'linear'`, `'hard_sigmoid'` (clip(0.2 x + 0.5, 0, 1)), `'softsign'`,
 * `'elu'`, `'selu'`, `'softplus'`, `'gelu'`, `'exponential'`, …; and ours: `'gelu_tanh'`, its approximation, and
 * `'hard_sigmoid_v3'`, as Keras 3 means `hard_sigmoid`.
 *
 * Or a function, `(x: number) => number` or, which training needs, `{ call(x), gradient(x, y, dy) }` on whole typed arrays. It
 * may be called for steps that do not count (past a row's length), where what it gives is dropped; when it throws, nothing has
 * changed. A layer's configuration holds the function itself: JSON has no functions, so there it must be put back before
 * `from_config`.
 * @typedef {string | import('../runtime/activation_functions.js').ActivationFunction} ActivationSpec
 */

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} activation
 * @param {string} otherwise the name used when activation is null or undefined
 * @returns {ActivationSpec} a name that the binary knows, or a function
 * @throws {ValueError} an unknown name
 * @throws {TypeError} neither a name nor a function
 */
export function get_activation(what, activation, otherwise) {
  if (!activation) return otherwise;
  if (is_activation_function(activation)) return activation;
  if (typeof activation !== 'string') {
    throw new TypeError(
      `${what} must be the name of an activation, a function or { call, gradient }, not ${show(activation)}`,
    );
  }
  return check_one_of(what, activation, activation_names());
}
