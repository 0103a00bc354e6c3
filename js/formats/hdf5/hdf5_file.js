// The bytes of an HDF5 file: addresses and sizes as its superblock states them, and a cursor that stays inside the file.
//
// An HDF5 file is a graph of blocks that point to each other, so a damaged or malicious one can send a reader round in circles, or
// through the same bytes again and again. Three limits make that end: every read counts against a budget proportional to the file's
// length, stored values may be read only as often as the file is long, and decompressed values have a limit too.
import { InvalidArgumentError } from '../../runtime/errors.js';

/** How many times the length of the file the blocks around the values may be read, all together. */
const READS_PER_BYTE = 16;
const LEAST_READS = 1 << 20;

/** Bytes of values that a compressed file may give: this, and so many for each of its own. */
const LEAST_EXPANSION = 1 << 26;
const EXPANSION_PER_BYTE = 16;

/** @param {string} message @returns {never} */
export function fail(message) {
  throw new InvalidArgumentError(`not a valid HDF5 file: ${message}`);
}

export class HDF5File {
  #reads;
  #stored;
  #expansion;

  /**
   * @param {Uint8Array} bytes
   * @param {{ base: number, offset_size: number, length_size: number }} sizes `base`: where the addresses begin; the others: bytes
   *   of an address and of a length
   */
  constructor(bytes, { base, offset_size, length_size }) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = base;
    this.offset_size = offset_size;
    this.length_size = length_size;
    this.#reads = LEAST_READS + READS_PER_BYTE * bytes.length;
    this.#stored = bytes.length;
    this.#expansion = LEAST_EXPANSION + EXPANSION_PER_BYTE * bytes.length;
  }

  /** @param {number} count bytes that are read now */
  count_reads(count) {
    this.#reads -= count;
    if (this.#reads < 0) fail('its blocks refer to each other so often that reading them does not end');
  }

  /** @param {string} what @param {number} count bytes that a decompressed block will have */
  count_expansion(what, count) {
    this.#expansion -= count;
    if (this.#expansion < 0)
      fail(`${what} is compressed so much that its values may be larger than memory allows`);
  }

  /**
   * @param {string} what for messages
   * @param {number} address
   * @param {number} [length] default: to the end of the file
   * @returns {Cursor}
   */
  cursor(what, address, length) {
    const start = this.base + address;
    const end = length === undefined ? this.bytes.length : start + length;
    if (!(start >= 0 && start <= end && end <= this.bytes.length))
      fail(`${what} would be at ${start} to ${end}, but the file has ${this.bytes.length} bytes`);
    return new Cursor(this, what, start, end);
  }

  /**
   * Stored values. All of them together are no longer than the file.
   * @param {string} what
   * @param {number} address
   * @param {number} length
   * @returns {Uint8Array} not a copy
   */
  values(what, address, length) {
    const { start, end } = this.cursor(what, address, length);
    this.#stored -= length;
    if (this.#stored < 0) fail(`${what} and what was read before share the same bytes of the file`);
    return this.bytes.subarray(start, end);
  }
}

/** Reads one block from its beginning on. */
export class Cursor {
  /** @param {HDF5File} file @param {string} what @param {number} start @param {number} end in the file's bytes */
  constructor(file, what, start, end) {
    this.file = file;
    this.what = what;
    this.start = start;
    this.end = end;
  }

  /** Bytes that are left. */
  get left() {
    return this.end - this.start;
  }

  /** @param {number} count @returns {number} where the bytes begin */
  advance(count) {
    const at = this.start;
    if (!(count >= 0 && count <= this.left)) fail(`${this.what} ends before it is complete`);
    this.file.count_reads(count);
    this.start += count;
    return at;
  }

  /** @param {number} count @returns {Uint8Array} not a copy */
  take(count) {
    const at = this.advance(count);
    return this.file.bytes.subarray(at, at + count);
  }

  /** @param {number} count bytes that are not read */
  skip(count) {
    this.advance(count);
  }

  /** A block inside this one. @param {number} count @returns {Cursor} */
  part(count) {
    const start = this.advance(count);
    return new Cursor(this.file, this.what, start, start + count);
  }

  u8() {
    return this.file.view.getUint8(this.advance(1));
  }
  u16() {
    return this.file.view.getUint16(this.advance(2), true);
  }
  u32() {
    return this.file.view.getUint32(this.advance(4), true);
  }

  /** An unsigned integer of so many bytes. @param {number} count at most 8 @returns {number} */
  uint(count) {
    const bytes = this.take(count);
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[i];
    // An address or a length of 2^53 and more is outside every file.
    return value;
  }

  /** @returns {number} */
  length() {
    return this.uint(this.file.length_size);
  }

  /** @returns {number | null} null: the undefined address, all bits of which are set */
  address() {
    const bytes = this.take(this.file.offset_size);
    if (bytes.every((byte) => byte === 255)) return null;
    let value = 0;
    for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i];
    return value;
  }

  /** @returns {number} an address that must be there */
  defined_address() {
    return this.address() ?? fail(`${this.what} has an undefined address`);
  }

  /** @param {string} signature of four letters */
  signature(signature) {
    const bytes = this.take(4);
    if (!bytes.every((byte, i) => byte === signature.charCodeAt(i)))
      fail(`${this.what} does not begin with ${signature}`);
  }

  /** @param {readonly number[]} versions that are known @returns {number} */
  version(versions) {
    const version = this.u8();
    if (!versions.includes(version)) fail(`${this.what} has the unknown version ${version}`);
    return version;
  }
}
