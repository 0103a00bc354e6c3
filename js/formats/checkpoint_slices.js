// Variables that a checkpoint of TensorFlow has in parts, as a partitioner made them: the keys of the parts, and the whole.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {{ start: number, length: number }} Extent of one axis; a length of 0: the whole axis
 * @typedef {{ extent: Extent[] }} Slice
 */

/** The bits that tell the length of a number, by the number of its bytes. */
const HEADERS = [0, 0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe];

/** @type {ReadonlyMap<string, string>} */
const ESCAPES = new Map([
  ['\0', '\0\xff'],
  ['\xff', '\xff\0'],
]);

/**
 * The key under which the index has a part: TensorFlow's ordered code, each byte a character.
 * @param {string} name of the variable
 * @param {Slice} slice
 * @returns {string}
 */
export function slice_key(name, { extent }) {
  const escaped = Array.from(name, (letter) => ESCAPES.get(letter) ?? letter).join('');
  const numbers = extent.flatMap(({ start, length }) => (length ? [start, length] : [0, -1]));
  return `\0${escaped}\0\x01\x01${String.fromCharCode(extent.length)}${numbers.map(ordered_number).join('')}`;
}

/** A number of either sign so that the order of the bytes is that of the numbers. @param {number} value a safe integer */
function ordered_number(value) {
  const magnitude = value < 0 ? -value - 1 : value;
  let count = 1;
  while (magnitude >= 2 ** (7 * count - 1) && count < HEADERS.length - 1) count += 1;
  const bytes = Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) & 0xff);
  bytes[0] ^= HEADERS[count];
  return bytes.map((byte) => String.fromCharCode(byte)).join('');
}

/**
 * @param {string} what the variable, for messages
 * @param {number[]} shape of the whole
 * @param {{ slice: Slice, tensor: Tensor }[]} parts
 * @returns {Tensor}
 * @throws {InvalidArgumentError} parts that do not make the whole
 */
export function join_slices(what, shape, parts) {
  const fail = () => {
    throw new InvalidArgumentError(`the parts of ${what} do not make its shape ${show(shape)}`);
  };
  const total = parts.reduce((sum, { tensor }) => sum + tensor.size, 0);
  const size = size_of(shape);
  // As many elements as the parts have, so none that the file lacks is allocated.
  if (!parts.length || total !== size) fail();
  const { dtype } = parts[0].tensor;
  const data = array_of(dtype, size);
  const is_set = new Uint8Array(size);
  for (const { slice, tensor } of parts) {
    const starts = slice.extent.map(({ start, length }) => (length ? start : 0));
    const sizes = slice.extent.map(({ length }, axis) => length || shape[axis]);
    const fits =
      tensor.dtype === dtype &&
      sizes.length === shape.length &&
      String(sizes) === String(tensor.shape) &&
      starts.every((start, axis) => start >= 0 && start + sizes[axis] <= shape[axis]);
    if (!fits) fail();
    const places = sizes.map(() => 0);
    for (let i = 0; i < tensor.size; i++) {
      const place = shape.reduce((sum, one, axis) => sum * one + starts[axis] + places[axis], 0);
      if (is_set[place]) fail();
      is_set[place] = 1;
      data[place] = tensor.data[i];
      for (let axis = sizes.length - 1; axis >= 0 && ++places[axis] === sizes[axis]; axis--) places[axis] = 0;
    }
  }
  return new Tensor(data, shape, dtype);
}
