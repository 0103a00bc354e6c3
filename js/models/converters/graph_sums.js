// Sums of matrix products in a frozen graph of TensorFlow: what is multiplied by which columns of which constant.
import { output_of } from './graph_constants.js';

/**
 * @typedef {import('./graph_index.js').GraphIndex} GraphIndex
 * @typedef {import('./graph_constants.js').GraphConstants} GraphConstants
 * @typedef {import('./graph_constants.js').Range} Range
 *
 * @typedef {object} Product
 * @property {string} operand
 * @property {string} matrix a constant, of which `operand` is multiplied by these columns
 * @property {Range} range
 * @property {boolean} is_reversed whether the steps are put into the other order after it
 *
 * @typedef {{ vector: string, range: Range }} Bias these elements of a constant
 * @typedef {{ products: Product[], biases: Bias[] }} Sum
 */

/** Nodes of one sum, at most. */
const MOST_NODES = 40;

/** @type {Range} */
const ALL = { start: 0, end: Number.POSITIVE_INFINITY };

/** @param {{ op: string }} node */
export const is_product = ({ op }) => op === 'MatMul' || op === 'BatchMatMul' || op === 'BatchMatMulV2';

/**
 * @param {GraphIndex} index
 * @param {GraphConstants} constants
 * @param {string} input
 * @returns {Sum | null} null: something else is in it
 */
export function sum_of(index, constants, input) {
  const known = constants.sums.get(input);
  if (known !== undefined) return known;
  const sum = read_sum(index, constants, input);
  constants.sums.set(input, sum);
  return sum;
}

/** @param {GraphIndex} index @param {GraphConstants} constants @param {string} input @returns {Sum | null} */
function read_sum(index, constants, input) {
  /** @type {Sum} */
  const sum = { products: [], biases: [] };
  const pending = [{ input, range: ALL, is_reversed: false }];
  for (let i = 0; i < pending.length; i++) {
    if (pending.length > MOST_NODES) return null;
    const next = pending[i];
    const origin = index.origin_input(next.input);
    const node = index.node(origin);
    if (!node) return null;
    const constant = constants.value(origin);
    if (constant) {
      // A single number belongs to an activation.
      if (constant.rank === 0) return null;
      sum.biases.push({ vector: origin, range: next.range });
      continue;
    }
    if (is_product(node)) {
      const [operand, matrix] = node.inputs;
      const { transpose_a, transpose_b, adj_x, adj_y } = node.attributes;
      if (constants.value(matrix)?.rank !== 2 || transpose_a || transpose_b || adj_x || adj_y) return null;
      sum.products.push({ operand, matrix, range: next.range, is_reversed: next.is_reversed });
      continue;
    }
    const parts = parts_of(index, constants, node, output_of(origin), next.range);
    if (!parts) return null;
    const is_reversed = next.is_reversed || node.op === 'ReverseV2';
    for (const part of parts) pending.push({ ...part, is_reversed });
  }
  return sum;
}

/**
 * What columns of a node are made of.
 * @param {GraphIndex} index
 * @param {GraphConstants} constants
 * @param {import('../../formats/files.js').GraphNode} node
 * @param {number} output
 * @param {Range} range
 * @returns {{ input: string, range: Range }[] | null}
 */
function parts_of(index, constants, { op, inputs, attributes, ...node }, output, range) {
  const inside = (/** @type {string} */ input, /** @type {number} */ start, /** @type {number} */ end) => ({
    input,
    range: { start: start + range.start, end: Math.min(end, start + range.end) },
  });
  switch (op) {
    case 'Add':
    case 'AddV2':
    case 'BiasAdd':
      return inputs.slice(0, 2).map((input) => ({ input, range }));
    // Of products of all steps before the loop, which it reads then.
    case 'Reshape':
    case 'Transpose':
    case 'ReverseV2':
      return [{ input: inputs[0], range }];
    case 'TensorArrayReadV3':
    case 'TensorListGetItem': {
      const array = index.array_source(inputs[0]);
      return array === null ? null : [{ input: array, range }];
    }
    case 'StridedSlice': {
      const ranges = constants.slice_ranges({ op, inputs, attributes, ...node }, [null, null]);
      if (ranges?.[0][0] !== 0 || ranges[0][1] !== Number.POSITIVE_INFINITY) return null;
      const [start, end] = ranges[1];
      return [inside(inputs[0], start, end)];
    }
    case 'Split': {
      const width = width_of(index, constants, inputs[1]);
      const part = width === null ? Number.NaN : width / Number(attributes.num_split);
      return Number.isInteger(part) ? [inside(inputs[1], output * part, (output + 1) * part)] : null;
    }
    case 'ConcatV2': {
      let start = 0;
      const values = inputs.slice(0, -1);
      for (const [i, input] of values.entries()) {
        const width = width_of(index, constants, input);
        if (width === null) return null;
        // The last part may be cut out without an end.
        const end = i === values.length - 1 ? Number.POSITIVE_INFINITY : start + width;
        if (range.start >= start && range.end <= end)
          return [{ input, range: { start: range.start - start, end: range.end - start } }];
        start += width;
      }
      return null;
    }
    default:
      return null;
  }
}

/** The number of columns of a value; null: unknown. @param {GraphIndex} index @param {GraphConstants} constants @param {string} input */
function width_of(index, constants, input) {
  let name = input;
  for (let i = 0; i < MOST_NODES; i++) {
    const origin = index.origin_input(name);
    const shape = constants.value(origin)?.shape;
    if (shape) return shape[shape.length - 1] ?? null;
    const node = index.node(origin);
    if (!node) return null;
    if (is_product(node)) {
      const matrix = constants.value(node.inputs[1]);
      return matrix?.rank === 2 ? matrix.shape[1] : null;
    }
    if (!['Add', 'AddV2', 'BiasAdd', 'Reshape'].includes(node.op)) return null;
    name = node.inputs[0] ?? '';
  }
  return null;
}
