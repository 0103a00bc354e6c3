// What the layer GRU and Keras's GRUCell share: their options and the shapes of their weights.
import { get_activation } from '../layers/activations.js';
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { check_number } from './number_option.js';

/**
 * Names, shapes and heap layouts of the weights; the bias is null if there is none.
 * @param {{ inputs: number, units: number, reset_after: boolean, use_bias: boolean, prefix?: string, is_stepwise?: boolean }} options
 *   `prefix`: of the names; `is_stepwise`: whether the matrices are for `matmul` instead of the binary's recurrence
 * @internal
 */
export function gru_shapes({ inputs, units, reset_after, use_bias, prefix = '', is_stepwise = false }) {
  const matrix = (/** @type {string} */ name, /** @type {number} */ rows) => ({
    name: prefix + name,
    shape: [rows, 3 * units],
    packing: is_stepwise ? { rows, groups: 1, columns: 3 * units } : { rows, groups: 3, columns: units },
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

/**
 * The options of layer normalization.
 * @param {string} class_name for messages
 * @param {{ layer_norm?: unknown, layer_norm_epsilon?: unknown, reset_after?: unknown }} options
 * @returns {number | null} epsilon; null: no layer normalization
 * @throws {ValueError} layer_norm without reset_after, or an epsilon that is not a number of 0 or more
 * @internal
 */
export function read_layer_norm(class_name, { layer_norm, layer_norm_epsilon = 1e-3, reset_after = true }) {
  const epsilon = check_number(`${class_name}: layer_norm_epsilon`, layer_norm_epsilon, { least: 0 });
  if (!layer_norm) return null;
  if (!reset_after)
    throw new ValueError(
      `${class_name}: reset_after must be true where layer_norm is true, not ${show(reset_after)}: layer normalization is of the recurrent product before the reset gate`,
    );
  return epsilon;
}

/** The shape of the gains of layer normalization. @param {number} units @param {string} [prefix] of the name @internal */
export const gamma_of = (units, prefix = '') => ({ name: `${prefix}gamma`, shape: [2, 3 * units] });

/** The options of layer normalization in a configuration, which names them only if it is on. @param {number | null} epsilon @internal */
export const layer_norm_config = (epsilon) =>
  epsilon === null ? {} : { layer_norm: true, layer_norm_epsilon: epsilon };
