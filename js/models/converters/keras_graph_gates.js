// The gates of Keras's GRU in a frozen graph of TensorFlow: the sums x @ kernel + state @ recurrent_kernel + bias that their activations
// are of.
import { is_product, sum_of } from './graph_sums.js';

/**
 * @typedef {import('./graph_sums.js').Sum} Sum
 * @typedef {import('./graph_sums.js').Product} Product
 * @typedef {import('./graph_sums.js').Bias} Bias
 *
 * @typedef {object} Gate
 * @property {string} sum the name of the node
 * @property {Product} x of the inputs
 * @property {Product} h of the state
 * @property {Bias[]} x_biases
 * @property {Bias[]} h_biases those that are added to the product of the state
 *
 * @typedef {object} Candidate
 * @property {Gate} gate
 * @property {Gate} reset
 * @property {boolean} reset_after
 *
 * @typedef {object} Context
 * @property {import('./graph_index.js').GraphIndex} index
 * @property {import('./graph_constants.js').GraphConstants} constants
 * @property {string} state the output of a node
 */

/** Nodes of an activation, at most. */
const MOST_NODES = 24;

/**
 * @param {Context} context
 * @param {string} input the value of a gate
 * @returns {Gate | null}
 */
export const find_gate = (context, input) => search(context, input, (sum) => gate_at(context, sum));

/**
 * @param {Context} context
 * @param {string} input the value of the candidate
 * @returns {Candidate | null}
 */
export const find_candidate = (context, input) => search(context, input, (sum) => candidate_at(context, sum));

/**
 * The first of the values that a node is computed from, itself included, that is what is looked for.
 * @template T
 * @param {Context} context
 * @param {string} input
 * @param {(input: string) => T | null} read
 * @returns {T | null}
 */
function search({ index }, input, read) {
  const pending = [index.origin_input(input)];
  for (let i = 0; i < pending.length && i < MOST_NODES; i++) {
    const result = read(pending[i]);
    if (result) return result;
    const node = index.node(pending[i]);
    // Past the products are other steps or layers.
    if (!node || is_product(node) || /^(Switch|Merge|TensorArray|TensorList)/.test(node.op)) continue;
    for (const one of node.inputs.slice(0, 4)) pending.push(index.origin_input(one));
  }
  return null;
}

/** @param {Context} context @param {string} input @returns {Gate | null} */
function gate_at(context, input) {
  const sum = sum_of(context.index, context.constants, input);
  if (sum?.products.length !== 2) return null;
  const [h] = sum.products.filter(({ operand }) => factors_of_state(context, operand));
  const [x] = sum.products.filter((product) => product !== h);
  return h && !factors_of_state(context, x.operand) ? make_gate(context, input, x, h, sum) : null;
}

/**
 * @param {Context} context
 * @param {string} input
 * @param {Product} x
 * @param {Product} h
 * @param {Sum} sum
 * @returns {Gate}
 */
function make_gate({ index, constants }, input, x, h, sum) {
  const node = index.node(input);
  const sides = (node?.inputs ?? []).map((side) => sum_of(index, constants, side));
  const recurrent = sides.find(
    (side) => side?.products.length === 1 && side.products[0].operand === h.operand,
  );
  const h_biases = recurrent?.biases ?? [];
  const of_state = new Set(h_biases.map(key_of));
  const x_biases = sum.biases.filter((bias) => !of_state.has(key_of(bias)));
  return { sum: node?.name ?? '', x, h, x_biases, h_biases };
}

/** @param {Bias} bias */
const key_of = ({ vector, range }) => `${vector} ${range.start}`;

/** @param {Context} context @param {string} input @returns {Candidate | null} */
function candidate_at(context, input) {
  const { index, constants } = context;
  const gate = gate_at(context, input);
  if (gate) {
    // (r * state) @ recurrent_kernel
    for (const factor of factors_of_state(context, gate.h.operand) ?? []) {
      const reset = find_gate(context, factor);
      if (reset) return { gate, reset, reset_after: false };
    }
    return null;
  }
  // r * (state @ recurrent_kernel)
  const node = index.node(input);
  if (node?.op !== 'Add' && node?.op !== 'AddV2') return null;
  for (const [product, other] of [node.inputs, [...node.inputs].reverse()]) {
    const scaled = index.origin(product ?? '');
    const from_inputs = scaled?.op === 'Mul' ? sum_of(index, constants, other) : null;
    if (!scaled || from_inputs?.products.length !== 1) continue;
    for (const [r, recurrent] of [scaled.inputs, [...scaled.inputs].reverse()]) {
      const from_state = sum_of(index, constants, recurrent);
      const [h, ...others] = from_state?.products ?? [];
      if (!from_state || !h || others.length || !factors_of_state(context, h.operand)) continue;
      const reset = find_gate(context, r);
      const [x] = from_inputs.products;
      if (reset)
        return {
          gate: { sum: node.name, x, h, x_biases: from_inputs.biases, h_biases: from_state.biases },
          reset,
          reset_after: true,
        };
    }
  }
  return null;
}

/**
 * What the state is multiplied by in a value.
 * @param {Context} context
 * @param {string} input
 * @param {number} [depth]
 * @returns {string[] | null} null: it is not the state, or no product of it
 */
function factors_of_state(context, input, depth = 0) {
  const { index, state } = context;
  const origin = index.origin_input(input);
  if (origin === state) return [];
  const node = index.node(origin);
  if (node?.op !== 'Mul' || depth > 3) return null;
  for (const [one, other] of [node.inputs, [...node.inputs].reverse()]) {
    const factors = factors_of_state(context, one ?? '', depth + 1);
    if (factors) return [...factors, other];
  }
  return null;
}
