// What a chunk of a dataset went through when it was stored: deflate, the shuffling of bytes, a checksum.
import { unzlibSync } from 'fflate';
import { fail } from './hdf5_file.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {{ id: number, values: number[] }} Filter
 */

const NAMES = new Map([
  [4, 'szip'],
  [5, 'n-bit'],
  [6, 'scale and offset'],
  [32000, 'LZF'],
  [32001, 'Blosc'],
  [32015, 'Zstandard'],
]);

/** @param {Cursor} cursor @returns {Filter[]} in the order in which they were applied */
export function read_filters(cursor) {
  const version = cursor.version([1, 2]);
  const count = cursor.u8();
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const id = cursor.u16();
    const name_length = version === 1 || id >= 256 ? cursor.u16() : 0;
    cursor.skip(2); // flags
    const value_count = cursor.u16();
    cursor.skip(version === 1 ? Math.ceil(name_length / 8) * 8 : name_length);
    const values = Array.from({ length: value_count }, () => cursor.u32());
    if (version === 1 && value_count % 2) cursor.skip(4);
    return { id, values };
  });
}

/**
 * @param {readonly Filter[]} filters
 * @returns {string | null} the first that is not known; null: all are
 */
export function unknown_filter(filters) {
  const unknown = filters.find(({ id }) => id < 1 || id > 3);
  return unknown ? (NAMES.get(unknown.id) ?? `number ${unknown.id}`) : null;
}

/**
 * @param {string} what the dataset, for messages
 * @param {Uint8Array} bytes
 * @param {readonly Filter[]} filters
 * @param {number} mask a bit for each filter that this chunk did not go through
 * @param {number} size of the chunk's values in bytes
 * @returns {Uint8Array}
 */
export function unfiltered(what, bytes, filters, mask, size) {
  let values = bytes;
  for (let i = filters.length - 1; i >= 0; i--) {
    if (mask & (1 << i)) continue;
    const { id, values: parameters } = filters[i];
    if (id === 1) values = inflate(what, values, size + 4);
    else if (id === 2) values = unshuffled(values, parameters[0]);
    else values = without_checksum(what, values);
  }
  if (values.length !== size) fail(`${what} has a chunk of ${values.length} bytes in place of ${size}`);
  return values;
}

/** @param {string} what @param {Uint8Array} bytes @param {number} most bytes of the result */
function inflate(what, bytes, most) {
  try {
    // One byte more than can be right, so that a result that is too long shows.
    return unzlibSync(bytes, { out: new Uint8Array(most + 1) });
  } catch (cause) {
    return fail(`${what} has a chunk that cannot be decompressed: ${/** @type {Error} */ (cause).message}`);
  }
}

/** The first bytes of all values, then their second bytes, …; put back. @param {Uint8Array} bytes @param {number} width */
function unshuffled(bytes, width) {
  const count = Math.floor(bytes.length / width);
  if (!(width > 1 && count > 1)) return bytes;
  const result = bytes.slice(); // what is left at the end was not shuffled
  for (let byte = 0; byte < width; byte++)
    for (let i = 0; i < count; i++) result[i * width + byte] = bytes[byte * count + i];
  return result;
}

/** Checks Fletcher's checksum of 32 bits, which is at the end. @param {string} what @param {Uint8Array} bytes */
function without_checksum(what, bytes) {
  const length = bytes.length - 4;
  if (length < 0) fail(`${what} has a chunk without its checksum`);
  let [first, second] = [0, 0];
  for (let i = 0; i < length; i += 2) {
    first = (first + bytes[i] * 256 + (i + 1 < length ? bytes[i + 1] : 0)) % 65535;
    second = (second + first) % 65535;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + length, 4);
  const [stored_first, stored_second] = [view.getUint16(0, true), view.getUint16(2, true)];
  if (stored_first % 65535 !== first || stored_second % 65535 !== second)
    fail(`${what} has a chunk whose checksum is wrong`);
  return bytes.subarray(0, length);
}
