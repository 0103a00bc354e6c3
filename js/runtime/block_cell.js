// TensorFlow's block cell on the heap: arrays in, arrays out, float32.
import { loaded_heap } from './init.js';

/**
 * @typedef {import('./heap.js').Floats} Floats
 *
 * @typedef {object} BlockSizes
 * @property {number} batch
 * @property {number} inputs
 * @property {number} units
 */

/**
 * Copies arrays to the heap, runs a function of the binary on them and copies what it gave back.
 * @template {string} R
 * @param {'block_cell' | 'block_cell_gradient' | 'block_cell_weights'} name its arguments are the sizes, the arrays, the
 *   results and the work area
 * @param {BlockSizes} sizes
 * @param {ArrayLike<number>[]} arrays
 * @param {Record<R, number>} results how many numbers each has
 * @returns {Record<R, Floats>}
 */
function run(name, { batch, inputs, units }, arrays, results) {
  const heap = loaded_heap();
  const kernels = heap.kernels.float32;
  const names = /** @type {R[]} */ (Object.keys(results));
  /** @type {Record<string, number>} */
  const pieces = { work: kernels.block_cell_work(batch, inputs, units) };
  arrays.forEach((array, i) => {
    pieces[`from_${i}`] = array.length * 4;
  });
  for (const result of names) pieces[`to_${result}`] = results[result] * 4;
  return heap.borrow(pieces, `a block cell of ${batch} rows`, (at) => {
    arrays.forEach((array, i) => {
      heap.write(at[`from_${i}`], array, 'float32');
    });
    const addresses = [
      ...arrays.map((_, i) => at[`from_${i}`]),
      ...names.map((result) => at[`to_${result}`]),
    ];
    const kernel = /** @type {(...numbers: number[]) => void} */ (kernels[name]);
    kernel(batch, inputs, units, ...addresses, at.work);
    return /** @type {Record<R, Floats>} */ (
      Object.fromEntries(
        names.map((result) => [result, heap.read(at[`to_${result}`], results[result], 'float32')]),
      )
    );
  });
}

/**
 * @param {BlockSizes} sizes
 * @param {ArrayLike<number>[]} arrays x, h_prev, w_ru, w_c, b_ru, b_c
 */
export function block_cell(sizes, arrays) {
  const count = sizes.batch * sizes.units;
  return run('block_cell', sizes, arrays, { r: count, u: count, c: count, h: count });
}

/**
 * @param {BlockSizes} sizes
 * @param {ArrayLike<number>[]} arrays h_prev, w_ru, w_c, r, u, c, d_h
 */
export function block_cell_gradient(sizes, arrays) {
  const { batch, inputs, units } = sizes;
  return run('block_cell_gradient', sizes, arrays, {
    d_x: batch * inputs,
    d_h_prev: batch * units,
    d_c_bar: batch * units,
    d_r_bar_u_bar: batch * 2 * units,
  });
}

/**
 * @param {BlockSizes} sizes
 * @param {ArrayLike<number>[]} arrays x, h_prev, r, d_c_bar, d_r_bar_u_bar
 */
export function block_cell_weights(sizes, arrays) {
  const { inputs, units } = sizes;
  return run('block_cell_weights', sizes, arrays, {
    d_w_ru: (inputs + units) * 2 * units,
    d_w_c: (inputs + units) * units,
    d_b_ru: 2 * units,
    d_b_c: units,
  });
}
