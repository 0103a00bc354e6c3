// Keras's GRU and CuDNNGRU, alone and in Bidirectional. The shape of the bias tells which it is: [3 units] the reset gate before
// the recurrent product, [2, 3 units] after it, [6 units] CuDNNGRU, whose kernels have cuDNN's order.
import { reshape } from '../../gradient/shapes.js';
import { cudnn_order } from '../../keras/cudnn_order.js';
import { show } from '../../runtime/check.js';
import { Tensor } from '../../runtime/tensor.js';
import { layer_options } from '../configuration.js';
import { have_shapes } from '../gru_description.js';
import { keras_options } from '../keras/keras_grus.js';
import { IN_LIST, keras_groups } from './keras_names.js';

/**
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUWeights} GRUWeights
 *
 * @typedef {object} Direction
 * @property {'before' | 'after' | null} reset_gate
 * @property {number} input_size
 * @property {number} units
 * @property {GRUWeights} weights
 * @property {boolean} [is_cudnn] whether it is a CuDNNGRU
 */

/** @type {import('../gru_description.js').Converter['find']} */
export function find_keras_grus({ tensors, model, keras }, graph = null) {
  const in_graph = graph?.keras;
  /** @type {Map<string, Direction>} */
  const directions = new Map();
  for (const [prefix, group] of keras_groups(tensors)) {
    const direction = read_direction(group);
    if (direction && !has_initial_state(tensors, prefix)) directions.set(prefix, direction);
  }
  const pairs = find_pairs(directions);
  const backwards = new Set(pairs.values());
  /** @type {GRUDescription[]} */
  const grus = [];
  for (const [prefix, { weights, is_cudnn = false, ...sizes }] of directions) {
    if (backwards.has(prefix)) continue;
    const pair = pairs.get(prefix);
    const backward = pair === undefined ? null : directions.get(pair);
    const name = backward ? name_of_pair(prefix) : prefix;
    /** @type {import('./keras_graph.js').OptionsInGraph} */
    const all_options =
      in_graph && !is_cudnn
        ? in_graph.options_of(prefix, name, Boolean(backward))
        : keras
          ? keras_options(keras, prefix)
          : layer_options(model, prefix);
    const { reset_after, place = null, warnings = [], ...options } = all_options;
    const stated = typeof reset_after === 'boolean' ? (reset_after ? 'after' : 'before') : null;
    grus.push({
      ...sizes,
      name,
      kind: 'layer',
      reset_gate: sizes.reset_gate ?? stated,
      options,
      layers: [{ forward: weights, backward: backward?.weights ?? null }],
      place,
      warnings: IN_LIST.test(prefix) ? [...warnings, in_list_warning(prefix)] : warnings,
    });
  }
  return in_graph ? [...grus, ...in_graph.without_names(directions.keys())] : grus;
}

/** @param {string} name */
const in_list_warning = (name) =>
  `the GRU ${show(name)} is known by the shapes of its weights alone: the file says neither its direction nor its activations`;

/**
 * Whether the layer begins with a state of its own, which the layers of `create` do not.
 * @param {ReadonlyMap<string, unknown>} tensors
 * @param {string} prefix of a layer or of its cell
 */
const has_initial_state = (tensors, prefix) =>
  [prefix, prefix.replace(/(^|\/)[^/]*$/, '')].some((one) => tensors.has(`${one}/initial_state`));

/** The names of the two layers of a Bidirectional, which begin so, or are `forward_layer` and `backward_layer`. */
const DIRECTION = /(^|\/)(forward|backward)_/;

/**
 * The two layers of each Bidirectional. Their cells may have different numbers: `forward_gru/gru_cell_1` and `backward_gru/gru_cell_2`.
 * @param {Map<string, Direction>} directions
 * @returns {Map<string, string>} the backward one by the forward one
 */
function find_pairs(directions) {
  /** @type {Map<string, { forward?: string, backward?: string }>} */
  const pairs = new Map();
  for (const prefix of directions.keys()) {
    const direction = /** @type {'forward' | 'backward' | undefined} */ (DIRECTION.exec(prefix)?.[2]);
    if (!direction) continue;
    const both = prefix.replace(/\/[a-z_]*cell(_\d+)?$/, '').replace(DIRECTION, '$1');
    pairs.set(both, { [direction]: prefix, ...pairs.get(both) });
  }
  return new Map(
    Array.from(pairs.values()).flatMap(({ forward, backward }) =>
      forward !== undefined && backward !== undefined && are_alike(directions, forward, backward)
        ? [[forward, backward]]
        : [],
    ),
  );
}

/**
 * Whether these can be the two layers of a Bidirectional.
 * @param {Map<string, Direction>} directions
 * @param {string} first
 * @param {string} second
 */
function are_alike(directions, first, second) {
  const [forward, backward] = [directions.get(first), directions.get(second)];
  return (
    forward !== undefined &&
    backward !== undefined &&
    forward.units === backward.units &&
    forward.input_size === backward.input_size &&
    forward.reset_gate === backward.reset_gate &&
    Boolean(forward.weights.bias) === Boolean(backward.weights.bias)
  );
}

/** `bidirectional/forward_gru/gru_cell` is `bidirectional`, and without that the layer's name. @param {string} prefix */
function name_of_pair(prefix) {
  const [outer, inner] = prefix.split(DIRECTION.exec(prefix)?.[0] ?? '');
  return outer || inner.split('/')[0];
}

/**
 * @param {import('./keras_names.js').Group} group
 * @returns {Direction | null} null: other shapes than a GRU has, or layer normalization, which the layers of `create` do not have
 */
function read_direction({ kernel, recurrent_kernel, bias, gamma }) {
  if (gamma) return null;
  const [units] = recurrent_kernel?.shape ?? [];
  const [input_size] = kernel?.shape ?? [];
  const width = 3 * units;
  const fit = have_shapes([
    [kernel, [input_size, width]],
    [recurrent_kernel, [units, width]],
  ]);
  if (!fit || !(units > 0 && input_size > 0)) return null;
  const sizes = { input_size, units };
  if (!bias) return { ...sizes, reset_gate: null, weights: { kernel, recurrent_kernel, bias: null } };
  if (have_shapes([[bias, [width]]]))
    return { ...sizes, reset_gate: 'before', weights: { kernel, recurrent_kernel, bias } };
  if (have_shapes([[bias, [2, width]]]))
    return { ...sizes, reset_gate: 'after', weights: { kernel, recurrent_kernel, bias } };
  if (!have_shapes([[bias, [2 * width]]])) return null;
  const weights = {
    kernel: from_cudnn(kernel),
    recurrent_kernel: from_cudnn(recurrent_kernel),
    bias: reshape(bias, [2, width]),
  };
  return { ...sizes, reset_gate: 'after', weights, is_cudnn: true };
}

/** @param {Tensor} stored [rows, 3 units] in cuDNN's order */
function from_cudnn(stored) {
  const [rows, columns] = stored.shape;
  const data = stored.data.slice();
  cudnn_order(rows, columns / 3).forEach((place, i) => {
    data[i] = stored.data[place];
  });
  return new Tensor(data, stored.shape, stored.dtype);
}
