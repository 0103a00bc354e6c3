// What ONNX's operators are made of.
import { broadcast_shapes, expand } from '../../gradient/broadcast.js';
import { transpose } from '../../gradient/shapes.js';
import { size_of } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { array_of, Tensor } from '../../runtime/tensor.js';

/**
 * @typedef {(inputs: any[], attributes: { [name: string]: any }, opset: number) => Tensor | Tensor[]} Operator
 */

/** Elements of a tensor that ConstantOfShape or Expand makes. */
export const MOST_ELEMENTS = 1 << 28;

/** @param {string} message @returns {never} */
export const fail = (message) => {
  throw new InvalidArgumentError(`ONNX: ${message}`);
};

/** @param {number} axis @param {number} rank */
export const axis_of = (axis, rank) => {
  const index = axis < 0 ? axis + rank : axis;
  return index >= 0 && index <= rank ? index : fail(`the axis ${axis} is outside of ${rank} dimensions`);
};

/** Integers, from a tensor that is an input or from an attribute. @param {Tensor | null | undefined} tensor @param {number[] | undefined} list */
export const integers = (tensor, list) => (tensor ? Array.from(tensor.data, Number) : (list ?? null));

/** @param {import('../../runtime/tensor.js').Dtype} dtype @param {readonly number[]} shape @param {(i: number) => number} value */
export function make(dtype, shape, value) {
  const size = size_of(shape);
  if (!(size <= MOST_ELEMENTS)) fail(`a tensor would have ${size} elements`);
  const data = array_of(dtype, size);
  for (let i = 0; i < size; i++) data[i] = value(i);
  return new Tensor(data, shape, dtype);
}

/** @param {(a: number, b: number) => number} compute @param {'bool' | null} [result] its dtype; default: the operands' @returns {Operator} */
export const binary =
  (compute, result = null) =>
  ([a, b]) => {
    const shape = broadcast_shapes('ONNX', [a.shape, b.shape]);
    const [x, y] = [a, b].map((operand) => expand(operand.data, operand.shape, shape));
    const dtype = a.dtype === 'float64' || b.dtype === 'float64' ? 'float64' : a.dtype;
    return make(result ?? dtype, shape, (i) => compute(x[i], y[i]));
  };

/** @param {(x: number) => number} compute @returns {Operator} */
export const unary =
  (compute) =>
  ([x]) =>
    make(x.dtype, x.shape, (i) => compute(x.data[i]));

/** Elements of a tensor by their indices along one axis. @param {Tensor} x @param {number} axis @param {readonly number[]} indices */
export function select(x, axis, indices) {
  const inner = size_of(x.shape.slice(axis + 1));
  const size = x.shape[axis];
  const outer = size_of(x.shape.slice(0, axis));
  const data = array_of(x.dtype, outer * indices.length * inner);
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices) {
      const from = (block * size + index) * inner;
      data.set(x.data.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return new Tensor(data, [...x.shape.slice(0, axis), indices.length, ...x.shape.slice(axis + 1)], x.dtype);
}

/** @param {Tensor} x @param {number[]} axes @param {boolean} keep @param {(values: number[]) => number} reduce */
export function reduced(x, axes, keep, reduce) {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const moved = transpose(x, { axes: [...kept, ...axes] });
  const width = size_of(axes.map((axis) => x.shape[axis]));
  const shape = keep
    ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : kept.map((axis) => x.shape[axis]);
  return make(x.dtype, shape, (i) => reduce(Array.from(moved.data.subarray(i * width, (i + 1) * width))));
}

/** @param {(values: number[]) => number} reduce @returns {Operator} */
export const reduction =
  (reduce) =>
  ([x, axes_input], { axes, keepdims = 1, noop_with_empty_axes = 0 }) => {
    const list = integers(axes_input, axes)?.map((axis) => axis_of(axis, x.rank)) ?? [];
    if (!list.length && noop_with_empty_axes) return x;
    return reduced(
      x,
      list.length ? list : x.shape.map((/** @type {number} */ _, /** @type {number} */ axis) => axis),
      keepdims === 1,
      reduce,
    );
  };

/** @param {number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);
