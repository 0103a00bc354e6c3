// Attributes: texts and numbers with a name, on a group or a dataset.
import { records_of } from './btrees.js';
import { read_dataspace, read_datatype } from './datatype.js';
import { read_fractal_heap } from './fractal_heap.js';
import { text_of } from './heaps.js';
import { body_of, MESSAGES, shared_message } from './object_header.js';
import { numbers_of } from './values.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 * @typedef {string | number | (string | number)[]} Value
 */

/**
 * @param {HDF5File} file
 * @param {string} what the object, for messages
 * @param {import('./object_header.js').Message[]} messages of its header
 * @param {(address: number, index: number) => Uint8Array} heap_object
 * @returns {Map<string, Value>} without those of types that are not read
 */
export function attributes_of(file, what, messages, heap_object) {
  /** @type {Map<string, Value>} */
  const attributes = new Map();
  const add = (/** @type {Cursor} */ body) => {
    const { name, value } = read_attribute(body, heap_object);
    if (value !== null) attributes.set(name, value);
  };
  for (const { type, is_shared, body } of messages) {
    if (type !== MESSAGES.attribute) continue;
    const { start } = body;
    add(is_shared ? shared_message(body, type) : body);
    body.start = start;
  }
  const info = body_of(messages, MESSAGES.attribute_info);
  if (!info) return attributes;
  info.version([0]);
  if (info.u8() & 1) info.skip(2); // the largest order of creation
  const [heap_address, names] = [info.address(), info.address()];
  if (heap_address === null || names === null) return attributes;
  const object = read_fractal_heap(file, what, heap_address);
  for (const { record } of records_of(file, what, names)) add(object(record.part(8)));
  return attributes;
}

/**
 * @param {Cursor} cursor
 * @param {(address: number, index: number) => Uint8Array} heap_object
 * @returns {{ name: string, value: Value | null }}
 */
function read_attribute(cursor, heap_object) {
  const version = cursor.version([1, 2, 3]);
  const flags = cursor.u8();
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version === 3) cursor.skip(1); // how the name is encoded
  const [name_part, type_part, space_part] = sizes.map((size) =>
    cursor.part(version === 1 ? Math.ceil(size / 8) * 8 : size),
  );
  const name = text_of(name_part.take(sizes[0]));
  const is_shared = (/** @type {number} */ bit) => version > 1 && (flags & bit) !== 0;
  const type = read_datatype(is_shared(1) ? shared_message(type_part, MESSAGES.datatype) : type_part);
  const shape = read_dataspace(is_shared(2) ? shared_message(space_part, MESSAGES.dataspace) : space_part);
  if (shape === null) return { name, value: null };
  const count = shape.reduce((product, size) => product * size, 1);
  const data = cursor.part(count * type.size);
  const values = read_values(data, type, count, heap_object);
  return { name, value: values && shape.length === 0 ? values[0] : values };
}

/**
 * @param {Cursor} data
 * @param {import('./datatype.js').Datatype} type
 * @param {number} count
 * @param {(address: number, index: number) => Uint8Array} heap_object
 * @returns {(string | number)[] | null} null: a type that is not read
 */
function read_values(data, type, count, heap_object) {
  if (type.kind === 'number')
    return Array.from(numbers_of(data.what, data.take(count * type.size), type).data);
  if (type.kind === 'text')
    return type.size ? Array.from({ length: count }, () => text_of(data.take(type.size)).trimEnd()) : null;
  if (type.kind !== 'long text' || type.size !== 8 + data.file.offset_size) return null;
  return Array.from({ length: count }, () => {
    const length = data.u32();
    const [address, index] = [data.address(), data.u32()];
    return length === 0 || !address ? '' : text_of(heap_object(address, index).subarray(0, length));
  });
}
