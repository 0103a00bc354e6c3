// The one table of file formats, and reading a file of any of them.
import { InvalidArgumentError } from '../runtime/errors.js';
import { model_file_mismatch, read_model_file } from './model_file.js';
import { read_safetensors, safetensors_mismatch } from './safetensors.js';

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
