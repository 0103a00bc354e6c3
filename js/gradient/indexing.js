// Selecting by index, under the names of `keras.ops`.
import { check_one_of, check_options, check_positive_integer, show, size_of } from '../runtime/check.js';
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';
import { array_of, DTYPES, Tensor } from '../runtime/tensor.js';
import { gather, scatter } from './broadcast.js';
import { as_operand, check_axis, read_options, result_of } from './operands.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('../runtime/tensor.js').Dtype} Dtype
 */

/**
 * The slices of a tensor at these indices of an axis (`keras.ops.take`).
 * @param {Operand} x
 * @param {Operand} indices integers of any shape, negative ones from the end
 * @param {{ axis?: number | null } | number | null} [options] `axis`: default null, indices into the flattened x; or the axis alone
 * @returns {Tensor} x's shape with the indices' shape instead of the axis
 * @throws {InvalidArgumentError} an index out of range
 * @throws {ValueError} an index that is not an integer, or an axis out of range
 */
export function take(x, indices, options = {}) {
  const { axis = null } = /** @type {{ axis?: number | null }} */ (read_options('take', options, ['axis']));
  const operand = as_operand('take: x', x);
  const shape = axis === null ? [operand.data.length] : operand.shape;
  const place = axis === null ? 0 : check_axis('take: axis', axis, shape.length);
  const index_values = as_operand('take: indices', indices);
  const size = shape[place];
  const rows = Array.from(index_values.data, (index) => {
    check_integer('take: indices', index);
    if (index < -size || index >= size) {
      throw new InvalidArgumentError(`take: indices must be from ${-size} to ${size - 1}, not ${index}`);
    }
    return index < 0 ? index + size : index;
  });
  const inner = size_of(shape.slice(place + 1));
  const outer = size_of(shape.slice(0, place));
  const places = new Int32Array(outer * rows.length * inner);
  let next = 0;
  for (let i = 0; i < outer; i++) {
    for (const row of rows) for (let j = 0; j < inner; j++) places[next++] = (i * size + row) * inner + j;
  }
  const { data, dtype } = operand;
  const result_shape = [...shape.slice(0, place), ...index_values.shape, ...shape.slice(place + 1)];
  return result_of([operand], gather(data, places), result_shape, dtype, (d) => [
    scatter(d, places, data.length),
  ]);
}

/**
 * One-hot vectors (`keras.ops.one_hot`); an index outside 0 to num_classes - 1 gives zeros.
 * @param {Operand} x integers
 * @param {number} num_classes
 * @param {{ axis?: number, dtype?: Dtype | null }} [options] `axis`: where the classes lie in the result, default -1; `dtype`:
 *   default float32
 * @returns {Tensor}
 * @throws {ValueError} numbers that are not integers, or an axis out of range
 */
export function one_hot(x, num_classes, options = {}) {
  check_options('one_hot', options, ['axis', 'dtype']);
  const { axis = -1, dtype } = options;
  const type = dtype ?? 'float32';
  check_one_of('one_hot: dtype', type, DTYPES);
  check_positive_integer('one_hot: num_classes', num_classes);
  const { data, shape } = as_operand('one_hot: x', x);
  const place = check_axis('one_hot: axis', axis, shape.length + 1);
  const inner = size_of(shape.slice(place));
  const to = array_of(type, data.length * num_classes);
  data.forEach((/** @type {number} */ index, /** @type {number} */ i) => {
    check_integer('one_hot: x', index);
    if (index < 0 || index >= num_classes) return;
    const before = Math.floor(i / inner);
    to[(before * num_classes + index) * inner + (i % inner)] = 1;
  });
  return new Tensor(to, [...shape.slice(0, place), num_classes, ...shape.slice(place)], type);
}

/**
 * @param {string} what
 * @param {number} value
 */
function check_integer(what, value) {
  if (!Number.isInteger(value)) throw new ValueError(`${what} must hold integers, not ${show(value)}`);
}
