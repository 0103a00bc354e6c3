// Keras's files in HDF5: whole models, and weights alone. A layer is a group whose attribute `weight_names` names its datasets in their
// order; the group around them has the attribute `layer_names`.
import { read_hdf5 } from './hdf5.js';
import { parse_python_json } from './python_json.js';

/**
 * @typedef {import('./hdf5.js').Attributes} Attributes
 * @typedef {import('./files.js').FileContents} FileContents
 */

/** Attributes of the root that hold a configuration as JSON. */
const CONFIGURATIONS = ['model_config', 'training_config'];

const NO_CONFIGURATION =
  'the file has weights without a configuration, so the activations of a GRU are not known and taken as tanh and sigmoid; ' +
  'Keras 1, Keras 2 before TensorFlow 2 and TensorFlow.js have hard_sigmoid as the default of recurrent_activation';

/**
 * @param {Uint8Array} bytes
 * @returns {FileContents} `metadata`: the other attributes of the root, such as `keras_version`
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_keras_h5(bytes) {
  const { tensors, groups, warnings } = read_hdf5(bytes);
  const root = groups.get('') ?? new Map();
  const others = [...root].filter(([name]) => !CONFIGURATIONS.includes(name));
  return {
    tensors,
    metadata: others.length ? Object.fromEntries(others) : null,
    keras: read_model(root, groups),
    warnings: has_old_weights_alone(root, tensors) ? [...warnings, NO_CONFIGURATION] : warnings,
  };
}

/**
 * Whether a file has weights alone, and among them those of a GRU with the reset gate before the recurrent product, which is the form of
 * the versions whose default for its activation changed later.
 * @param {Attributes} root
 * @param {FileContents['tensors']} tensors
 */
const has_old_weights_alone = (root, tensors) =>
  !root.has('model_config') &&
  Array.from(tensors).some(([name, { shape }]) => {
    if (/_b_z(:0)?$/.test(name)) return true;
    if (!/(^|\/)recurrent_kernel(:0)?$/.test(name) || shape[1] !== 3 * shape[0]) return false;
    return tensors.get(name.replace('recurrent_kernel', 'bias'))?.shape.length === 1;
  });

/**
 * @param {Attributes} root
 * @param {Map<string, Attributes>} groups
 * @returns {import('./files.js').KerasModel | null}
 */
function read_model(root, groups) {
  const text = root.get('model_config');
  if (typeof text !== 'string') return null;
  const version = root.get('keras_version');
  const prefix = groups.has('model_weights') ? 'model_weights/' : '';
  const layers = groups.get(prefix.slice(0, -1));
  const layer_weights = new Map(
    names_in(layers, 'layer_names').map((layer) => {
      const names = names_in(groups.get(prefix + layer), 'weight_names');
      return [layer, names.map((name) => `${prefix}${layer}/${name}`)];
    }),
  );
  return {
    config: parse_python_json("the file's attribute model_config", text),
    version: typeof version === 'string' ? version : null,
    layer_weights,
  };
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
