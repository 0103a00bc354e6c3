// What may be given as an activation, and what becomes of it.
import { check_one_of, show } from '../runtime/check.js';
import { activation_names } from '../runtime/layers.js';

/**
 * The names of Keras 2: `'tanh'`, `'sigmoid'`, `'relu'`, `'linear'`, `'hard_sigmoid'` (clip(0.2 x + 0.5, 0, 1)), `'softsign'`,
 * `'elu'`, `'selu'`, `'softplus'`, `'gelu'`, `'exponential'`, …; and ours: `'gelu_tanh'`, its approximation, and
 * `'hard_sigmoid_v3'`, as Keras 3 means `hard_sigmoid`.
 * @typedef {string} ActivationSpec
 */

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} activation
 * @param {string} otherwise what nothing stands for
 * @returns {string} a name that the binary knows
 * @throws {ValueError} an unknown name
 * @throws {TypeError} not a name
 */
export function get_activation(what, activation, otherwise) {
  if (!activation) return otherwise;
  if (typeof activation !== 'string')
    throw new TypeError(`${what} must be the name of an activation, not ${show(activation)}`);
  return check_one_of(what, activation, activation_names());
}
