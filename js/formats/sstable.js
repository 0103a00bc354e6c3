// Sorted string tables (LevelDB's format), in which TensorFlow's checkpoints keep their index.
import { InvalidArgumentError } from '../runtime/errors.js';
import { sstable_mismatch } from './sstable_mismatch.js';
import { decode_latin1 } from './utf8.js';

/** The length of the record at the end. */
const FOOTER = 48;

/** A block of the table may be unpacked to this many bytes. */
const MOST_UNPACKED = 1 << 26;

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid checkpoint index: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {Map<string, Uint8Array>} values by their keys, of which each byte is a character
 * @throws {InvalidArgumentError} a damaged table
 */
export function read_sstable(bytes) {
  if (bytes.length < FOOTER || sstable_mismatch(bytes) !== null) fail('it has no end of a table');
  const footer = new Cursor(bytes.subarray(bytes.length - FOOTER));
  footer.handle();
  /** @type {Map<string, Uint8Array>} */
  const values = new Map();
  for (const [, handle] of read_block(bytes, footer.handle()))
    for (const [key, value] of read_block(bytes, new Cursor(handle).handle())) {
      if (values.has(key)) fail('it has a key twice');
      values.set(key, value);
    }
  return values;
}

/** @typedef {{ offset: number, size: number }} Handle */

/** Reads numbers one after the other. */
class Cursor {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  varint() {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.bytes[this.at++] ?? fail('it ends in the middle of a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return fail('a number in it is too large');
  }

  /** @param {number} length */
  take(length) {
    if (!(length <= this.bytes.length - this.at)) fail('it ends in the middle of a value');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** @returns {Handle} */
  handle() {
    return { offset: this.varint(), size: this.varint() };
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Handle} handle
 * @returns {[key: string, value: Uint8Array][]}
 */
function read_block(bytes, { offset, size }) {
  if (!(offset + size + 5 <= bytes.length)) fail('a block in it is outside of the file');
  const stored = bytes.subarray(offset, offset + size);
  const type = bytes[offset + size];
  if (type > 1) fail(`a block in it is compressed by the method ${type}; only snappy is supported`);
  const block = type === 1 ? read_snappy(stored) : stored;
  if (block.length < 4) fail('a block in it is empty');
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true);
  if (!(end >= 0)) fail('a block in it has no list of restarts');
  const cursor = new Cursor(block.subarray(0, end));
  /** @type {[string, Uint8Array][]} */
  const entries = [];
  let key = '';
  while (cursor.at < end) {
    const [shared, rest, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
    if (shared > key.length) fail('a key in it shares more than there is');
    key = key.slice(0, shared) + decode_latin1(cursor.take(rest));
    entries.push([key, cursor.take(length)]);
  }
  return entries;
}

/** @param {Uint8Array} bytes in the format of snappy @returns {Uint8Array} */
function read_snappy(bytes) {
  const cursor = new Cursor(bytes);
  const size = cursor.varint();
  if (size > MOST_UNPACKED || size > 64 * bytes.length) fail('a block in it is unpacked to too many bytes');
  const result = new Uint8Array(size);
  let at = 0;
  const little_endian = (/** @type {number} */ count) =>
    cursor.take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  while (cursor.at < bytes.length) {
    const tag = little_endian(1);
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = 1 + (short < 60 ? short : little_endian(short - 59));
      if (length > size - at) fail('a block in it has too many bytes');
      result.set(cursor.take(length), at);
      at += length;
      continue;
    }
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const distance = kind === 1 ? ((tag >> 5) << 8) + little_endian(1) : little_endian(kind === 2 ? 2 : 4);
    if (distance === 0 || distance > at || length > size - at) fail('a block in it copies from outside');
    for (let i = 0; i < length; i++, at++) result[at] = result[at - distance];
  }
  return at === size ? result : fail('a block in it has too few bytes');
}
