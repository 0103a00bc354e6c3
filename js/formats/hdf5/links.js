// The links in a group: its names, and the addresses of what they name.
import { leaves_of, records_of } from './btrees.js';
import { read_fractal_heap } from './fractal_heap.js';
import { read_local_heap, text_of } from './heaps.js';
import { bodies_of, body_of, MESSAGES } from './object_header.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 * @typedef {{ name: string, address: number | null }} Link a null address: one to a path or to another file
 */

/**
 * @param {HDF5File} file
 * @param {string} what the group, for messages
 * @param {import('./object_header.js').Message[]} messages of its header
 * @returns {Generator<Link>}
 */
export function* links_of(file, what, messages) {
  const table = body_of(messages, MESSAGES.symbol_table);
  if (table) yield* links_of_table(file, what, table);
  for (const body of bodies_of(messages, MESSAGES.link)) yield read_link(body);
  const info = body_of(messages, MESSAGES.link_info);
  if (!info) return;
  info.version([0]);
  if (info.u8() & 1) info.skip(8); // the largest order of creation
  const [heap_address, names] = [info.address(), info.address()];
  if (heap_address === null || names === null) return;
  const object = read_fractal_heap(file, what, heap_address);
  for (const { record } of records_of(file, what, names)) {
    record.skip(4); // a hash of the name
    yield read_link(object(record));
  }
}

/** The form of older files. @param {HDF5File} file @param {string} what @param {Cursor} table @returns {Generator<Link>} */
function* links_of_table(file, what, table) {
  const tree = table.defined_address();
  const name_at = read_local_heap(file, table.defined_address());
  const read_key = (/** @type {Cursor} */ cursor) => cursor.length();
  for (const { address } of leaves_of(file, what, tree, { type: 0, read_key })) {
    const cursor = file.cursor(what, address);
    cursor.signature('SNOD');
    cursor.version([1]);
    cursor.skip(1);
    for (let i = cursor.u16(); i > 0; i--) {
      const name = name_at(cursor.uint(file.offset_size));
      const target = cursor.address();
      const is_soft = cursor.u32() === 2;
      cursor.skip(20);
      yield { name, address: is_soft ? null : target };
    }
  }
}

/** @param {Cursor} cursor @returns {Link} */
function read_link(cursor) {
  cursor.version([1]);
  const flags = cursor.u8();
  const type = flags & 8 ? cursor.u8() : 0;
  if (flags & 4) cursor.skip(8); // the order of creation
  if (flags & 16) cursor.skip(1); // how the name is encoded
  const name = text_of(cursor.take(cursor.uint(1 << (flags & 3))));
  return { name, address: type === 0 ? cursor.defined_address() : null };
}
