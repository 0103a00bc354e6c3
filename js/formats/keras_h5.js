// Keras's files in HDF5: whole models, and weights alone. A layer is a group whose attribute `weight_names` names its datasets in their
// order; the group around them has the attribute `layer_names`.
import { read_hdf5 } from './hdf5.js';
import { default_warnings } from './keras_defaults.js';
import { parse_python_json } from './python_json.js';

/**
 * @typedef {import('./hdf5.js').Attributes} Attributes
 * @typedef {import('./files.js').FileContents} FileContents
 */

/** Attributes of the root that hold a configuration as JSON. */
const CONFIGURATIONS = ['model_config', 'training_config'];

/**
 * @param {Uint8Array} bytes
 * @returns {FileContents} `metadata`: the other attributes of the root, such as `keras_version`
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_keras_h5(bytes) {
  const { tensors, groups, warnings } = read_hdf5(bytes);
  const root = groups.get('') ?? new Map();
  const layer_weights = read_layer_weights(groups);
  const others = [...root].filter(([name]) => !CONFIGURATIONS.includes(name));
  return {
    tensors: in_order_of_layers(tensors, layer_weights),
    metadata: others.length ? Object.fromEntries(others) : null,
    keras: read_model(root, layer_weights),
    layer_weights,
    warnings: root.has('model_config') ? warnings : [...warnings, ...default_warnings(tensors)],
  };
}

/**
 * @param {Attributes} root
 * @param {Map<string, string[]>} layer_weights
 * @returns {import('./files.js').KerasModel | null}
 */
function read_model(root, layer_weights) {
  const text = root.get('model_config');
  if (typeof text !== 'string') return null;
  const version = root.get('keras_version');
  return {
    config: parse_python_json("the file's attribute model_config", text),
    training: training_in(root.get('training_config')),
    version: typeof version === 'string' ? version : null,
    layer_weights,
  };
}

/** @param {unknown} text @returns {any} null: nothing that can be read, which predictions do not need */
function training_in(text) {
  try {
    return typeof text === 'string' ? parse_python_json('training_config', text) : null;
  } catch {
    return null;
  }
}

/**
 * The names of each layer's weights, in their order, by the layer's name.
 * @param {Map<string, Attributes>} groups
 * @returns {Map<string, string[]>}
 */
function read_layer_weights(groups) {
  const prefix = groups.has('model_weights') ? 'model_weights/' : '';
  const layers = groups.get(prefix.slice(0, -1));
  return new Map(
    names_in(layers, 'layer_names').map((layer) => {
      const names = names_in(groups.get(prefix + layer), 'weight_names');
      return [layer, names.map((name) => `${prefix}${layer}/${name}`)];
    }),
  );
}

/**
 * Tensors in the order of the model's layers, which HDF5 has in that of their names.
 * @param {FileContents['tensors']} tensors
 * @param {Map<string, string[]>} layer_weights
 * @returns {FileContents['tensors']}
 */
function in_order_of_layers(tensors, layer_weights) {
  const ordered = new Map();
  for (const names of layer_weights.values())
    for (const name of names) {
      const tensor = tensors.get(name);
      if (tensor) ordered.set(name, tensor);
    }
  // Those that no layer names.
  for (const [name, tensor] of tensors) if (!ordered.has(name)) ordered.set(name, tensor);
  return ordered;
}

/**
 * A list of names, which Keras splits into `name0`, `name1`, … where it would be too long.
 * @param {Attributes | undefined} attributes
 * @param {string} name
 * @returns {string[]}
 */
function names_in(attributes, name) {
  const list = [];
  const whole = attributes?.get(name);
  if (Array.isArray(whole)) for (const one of whole) list.push(String(one));
  for (let i = 0; ; i++) {
    const part = attributes?.get(`${name}${i}`);
    if (!Array.isArray(part)) return list;
    for (const one of part) list.push(String(one));
  }
}
