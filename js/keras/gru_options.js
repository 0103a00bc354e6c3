// What the layer GRU and Keras's GRUCell share: their options and the shapes of their weights.
import { get_activation } from '../layers/activations.js';
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * Names, shapes and heap layouts of the weights; the bias is null if there is none.
 * @param {{ inputs: number, units: number, reset_after: boolean, use_bias: boolean, prefix?: string }} options `prefix`: of the names
 * @internal
 */
export function gru_shapes({ inputs, units, reset_after, use_bias, prefix = '' }) {
  const matrix = (/** @type {string} */ name, /** @type {number} */ rows) => ({
    name: prefix + name,
    shape: [rows, 3 * units],
    packing: { rows, groups: 3, columns: units },
  });
  const bias = {
    name: `${prefix}bias`,
    shape: reset_after ? [2, 3 * units] : [3 * units],
    packing: { rows: 1, groups: reset_after ? 6 : 3, columns: units },
  };
  return {
    kernel: matrix('kernel', inputs),
    recurrent: matrix('recurrent_kernel', units),
    bias: use_bias ? bias : null,
  };
}

/**
 * As in Keras, null means linear; the default applies only when the option is undefined.
 * @param {string} what class and argument, for messages
 * @param {any} activation value of the option
 * @param {string} default_name
 */
export const read_activation = (what, activation, default_name) =>
  get_activation(what, activation === undefined ? default_name : (activation ?? 'linear'), default_name);

/**
 * @param {string} what class and argument, for messages
 * @param {unknown} rate
 * @returns {number}
 * @throws {ValueError} rate is not a number between 0 and 1
 */
export function check_rate(what, rate) {
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
    throw new ValueError(`${what} must be a number from 0 to 1, not ${show(rate)}`);
  }
  return rate;
}
