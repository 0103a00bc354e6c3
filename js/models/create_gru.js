// A cell or a layer from the description of a GRU.
import { without_initial_values } from '../layers/initial_values.js';
import { check_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { to_tf1 } from './converters/tf1_cell.js';

/**
 * @typedef {import('./gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('./gru_description.js').GRUWeights} GRUWeights
 * @typedef {import('./layer_classes.js').CustomObjects} CustomObjects
 *
 * @typedef {object} CreateOptions
 * @property {boolean} [return_sequences] of a layer; without effect on a cell. Default false.
 * @property {boolean} [return_state] of a layer; without effect on a cell. Default false.
 * @property {any} [activation] default: what the file says, else tanh
 * @property {any} [recurrent_activation] of a layer; default: what the file says, else sigmoid
 * @property {any} [merge_mode] of a bidirectional layer; default: what the file says, else concat
 * @property {boolean} [reset_after] of a layer without a bias, of which the file does not say it
 */

const CELL_OPTIONS = ['return_sequences', 'return_state', 'activation'];
const LAYER_OPTIONS = [...CELL_OPTIONS, 'recurrent_activation', 'merge_mode', 'reset_after'];

/**
 * The classes that {@link create_gru} makes it of.
 * @param {GRUDescription} gru
 * @returns {string[]}
 */
export const classes_of = ({ kind, layers }) =>
  kind === 'cell' ? ['GRUCell'] : ['GRU', 'Bidirectional', ...(layers.length > 1 ? ['Sequential'] : [])];

/**
 * @param {GRUDescription} gru
 * @param {CustomObjects} classes by name, those of {@link classes_of} at least
 * @param {CreateOptions} [options]
 * @returns {any} built, with its weights: a `GRUCell` for a cell, else a `GRU` or a `Bidirectional`; several layers in a `Sequential`
 * @throws {ValueError} a layer of which neither the file nor the options say whether the reset gate acts after the product
 * @throws {TypeError} an unknown option
 */
export function create_gru(gru, classes, options = {}) {
  const { kind, input_size, layers } = gru;
  check_options(`create ${gru.name}`, options, kind === 'cell' ? CELL_OPTIONS : LAYER_OPTIONS);
  const all = layers.flatMap(({ forward, backward }) => (backward ? [forward, backward] : [forward]));
  const weights = all.flatMap((one) => (kind === 'cell' ? to_tf1(one) : tensors_of(one)));
  const count = weights.reduce((sum, { size }) => sum + size, 0);
  const object = kind === 'cell' ? make_cell(gru, classes, options) : make_layer(gru, classes, options);
  try {
    without_initial_values(count, () =>
      object.build(kind === 'cell' ? [null, input_size] : [null, null, input_size]),
    );
    object.set_weights(weights);
  } catch (error) {
    object.dispose();
    throw error;
  }
  return object;
}

/** @param {GRUWeights} weights in the order of `GRU.weights` */
const tensors_of = ({ kernel, recurrent_kernel, bias }) =>
  bias ? [kernel, recurrent_kernel, bias] : [kernel, recurrent_kernel];

/** @param {GRUDescription} gru @param {CustomObjects} classes @param {CreateOptions} options */
const make_cell = ({ units, layers, options: stated }, { GRUCell }, { activation = stated.activation }) =>
  new GRUCell(units, { dtype: layers[0].forward.kernel.dtype, activation });

/** @param {GRUDescription} gru @param {CustomObjects} classes @param {CreateOptions} options */
function make_layer(gru, { GRU, Bidirectional, Sequential }, options) {
  const reset_after = options.reset_after ?? null;
  const stated = gru.reset_gate && gru.reset_gate === 'after';
  if (stated === null && typeof reset_after !== 'boolean') {
    throw new ValueError(
      `create ${gru.name}: reset_after must be given, as weights without a bias do not say where the reset gate acts`,
    );
  }
  if (stated !== null && reset_after !== null && stated !== reset_after) {
    throw new ValueError(
      `create ${gru.name}: reset_after must be ${stated}, as in the file, not ${reset_after}`,
    );
  }
  const { activation = gru.options.activation, recurrent_activation = gru.options.recurrent_activation } =
    options;
  const { merge_mode = gru.options.merge_mode, return_sequences = false, return_state = false } = options;
  const last = gru.layers.length - 1;
  const layers = gru.layers.map(({ forward, backward }, i) => {
    const layer = new GRU(gru.units, {
      dtype: forward.kernel.dtype,
      activation,
      recurrent_activation,
      reset_after: stated ?? reset_after,
      use_bias: forward.bias !== null,
      go_backwards: gru.options.go_backwards ?? false,
      return_sequences: i < last || return_sequences,
      return_state: i === last && return_state,
    });
    if (!backward) return layer;
    const { backward: other } = gru.options;
    const backward_layer = other
      ? GRU.from_config({ ...layer.get_config(), ...other, name: null, go_backwards: true })
      : null;
    return new Bidirectional(layer, { merge_mode, backward_layer });
  });
  return last > 0 ? new Sequential(layers) : layers[0];
}
