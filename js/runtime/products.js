// Products of two matrices that are not variables: the right one is packed for the duration of the call.
import { element_bytes } from './dtypes.js';
import { loaded_heap } from './init.js';

/**
 * @typedef {import('./heap.js').Floats} Floats
 * @typedef {import('./heap.js').FloatDtype} FloatDtype
 * @typedef {readonly [rows: number, inner: number, columns: number]} ProductSizes none of them zero
 */

/**
 * a @ b
 * @param {ArrayLike<number>} a [rows, inner]
 * @param {ArrayLike<number>} b [inner, columns]
 * @param {ProductSizes} sizes
 * @param {FloatDtype} dtype
 * @returns {Floats} [rows, columns]
 */
export function product(a, b, [rows, inner, columns], dtype) {
  const heap = loaded_heap();
  const kernels = heap.kernels[dtype];
  const width = element_bytes(dtype);
  const padded = kernels.padded_columns(columns);
  const sizes = {
    a: rows * inner * width,
    dense: inner * columns * width,
    b: kernels.packed_elements(inner, 1, columns) * width,
    to: rows * padded * width,
  };
  return heap.borrow(sizes, `a product of ${rows} by ${inner} by ${columns}`, (at) => {
    heap.write(at.a, a, dtype);
    heap.write(at.dense, b, dtype);
    kernels.pack(at.dense, inner, 1, columns, at.b);
    kernels.affine(at.a, rows, at.b, inner, columns, 0, at.to);
    return heap.read(at.to, rows * columns, dtype);
  });
}

/**
 * The gradients of a product.
 * @param {ArrayLike<number>} a [rows, inner]
 * @param {ArrayLike<number>} b [inner, columns]
 * @param {ArrayLike<number>} d [rows, columns]
 * @param {ProductSizes} sizes
 * @param {FloatDtype} dtype
 * @param {{ a: boolean, b: boolean }} needed
 * @returns {{ d_a: Floats | null, d_b: Floats | null }}
 */
export function product_gradient(a, b, d, [rows, inner, columns], dtype, needed) {
  const heap = loaded_heap();
  const kernels = heap.kernels[dtype];
  const width = element_bytes(dtype);
  const packed = kernels.packed_elements(inner, 1, columns) * width;
  const sizes = {
    a: needed.b ? rows * inner * width : 0,
    dense: inner * columns * width,
    b: packed,
    d: rows * columns * width,
    d_a: needed.a ? rows * kernels.padded_columns(inner) * width : 0,
    d_b: needed.b ? packed : 0,
    work: kernels.affine_gradient_work(rows, inner, columns),
  };
  return heap.borrow(sizes, `the gradient of a product of ${rows} by ${inner} by ${columns}`, (at) => {
    if (needed.b) heap.write(at.a, a, dtype);
    heap.write(at.dense, b, dtype);
    heap.write(at.d, d, dtype);
    kernels.pack(at.dense, inner, 1, columns, at.b);
    heap.clear(at.d_b, sizes.d_b);
    kernels.affine_gradient(at.a, at.d, rows, at.b, inner, columns, at.d_a, at.d_b, 0, at.work);
    if (needed.b) kernels.unpack(at.d_b, inner, 1, columns, at.dense);
    return {
      d_a: needed.a ? heap.read(at.d_a, rows * inner, dtype) : null,
      d_b: needed.b ? heap.read(at.dense, inner * columns, dtype) : null,
    };
  });
}
