// Fractal heaps: where large groups have their links, and objects with many or large attributes those.
import { records_of } from './btrees.js';
import { fail } from './hdf5_file.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 */

/**
 * @param {HDF5File} file
 * @param {string} what for messages
 * @param {number} address
 * @returns {(id: Cursor) => Cursor} an object by its ID
 */
export function read_fractal_heap(file, what, address) {
  const header = file.cursor(what, address);
  header.signature('FRHP');
  header.version([0]);
  const id_size = header.u16();
  if (header.u16() > 0) fail(`${what}: its heap is compressed, which is not read`);
  header.skip(1);
  const largest_object = header.u32();
  header.length(); // the next ID of a huge object
  const huge_objects = header.address();
  header.length(); // free space, and where it is
  header.address();
  // Sizes of the managed space, and numbers and sizes of objects.
  for (let i = 0; i < 8; i++) header.length();
  const width = header.u16();
  const [first_size, largest_block] = [header.length(), header.length()];
  const offset_bits = header.u16();
  header.skip(2); // rows that the root block had at first
  const root = header.address();
  const root_rows = header.u16();
  for (const size of [width, first_size, largest_block])
    if (!(size > 0 && Number.isInteger(Math.log2(size))))
      fail(`${what}: its heap has sizes that are no powers of two`);
  const direct_rows = Math.log2(largest_block) - Math.log2(first_size) + 2;
  const offset_size = Math.ceil(offset_bits / 8);
  const length_size = Math.floor(Math.log2(Math.min(largest_block, largest_object) || 1) / 8) + 1;
  if (!(direct_rows >= 2 && offset_size <= 8)) fail(`${what}: its heap has sizes that do not fit`);

  /** The size of each block of a row. @param {number} row */
  const block_size = (row) => first_size * 2 ** Math.max(row - 1, 0);

  /**
   * @param {number} offset in the block
   * @param {number} length
   * @param {number} block
   * @param {number} size of the block
   */
  const in_block = (offset, length, block, size) => {
    if (offset + length > size) fail(`${what}: its heap has an object outside of its block`);
    file.cursor(what, block, size).signature('FHDB');
    return file.cursor(what, block + offset, length);
  };

  /**
   * A managed object.
   * @param {number} offset in the space of an indirect block
   * @param {number} length
   * @param {number} block the indirect block
   * @param {number} rows of the block
   * @returns {Cursor}
   */
  const managed = (offset, length, block, rows) => {
    const cursor = file.cursor(what, block);
    cursor.signature('FHIB');
    cursor.skip(1 + file.offset_size + offset_size);
    let rest = offset;
    for (let row = 0; row < rows; row++) {
      const size = block_size(row);
      if (rest >= size * width) {
        rest -= size * width;
        cursor.skip(width * file.offset_size);
        continue;
      }
      const column = Math.floor(rest / size);
      cursor.skip(column * file.offset_size);
      const child = cursor.defined_address();
      rest -= column * size;
      if (row < direct_rows) return in_block(rest, length, child, size);
      // A block inside this one is smaller than it, so this ends.
      return managed(rest, length, child, Math.log2(size) - Math.log2(first_size * width) + 1);
    }
    return fail(`${what}: its heap has no object at ${offset}`);
  };

  /** @type {Map<number, { address: number, length: number }> | null} */
  let huge = null;
  /** @param {number} number */
  const huge_object = (number) => {
    if (!huge) {
      huge = new Map();
      for (const { type, record } of huge_objects === null ? [] : records_of(file, what, huge_objects)) {
        if (type !== 1) fail(`${what}: its heap has compressed objects, which are not read`);
        const [object_address, length] = [record.defined_address(), record.length()];
        huge.set(record.length(), { address: object_address, length });
      }
    }
    const object = huge.get(number) ?? fail(`${what}: its heap has no huge object ${number}`);
    return file.cursor(what, object.address, object.length);
  };

  return (id) => {
    const first = id.u8();
    const kind = (first >> 4) & 3;
    if (first >> 6 || kind > 2) fail(`${what}: its heap has an unknown kind of objects`);
    if (kind === 2) return tiny(id, (first & 15) + 1);
    if (kind === 1) {
      if (id_size < 1 + file.offset_size + file.length_size)
        return huge_object(id.uint(Math.min(id_size - 1, file.length_size)));
      const object_address = id.defined_address();
      return file.cursor(what, object_address, id.length());
    }
    const [offset, length] = [id.uint(offset_size), id.uint(length_size)];
    if (root === null) fail(`${what}: its heap is empty`);
    return root_rows === 0
      ? in_block(offset, length, root, first_size)
      : managed(offset, length, root, root_rows);
  };
}

/** An object inside its own ID. @param {Cursor} id @param {number} length */
const tiny = (id, length) => id.part(length);
