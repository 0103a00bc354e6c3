// The options that Keras gives every weight: `<weight>_initializer`, `<weight>_regularizer`, `<weight>_constraint`.
import { get_initializer, serialize_initializer } from '../layers/initializers.js';
import { get_regularizer, serialize_regularizer } from '../layers/regularizers.js';
import { get_constraint, serialize_constraint } from './constraints.js';

/**
 * @typedef {object} WeightSettings options of `add_weight`
 * @property {ReturnType<typeof get_initializer>} initializer
 * @property {ReturnType<typeof get_regularizer> | null} regularizer
 * @property {ReturnType<typeof get_constraint>} constraint
 */

/** The names of the options of some weights. @param {readonly string[]} weights @returns {string[]} */
export const weight_option_names = (weights) =>
  weights.flatMap((weight) => [`${weight}_initializer`, `${weight}_regularizer`, `${weight}_constraint`]);

/**
 * @template {string} W
 * @param {string} class_name the layer's, for messages
 * @param {{ [option: string]: any }} options
 * @param {Record<W, string>} initializers the default initializer of each weight
 * @returns {Record<W, WeightSettings>}
 * @throws {ValueError} an unknown initializer, regularizer or constraint
 * @throws {TypeError} an option of a wrong type
 */
export function read_weight_options(class_name, options, initializers) {
  const read = (/** @type {string} */ weight, /** @type {string} */ default_initializer) => {
    const [initializer, regularizer, constraint] = weight_option_names([weight]);
    return {
      initializer: get_initializer(
        options[initializer] ?? default_initializer,
        `${class_name}: ${initializer}`,
      ),
      regularizer: options[regularizer]
        ? get_regularizer(options[regularizer], `${class_name}: ${regularizer}`)
        : null,
      constraint: get_constraint(options[constraint], `${class_name}: ${constraint}`),
    };
  };
  return /** @type {Record<W, WeightSettings>} */ (
    Object.fromEntries(
      Object.entries(initializers).map(([weight, initializer]) => [
        weight,
        read(weight, /** @type {string} */ (initializer)),
      ]),
    )
  );
}

/**
 * The options as a configuration holds them.
 * @param {Record<string, WeightSettings>} settings
 * @returns {{ [option: string]: any }}
 */
export function serialize_weight_options(settings) {
  /** @type {{ [option: string]: any }} */
  const config = {};
  for (const [weight, { initializer, regularizer, constraint }] of Object.entries(settings)) {
    config[`${weight}_initializer`] = serialize_initializer(initializer);
    config[`${weight}_regularizer`] = serialize_regularizer(regularizer);
    config[`${weight}_constraint`] = serialize_constraint(constraint);
  }
  return config;
}
