// Gradients by central differences in float64, to hold analytic ones against.

/**
 * The gradient of `f` at `x` by central differences with one Richardson extrapolation: the error is of the order of
 * step^4, and rounding adds about 1e-12 * |f|, so that agreement to 1e-7 leaves room. `f` must be smooth within `step` of
 * `x`, computed in float64, and free to change nothing else.
 * @param {(x: Float64Array) => number} f
 * @param {ArrayLike<number>} x
 * @param {{ step?: number, indices?: Iterable<number> }} [options] the step for elements of magnitude up to 1 (a power of
 *   two, so that x + step is exact); the elements that are wanted, all by default
 * @returns {number[]} in the order of the indices
 */
export function central_differences(f, x, { step = 2 ** -12, indices = x_indices(x) } = {}) {
  const at = Float64Array.from(x);
  /** @type {(index: number, by: number) => number} */
  const slope = (index, by) => {
    const middle = at[index];
    at[index] = middle + by;
    const [right, above] = [at[index], f(at)];
    at[index] = middle - by;
    const [left, below] = [at[index], f(at)];
    at[index] = middle;
    return (above - below) / (right - left);
  };
  return Array.from(indices, (index) => {
    const by = step * 2 ** Math.max(0, Math.ceil(Math.log2(Math.abs(at[index]) || 1)));
    return (4 * slope(index, by / 2) - slope(index, by)) / 3;
  });
}

/**
 * @param {ArrayLike<number>} x
 * @returns {Iterable<number>}
 */
const x_indices = (x) => Array.from(x, (_, index) => index);

/**
 * The greatest difference between two lists of numbers, as a part of the greatest magnitude of what is expected.
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @returns {number} NaN if a number is missing or is NaN in one of them
 */
export function relative_difference(actual, expected) {
  if (actual.length !== expected.length) return Number.NaN;
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / scale;
}
