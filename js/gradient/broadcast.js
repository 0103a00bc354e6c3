// Broadcasting as NumPy does it, and its reverse; where each element of a view lies.
import { same_shape, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of } from '../runtime/tensor.js';

/** @typedef {import('../runtime/tensor.js').Data} Data */

/**
 * The shape that several shapes broadcast to.
 * @param {string} what
 * @param {readonly (readonly number[])[]} shapes
 * @returns {number[]}
 * @throws {ValueError} they do not fit
 */
export function broadcast_shapes(what, shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) {
      throw new ValueError(
        `${what}: the shapes ${shapes.map(show_shape).join(' and ')} do not fit together: along each axis, counted from the ` +
          'last, sizes must be equal or 1',
      );
    }
    return sizes[0] ?? 1;
  });
}

/**
 * How far apart neighbours along each axis lie in row-major order.
 * @param {readonly number[]} shape
 */
export const strides_of = (shape) => shape.map((_, axis) => size_of(shape.slice(axis + 1)));

/**
 * Where the elements of a view lie, in the view's row-major order.
 * @param {readonly number[]} shape the view's
 * @param {readonly number[]} strides 0 along an axis that repeats
 * @returns {Int32Array}
 */
export function positions(shape, strides) {
  let offsets = array_of('int32', 1);
  shape.forEach((size, axis) => {
    const next = array_of('int32', offsets.length * size);
    let count = 0;
    for (const start of offsets) for (let i = 0; i < size; i++) next[count++] = start + i * strides[axis];
    offsets = next;
  });
  return offsets;
}

/**
 * Where each element of the larger shape lies in an array of the smaller one.
 * @param {readonly number[]} shape
 * @param {readonly number[]} larger what `shape` broadcasts to
 */
export function broadcast_positions(shape, larger) {
  const strides = strides_of(shape);
  const missing = larger.length - shape.length;
  return positions(
    larger,
    larger.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing])),
  );
}

/**
 * The elements at these places.
 * @template {Data} D
 * @param {D} data
 * @param {Int32Array} places
 * @returns {D}
 */
export function gather(data, places) {
  const Type = /** @type {new (size: number) => D} */ (data.constructor);
  const values = new Type(places.length);
  for (let i = 0; i < places.length; i++) values[i] = data[places[i]];
  return values;
}

/**
 * The sums of what goes to the same place, added up in float64.
 * @param {ArrayLike<number>} values
 * @param {Int32Array} places
 * @param {number} size
 * @returns {Float64Array}
 */
export function scatter(values, places, size) {
  const sums = array_of('float64', size);
  for (let i = 0; i < places.length; i++) sums[places[i]] += values[i];
  return sums;
}

/**
 * @template {Data} D
 * @param {D} data
 * @param {readonly number[]} shape
 * @param {readonly number[]} larger
 * @returns {D}
 */
export const expand = (data, shape, larger) =>
  same_shape(shape, larger) ? data : gather(data, broadcast_positions(shape, larger));

/**
 * The reverse of {@link expand} for gradients: what was repeated is added up.
 * @param {ArrayLike<number>} values
 * @param {readonly number[]} larger
 * @param {readonly number[]} shape
 * @returns {ArrayLike<number>}
 */
export const reduce_to = (values, larger, shape) =>
  same_shape(shape, larger) ? values : scatter(values, broadcast_positions(shape, larger), size_of(shape));
