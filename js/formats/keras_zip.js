// Keras 3's format `.keras`: a zip with config.json, metadata.json and the weights in HDF5.
import { inflateSync } from 'fflate';
import { is_plain_object } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { read_hdf5 } from './hdf5.js';
import { weights_by_layer } from './keras_paths.js';
import { parse_python_json } from './python_json.js';
import { decode_utf8 } from './utf8.js';
import { zip_entries } from './zip_directory.js';

/** The name of the file of weights. */
const WEIGHTS = 'model.weights.h5';

/** Bytes that a file in the zip may have: this, and so many for each of the zip. */
const LEAST_SIZE = 1 << 26;
const SIZE_PER_BYTE = 16;

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
  const { tensors, warnings } = read_hdf5(file_in(bytes, WEIGHTS) ?? fail(`it has no ${WEIGHTS}`));
  const config = json_in(bytes, 'config.json') ?? fail('it has no config.json');
  const metadata = json_in(bytes, 'metadata.json');
  const version = metadata?.keras_version;
  return {
    tensors,
    metadata,
    keras: {
      config,
      version: typeof version === 'string' ? version : null,
      layer_weights: weights_by_layer(config, tensors.keys()),
    },
    warnings,
  };
}

/** @param {Uint8Array} bytes @param {string} name @returns {any} null: there is none */
function json_in(bytes, name) {
  const file = file_in(bytes, name);
  if (!file) return null;
  let text = '';
  try {
    text = decode_utf8(file);
  } catch {
    fail(`${name} is not text in UTF-8`);
  }
  const value = parse_python_json(name, text);
  return is_plain_object(value) ? value : fail(`${name} is not a JSON object`);
}

/** @param {Uint8Array} bytes @param {string} name @returns {Uint8Array | null} null: there is none */
function file_in(bytes, name) {
  const entry = zip_entries(bytes)?.find((one) => one.name === name);
  if (!entry) return null;
  const { method, compressed, size, header } = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header + 30 > bytes.length || view.getUint32(header, true) !== 0x04034b50)
    fail(`${name} is not where its list of files says`);
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (start + compressed > bytes.length) fail(`${name} is longer than the file`);
  const stored = bytes.subarray(start, start + compressed);
  if (method === 0)
    return compressed === size ? stored : fail(`${name} has ${compressed} bytes, not ${size}`);
  if (method !== 8) fail(`${name} is compressed by method ${method}, which is not known`);
  if (size > LEAST_SIZE + SIZE_PER_BYTE * bytes.length)
    fail(`${name} would have ${size} bytes, which is too much for a file of ${bytes.length}`);
  return inflate(name, stored, size);
}

/** @param {string} name @param {Uint8Array} stored @param {number} size */
function inflate(name, stored, size) {
  try {
    // One byte more than there should be, so that a result that is too long shows.
    const result = inflateSync(stored, { out: new Uint8Array(size + 1) });
    return result.length === size ? result : fail(`${name} has other than the ${size} bytes that are stated`);
  } catch (cause) {
    if (cause instanceof InvalidArgumentError) throw cause;
    return fail(`${name} cannot be decompressed: ${/** @type {Error} */ (cause).message}`);
  }
}
