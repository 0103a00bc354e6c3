// Arrays of any rank, element by element: what the operations on tensors are held against.

/** @typedef {{ shape: number[], data: number[] }} Plain row-major */

/**
 * All indices of a shape, in row-major order.
 * @param {readonly number[]} shape
 * @returns {number[][]}
 */
export const indices_of = (shape) =>
  shape.reduce(
    (/** @type {number[][]} */ actual, size) =>
      actual.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );

/**
 * @param {number[]} shape
 * @param {(index: number[]) => number} value
 * @returns {Plain}
 */
export const make = (shape, value) => ({ shape, data: indices_of(shape).map(value) });

/**
 * The element that an index of an array means which this one is broadcast to.
 * @param {Plain} array
 * @param {readonly number[]} index
 * @returns {number}
 */
export function at({ shape, data }, index) {
  const own = index.slice(index.length - shape.length);
  return data[own.reduce((place, i, axis) => place * shape[axis] + (shape[axis] === 1 ? 0 : i), 0)];
}

/**
 * A copy of an index with one axis changed, put in or taken out.
 * @param {readonly number[]} index
 * @param {number} axis
 * @param {number} remove
 * @param {...number} put
 */
export const spliced = (index, axis, remove, ...put) => {
  const changed = [...index];
  changed.splice(axis, remove, ...put);
  return changed;
};
