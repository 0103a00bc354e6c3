// The GRU layers of Keras in a frozen graph of TensorFlow, whatever their weights are called. A step of one ends in
// z * state + (1 - z) * candidate; the nodes before that say its weights, its activations, where the reset gate acts, the direction.
import { graph_activation } from './graph_activations.js';
import { GraphConstants, output_of } from './graph_constants.js';
import { is_op } from './graph_index.js';
import { find_candidate, find_gate } from './keras_graph_gates.js';
import { sequence_place } from './tf1_graph_place.js';

/**
 * @typedef {import('./graph_index.js').GraphIndex} GraphIndex
 * @typedef {import('../../formats/files.js').GraphNode} GraphNode
 * @typedef {import('./keras_graph_gates.js').Gate} Gate
 * @typedef {import('./tf1_graph_place.js').GraphPlace} GraphPlace
 *
 * @typedef {object} LayerInGraph
 * @property {string | null} activation this package's name; null: it is none of the known ones
 * @property {string | null} recurrent_activation
 * @property {boolean} reset_after
 * @property {boolean} go_backwards
 * @property {string} recurrent_kernel the name of the constant, or of that of the gate z where each gate has its own
 * @property {{ z: Gate, r: Gate, h: Gate }} gates
 * @property {GraphPlace} place
 */

/**
 * @param {GraphIndex} index
 * @param {GraphConstants} [constants]
 * @returns {LayerInGraph[]} in the order of the graph
 */
export function find_layers_in_graph(index, constants = new GraphConstants(index)) {
  /** @type {Map<string, LayerInGraph[]>} */
  const by_weights = new Map();
  for (const node of index.nodes) {
    if (index.is_exhausted) break;
    if (node.op !== 'Sub' || index.scalar(node.inputs[0]) !== 1) continue;
    const layer = layer_at(index, constants, node);
    if (!layer) continue;
    const key = JSON.stringify(
      Object.values(layer.gates).map(({ h }) => [constants.source(h.matrix), h.range]),
    );
    by_weights.set(key, [...(by_weights.get(key) ?? []), layer]);
  }
  // Keras runs a step outside of the loop too, for the shape of its outputs; unrolled, there is one for each step.
  return Array.from(by_weights.values(), (steps) => steps.find(has_sequence) ?? unrolled(index, steps));
}

/** @param {LayerInGraph} layer */
const has_sequence = ({ place }) => place.sequence_input !== null;

/** @param {GraphIndex} index @param {LayerInGraph[]} steps @returns {LayerInGraph} the first one */
function unrolled(index, steps) {
  const [first, last] = [steps[0], steps[steps.length - 1]].map(({ place }) => {
    const input = index.origin_input(place.input ?? '');
    return index.node(input)?.op === 'Unpack' ? output_of(input) : 0;
  });
  return { ...steps[0], go_backwards: first > last };
}

/**
 * @param {GraphIndex} index
 * @param {GraphConstants} constants
 * @param {GraphNode} difference 1 - z
 * @returns {LayerInGraph | null} null: not of a GRU
 */
function layer_at(index, constants, difference) {
  const rest = index.reader(difference.name, is_op('Mul'));
  const output = rest && index.reader(rest.name, is_op('Add', 'AddV2'));
  if (!output) return null;
  const [, z = ''] = difference.inputs;
  const candidate = other_input(index, rest, difference.name);
  const share = index.origin(other_input(index, output, rest.name));
  if (share?.op !== 'Mul') return null;
  const state = other_input(index, share, index.origin(z)?.name ?? '');
  const context = { index, constants, state: index.origin_input(state) };
  const update = find_gate(context, z);
  const candidate_gates = find_candidate(context, candidate);
  if (!update || !candidate_gates) return null;
  const activation = graph_activation(index, candidate);
  const recurrent_activation = graph_activation(index, z);
  const input = step_input(index, update.x.operand);
  const around = place_in_sequence(index, input, output.name);
  const is_reversed = index.origin(around.sequence_input ?? '')?.op === 'ReverseV2';
  return {
    activation: activation.sum?.name === candidate_gates.gate.sum ? activation.activation : null,
    recurrent_activation:
      recurrent_activation.sum?.name === update.sum ? recurrent_activation.activation : null,
    reset_after: candidate_gates.reset_after,
    go_backwards: is_reversed || update.x.is_reversed,
    recurrent_kernel: constants.source(update.h.matrix),
    gates: { z: update, r: candidate_gates.reset, h: candidate_gates.gate },
    place: {
      scope: output.name.slice(0, Math.max(output.name.lastIndexOf('/'), 0)),
      state,
      output: output.name,
      ...around,
      ...(is_reversed && {
        sequence_input: index.origin(around.sequence_input ?? '')?.inputs[0] ?? null,
      }),
    },
  };
}

/** The input of a node that does not come from another one. @param {GraphIndex} index @param {GraphNode} node @param {string} other */
const other_input = (index, node, other) =>
  node.inputs.find((input) => index.origin(input)?.name !== other) ?? '';

/** What the kernel is multiplied by, before the mask of dropout. @param {GraphIndex} index @param {string} operand */
function step_input(index, operand) {
  const origin = index.origin(operand);
  if (origin?.op !== 'Mul') return operand;
  const is_read = (/** @type {string} */ input) =>
    /^TensorArrayRead|^TensorListGet/.test(index.origin(input)?.op ?? '');
  return origin.inputs.find(is_read) ?? origin.inputs[0] ?? operand;
}

/**
 * @param {GraphIndex} index
 * @param {string} input
 * @param {string} output of one step
 * @returns {Pick<GraphPlace, 'input' | 'sequence_input' | 'sequence_output' | 'last_output'>}
 */
function place_in_sequence(index, input, output) {
  const around = sequence_place(index, input, output);
  const flat = index.origin(input);
  // The products of all steps before the loop are of the inputs as [batch * steps, input_size].
  const is_in_loop = around.sequence_output !== null || around.last_output !== null;
  if (around.sequence_input !== null || !is_in_loop || flat?.op !== 'Reshape') return { input, ...around };
  return { input: null, ...around, sequence_input: step_input(index, flat.inputs[0]) };
}
