// Where a cell of TensorFlow 1 is in a frozen graph: the nodes around its weights, and the activation of its candidate.

/**
 * @typedef {import('../../formats/files.js').Graph} Graph
 * @typedef {import('../../formats/files.js').GraphNode} GraphNode
 *
 * @typedef {object} GraphPlace names of nodes, an output other than the first with `:1` and so on
 * @property {string} scope of the cell's operations
 * @property {string} input of one step
 * @property {string} state before the step
 * @property {string} output of one step, which is the new state
 * @property {string | null} sequence_input of the `dynamic_rnn` around the cell, time-major; null: there is none
 * @property {string | null} sequence_output time-major; null: there is none, or nothing reads the outputs
 */

/** Nodes that pass their first input on. */
const PASSING = new Set(['Identity', 'Enter', 'ReadVariableOp', 'Cast', 'StopGradient', 'CheckNumerics']);

/** Our names of the activations that are one operation. @type {ReadonlyMap<string, string>} */
const ACTIVATIONS = new Map([
  ['Tanh', 'tanh'],
  ['Sigmoid', 'sigmoid'],
  ['Relu', 'relu'],
  ['Relu6', 'relu6'],
  ['Elu', 'elu'],
  ['Selu', 'selu'],
  ['Softplus', 'softplus'],
  ['Softsign', 'softsign'],
]);

/** The nodes of a graph by name, and those that read each. */
export class GraphIndex {
  /** @type {Map<string, GraphNode>} */ #nodes = new Map();
  /** @type {Map<string, GraphNode[]>} */ #readers = new Map();

  /** @param {Graph} graph */
  constructor({ nodes }) {
    for (const node of nodes) {
      this.#nodes.set(node.name, node);
      for (const input of node.inputs) {
        const name = node_name(input);
        this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
      }
    }
  }

  /** The node of an input. @param {string} input */
  node(input) {
    return this.#nodes.get(node_name(input));
  }

  /** @param {string} name @returns {GraphNode[]} */
  readers(name) {
    return this.#readers.get(name) ?? [];
  }

  /**
   * The first node of some operation that is reached from a node through nodes that pass a value on.
   * @param {string} name
   * @param {(node: GraphNode) => boolean} matches
   * @returns {GraphNode | null}
   */
  reader(name, matches) {
    const pending = [name];
    for (let i = 0; i < pending.length && i < 1000; i++) {
      for (const node of this.readers(pending[i])) {
        if (matches(node)) return node;
        if (PASSING.has(node.op)) pending.push(node.name);
      }
    }
    return null;
  }

  /** The node whose value an input passes on. @param {string} input @returns {GraphNode | undefined} */
  origin(input) {
    let node = this.node(input);
    for (let i = 0; node && PASSING.has(node.op) && i < 1000; i++) node = this.node(node.inputs[0] ?? '');
    return node;
  }
}

/** @param {string} input */
const node_name = (input) => input.replace(/^\^/, '').replace(/:\d+$/, '');

const is_op =
  (/** @type {string[]} */ ...ops) =>
  (/** @type {GraphNode} */ { op }) =>
    ops.includes(op);

/**
 * @param {GraphIndex} index
 * @param {string} gates_kernel the name of its node
 * @param {string} candidate_kernel
 * @returns {{ place: GraphPlace, activation: string | undefined } | null} null: the nodes around the weights are not those of GRUCell.
 *   `activation` is undefined if it is not one operation.
 */
export function find_graph_place(index, gates_kernel, candidate_kernel) {
  const product = index.reader(gates_kernel, is_op('MatMul'));
  const candidate_product = index.reader(candidate_kernel, is_op('MatMul'));
  const joined = product && index.origin(product.inputs[0]);
  if (!product || !candidate_product || !joined || !/^Concat/.test(joined.op)) return null;
  const values = joined.op === 'Concat' ? joined.inputs.slice(1, 3) : joined.inputs.slice(0, 2);
  const [input, state] = values;
  const sum = index.reader(candidate_product.name, is_op('BiasAdd', 'Add', 'AddV2'));
  const activated = sum && index.readers(sum.name)[0];
  // With the linear activation the sum itself is multiplied by 1 - u.
  const activation = activated && (activated.op === 'Mul' ? 'linear' : ACTIVATIONS.get(activated.op));
  const candidate = activated?.op === 'Mul' ? sum : activated;
  const share = candidate && index.reader(candidate.name, is_op('Mul'));
  const output = share && index.reader(share.name, is_op('Add', 'AddV2'));
  if (!output || state === undefined) return null;
  return {
    activation: activation || undefined,
    place: {
      scope: product.name.slice(0, Math.max(product.name.lastIndexOf('/'), 0)),
      input,
      state,
      output: output.name,
      sequence_input: sequence_input(index, input),
      sequence_output: sequence_output(index, output.name),
    },
  };
}

/** What a TensorArray that `dynamic_rnn` reads from was filled with. @param {GraphIndex} index @param {string} input */
function sequence_input(index, input) {
  const read = index.origin(input);
  const array = read?.op === 'TensorArrayReadV3' ? index.origin(read.inputs[0]) : null;
  const scatter = array && index.readers(array.name).find(is_op('TensorArrayScatterV3'));
  return scatter?.inputs[2] ?? null;
}

/** What reads the TensorArray that `dynamic_rnn` writes to. @param {GraphIndex} index @param {string} output */
function sequence_output(index, output) {
  const write = index.reader(output, is_op('TensorArrayWriteV3'));
  const array = write && index.origin(write.inputs[0]);
  return (array && index.readers(array.name).find(is_op('TensorArrayGatherV3'))?.name) ?? null;
}
