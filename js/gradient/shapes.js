// Reshaping and transposing, under the names of `keras.ops`.
import { show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { gather, positions, scatter, strides_of } from './broadcast.js';
import { as_operand, check_axes, read_options, result_of } from './operands.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 */

/**
 * The same values in another shape (`keras.ops.reshape`).
 * @param {Operand} x
 * @param {number | readonly number[]} newshape one of the sizes may be -1: it is computed from the others
 * @returns {Tensor}
 * @throws {ValueError} a shape with another number of values
 */
export function reshape(x, newshape) {
  const operand = as_operand('reshape: x', x);
  const sizes = /** @type {number[]} */ ([newshape].flat());
  const count = operand.data.length;
  if (
    !sizes.every((size) => Number.isInteger(size) && size >= -1) ||
    sizes.indexOf(-1) !== sizes.lastIndexOf(-1)
  ) {
    throw new ValueError(
      `reshape: newshape must hold integers of 0 or more, and -1 at most once, not ${show(newshape)}`,
    );
  }
  const known = size_of(sizes.filter((size) => size !== -1));
  const shape = sizes.map((size) => (size === -1 ? (known ? count / known : 0) : size));
  if (!shape.every(Number.isInteger) || size_of(shape) !== count) {
    throw new ValueError(
      `reshape: newshape must hold the ${count} values of x, whose shape is ${show_shape(operand.shape)}, not be ${show_shape(sizes)}`,
    );
  }
  return result_of([operand], operand.data.slice(), shape, operand.dtype, (d) => [d]);
}

/**
 * The axes in another order (`keras.ops.transpose`).
 * @param {Operand} x
 * @param {{ axes?: readonly number[] | null } | readonly number[] | null} [options] `axes`: for each axis of the result the axis of
 *   x; default: reversed order; or the axes alone
 * @returns {Tensor}
 * @throws {ValueError} axes that are not a permutation
 */
export function transpose(x, options = {}) {
  const { axes = null } = /** @type {{ axes?: readonly number[] | null }} */ (
    read_options('transpose', options, ['axes'])
  );
  const operand = as_operand('transpose: x', x);
  const { shape, dtype, data } = operand;
  const rank = shape.length;
  const order = axes === null ? [...shape.keys()].reverse() : check_axes('transpose: axes', axes, rank);
  if (order.length !== rank) {
    throw new ValueError(`transpose: axes must name each of the ${rank} axes of x, not be ${show(axes)}`);
  }
  const strides = strides_of(shape);
  const turned = order.map((axis) => shape[axis]);
  const places = positions(
    turned,
    order.map((axis) => strides[axis]),
  );
  return result_of([operand], gather(data, places), turned, dtype, (d) => [scatter(d, places, data.length)]);
}
