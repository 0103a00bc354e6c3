// Datatypes and dataspaces: what the values of a dataset or an attribute are, and how many there are.
import { fail } from './hdf5_file.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 *
 * @typedef {object} Datatype
 * @property {'number' | 'text' | 'long text' | 'opaque' | 'other'} kind `text`: of a fixed size; `long text`: stored in a global heap
 * @property {number} size bytes of one value
 * @property {import('../numbers.js').NumberType | null} type of a number
 * @property {boolean} is_big_endian
 * @property {string} name for messages
 */

/** Size, bits of the exponent, bits of the fraction. @type {{ [form: string]: import('../numbers.js').NumberType }} */
const FLOATS = { '2,5,10': 'float16', '2,8,7': 'bfloat16', '4,8,23': 'float32', '8,11,52': 'float64' };

const CLASSES =
  'integers,floats,times,text,bit fields,opaque bytes,compounds,references,enumerations,lists,arrays'.split(
    ',',
  );

/** The datatype of every class but numbers and text. */
const OTHER = /** @type {const} */ ({ kind: 'other', type: null, is_big_endian: false });

/** @param {Cursor} cursor @returns {Datatype} */
export function read_datatype(cursor) {
  const class_and_version = cursor.u8();
  const [first, second] = [cursor.u8(), cursor.u16()];
  const size = cursor.u32();
  const name = CLASSES[class_and_version & 15] ?? fail(`${cursor.what} has an unknown class of datatypes`);
  const is_big_endian = (first & 1) !== 0;
  /** @type {Datatype} */
  const other = { ...OTHER, size, name };
  switch (name) {
    case 'integers': {
      const type = `${first & 8 ? 'int' : 'uint'}${8 * size}`;
      if (![1, 2, 4, 8].includes(size)) return other;
      const [offset, precision] = [cursor.u16(), cursor.u16()];
      if (offset !== 0 || precision !== 8 * size) return other;
      return { kind: 'number', size, name, is_big_endian, type: /** @type {Datatype['type']} */ (type) };
    }
    case 'floats': {
      cursor.skip(5); // where the bits begin, how many they are, where the exponent is
      const exponent = cursor.u8();
      cursor.skip(1);
      const type = FLOATS[String([size, exponent, cursor.u8()])];
      return type && !(first & 64) ? { kind: 'number', size, name, is_big_endian, type } : other;
    }
    case 'text':
      return { ...other, kind: 'text' };
    case 'opaque bytes':
      return { ...other, kind: 'opaque' };
    case 'enumerations': {
      // NumPy's booleans: an enumeration of FALSE and TRUE over int8.
      const base = read_datatype(cursor);
      return base.kind === 'number' && base.size === 1 && first === 2 && (second & 255) === 0
        ? { ...base, type: 'bool', name: 'booleans' }
        : other;
    }
    case 'lists':
      return (first & 15) === 1 ? { ...other, kind: 'long text' } : other;
    default:
      return other;
  }
}

/**
 * @param {Cursor} cursor
 * @returns {number[] | null} null: no values at all
 */
export function read_dataspace(cursor) {
  const version = cursor.version([1, 2]);
  const rank = cursor.u8();
  cursor.skip(1); // whether the largest sizes follow
  const type = cursor.u8();
  if (version === 1) cursor.skip(4);
  else if (type === 2) return null;
  if (rank > 32) fail(`${cursor.what} has ${rank} dimensions; 32 are the most`);
  const shape = Array.from({ length: rank }, () => cursor.length());
  const size = shape.reduce((product, length) => product * length, 1);
  if (!(shape.every(Number.isSafeInteger) && Number.isSafeInteger(size)))
    fail(`${cursor.what} has the shape [${shape}], which is too large`);
  return shape;
}
