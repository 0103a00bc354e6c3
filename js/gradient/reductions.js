// Sums, means and softmax along axes, under the names of `keras.ops`.

import { softmax as softmax_rows } from '../runtime/activations.js';
import { size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of } from '../runtime/tensor.js';
import { gather, positions, scatter, strides_of } from './broadcast.js';
import { as_float_operand, as_operand, cast, check_axes, read_options, result_of } from './operands.js';
import { reshape, transpose } from './shapes.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('./operands.js').Values} Values
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {object} ReductionOptions
 * @property {number | number[] | null} [axis] one or several, negative ones from the last; default: all
 * @property {boolean} [keepdims] whether the axes stay, with size 1. Default false.
 */

/**
 * @param {string} name
 * @param {Values} operand of floats or int32
 * @param {ReductionOptions | number | number[] | null} axis_or_options
 * @param {(count: number) => number} factor of each sum, from the number of its terms
 */
function reduce(name, operand, axis_or_options, factor) {
  const options = /** @type {ReductionOptions} */ (read_options(name, axis_or_options, ['axis', 'keepdims']));
  const { shape, dtype, data } = operand;
  const axes = check_axes(`${name}: axis`, options.axis, shape.length);
  const reduced = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const strides = strides_of(reduced).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const places = positions(shape, strides);
  const sums = scatter(data, places, size_of(reduced));
  const scale = factor(size_of(axes.map((axis) => shape[axis])));
  for (let i = 0; i < sums.length; i++) sums[i] *= scale;
  const final = options.keepdims ? reduced : reduced.filter((_, axis) => !axes.includes(axis));
  return result_of([operand], array_of(dtype, sums), final, dtype, (d) => [
    gather(
      d.map((value) => value * scale),
      places,
    ),
  ]);
}

/**
 * The sum along axes (`keras.ops.sum`); of booleans and integers in int32.
 * @param {Operand} x
 * @param {ReductionOptions | number | number[] | null} [options] or the axis alone
 * @returns {Tensor}
 * @throws {ValueError} an axis out of range
 */
export function sum(x, options = {}) {
  const operand = as_operand('sum: x', x);
  return reduce('sum', operand.dtype === 'bool' ? cast(operand, 'int32') : operand, options, () => 1);
}

/**
 * The mean along axes (`keras.ops.mean`); of integers in float32.
 * @param {Operand} x
 * @param {ReductionOptions | number | number[] | null} [options] or the axis alone
 * @returns {Tensor}
 * @throws {ValueError} an axis out of range
 */
export const mean = (x, options = {}) =>
  reduce('mean', as_float_operand('mean: x', x), options, (count) => 1 / count);

/**
 * exp(x) divided by its sum along axes, so that they add up to one (`keras.ops.softmax`).
 * @param {Operand} x of at least one dimension
 * @param {{ axis?: number | number[] } | number | number[]} [options] `axis`: default -1; or the axis alone
 * @returns {Tensor}
 * @throws {ValueError} an axis out of range
 */
export function softmax(x, options = {}) {
  const { axis = -1 } = /** @type {{ axis?: number | number[] }} */ (
    read_options('softmax', options, ['axis'])
  );
  const operand = as_float_operand('softmax: x', x);
  const { shape } = operand;
  const axes = check_axes('softmax: axis', axis, shape.length);
  if (!axes.length) throw new ValueError('softmax: axis must name at least one axis, but the list is empty');
  if (axes.length === 1 && axes[0] === shape.length - 1) return over_last(operand);
  const order = [...shape.keys()].filter((one) => !axes.includes(one)).concat(axes);
  const moved = order.map((one) => shape[one]);
  const turned = transpose(operand.source ?? x, { axes: order });
  const flat = reshape(turned, [size_of(moved.slice(0, -axes.length)), size_of(moved.slice(-axes.length))]);
  const back = order.map((_, one) => order.indexOf(one));
  return transpose(reshape(over_last(as_float_operand('softmax: x', flat)), moved), { axes: back });
}

/** @param {ReturnType<typeof as_float_operand>} operand */
function over_last(operand) {
  const { shape, dtype, data } = operand;
  const width = /** @type {number} */ (shape.at(-1));
  const y = data.length ? softmax_rows(data, width, dtype).probabilities : data;
  return result_of([operand], y, shape, dtype, (d) => {
    const back = array_of(dtype, y.length);
    for (let start = 0; start < y.length; start += width) {
      let total = 0;
      for (let i = start; i < start + width; i++) total += y[i] * d[i];
      for (let i = start; i < start + width; i++) back[i] = y[i] * (d[i] - total);
    }
    return [back];
  });
}
