// Local heaps, which hold the names in a group, and global heaps, which hold texts of any length.
import { fail } from './hdf5_file.js';

/** @typedef {import('./hdf5_file.js').HDF5File} HDF5File */

/**
 * @param {HDF5File} file
 * @param {number} address of a local heap
 * @returns {(offset: number) => string} a name
 */
export function read_local_heap(file, address) {
  const cursor = file.cursor('the names of a group', address);
  cursor.signature('HEAP');
  cursor.version([0]);
  cursor.skip(3);
  const size = cursor.length();
  cursor.length(); // where its free space begins
  const { bytes, start, end } = { bytes: file.bytes, ...place(file, cursor.defined_address(), size) };
  return (offset) => {
    const first = start + offset;
    if (!(offset >= 0 && first < end)) fail('a name is outside of the names of its group');
    const last = bytes.indexOf(0, first);
    if (last < 0 || last >= end) fail('a name in a group has no end');
    file.count_reads(last - first + 1);
    return text_of(bytes.subarray(first, last));
  };
}

/** @param {HDF5File} file @param {number} address @param {number} size */
function place(file, address, size) {
  const { start, end } = file.cursor('the names of a group', address, size);
  return { start, end };
}

/**
 * The global heaps of a file, each of which is read once.
 * @param {HDF5File} file
 * @returns {(address: number, index: number) => Uint8Array} an object's bytes
 */
export function global_heaps(file) {
  /** @type {Map<number, Map<number, { start: number, end: number }>>} */
  const heaps = new Map();
  return (address, index) => {
    let objects = heaps.get(address);
    if (!objects) {
      objects = read_global_heap(file, address);
      heaps.set(address, objects);
    }
    const object = objects.get(index) ?? fail(`the global heap at ${address} has no object ${index}`);
    file.count_reads(object.end - object.start);
    return file.bytes.subarray(object.start, object.end);
  };
}

/** @param {HDF5File} file @param {number} address */
function read_global_heap(file, address) {
  const header = file.cursor('a global heap', address);
  header.signature('GCOL');
  header.version([1]);
  header.skip(3);
  const size = header.length();
  const cursor = file.cursor('a global heap', address, size);
  cursor.skip(8 + file.length_size);
  const smallest = 8 + file.length_size;
  /** @type {Map<number, { start: number, end: number }>} */
  const objects = new Map();
  while (cursor.left >= smallest) {
    const index = cursor.u16();
    cursor.skip(6); // the number of references
    const length = cursor.length();
    if (index === 0) break; // the rest is free
    const start = cursor.start;
    cursor.skip(length);
    objects.set(index, { start, end: start + length });
    cursor.skip(Math.min((8 - (length % 8)) % 8, cursor.left));
  }
  return objects;
}

/**
 * Text, to its first zero.
 * @param {Uint8Array} bytes in UTF-8
 * @returns {string} bytes that are not UTF-8 as U+FFFD
 */
export function text_of(bytes) {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
