// This package's file of a whole model: safetensors whose metadata hold the model's configuration. It knows no layer: a
// configuration is plain data, weights are named tensors.
import { show } from '../runtime/check.js';
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';
import { read_safetensors, safetensors_mismatch, write_safetensors } from './safetensors.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 *
 * @typedef {object} SavedModel
 * @property {{ class_name: string, config: { [option: string]: any } }} model its configuration
 * @property {Map<string, Tensor>} tensors its weights, in its order
 * @property {any} metadata what the user added, as plain data; null: none
 */

/** What the metadata entry `format` of such a file says. */
const MODEL_FORMAT = 'gru-wasm model';

/**
 * Whether bytes are such a file, by their beginning.
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not; null: they may be
 */
export function model_file_mismatch(bytes) {
  const mismatch = safetensors_mismatch(bytes);
  if (mismatch !== null) return mismatch;
  const header = bytes.subarray(
    8,
    8 + Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(0, true)),
  );
  const name = Array.from(`"${MODEL_FORMAT}"`, (character) => character.charCodeAt(0));
  for (let at = header.indexOf(name[0]); at >= 0; at = header.indexOf(name[0], at + 1))
    if (name.every((code, i) => header[at + i] === code)) return null;
  return `its header does not hold "${MODEL_FORMAT}"`;
}

/**
 * @param {Uint8Array} bytes
 * @returns {SavedModel}
 * @throws {InvalidArgumentError} a file that is damaged, or not a model's
 */
export function read_model_file(bytes) {
  const { tensors, metadata } = read_safetensors(bytes);
  const format = metadata.get('format');
  if (format !== MODEL_FORMAT) {
    throw new InvalidArgumentError(
      `the file is not a model's: its metadata entry "format" must be "${MODEL_FORMAT}", not ${show(format)}`,
    );
  }
  const model = parse(metadata, 'model');
  if (typeof model?.class_name !== 'string' || typeof model.config !== 'object' || model.config === null) {
    throw new InvalidArgumentError(
      `the file's metadata entry "model" must be { class_name, config }, not ${show(model)}`,
    );
  }
  const names = parse(metadata, 'weights');
  if (!Array.isArray(names) || names.length !== tensors.size || new Set(names).size !== names.length) {
    throw new InvalidArgumentError(
      `the file's metadata entry "weights" must name each of its ${tensors.size} weights once`,
    );
  }
  const weights = names.map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new InvalidArgumentError(`the file has no weight ${show(name)}`);
    return /** @type {[string, Tensor]} */ ([name, tensor]);
  });
  return { model, tensors: new Map(weights), metadata: parse(metadata, 'metadata') };
}

/**
 * @param {Map<string, string>} metadata
 * @param {string} key
 * @returns {any}
 */
function parse(metadata, key) {
  try {
    return JSON.parse(metadata.get(key) ?? '');
  } catch (cause) {
    throw new InvalidArgumentError(`the file's metadata entry ${show(key)} is missing or not JSON`, {
      cause,
    });
  }
}

/**
 * @param {string} what the method, for messages
 * @param {SavedModel} saved
 * @returns {Uint8Array}
 * @throws {ValueError} a configuration or metadata that JSON cannot hold
 */
export const write_model_file = (what, { model, tensors, metadata }) =>
  write_safetensors(tensors, {
    format: MODEL_FORMAT,
    model: to_json(`${what}: the configuration`, model),
    weights: JSON.stringify([...tensors.keys()]),
    metadata: to_json(`${what}: metadata`, metadata),
  });

/**
 * @param {string} what
 * @param {unknown} value plain data
 * @returns {string}
 * @throws {ValueError} a value that JSON would lose or change
 */
function to_json(what, value) {
  return JSON.stringify(value ?? null, (key, part) => {
    const is_lost =
      typeof part === 'function' ||
      typeof part === 'symbol' ||
      typeof part === 'bigint' ||
      (typeof part === 'number' && !Number.isFinite(part));
    if (is_lost) throw new ValueError(`${what} cannot be written as JSON: ${key} is ${show(part)}`);
    return part;
  });
}
