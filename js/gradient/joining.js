// Joining and splitting tensors, under the names of `keras.ops`.
import { same_shape, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, is_float, Tensor } from '../runtime/tensor.js';
import { as_operand, as_operands, check_axis, read_options } from './operands.js';
import { is_recording, record_operation } from './recording.js';
import { reshape } from './shapes.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('../runtime/tensor.js').Data} Data
 * @typedef {{ axis?: number } | number} AxisOption `axis`, or the axis alone
 */

/**
 * Copies blocks of rows between an array and its pieces along an axis.
 * @param {readonly number[]} widths elements of each piece for each index of the axes before
 * @param {number} outer the number of those
 * @param {(piece: number, at: number, whole: number, width: number) => void} copy
 */
function each_block(widths, outer, copy) {
  let whole = 0;
  for (let row = 0; row < outer; row++) {
    widths.forEach((width, piece) => {
      copy(piece, row * width, whole, width);
      whole += width;
    });
  }
}

/**
 * @param {readonly Data[]} pieces
 * @param {readonly number[]} widths
 * @param {number} outer
 * @param {Data} to
 */
function join(pieces, widths, outer, to) {
  each_block(widths, outer, (piece, at, whole, width) => {
    to.set(pieces[piece].subarray(at, at + width), whole);
  });
  return to;
}

/**
 * @param {Data} from
 * @param {readonly number[]} widths
 * @param {number} outer
 * @param {import('../runtime/tensor.js').Dtype} dtype
 */
function part(from, widths, outer, dtype) {
  const pieces = widths.map((width) => array_of(dtype, width * outer));
  each_block(widths, outer, (piece, at, whole, width) => {
    pieces[piece].set(from.subarray(whole, whole + width), at);
  });
  return pieces;
}

/**
 * Joins tensors along an axis (`keras.ops.concatenate`).
 * @param {readonly Operand[]} xs at least one; equal sizes along every other axis
 * @param {AxisOption} [options] `axis`: default 0
 * @returns {Tensor}
 * @throws {ValueError} shapes that do not fit
 */
export function concatenate(xs, options = {}) {
  const { axis = 0 } = /** @type {{ axis?: number }} */ (read_options('concatenate', options, ['axis']));
  check_list('concatenate', xs);
  const operands = as_operands('concatenate', Object.fromEntries(Array.from(xs, (x, i) => [`xs[${i}]`, x])));
  const [{ shape: first, dtype }] = operands;
  const place = check_axis('concatenate: axis', axis, first.length);
  const others = (/** @type {readonly number[]} */ shape) =>
    shape.map((size, i) => (i === place ? null : size));
  operands.forEach(({ shape }, i) => {
    if (!same_shape(others(shape), others(first))) {
      throw new ValueError(
        `concatenate: xs[${i}] must have shape ${show_shape(others(first))}, not ${show_shape(shape)}`,
      );
    }
  });
  const shape = first.map((size, i) =>
    i === place ? operands.reduce((sum, operand) => sum + operand.shape[place], 0) : size,
  );
  const outer = size_of(shape.slice(0, place));
  const widths = operands.map((operand) => size_of(operand.shape.slice(place)));
  const pieces = operands.map(({ data }) => data);
  const output = new Tensor(join(pieces, widths, outer, array_of(dtype, size_of(shape))), shape, dtype);
  const inputs = operands.map(({ source }) => source);
  if (is_float(dtype) && is_recording(inputs)) {
    record_operation({
      inputs,
      outputs: [output],
      backward: ([d]) => part(/** @type {Data} */ (d), widths, outer, dtype),
    });
  }
  return output;
}

/**
 * @param {string} name
 * @param {unknown} xs
 */
function check_list(name, xs) {
  if (!Array.isArray(xs) || !xs.length)
    throw new ValueError(`${name}: xs must be a list of at least one tensor, not ${show(xs)}`);
}

/**
 * Splits a tensor along an axis (`keras.ops.split`).
 * @param {Operand} x
 * @param {number | readonly number[]} indices_or_sections the number of equal parts, or the indices at which the second and later parts begin
 * @param {AxisOption} [options] `axis`: default 0
 * @returns {Tensor[]}
 * @throws {ValueError} parts that are not equal, or indices that decrease
 */
export function split(x, indices_or_sections, options = {}) {
  const { axis = 0 } = /** @type {{ axis?: number }} */ (read_options('split', options, ['axis']));
  const operand = as_operand('split: x', x);
  const { shape, dtype, data, source } = operand;
  const place = check_axis('split: axis', axis, shape.length);
  const sizes = part_sizes(indices_or_sections, shape[place]);
  const inner = size_of(shape.slice(place + 1));
  const outer = size_of(shape.slice(0, place));
  const widths = sizes.map((size) => size * inner);
  const outputs = part(data, widths, outer, dtype).map(
    (piece, i) =>
      new Tensor(
        piece,
        shape.map((size, one) => (one === place ? sizes[i] : size)),
        dtype,
      ),
  );
  if (is_float(dtype) && is_recording([source])) {
    record_operation({
      inputs: [source],
      outputs,
      backward: (d_outputs) => {
        const pieces = d_outputs.map((d, i) => d ?? array_of(dtype, outputs[i].size));
        return [join(pieces, widths, outer, array_of(dtype, data.length))];
      },
    });
  }
  return outputs;
}

/**
 * @param {number | readonly number[]} parts
 * @param {number} size
 * @returns {number[]}
 */
function part_sizes(parts, size) {
  const what = 'split: indices_or_sections';
  if (typeof parts === 'number') {
    const most = size || 2 ** 20;
    if (!Number.isInteger(parts) || parts < 1 || parts > most || size % parts) {
      throw new ValueError(`${what} must be a number of equal parts of ${size}, not ${parts}`);
    }
    return new Array(parts).fill(size / parts);
  }
  if (!Array.isArray(parts) || !parts.every(Number.isInteger))
    throw new ValueError(`${what} must be an integer or a list of integers, not ${show(parts)}`);
  const from = [0, ...parts.map((index) => (index < 0 ? index + size : index)), size];
  const sizes = from.slice(1).map((end, i) => end - from[i]);
  if (sizes.some((one) => one < 0)) {
    throw new ValueError(`${what} must not decrease or go beyond the size ${size}, as ${show(parts)} does`);
  }
  return sizes;
}

/**
 * Joins tensors of one shape along a new axis (`keras.ops.stack`).
 * @param {readonly Operand[]} xs at least one
 * @param {AxisOption} [options] `axis`: its index in the result; default 0
 * @returns {Tensor}
 * @throws {ValueError} shapes that differ
 */
export function stack(xs, options = {}) {
  const { axis = 0 } = /** @type {{ axis?: number }} */ (read_options('stack', options, ['axis']));
  check_list('stack', xs);
  const shapes = Array.from(xs, (x, i) => as_operand(`stack: xs[${i}]`, x).shape);
  const [first] = shapes;
  const place = check_axis('stack: axis', axis, first.length + 1);
  shapes.forEach((shape, i) => {
    if (!same_shape(shape, first)) {
      throw new ValueError(`stack: xs[${i}] must have shape ${show_shape(first)}, not ${show_shape(shape)}`);
    }
  });
  const widened = [...first.slice(0, place), 1, ...first.slice(place)];
  return concatenate(
    xs.map((x) => reshape(x, widened)),
    { axis: place },
  );
}

/**
 * Splits a tensor into the slices along an axis, without that axis (`keras.ops.unstack`).
 * @param {Operand} x
 * @param {AxisOption} [options] `axis`: default 0
 * @returns {Tensor[]} one for each index of the axis
 * @throws {ValueError} an axis out of range
 */
export function unstack(x, options = {}) {
  const { axis = 0 } = /** @type {{ axis?: number }} */ (read_options('unstack', options, ['axis']));
  const { shape } = as_operand('unstack: x', x);
  const place = check_axis('unstack: axis', axis, shape.length);
  if (shape[place] === 0) return [];
  const narrowed = shape.filter((_, one) => one !== place);
  return split(x, shape[place], { axis: place }).map((piece) => reshape(piece, narrowed));
}
