// TensorFlow's checkpoints: `name.index`, a table of variables, and `name.data-00000-of-00001`, … with their bytes.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { join_slices, slice_key } from './checkpoint_slices.js';
import { is_version_1, read_version_1 } from './checkpoint_v1.js';
import { default_warnings } from './keras_defaults.js';
import { NUMBERS, read_numbers, UnsupportedTensor } from './numbers.js';
import { name_of_key, names_in_object_graph, OBJECT_GRAPH, single_string } from './object_graph.js';
import { decode_message } from './protobuf/decode.js';
import { readBundleEntryProto, readBundleHeaderProto } from './protobuf/tensorflow_messages.js';
import { read_sstable } from './sstable.js';
import { TENSORFLOW_TYPES, tensorflow_shape } from './tensorflow_tensor.js';

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid checkpoint: ${message}`);
};

/**
 * @param {Uint8Array} bytes of the index
 * @param {import('./source.js').SourceFile} file
 * @returns {Promise<import('./files.js').FileContents>} the variables by their names; of TensorFlow 2's without `/.ATTRIBUTES/VARIABLE_VALUE`
 * @throws {InvalidArgumentError} a damaged file
 * @throws {NotFoundError} a file of data is missing
 */
export async function read_tf1_checkpoint(bytes, file) {
  const table = read_sstable(bytes);
  const first = table.get('') ?? fail('its index has no header');
  if (is_version_1(first)) {
    const tensors = read_version_1(table);
    return { tensors, metadata: null, warnings: default_warnings(tensors) };
  }
  const header = decode_message('checkpoint', readBundleHeaderProto, first);
  if (header.endianness === 1) fail('its byte order is big-endian, which is not supported');
  const prefix = (file.name ?? 'model.ckpt.index').replace(/\.index$/, '');
  /** @type {Map<number, Promise<Uint8Array>>} */
  const shards = new Map();
  const shard = (/** @type {number} */ number) => {
    if (!(number >= 0 && number < header.num_shards))
      fail(`a variable is in the file ${number} of ${header.num_shards}`);
    const digits = (/** @type {number} */ value) => String(value).padStart(5, '0');
    const data =
      shards.get(number) ?? file.sibling(`${prefix}.data-${digits(number)}-of-${digits(header.num_shards)}`);
    shards.set(number, data);
    return data;
  };
  const entry_of = (/** @type {Uint8Array} */ value) =>
    decode_message('checkpoint', readBundleEntryProto, value);
  /** Elements may not be in several variables: a small file could name very many. @type {Map<number, number>} */
  const bytes_read = new Map();
  const bytes_of = async (/** @type {string} */ what, /** @type {any} */ entry) => {
    const data = await shard(entry.shard_id);
    const part = checked_part(what, entry, data);
    const sum = (bytes_read.get(entry.shard_id) ?? 0) + part.length;
    if (sum > data.length) fail('its variables have more bytes than its files');
    bytes_read.set(entry.shard_id, sum);
    return part;
  };
  const graph = table.get(OBJECT_GRAPH);
  const string = graph ? single_string(await bytes_of(OBJECT_GRAPH, entry_of(graph))) : null;
  const names = string ? names_in_object_graph(string) : new Map();
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  const warnings = [];
  for (const [key, value] of table) {
    // Parts of partitioned variables have keys that begin with a zero.
    if (key === '' || key.charCodeAt(0) === 0) continue;
    const entry = entry_of(value);
    // Objects that are not numbers have other dtypes.
    if (!TENSORFLOW_TYPES.has(entry.dtype)) continue;
    const name = names.get(key) ?? name_of_key(key);
    const what = `the variable ${show(name)}`;
    if (tensors.has(name)) fail(`it has ${what} twice`);
    try {
      tensors.set(name, await read_variable(what, key, entry));
    } catch (error) {
      if (!(error instanceof UnsupportedTensor)) throw error;
      warnings.push(`${error.message}, and was left out`);
    }
  }
  return { tensors, metadata: null, warnings: [...warnings, ...default_warnings(tensors)] };

  /** @param {string} what @param {string} key @param {any} entry a BundleEntryProto @returns {Promise<Tensor>} */
  async function read_variable(what, key, entry) {
    const { dtype, shape, slices } = entry;
    if (!slices.length) return read_entry(what, entry, await bytes_of(what, entry));
    const parts = [];
    for (const slice of slices) {
      const part = table.get(slice_key(key, slice)) ?? fail(`it lacks a part of ${what}`);
      const part_entry = entry_of(part);
      if (part_entry.dtype !== dtype || part_entry.slices.length) fail(`a part of ${what} has another dtype`);
      parts.push({ slice, tensor: read_entry(what, part_entry, await bytes_of(what, part_entry)) });
    }
    return join_slices(what, tensorflow_shape(what, shape), parts);
  }
}

/** @param {string} what @param {any} entry a BundleEntryProto @param {Uint8Array} data of its file */
function checked_part(what, { offset, size, crc32c }, data) {
  if (!(offset >= 0 && size >= 0 && offset + size <= data.length))
    fail(`${what} ends after the end of its file`);
  const part = data.subarray(offset, offset + size);
  // The checksum of strings is of their lengths too, in another form.
  if (what !== OBJECT_GRAPH && masked_crc32c(part) !== crc32c)
    fail(`${what} is damaged: its checksum is wrong`);
  return part;
}

/** @param {string} what @param {any} entry a BundleEntryProto @param {Uint8Array} part @returns {Tensor} */
function read_entry(what, { dtype, shape }, part) {
  const type = /** @type {import('./numbers.js').NumberType} */ (TENSORFLOW_TYPES.get(dtype));
  const sizes = tensorflow_shape(what, shape);
  const bytes = size_of(sizes) * NUMBERS[type].bytes;
  if (part.length !== bytes)
    fail(`${what} of shape ${show(sizes)} must have ${bytes} bytes, but has ${part.length}`);
  const numbers = read_numbers(what, part, type);
  return new Tensor(numbers.data, sizes, numbers.dtype);
}

/** @type {Uint32Array | null} */
let table = null;

/** CRC-32C as LevelDB stores it. @param {Uint8Array} bytes */
export function masked_crc32c(bytes) {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
