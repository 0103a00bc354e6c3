// Constants of a frozen graph of TensorFlow that nodes cut out of others: `kernel[:, :units]` and so on.
import { size_of } from '../../runtime/check.js';
import { Tensor } from '../../runtime/tensor.js';
import { node_name } from './graph_index.js';

/** @typedef {import('./graph_index.js').GraphIndex} GraphIndex */
/** @typedef {import('../../formats/files.js').GraphNode} GraphNode */

/** Operations that cut or reshape their input. */
const CUTS = ['StridedSlice', 'Split', 'Unpack', 'Reshape'];

/** Nodes in each other, at most. */
const DEEPEST = 32;

/** The values of constants, and of what is cut out of them. */
export class GraphConstants {
  /** The sums that were looked at, by the name of their output. @type {Map<string, import('./graph_sums.js').Sum | null>} */
  sums = new Map();
  #index;
  /** @type {Map<string, Tensor | null>} by the name of an output */ #values = new Map();
  #budget;

  /** @param {GraphIndex} index */
  constructor(index) {
    this.#index = index;
    // The parts of a kernel are as large as the kernel: a graph that cuts out much more is none of Keras's.
    this.#budget = 1e6 + 8 * index.constant_elements;
  }

  /** @param {string | undefined} input @param {number} [depth] @returns {Tensor | null} null: not a constant */
  value(input = '', depth = 0) {
    const known = this.#values.get(input);
    if (known !== undefined) return known;
    const value = depth < DEEPEST ? this.#evaluate(input, depth + 1) : null;
    this.#values.set(input, value);
    return value;
  }

  /** @param {string} input @param {number} depth */
  #evaluate(input, depth) {
    const origin = this.#index.origin_input(input);
    const node = this.#index.node(origin);
    if (!node) return null;
    const constant = this.#index.constant(node.name);
    if (constant) return constant;
    if (!CUTS.includes(node.op)) return null;
    const cut = this.value(node.inputs[node.op === 'Split' ? 1 : 0], depth);
    return cut && this.#cut(node, cut, output_of(origin));
  }

  /** @param {GraphNode} node @param {Tensor} tensor @param {number} output */
  #cut(node, tensor, output) {
    if (node.op === 'Reshape') {
      const shape = reshaped(this.value(node.inputs[1]), tensor);
      return shape && new Tensor(tensor.data, shape, tensor.dtype);
    }
    const ranges = this.#ranges(node, tensor, output);
    if (!ranges || !this.spend(size_of(ranges.map(([start, end]) => end - start)))) return null;
    const cut = cut_tensor(tensor, ranges);
    const shrunk = node.op === 'Unpack' ? 1 : Number(node.attributes.shrink_axis_mask) || 0;
    const shape = cut.shape.filter((_, axis) => !((shrunk >> axis) & 1));
    return new Tensor(cut.data, shape, cut.dtype);
  }

  /** @param {GraphNode} node @param {Tensor} tensor @param {number} output @returns {[start: number, end: number][] | null} */
  #ranges(node, { shape }, output) {
    if (node.op === 'StridedSlice') return this.slice_ranges(node, shape);
    /** @type {[number, number][]} */
    const ranges = shape.map((size) => [0, size]);
    const is_split = node.op === 'Split';
    const stated = is_split ? this.#index.scalar(node.inputs[0]) : Number(node.attributes.axis) || 0;
    const axis = stated !== null && stated < 0 ? stated + shape.length : stated;
    const parts = is_split ? Number(node.attributes.num_split) : shape[Number(axis)];
    if (axis === null || !(axis < shape.length) || !(output < parts) || (!is_split && axis !== 0))
      return null;
    const width = shape[axis] / parts;
    if (!Number.isInteger(width)) return null;
    ranges[axis] = [output * width, (output + 1) * width];
    return ranges;
  }

  /**
   * What a StridedSlice takes of each axis.
   * @param {GraphNode} node
   * @param {readonly (number | null)[]} shape null: an unknown size, of which only all or a part counted from its beginning can be taken
   * @returns {[start: number, end: number][] | null} null: something else than a range of each axis
   */
  slice_ranges(node, shape) {
    const [begin, end, strides] = node.inputs.slice(1, 4).map((input) => this.value(input)?.data);
    const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask'].map(
      (name) => Number(node.attributes[name]) || 0,
    );
    const [begin_mask, end_mask, ...others] = masks;
    const shrunk = Number(node.attributes.shrink_axis_mask) || 0;
    if (!begin || !end || !strides || others.some(Boolean) || begin.length > shape.length) return null;
    /** @type {[number, number][]} */
    const ranges = [];
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] ?? Number.POSITIVE_INFINITY;
      const is_stated = axis < begin.length;
      if (is_stated && strides[axis] !== 1) return null;
      const place = (/** @type {number} */ value) => Math.min(value < 0 ? value + size : value, size);
      const start = is_stated && !((begin_mask >> axis) & 1) ? place(begin[axis]) : 0;
      const is_one = (shrunk >> axis) & 1;
      const stop = is_stated && !((end_mask >> axis) & 1) ? place(end[axis]) : size;
      ranges.push([start, is_one ? start + 1 : stop]);
      if (!(start >= 0 && start < ranges[axis][1] && ranges[axis][1] <= size)) return null;
    }
    return ranges;
  }

  /**
   * Columns of a constant.
   * @param {string} input
   * @param {Range} range
   * @returns {Tensor | null}
   */
  columns(input, { start, end }) {
    const tensor = this.value(input);
    if (!tensor?.rank) return null;
    const columns = tensor.shape[tensor.rank - 1];
    const stop = Math.min(end, columns);
    if (start === 0 && stop === columns) return tensor;
    /** @type {[number, number][]} */
    const ranges = tensor.shape.map((size) => [0, size]);
    ranges[tensor.rank - 1] = [start, stop];
    return start < stop && this.spend((tensor.size / columns) * (stop - start))
      ? cut_tensor(tensor, ranges)
      : null;
  }

  /** The names of the constants that an input is, or is cut out of. @param {string} input */
  source(input) {
    let node = this.#index.origin(input);
    for (let i = 0; node && CUTS.includes(node.op) && i < DEEPEST; i++)
      node = this.#index.origin(node.inputs[node.op === 'Split' ? 1 : 0] ?? '');
    return node?.name ?? '';
  }

  /** Whether so many elements more may be copied. @param {number} elements */
  spend(elements) {
    this.#budget -= elements;
    return this.#budget >= 0;
  }
}

/** @typedef {{ start: number, end: number }} Range columns; `end` may be Infinity */

/** The number of the output that `a/b:1` names. @param {string} input */
export const output_of = (input) => Number(input.slice(node_name(input).length + 1)) || 0;

/** @param {Tensor | null} stated of a Reshape @param {Tensor} tensor @returns {number[] | null} */
function reshaped(stated, { size }) {
  if (stated?.rank !== 1 || stated.size > 8) return null;
  const shape = Array.from(stated.data, Number);
  const known = shape.reduce((product, one) => (one < 0 ? product : product * one), 1);
  const result = shape.map((one) => (one < 0 ? size / known : one));
  return result.every((one) => Number.isSafeInteger(one) && one > 0) && size_of(result) === size
    ? result
    : null;
}

/** @param {Tensor} tensor @param {[start: number, end: number][]} ranges of each axis @returns {Tensor} */
function cut_tensor({ data, shape, dtype }, ranges) {
  const sizes = ranges.map(([start, end]) => end - start);
  const result = data.slice(0, size_of(sizes));
  const places = sizes.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[shape.reduce((place, size, axis) => place * size + ranges[axis][0] + places[axis], 0)];
    for (let axis = sizes.length - 1; axis >= 0 && ++places[axis] === sizes[axis]; axis--) places[axis] = 0;
  }
  return new Tensor(result, sizes, dtype);
}
