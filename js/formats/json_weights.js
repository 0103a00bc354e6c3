// Weights as nested lists in JSON: models of RTNeural (a list of layers), and state_dicts of PyTorch, alone or under `state_dict` as
// Automated-GuitarAmpModelling writes them.
import { is_plain_object, show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of, MAX_RANK, Tensor } from '../runtime/tensor.js';
import { parse_python_json } from './python_json.js';
import { decode_utf8 } from './utf8.js';

/** What the weights of RTNeural's layers are, in their order. @type {Record<string, string[]>} */
const WEIGHT_NAMES = {
  dense: ['kernel', 'bias'],
  'time-distributed-dense': ['kernel', 'bias'],
  gru: ['kernel', 'recurrent_kernel', 'bias'],
  lstm: ['kernel', 'recurrent_kernel', 'bias'],
  conv1d: ['kernel', 'bias'],
  prelu: ['alpha'],
  batchnorm: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid JSON file of weights: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} tensors by their names, of RTNeural by `layers/0/gru/kernel` and so on; `metadata`: what
 *   is beside the weights
 * @throws {InvalidArgumentError} not JSON, or no nested lists of numbers in it
 */
export function read_json_weights(bytes) {
  let text = '';
  try {
    text = decode_utf8(bytes);
  } catch {
    fail('it is not text in UTF-8');
  }
  const value = parse_python_json('the file', text);
  if (!is_plain_object(value)) return fail('it is not an object');
  if (typeof value.architecture === 'string' && is_plain_object(value.config))
    fail(
      `it is a model of NeuralAmpModeler (.nam) with the architecture ${show(value.architecture)}, whose weights are one list without names and which has no GRU`,
    );
  if (Array.isArray(value.layers)) return read_layers(value);
  const state = is_plain_object(value.state_dict) ? value.state_dict : value;
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const [name, list] of Object.entries(state))
    if (Array.isArray(list)) tensors.set(name, to_tensor(name, list));
  if (!tensors.size) fail('it has no lists of numbers');
  const metadata =
    state === value
      ? null
      : Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'state_dict'));
  return { tensors, metadata, guitar_amp: is_plain_object(metadata?.model_data) };
}

/** @param {{ [name: string]: any }} value @returns {import('./files.js').FileContents} */
function read_layers({ layers, ...metadata }) {
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  const described = layers.map((/** @type {any} */ layer, /** @type {number} */ i) => {
    if (!is_plain_object(layer) || typeof layer.type !== 'string')
      return fail(`the layer ${i} is ${show(layer)}, without a type`);
    const { weights = [], ...options } = layer;
    if (!Array.isArray(weights)) return fail(`the weights of the layer ${i} are ${show(weights)}`);
    const known = WEIGHT_NAMES[layer.type] ?? [];
    const names = weights.map((list, place) => {
      const name = `layers/${i}/${layer.type}/${known[place] ?? place}`;
      tensors.set(name, to_tensor(name, list));
      return name;
    });
    return { ...options, weights: names };
  });
  return { tensors, metadata, rtneural: { in_shape: metadata.in_shape ?? null, layers: described } };
}

/** @param {string} name @param {unknown} nested @returns {Tensor} of float32 */
function to_tensor(name, nested) {
  /** @type {number[]} */
  const shape = [];
  for (let inner = nested; Array.isArray(inner); inner = inner[0]) {
    if (shape.length === MAX_RANK) fail(`${show(name)} has more than ${MAX_RANK} dimensions`);
    shape.push(inner.length);
  }
  const values = Array.isArray(nested) ? nested.flat(shape.length) : [nested];
  const data = array_of('float32', values.length);
  /** @type {(list: any, depth: number) => boolean} */
  const is_full = (list, depth) =>
    depth === shape.length
      ? typeof list === 'number'
      : Array.isArray(list) && list.length === shape[depth] && list.every((item) => is_full(item, depth + 1));
  if (!is_full(nested, 0)) fail(`${show(name)} is not nested lists of numbers of one shape`);
  values.forEach((value, i) => {
    data[i] = value;
  });
  return new Tensor(data, shape, 'float32');
}
