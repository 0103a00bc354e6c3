// Values of a dataset or an attribute as numbers.
import { NUMBERS, read_numbers } from '../numbers.js';

/**
 * @param {string} what whose values they are, for messages
 * @param {Uint8Array} bytes
 * @param {import('./datatype.js').Datatype} type of numbers
 */
export function numbers_of(what, bytes, { type, is_big_endian }) {
  const number_type = /** @type {NonNullable<typeof type>} */ (type);
  const { bytes: width } = NUMBERS[number_type];
  if (!is_big_endian || width === 1) return read_numbers(what, bytes, number_type);
  const swapped = bytes.slice();
  for (let i = 0; i < swapped.length; i += width) swapped.subarray(i, i + width).reverse();
  return read_numbers(what, swapped, number_type);
}
