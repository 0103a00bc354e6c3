// The matrix product, `keras.ops.matmul`.

import { affine, affine_gradient } from '../runtime/affine.js';
import { show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { product, product_gradient } from '../runtime/products.js';
import { array_of } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { broadcast_positions, broadcast_shapes } from './broadcast.js';
import { as_operand, as_operands, cast, result_of } from './operands.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('./operands.js').Values} Values
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/products.js').ProductSizes} ProductSizes
 */

/**
 * The product of matrices; of tensors of more than two dimensions, that of the matrices in their last two, the others
 * broadcast. A vector counts as a row on the left and as a column on the right, and the result does not have that dimension (`keras.ops.matmul`).
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} sizes that do not fit, or a scalar
 */
export function matmul(x1, x2) {
  if (x2 instanceof Variable && x2._packing?.groups === 1 && x2.shape.length === 2) {
    const product = by_variable(x1, x2);
    if (product) return product;
  }
  const [a, b] = as_operands('matmul', { x1, x2 });
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  check_inner(a.shape, b.shape, left.at(-1), right.at(-2));
  const sizes = /** @type {[number, number, number]} */ ([left.at(-2), left.at(-1), right.at(-1)]);
  const [rows, , columns] = sizes;
  const batch = broadcast_shapes('matmul', [left.slice(0, -2), right.slice(0, -2)]);
  const shape = [
    ...batch,
    ...(a.shape.length === 1 ? [] : [rows]),
    ...(b.shape.length === 1 ? [] : [columns]),
  ];
  const at_a = broadcast_positions(left.slice(0, -2), batch);
  const at_b = broadcast_positions(right.slice(0, -2), batch);
  const { dtype } = a;
  // Integers below 2^53 are exact in float64.
  const float = dtype === 'float32' ? 'float32' : 'float64';
  const data = array_of(dtype, size_of(shape));
  const [part_a, part_b] = [parts(a, rows * sizes[1]), parts(b, sizes[1] * columns)];
  const empty = size_of(sizes) === 0;
  for (let i = 0; i < at_a.length && !empty; i++) {
    data.set(product(part_a(at_a[i]), part_b(at_b[i]), sizes, float), i * rows * columns);
  }
  return result_of([a, b], data, shape, dtype, (d, [needs_a, needs_b]) => {
    const d_a = needs_a ? array_of(dtype, a.data.length) : null;
    const d_b = needs_b ? array_of(dtype, b.data.length) : null;
    for (let i = 0; i < at_a.length && !empty; i++) {
      const d_part = d.subarray(i * rows * columns, (i + 1) * rows * columns);
      const needed = { a: needs_a, b: needs_b };
      const gradients = product_gradient(part_a(at_a[i]), part_b(at_b[i]), d_part, sizes, float, needed);
      if (d_a && gradients.d_a) add_at(d_a, at_a[i], gradients.d_a);
      if (d_b && gradients.d_b) add_at(d_b, at_b[i], gradients.d_b);
    }
    return [d_a, d_b];
  });
}

/**
 * @param {Values} operand
 * @param {number} size of one matrix
 */
const parts =
  ({ data }, size) =>
  (/** @type {number} */ i) =>
    data.subarray(i * size, (i + 1) * size);

/**
 * @param {import('../runtime/tensor.js').Data} sum
 * @param {number} place of the matrix
 * @param {ArrayLike<number>} values
 */
function add_at(sum, place, values) {
  const start = place * values.length;
  for (let i = 0; i < values.length; i++) sum[start + i] += values[i];
}

/**
 * The product with a variable that is packed on the heap.
 * @param {Operand} x1
 * @param {Variable} kernel
 * @returns {Tensor | null} null: the kernel must be cast first
 */
function by_variable(x1, kernel) {
  const operand = as_operand('matmul: x1', x1, Array.isArray(x1) ? kernel.dtype : null);
  if (operand.dtype === 'float64' && kernel.dtype === 'float32') return null;
  const a = cast(operand, kernel.dtype);
  check_inner(a.shape, kernel.shape, a.shape.at(-1), kernel.shape[0]);
  const shape = [...a.shape.slice(0, -1), kernel.shape[1]];
  const count = size_of(a.shape.slice(0, -1));
  const { dtype } = kernel;
  const data = count ? affine(a.data, count, kernel, null) : array_of(dtype, 0);
  const variable = { shape: [...kernel.shape], dtype, data, source: kernel };
  return result_of([a, variable], data, shape, dtype, (d, [from, weights]) => {
    if (!count) return [null, null];
    const { d_from, d_kernel } = affine_gradient(a.data, d, count, kernel, null, { from, weights });
    return [d_from, d_kernel];
  });
}

/**
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 * @param {number | undefined} left
 * @param {number | undefined} right
 */
function check_inner(a, b, left, right) {
  if (!a.length || !b.length) throw new ValueError('matmul: x1 and x2 must have at least one dimension');
  if (left !== right) {
    throw new ValueError(
      `matmul: the last dimension of x1, ${show_shape(a)}, must be the second last of x2, ${show_shape(b)}: ${left} is not ${right}`,
    );
  }
}
