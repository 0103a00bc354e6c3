// Keras 3's format `.keras`: a zip with config.json, metadata.json and the weights in HDF5.
import { is_plain_object } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { read_hdf5 } from './hdf5.js';
import { weights_by_layer } from './keras_paths.js';
import { parse_python_json } from './python_json.js';
import { decode_utf8 } from './utf8.js';
import { read_zip } from './zip.js';

/** The name of the file of weights. */
const WEIGHTS = 'model.weights.h5';

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid .keras file: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} `metadata`: what metadata.json says
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_keras_zip(bytes) {
  const files = read_zip(bytes);
  const weights = files.get(WEIGHTS)?.() ?? fail(`it has no ${WEIGHTS}`);
  const { tensors, warnings } = read_hdf5(weights);
  const config = json_in(files, 'config.json') ?? fail('it has no config.json');
  const metadata = json_in(files, 'metadata.json');
  const version = metadata?.keras_version;
  return {
    tensors,
    metadata,
    keras: {
      config,
      training: config.compile_config ?? null,
      version: typeof version === 'string' ? version : null,
      layer_weights: weights_by_layer(config, tensors.keys()),
    },
    warnings,
  };
}

/** @param {Map<string, () => Uint8Array>} files @param {string} name @returns {any} null: there is none */
function json_in(files, name) {
  const bytes = files.get(name)?.();
  if (!bytes) return null;
  let text = '';
  try {
    text = decode_utf8(bytes);
  } catch {
    fail(`${name} is not text in UTF-8`);
  }
  const value = parse_python_json(name, text);
  return is_plain_object(value) ? value : fail(`${name} is not a JSON object`);
}
