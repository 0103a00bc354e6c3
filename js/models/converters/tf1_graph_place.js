// Where a cell of TensorFlow 1 is in a frozen graph: the nodes around its weights, and the activation of its candidate.
import { graph_activation } from './graph_activations.js';
import { is_op, is_passing_into_loop } from './graph_index.js';

/**
 * @typedef {import('./graph_index.js').GraphIndex} GraphIndex
 *
 * @typedef {object} GraphPlace names of nodes, an output other than the first with `:1` and so on
 * @property {string} scope of the operations of one step
 * @property {string | null} input of one step; null: Keras multiplies the inputs of all steps by the kernel before the loop
 * @property {string} state before the step
 * @property {string} output of one step, which is the new state
 * @property {string | null} sequence_input of the loop around the cell (`dynamic_rnn`, or Keras's), time-major; [batch, steps, input_size]
 *   where `input` is null; null: there is none
 * @property {string | null} sequence_output time-major; null: there is none, or nothing reads the outputs
 * @property {string | null} last_output the output of the last step alone; null: nothing reads it
 */

/**
 * @param {GraphIndex} index
 * @param {string} gates_kernel the name of its node
 * @param {string} candidate_kernel
 * @returns {{ place: GraphPlace, activation: string | null } | null} null: the nodes around the weights are not those of GRUCell.
 *   `activation` is null if it is none of the known ones.
 */
export function find_graph_place(index, gates_kernel, candidate_kernel) {
  const product = index.reader(gates_kernel, is_op('MatMul'), is_passing_into_loop);
  const candidate_product = index.reader(candidate_kernel, is_op('MatMul'), is_passing_into_loop);
  const joined = product && index.origin(product.inputs[0]);
  if (!product || !candidate_product || !joined || !/^Concat/.test(joined.op)) return null;
  const values = joined.op === 'Concat' ? joined.inputs.slice(1, 3) : joined.inputs.slice(0, 2);
  const [input, state] = values;
  const sum = index.reader(candidate_product.name, is_op('BiasAdd', 'Add', 'AddV2'));
  if (!sum || state === undefined) return null;
  // The candidate is multiplied by 1 - u.
  const rest = index.reader(
    sum.name,
    (node) => node.op === 'Mul' && node.inputs.some((factor) => index.origin(factor)?.op === 'Sub'),
    () => true,
  );
  const candidate = rest?.inputs.find((factor) => index.origin(factor)?.op !== 'Sub');
  const output = rest && index.reader(rest.name, is_op('Add', 'AddV2'));
  if (!output || candidate === undefined) return null;
  return {
    activation: graph_activation(index, candidate).activation,
    place: {
      scope: product.name.slice(0, Math.max(product.name.lastIndexOf('/'), 0)),
      input,
      state,
      output: output.name,
      ...sequence_place(index, input, output.name),
    },
  };
}

/**
 * The nodes around the loop over the steps.
 * @param {GraphIndex} index
 * @param {string} input of one step
 * @param {string} output of one step
 * @returns {Pick<GraphPlace, 'sequence_input' | 'sequence_output' | 'last_output'>}
 */
export function sequence_place(index, input, output) {
  // Steps that are masked, or past the end of a row, take the state of before.
  const write = index.reader(output, is_op('TensorArrayWriteV3', 'TensorListSetItem'), (node) =>
    ['Identity', 'Select', 'SelectV2', 'Merge', 'Switch'].includes(node.op),
  );
  const array = write && index.origin(write.inputs[0]);
  // What the loop leaves is the flow of the array.
  const results = write ? [array?.name ?? '', ...exits_of(index, write.name)] : [];
  const read = (/** @type {string[]} */ ops) => {
    for (const name of results) {
      const node = index.readers(name).find(({ op }) => ops.includes(op));
      if (node) return node.name;
    }
    return null;
  };
  return {
    sequence_input: sequence_input(index, input),
    sequence_output: read(['TensorArrayGatherV3', 'TensorListStack']),
    last_output: read(['TensorArrayReadV3', 'TensorListGetItem']),
  };
}

/** Where a value of a loop leaves it. @param {GraphIndex} index @param {string} name @returns {string[]} */
function exits_of(index, name) {
  const exit = index.reader(name, is_op('Exit'), (node) =>
    ['NextIteration', 'Merge', 'Switch', 'Identity'].includes(node.op),
  );
  return exit ? [exit.name] : [];
}

/** What a TensorArray that the loop reads from was filled with. @param {GraphIndex} index @param {string} input */
function sequence_input(index, input) {
  const read = index.origin(input);
  return read && is_op('TensorArrayReadV3', 'TensorListGetItem')(read)
    ? index.array_source(read.inputs[0])
    : null;
}
