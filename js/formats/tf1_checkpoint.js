// TensorFlow's checkpoints: `name.index`, a table of variables, and `name.data-00000-of-00001`, … with their bytes.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers } from './numbers.js';
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
  const header = decode_message(
    'checkpoint',
    readBundleHeaderProto,
    table.get('') ?? fail('its index has no header'),
  );
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
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  const warnings = [];
  for (const [key, value] of table) {
    if (key === '') continue;
    const entry = decode_message('checkpoint', readBundleEntryProto, value);
    const name = key.replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, '');
    if (entry.slices.length) {
      warnings.push(
        `the variable ${show(name)} is partitioned, and was left out: partitioned variables are not supported`,
      );
      continue;
    }
    // Slices of partitioned variables have keys that begin with a zero; objects that are not numbers have other dtypes.
    if (key.charCodeAt(0) === 0 || !TENSORFLOW_TYPES.has(entry.dtype)) continue;
    tensors.set(name, read_entry(`the variable ${show(name)}`, entry, await shard(entry.shard_id)));
  }
  return { tensors, metadata: null, warnings };
}

/** @param {string} what @param {any} entry a BundleEntryProto @param {Uint8Array} data of its file */
function read_entry(what, { dtype, shape, offset, size, crc32c }, data) {
  const type = /** @type {import('./numbers.js').NumberType} */ (TENSORFLOW_TYPES.get(dtype));
  const sizes = tensorflow_shape(what, shape);
  const bytes = size_of(sizes) * NUMBERS[type].bytes;
  if (size !== bytes) fail(`${what} of shape ${show(sizes)} must have ${bytes} bytes, but has ${size}`);
  if (!(offset >= 0 && offset + size <= data.length)) fail(`${what} ends after the end of its file`);
  const part = data.subarray(offset, offset + size);
  if (masked_crc32c(part) !== crc32c) fail(`${what} is damaged: its checksum is wrong`);
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
