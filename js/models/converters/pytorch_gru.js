// PyTorch's nn.GRU and nn.GRUCell: the reset gate after the recurrent product; rows of the gates r, z, n (Keras's r, z, h), so that the
// matrices are transposed; a bias for the inputs and one for the recurrent product.
import { concatenate, split } from '../../gradient/joining.js';
import { reshape, transpose } from '../../gradient/shapes.js';
import { show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { have_shapes } from '../gru_description.js';

/**
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUWeights} GRUWeights
 * @typedef {import('../gru_description.js').Tensor} Tensor
 *
 * @typedef {{ [part: string]: Tensor }} Parts of one direction of one layer: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, `weight_hr`
 */

/** `gru.weight_ih_l0_reverse`, `cell.weight_ih`, and names of others who shorten them: `enc_w_ih`. */
const NAME = /^(.*?)(weight|bias|w|b)_(ih|hh|hr)(?:_l(\d{1,3}))?(_reverse)?$/;

/**
 * A weight in parts, from which PyTorch computes it: weight_norm's `weight_hh_l0_g` and `weight_hh_l0_v`, spectral_norm's and pruning's
 * `_orig`, and `parametrizations.weight_hh_l0.original0` of the newer forms of all of them.
 */
const PARTS =
  /^(.*?)(?:(weight_(?:ih|hh)(?:_l\d{1,3}(?:_reverse)?)?)_(?:v|orig)|parametrizations\.(weight_(?:ih|hh)(?:_l\d{1,3}(?:_reverse)?)?)\.(?:original|original1))$/;

/** @type {import('../gru_description.js').Converter['find']} */
export function find_pytorch_grus({ tensors }) {
  check_parts(tensors);
  /** @type {Map<string, Map<string, Parts>>} by prefix and by place, such as `0` and `0 reverse` */
  const modules = new Map();
  for (const [name, tensor] of tensors) {
    const match = NAME.exec(name);
    if (!match) continue;
    const [, prefix, kind, from, layer = '0', reverse] = match;
    const module = modules.get(prefix) ?? new Map();
    const place = reverse ? `${layer} reverse` : layer;
    const parts = module.get(place) ?? {};
    parts[`${kind[0] === 'w' ? 'weight' : 'bias'}_${from}`] = tensor;
    module.set(place, parts);
    modules.set(prefix, module);
  }
  return [...modules].flatMap(([prefix, places]) => read_module(prefix.replace(/[._/]$/, ''), places) ?? []);
}

/**
 * @param {ReadonlyMap<string, Tensor>} tensors
 * @throws {InvalidArgumentError} a GRU's weight in parts
 */
function check_parts(tensors) {
  for (const [name, { shape }] of tensors) {
    const [, prefix = '', ...kinds] = PARTS.exec(name) ?? [];
    const kind = kinds.find((text) => text !== undefined);
    // A GRU's recurrent kernel has three rows for each column, an LSTM's four. One of the inputs may have any shape.
    const units = shape[0] / 3;
    if (!kind || shape.length !== 2 || (kind.includes('hh') && shape[1] !== units)) continue;
    const bias = tensors.get(`${prefix}bias${kind.slice('weight'.length)}`);
    const recurrent = tensors.get(`${prefix}${kind.replace('ih', 'hh')}`);
    if (kind.includes('ih') && recurrent?.shape[1] !== units) continue;
    if (bias && bias.size !== shape[0]) continue;
    throw new InvalidArgumentError(
      `the GRU ${show(prefix.replace(/\.$/, '') || 'gru')} has ${kind} in parts (${show(name)}), as weight_norm, spectral_norm or pruning leave it; ` +
        'remove them in PyTorch (remove_weight_norm, parametrize.remove_parametrizations, prune.remove) and save again',
    );
  }
}

/**
 * @param {string} name
 * @param {Map<string, Parts>} places
 * @returns {GRUDescription | null} null: not a GRU, but an LSTM or a plain RNN
 * @throws {InvalidArgumentError} a GRU with a projection, or with layers that do not fit each other
 */
function read_module(name, places) {
  const first = read_sizes(places.get('0'));
  if (!first) return null;
  const { units, input_size } = first;
  const is_bidirectional = places.has('0 reverse');
  /** @type {GRUDescription['layers']} */
  const layers = [];
  for (let number = 0; places.has(`${number}`); number++) {
    const width = number === 0 ? input_size : units * (is_bidirectional ? 2 : 1);
    const read = (/** @type {string} */ place) =>
      read_direction(`the GRU ${show(name)}, layer ${place}`, places.get(place), width, units);
    layers.push({
      forward: read(`${number}`),
      backward: is_bidirectional ? read(`${number} reverse`) : null,
    });
  }
  return { name: name || 'gru', kind: 'layer', reset_gate: 'after', input_size, units, options: {}, layers };
}

/** @param {Parts | undefined} parts @returns {{ units: number, input_size: number } | null} null: other shapes than a GRU has */
function read_sizes(parts) {
  const [rows, units] = parts?.weight_hh?.shape ?? [];
  const input_size = parts?.weight_ih?.shape[1] ?? 0;
  const fit = have_shapes([
    [parts?.weight_ih, [rows, input_size]],
    [parts?.weight_hh, [rows, units]],
  ]);
  return fit && units > 0 && input_size > 0 && rows === 3 * units ? { units, input_size } : null;
}

/**
 * @param {string} what
 * @param {Parts | undefined} parts
 * @param {number} input_size
 * @param {number} units
 * @returns {GRUWeights}
 */
function read_direction(what, parts, input_size, units) {
  if (parts?.weight_hr) throw new InvalidArgumentError(`${what}: proj_size is not supported (weight_hr)`);
  const { weight_ih, weight_hh, bias_ih, bias_hh } = parts ?? {};
  const biases = /** @type {[Tensor | undefined, number[]][]} */ (
    bias_ih || bias_hh
      ? [
          [bias_ih, [3 * units]],
          [bias_hh, [3 * units]],
        ]
      : []
  );
  const fit = have_shapes([[weight_ih, [3 * units, input_size]], [weight_hh, [3 * units, units]], ...biases]);
  if (!fit)
    throw new InvalidArgumentError(
      `${what}: its weights do not have the shapes of a GRU of ${units} units and ${input_size} inputs`,
    );
  return {
    kernel: from_pytorch(weight_ih),
    recurrent_kernel: from_pytorch(weight_hh),
    bias: bias_ih
      ? concatenate([bias_ih, bias_hh].map((bias) => reshape(reorder(bias, 0), [1, 3 * units])))
      : null,
  };
}

/** Gates r, z, n along an axis in Keras's order. @param {Tensor} tensor @param {number} axis */
function reorder(tensor, axis) {
  const [r, z, n] = split(tensor, 3, { axis });
  return concatenate([z, r, n], { axis });
}

/** @param {Tensor} weight [3 units, rows] */
const from_pytorch = (weight) => reorder(transpose(weight), 1);
