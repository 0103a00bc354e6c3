// The one table of file formats, and reading and writing a file of any of them.
import { check_one_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { model_file_mismatch, read_model_file } from './model_file.js';
import { read_safetensors, safetensors_mismatch, write_safetensors } from './safetensors.js';

/**
 * @typedef {object} FileContents
 * @property {Map<string, import('../runtime/tensor.js').Tensor>} tensors by the file's names
 * @property {any} metadata what the file says beside them, as plain data; null: nothing
 * @property {{ class_name: string, config: { [option: string]: any } } | null} model the configuration of a whole model, of
 *   which `tensors` are the weights in order; null: the file has none
 *
 * @typedef {object} Format
 * @property {string} name
 * @property {(bytes: Uint8Array) => string | null} mismatch why bytes are not in this format, from their beginning; null: they
 *   may be
 * @property {(bytes: Uint8Array) => FileContents | Promise<FileContents>} read throws InvalidArgumentError
 * @property {(tensors: FileContents['tensors'], metadata: { [key: string]: string }) => Uint8Array | Promise<Uint8Array>} [write] for
 *   weights without a model
 */

/**
 * In the order in which they are tried. A new format is a file in this folder and a row here; a reader of more than a few
 * kilobytes is imported in its `read`, by `import()`, so that only those who read that format load it. These two are small, and
 * are wanted in worklets too, where `import()` is not allowed.
 * @type {readonly Format[]}
 */
const FORMATS = [
  { name: 'gru-wasm model', mismatch: model_file_mismatch, read: read_model_file },
  {
    name: 'safetensors',
    mismatch: safetensors_mismatch,
    read(bytes) {
      const { tensors, metadata } = read_safetensors(bytes);
      return { tensors, metadata: metadata.size ? Object.fromEntries(metadata) : null, model: null };
    },
    write: write_safetensors,
  },
];

/**
 * @param {string} what the function and the argument, for messages
 * @param {Uint8Array} bytes
 * @returns {Promise<{ format: string, contents: FileContents }>}
 * @throws {InvalidArgumentError} no known format, or a damaged file
 */
export async function read_file(what, bytes) {
  const mismatches = [];
  for (const { name, mismatch, read } of FORMATS) {
    const reason = mismatch(bytes);
    if (reason !== null) {
      mismatches.push(`${name}: ${reason}`);
      continue;
    }
    try {
      return { format: name, contents: await read(bytes) };
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause;
      throw new InvalidArgumentError(`${what}, read as ${name}: ${cause.message}`, { cause });
    }
  }
  throw new InvalidArgumentError(`${what} is in none of the known formats (${mismatches.join('; ')})`);
}

/**
 * @param {string} what the function, for messages
 * @param {string} format
 * @param {FileContents['tensors']} tensors
 * @param {{ [key: string]: string }} metadata
 * @returns {Promise<Uint8Array>}
 * @throws {ValueError} a format that is not known, or is not written
 */
export async function write_file(what, format, tensors, metadata) {
  const writers = new Map(FORMATS.flatMap(({ name, write }) => (write ? [[name, write]] : [])));
  const name = check_one_of(`${what}: format`, format, [...writers.keys()]);
  return /** @type {NonNullable<Format['write']>} */ (writers.get(name))(tensors, metadata);
}
