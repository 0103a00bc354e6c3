// Where a dataset's values are: in its header, in one piece, or in chunks.
import { leaves_of } from './btrees.js';
import { read_filters, unfiltered, unknown_filter } from './filters.js';
import { fail } from './hdf5_file.js';
import { body_of, MESSAGES } from './object_header.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 * @typedef {{ address: number, length: number, mask: number, place: number[] }} Chunk `place`: of its first value
 * @typedef {{ bytes: Uint8Array } | { unknown: string }} Stored the values, or what about them is not known
 */

/**
 * @param {HDF5File} file
 * @param {string} what the dataset, for messages
 * @param {import('./object_header.js').Message[]} messages of its header
 * @param {readonly number[]} shape
 * @param {number} value_size bytes of one value
 * @returns {Stored}
 */
export function stored_values(file, what, messages, shape, value_size) {
  const size = shape.reduce((product, length) => product * length, value_size);
  if (size === 0) return { bytes: new Uint8Array(0) };
  const layout = body_of(messages, MESSAGES.layout) ?? fail(`${what} does not say where its values are`);
  const version = layout.u8();
  if (version < 3 || version > 5) return { unknown: `the layout version ${version}` };
  const kind = layout.u8();
  if (kind === 0) {
    const length = layout.u16();
    if (length !== size) fail(`${what} has ${length} bytes of values in place of ${size}`);
    return { bytes: layout.take(size) };
  }
  if (kind === 1) {
    const address = layout.address() ?? fail(`${what} has no values`);
    const length = layout.length();
    if (length !== size) fail(`${what} has ${length} bytes of values in place of ${size}`);
    return { bytes: file.values(what, address, length) };
  }
  if (kind !== 2) return { unknown: 'a virtual dataset' };
  const message = body_of(messages, MESSAGES.filters);
  const filters = message ? read_filters(message) : [];
  const unknown = unknown_filter(filters);
  if (unknown) return { unknown: `the filter ${unknown}` };
  const index =
    version === 3
      ? chunks_in_tree(file, what, layout, shape)
      : chunks_by_index(file, what, layout, shape, value_size, filters.length > 0);
  if ('unknown' in index) return index;
  return { bytes: join_chunks(file, what, { ...index, filters }, shape, value_size) };
}

/**
 * @typedef {{ sizes: number[], chunks: Chunk[] }} ChunkIndex `sizes`: of a chunk
 */

/** The index of layout version 3. @param {HDF5File} file @param {string} what @param {Cursor} layout @param {readonly number[]} shape @returns {ChunkIndex} */
function chunks_in_tree(file, what, layout, shape) {
  const rank = layout.u8() - 1;
  if (rank !== shape.length) fail(`${what} has chunks of ${rank} dimensions in place of ${shape.length}`);
  const address = layout.address() ?? fail(`${what} has no values`);
  const sizes = Array.from({ length: rank }, () => layout.u32());
  const read_key = (/** @type {Cursor} */ cursor) => {
    const [length, mask] = [cursor.u32(), cursor.u32()];
    const place = Array.from({ length: rank }, () => cursor.uint(8));
    cursor.skip(8);
    return { length, mask, place };
  };
  const chunks = [];
  for (const leaf of leaves_of(file, what, address, { type: 1, read_key }))
    chunks.push({ address: leaf.address, ...leaf.key });
  return { sizes, chunks };
}

/**
 * The indexes of layout versions 4 and 5, those of datasets that can grow excepted.
 * @param {HDF5File} file
 * @param {string} what
 * @param {Cursor} layout
 * @param {readonly number[]} shape
 * @param {number} value_size
 * @param {boolean} is_filtered
 * @returns {ChunkIndex | { unknown: string }}
 */
function chunks_by_index(file, what, layout, shape, value_size, is_filtered) {
  const flags = layout.u8();
  const rank = layout.u8() - 1;
  if (rank !== shape.length) fail(`${what} has chunks of ${rank} dimensions in place of ${shape.length}`);
  const encoded = layout.u8();
  if (!(encoded >= 1 && encoded <= 8)) fail(`${what} has sizes of chunks of ${encoded} bytes`);
  const sizes = Array.from({ length: rank }, () => layout.uint(encoded));
  layout.skip(encoded);
  const length = sizes.reduce((product, size) => product * size, value_size);
  const index = layout.u8();
  if (index === 1) {
    const is_compressed = (flags & 2) !== 0;
    const stored = is_compressed ? layout.length() : length;
    const mask = is_compressed ? layout.u32() : 0;
    const address = layout.address() ?? fail(`${what} has no values`);
    return { sizes, chunks: [{ address, length: stored, mask, place: shape.map(() => 0) }] };
  }
  if (index === 3) {
    layout.skip(1);
    const address = layout.address() ?? fail(`${what} has no values`);
    return chunks_in_array(file, what, address, shape, sizes, is_filtered ? null : length);
  }
  return { unknown: `the index of chunks number ${index}` };
}

/**
 * A fixed array of chunks.
 * @param {HDF5File} file
 * @param {string} what
 * @param {number} address
 * @param {readonly number[]} shape
 * @param {number[]} sizes
 * @param {number | null} length of each chunk in bytes; null: each says its own
 * @returns {ChunkIndex | { unknown: string }}
 */
function chunks_in_array(file, what, address, shape, sizes, length) {
  const header = file.cursor(what, address);
  header.signature('FAHD');
  header.version([0]);
  header.skip(1);
  const [entry_size, page_bits] = [header.u8(), header.u8()];
  const count = header.length();
  if (count > 2 ** page_bits) return { unknown: 'an index of chunks in pages' };
  const block = file.cursor(what, header.defined_address());
  block.signature('FADB');
  block.skip(2 + file.offset_size);
  const grid = shape.map((size, i) => Math.ceil(size / sizes[i]));
  const chunks = [];
  for (let number = 0; number < count; number++) {
    const entry = block.part(entry_size);
    const chunk_address = entry.address() ?? fail(`${what} lacks a part of its values`);
    const stored = length ?? entry.uint(Math.min(Math.max(entry_size - file.offset_size - 4, 0), 8));
    const mask = length === null ? entry.u32() : 0;
    let rest = number;
    const place = grid.map(() => 0);
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      place[axis] = (rest % grid[axis]) * sizes[axis];
      rest = Math.floor(rest / grid[axis]);
    }
    chunks.push({ address: chunk_address, length: stored, mask, place });
  }
  return { sizes, chunks };
}

/**
 * @param {HDF5File} file
 * @param {string} what
 * @param {ChunkIndex & { filters: import('./filters.js').Filter[] }} index
 * @param {readonly number[]} shape
 * @param {number} value_size
 * @returns {Uint8Array}
 */
function join_chunks(file, what, { sizes, chunks, filters }, shape, value_size) {
  if (!shape.length || !sizes.every((size) => size > 0)) fail(`${what} has chunks of the shape [${sizes}]`);
  const grid = shape.map((size, i) => Math.ceil(size / sizes[i]));
  const expected = grid.reduce((product, count) => product * count, 1);
  const places = new Set(chunks.map(({ place }) => String(place)));
  const fit =
    places.size === expected &&
    chunks.length === expected &&
    chunks.every(({ place }) => place.every((at, i) => at % sizes[i] === 0 && at < shape[i]));
  if (!fit) fail(`${what} has ${chunks.length} chunks that are not the ${expected} of its values`);
  const size = shape.reduce((product, length) => product * length, value_size);
  const chunk_size = sizes.reduce((product, length) => product * length, value_size);
  if (filters.length) file.count_expansion(what, chunk_size * chunks.length + size);
  else if (chunks.some(({ length }) => length !== chunk_size))
    fail(`${what} has chunks of other lengths than ${chunk_size} bytes`);
  const stored = chunks.map(({ address, length }) => file.values(what, address, length));
  const result = new Uint8Array(size);
  chunks.forEach(({ mask, place }, i) => {
    const bytes = filters.length ? unfiltered(what, stored[i], filters, mask, chunk_size) : stored[i];
    copy_chunk(bytes, result, { shape, sizes, place, value_size });
  });
  return result;
}

/**
 * @param {Uint8Array} chunk
 * @param {Uint8Array} result
 * @param {{ shape: readonly number[], sizes: number[], place: number[], value_size: number }} where
 */
function copy_chunk(chunk, result, { shape, sizes, place, value_size }) {
  const last = shape.length - 1;
  const row = Math.min(sizes[last], shape[last] - place[last]) * value_size;
  /** @type {(axis: number, from: number, to: number) => void} offsets in values of the axes before */
  const copy = (axis, from, to) => {
    if (axis === last) {
      const start = from * sizes[last] * value_size;
      result.set(chunk.subarray(start, start + row), (to * shape[last] + place[last]) * value_size);
      return;
    }
    const count = Math.min(sizes[axis], shape[axis] - place[axis]);
    for (let i = 0; i < count; i++)
      copy(axis + 1, from * sizes[axis] + i, to * shape[axis] + place[axis] + i);
  };
  copy(0, 0, 0);
}
