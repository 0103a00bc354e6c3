// The graph between symbolic inputs and outputs.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { SymbolicTensor } from './symbolic_tensor.js';

/** @typedef {import('./symbolic_tensor.js').SymbolicCall} SymbolicCall */

/**
 * @param {unknown} inputs one or a list of what `Input` gave
 * @param {unknown} outputs one or a list of what layers gave
 * @returns {import('./functional.js').FunctionalGraph}
 * @throws {ValueError} outputs that need another input
 */
export function trace(inputs, outputs) {
  const [from, to] = [as_list('inputs', inputs), as_list('outputs', outputs)];
  const no_input = from.find(({ _call }) => _call !== null);
  if (no_input) throw new ValueError(`Model: inputs must be what Input gives, not ${no_input}`);
  const known = new Set(from);
  /** @type {Map<import('../layers/layer.js').Layer, SymbolicCall[]>} in the order in which they are called */
  const calls = new Map();
  const visited = new Set();
  /** @type {{ call: SymbolicCall, is_done: boolean }[]} */
  const pending = [];
  const visit = (/** @type {SymbolicTensor} */ tensor) => {
    const { _call: call } = tensor;
    if (call) pending.push({ call, is_done: false });
    else if (!known.has(tensor))
      throw new ValueError(`Model: the outputs need ${tensor}, which inputs does not have`);
  };
  for (const tensor of [...to].reverse()) visit(tensor);
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { call, is_done } = next;
    if (is_done) calls.set(call.layer, [...(calls.get(call.layer) ?? []), call]);
    if (is_done || visited.has(call)) continue;
    visited.add(call);
    pending.push({ call, is_done: true });
    for (const tensor of [...call.inputs, ...call.initial_state].reverse()) visit(tensor);
  }
  /** @type {(tensor: SymbolicTensor) => import('./graph_plan.js').Reference} */
  const reference_of = ({ _call: call, _index, name }) =>
    call
      ? [call.layer.name, /** @type {SymbolicCall[]} */ (calls.get(call.layer)).indexOf(call), _index]
      : [name, 0, 0];
  return {
    inputs: from.map(({ name, shape }) => ({ name, shape })),
    layers: Array.from(calls, ([layer, list]) => ({
      layer,
      nodes: list.map((call) => ({
        inputs: call.inputs.map(reference_of),
        ...(call.initial_state.length && { initial_state: call.initial_state.map(reference_of) }),
      })),
    })),
    outputs: to.map(reference_of),
  };
}

/** @param {string} what @param {unknown} value @returns {SymbolicTensor[]} */
function as_list(what, value) {
  const list = Array.isArray(value) ? value : [value];
  if (list.length && list.every((one) => one instanceof SymbolicTensor)) return list;
  throw new ValueError(
    `Model: ${what} must be what Input or a layer's apply gives, or a list of them, not ${show(value)}`,
  );
}
