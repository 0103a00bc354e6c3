// B-trees: version 1, whose leaves are chunks of a dataset or parts of a group, and version 2, which holds records.
import { fail } from './hdf5_file.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 */

/**
 * The leaves of a B-tree of version 1, in order.
 * @template K
 * @param {HDF5File} file
 * @param {string} what for messages
 * @param {number} address
 * @param {{ type: 0 | 1, read_key: (cursor: Cursor) => K }} form `type`: 0 groups, 1 chunks
 * @returns {Generator<{ key: K, address: number }>} with the key before each
 */
export function* leaves_of(file, what, address, { type, read_key }) {
  const visited = new Set();
  /** @type {(address: number, expected_level: number | null) => Generator<{ key: K, address: number }>} */
  function* node(at, expected_level) {
    if (visited.has(at)) fail(`${what}: its B-tree has a node twice`);
    visited.add(at);
    const cursor = file.cursor(what, at);
    cursor.signature('TREE');
    if (cursor.u8() !== type) fail(`${what}: its B-tree is of another type`);
    const level = cursor.u8();
    if (expected_level !== null && level !== expected_level)
      fail(`${what}: its B-tree has a node of level ${level} in place of ${expected_level}`);
    const count = cursor.u16();
    cursor.address(); // of the nodes beside it
    cursor.address();
    for (let i = 0; i < count; i++) {
      const key = read_key(cursor);
      const child = cursor.defined_address();
      if (level === 0) yield { key, address: child };
      else yield* node(child, level - 1);
    }
  }
  yield* node(address, null);
}

/** The bytes that an unsigned integer up to a limit takes. @param {number} limit */
const bytes_for = (limit) => Math.floor(Math.log2(Math.max(limit, 1)) / 8) + 1;

/**
 * The records of a B-tree of version 2, in order.
 * @param {HDF5File} file
 * @param {string} what for messages
 * @param {number} address
 * @returns {Generator<{ type: number, record: Cursor }>}
 */
export function* records_of(file, what, address) {
  const header = file.cursor(what, address);
  header.signature('BTHD');
  header.version([0]);
  const type = header.u8();
  const [node_size, record_size, depth] = [header.u32(), header.u16(), header.u16()];
  header.skip(2);
  const root = header.address();
  const root_count = header.u16();
  if (root === null || root_count === 0) return;
  if (depth > 32) fail(`${what}: its B-tree has ${depth} levels`);

  // How many records a node of each level has at most, which tells the sizes of the counts beside the addresses.
  const most = [Math.floor((node_size - 10) / record_size)];
  const all = [most[0]];
  if (!(record_size > 0 && most[0] > 0)) fail(`${what}: its B-tree has nodes of ${node_size} bytes`);
  const count_size = bytes_for(most[0]);
  /** @type {number[]} the size of the number of all records below, in a pointer to a node of this level */
  const total_size = [0];
  for (let level = 1; level <= depth; level++) {
    const pointer = file.offset_size + count_size + total_size[level - 1];
    most.push(Math.floor((node_size - 10 - pointer) / (record_size + pointer)));
    all.push((most[level] + 1) * all[level - 1] + most[level]);
    if (!(most[level] > 0 && Number.isSafeInteger(all[level])))
      fail(`${what}: its B-tree of ${depth} levels has nodes of ${node_size} bytes`);
    total_size.push(bytes_for(all[level]));
  }

  const visited = new Set();
  /** @type {(at: number, count: number, level: number) => Generator<{ type: number, record: Cursor }>} */
  function* node(at, count, level) {
    if (visited.has(at)) fail(`${what}: its B-tree has a node twice`);
    visited.add(at);
    if (count > most[level]) fail(`${what}: its B-tree has a node of ${count} records`);
    const cursor = file.cursor(what, at, node_size);
    cursor.signature(level ? 'BTIN' : 'BTLF');
    cursor.version([0]);
    if (cursor.u8() !== type) fail(`${what}: its B-tree has a node of another type`);
    const records = Array.from({ length: count }, () => cursor.part(record_size));
    for (let i = 0; i <= count; i++) {
      if (level) {
        const child = cursor.defined_address();
        const child_count = cursor.uint(count_size);
        cursor.skip(total_size[level - 1]);
        yield* node(child, child_count, level - 1);
      }
      if (i < count) yield { type, record: records[i] };
    }
  }
  yield* node(root, root_count, depth);
}
