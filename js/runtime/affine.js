// The affine map with a variable, x @ kernel + bias, on the heap, and its gradient.
import { element_bytes } from './dtypes.js';
import { with_gradients } from './heap_gradient.js';
import { kernels_of, loaded_heap } from './init.js';
import { packing_of } from './variable.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./variable.js').Variable} Variable */
/** @typedef {import('./heap_gradient.js').HeapGradient} HeapGradient */

/**
 * from @ kernel + bias
 * @param {ArrayLike<number>} from [count, rows of the kernel]
 * @param {number} count
 * @param {Variable} kernel packed; its columns are the last axis, its rows all others
 * @param {Variable | null} bias packed
 * @returns {Floats} [count, columns of the kernel]
 */
export function affine(from, count, kernel, bias) {
  const { dtype } = kernel;
  const { rows, columns } = packing_of(kernel.shape);
  const kernels = kernels_of(dtype);
  const heap = loaded_heap();
  const sizes = {
    from: count * rows * element_bytes(dtype),
    to: count * kernels.padded_columns(columns) * element_bytes(dtype),
  };
  return heap.borrow(sizes, `a product of ${count} rows with ${kernel.name}`, (at) => {
    heap.write(at.from, from, dtype);
    kernels.affine(at.from, count, kernel._address, rows, columns, bias?._address ?? 0, at.to);
    return heap.read(at.to, count * columns, dtype);
  });
}

/**
 * @param {ArrayLike<number>} from the input of the affine map
 * @param {ArrayLike<number>} d_to [count, columns]
 * @param {number} count
 * @param {Variable} kernel
 * @param {Variable | null} bias
 * @param {{ from?: boolean, weights?: boolean }} [needed] gradients to compute; default: both
 * @returns {{ d_from: Floats | null, d_kernel: HeapGradient | null, d_bias: HeapGradient | null }}
 */
export function affine_gradient(from, d_to, count, kernel, bias, needed = {}) {
  const { from: needs_from = true, weights = true } = needed;
  const { dtype } = kernel;
  const { rows, columns } = packing_of(kernel.shape);
  const kernels = kernels_of(dtype);
  const heap = loaded_heap();
  const width = element_bytes(dtype);
  const sizes = {
    from: weights ? count * rows * width : 0,
    d_to: count * columns * width,
    d_from: needs_from ? count * kernels.padded_columns(rows) * width : 0,
    work: kernels.affine_gradient_work(count, rows, columns),
  };
  const variables = weights ? (bias ? [kernel, bias] : [kernel]) : [];
  return with_gradients(variables, ([d_kernel = null, d_bias = null]) =>
    heap.borrow(sizes, `the gradient of a product with ${kernel.name}`, (at) => {
      if (weights) heap.write(at.from, from, dtype);
      heap.write(at.d_to, d_to, dtype);
      kernels.affine_gradient(
        at.from,
        at.d_to,
        count,
        kernel._address,
        rows,
        columns,
        at.d_from,
        d_kernel?.address ?? 0,
        d_bias?.address ?? 0,
        at.work,
      );
      return { d_from: needs_from ? heap.read(at.d_from, count * rows, dtype) : null, d_kernel, d_bias };
    }),
  );
}
