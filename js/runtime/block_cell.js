// TensorFlow's GRUBlockCell on the heap: arrays in, arrays out, float32.
import { loaded_heap } from './init.js';

/**
 * @typedef {import('./heap.js').Floats} Floats
 * @typedef {{ batch: number, inputs: number, units: number }} BlockSizes
 */

/**
 * Copies arrays to the heap, runs a function of the binary on them and copies its results back.
 * @template {string} R
 * @param {'block_cell' | 'block_cell_gradient' | 'block_cell_weights'} name
 * @param {BlockSizes} sizes
 * @param {Record<string, ArrayLike<number>>} arrays by the names of the arguments
 * @param {Record<R, number>} results the number of elements of each
 * @returns {Record<R, Floats>}
 */
function run(name, { batch, inputs, units }, arrays, results) {
  const heap = loaded_heap();
  const kernels = heap.kernels.float32;
  /** @type {Record<string, number>} */
  const bytes = { work: kernels.block_cell_work(batch, inputs, units) };
  for (const [key, { length }] of Object.entries(arrays)) bytes[key] = length * 4;
  for (const [key, length] of Object.entries(results)) bytes[key] = /** @type {number} */ (length) * 4;
  return heap.borrow(bytes, `a block cell of ${batch} rows`, (at) => {
    for (const [key, array] of Object.entries(arrays)) heap.write(at[key], array, 'float32');
    const values = /** @type {any} */ ({ batch, inputs, units, ...at });
    kernels[name](heap.arguments(name, values));
    return /** @type {Record<R, Floats>} */ (
      Object.fromEntries(
        Object.keys(results).map((key) => [
          key,
          heap.read(at[key], results[/** @type {R} */ (key)], 'float32'),
        ]),
      )
    );
  });
}

/**
 * @param {BlockSizes} sizes
 * @param {Record<'x' | 'h_prev' | 'w_ru' | 'w_c' | 'b_ru' | 'b_c', ArrayLike<number>>} arrays
 */
export function block_cell(sizes, arrays) {
  const count = sizes.batch * sizes.units;
  return run('block_cell', sizes, arrays, { r: count, u: count, c: count, h: count });
}

/**
 * @param {BlockSizes} sizes
 * @param {Record<'h_prev' | 'w_ru' | 'w_c' | 'r' | 'u' | 'c' | 'd_h', ArrayLike<number>>} arrays
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
 * @param {Record<'x' | 'h_prev' | 'r' | 'd_c_bar' | 'd_r_bar_u_bar', ArrayLike<number>>} arrays
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
