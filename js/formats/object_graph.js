// The names of variables in checkpoints of TensorFlow 2, whose keys are paths through objects: `_CHECKPOINTABLE_OBJECT_GRAPH`.
import { decode_message } from './protobuf/decode.js';
import { readTrackableObjectGraph } from './protobuf/tensorflow_messages.js';

/** The key of the graph of objects in a checkpoint. */
export const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';

/** What TensorFlow 2 appends to the path of a variable. */
const SUFFIX = /\/\.ATTRIBUTES\/VARIABLE_VALUE$/;

/** The name of a variable of a checkpoint, without what TensorFlow 2 appends. @param {string} key */
export const name_of_key = (key) => key.replace(SUFFIX, '');

/** A path that says the place of a variable in a list of all, and nothing of its layer. */
const IN_LIST = /(^|\/)(trainable_|non_trainable_|_)?variables\/\d+$/;

/**
 * Names for the variables whose keys do not tell the layer: SavedModels have `variables/0` for the weights of cells.
 * @param {Uint8Array} bytes the element of the tensor of strings
 * @returns {Map<string, string>} such as `gru/gru_cell/kernel`, by the key; only those that no other variable has
 * @throws {InvalidArgumentError} damaged bytes
 */
export function names_in_object_graph(bytes) {
  const { nodes } = decode_message('checkpoint', readTrackableObjectGraph, bytes);
  /** @type {Map<string, string>} */
  const names = new Map();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { attributes } of nodes)
    for (const { full_name, checkpoint_key } of attributes) {
      counts.set(full_name, (counts.get(full_name) ?? 0) + 1);
      if (full_name && IN_LIST.test(name_of_key(checkpoint_key))) names.set(checkpoint_key, full_name);
    }
  for (const [key, name] of names) if (counts.get(name) !== 1) names.delete(key);
  return names;
}

/**
 * The bytes of a tensor of one string, as a checkpoint stores it: its length, a checksum of that, the string.
 * @param {Uint8Array} data
 * @returns {Uint8Array | null} null: something else
 */
export function single_string(data) {
  let [length, at] = [0, 0];
  for (let scale = 1; scale < 2 ** 49; scale *= 128) {
    const byte = data[at++];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return at + 4 + length === data.length ? data.subarray(at + 4) : null;
}
