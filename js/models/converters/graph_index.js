// The nodes of a frozen graph of TensorFlow by name, and the ways through them.

/**
 * @typedef {import('../../formats/files.js').Graph} Graph
 * @typedef {import('../../formats/files.js').GraphNode} GraphNode
 * @typedef {import('../../runtime/tensor.js').Tensor} Tensor
 */

/** Nodes that pass their first input on. */
const PASSING = new Set(['Identity', 'Enter', 'ReadVariableOp', 'Cast', 'StopGradient', 'CheckNumerics']);

/** @param {GraphNode} node */
const is_passing = ({ op }) => PASSING.has(op);

/** The same of nodes at the beginning of a loop. @param {GraphNode} node */
export const is_passing_into_loop = ({ op }) => PASSING.has(op) || op === 'Switch' || op === 'Merge';

/** Nodes that are looked at on one way through a graph. */
const MOST_STEPS = 1000;

/** Nodes that are looked at in a whole graph: one that a file was made for must end soon too. */
const MOST_ALTOGETHER = 2e5;

/** The nodes of a graph by name, and those that read each. */
export class GraphIndex {
  /** @type {Map<string, GraphNode>} */ #nodes = new Map();
  /** @type {Map<string, GraphNode[]>} */ #readers = new Map();
  #tensors;
  #steps = 0;

  /** @param {Graph} graph @param {ReadonlyMap<string, Tensor>} tensors the values of its constants */
  constructor({ nodes }, tensors) {
    this.#tensors = tensors;
    for (const node of nodes) {
      this.#nodes.set(node.name, node);
      for (const input of node.inputs) {
        const name = node_name(input);
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    }
  }

  /** Whether so many nodes have been looked at that the rest is left out. */
  get is_exhausted() {
    return this.#steps >= MOST_ALTOGETHER;
  }

  /** All nodes in the file's order. */
  get nodes() {
    return this.#nodes.values();
  }

  /** The elements of all constants. */
  get constant_elements() {
    return Array.from(this.#tensors.values()).reduce((sum, { size }) => sum + size, 0);
  }

  /** The node of an input. @param {string} input */
  node(input) {
    return this.#nodes.get(node_name(input));
  }

  /** The value of a constant. @param {string} name of its node @returns {Tensor | null} null: another node */
  constant(name) {
    return this.#tensors.get(name) ?? null;
  }

  /** @param {string} name @returns {GraphNode[]} */
  readers(name) {
    return this.#readers.get(name) ?? [];
  }

  /**
   * The first node of some operation that is reached from a node through nodes that pass a value on.
   * @param {string} name
   * @param {(node: GraphNode) => boolean} matches
   * @param {(node: GraphNode) => boolean} [passes] default: those that pass their first input on
   * @returns {GraphNode | null}
   */
  reader(name, matches, passes = is_passing) {
    const pending = [name];
    const seen = new Set(pending);
    for (let i = 0; i < pending.length && this.#step(i); i++) {
      for (const node of this.readers(pending[i])) {
        if (matches(node)) return node;
        if (seen.size > MOST_STEPS || !this.#step(0)) return null;
        if (!passes(node) || seen.has(node.name)) continue;
        seen.add(node.name);
        pending.push(node.name);
      }
    }
    return null;
  }

  /** The value of a constant with one element; null: another node, or more elements. @param {string | undefined} input */
  scalar(input) {
    const origin = this.origin(input ?? '');
    const tensor = origin && this.#tensors.get(origin.name);
    return tensor?.size === 1 ? Number(tensor.data[0]) : null;
  }

  /**
   * The node whose value an input passes on.
   * @param {string} input
   * @param {(node: GraphNode) => boolean} [passes]
   * @returns {GraphNode | undefined}
   */
  origin(input, passes = is_passing) {
    return this.node(this.origin_input(input, passes));
  }

  /**
   * The same as an input, which names the output of the node: `a/b:1`.
   * @param {string} input
   * @param {(node: GraphNode) => boolean} [passes]
   * @returns {string}
   */
  origin_input(input, passes = is_passing) {
    let name = input;
    for (let i = 0; this.#step(i); i++) {
      const node = this.node(name);
      if (!node) break;
      const before_loop = node.op === 'Switch' ? this.#before_loop(node) : null;
      if (before_loop === null && !passes(node)) break;
      name = before_loop ?? node.inputs[0] ?? '';
    }
    return name;
  }

  /**
   * What a loop gives to each step unchanged: TensorFlow 2 passes the weights on so.
   * @param {GraphNode} node a Switch
   * @returns {string | null} null: a value that changes
   */
  #before_loop(node) {
    const merge = this.node(node.inputs[0] ?? '');
    if (merge?.op !== 'Merge') return null;
    const inputs = merge.inputs.map((input) => this.node(input));
    const enter = inputs.find((input) => input?.op === 'Enter');
    let next = inputs.find((input) => input?.op === 'NextIteration');
    for (let i = 0; next && next !== node && this.#step(i); i++) {
      if (next.op !== 'NextIteration' && next.op !== 'Identity') return null;
      next = this.node(next.inputs[0] ?? '');
    }
    return next === node ? (enter?.inputs[0] ?? null) : null;
  }

  /**
   * What a TensorArray, or a list of tensors, was filled with before a loop.
   * @param {string} [input] of the node that reads it
   * @returns {string | null}
   */
  array_source(input = '') {
    const array = this.origin(input, is_passing_into_loop);
    if (array?.op === 'TensorListFromTensor') return array.inputs[0] ?? null;
    const scatter = array && this.readers(array.name).find(is_op('TensorArrayScatterV3'));
    return scatter?.inputs[2] ?? null;
  }

  /** Whether one more node may be looked at. @param {number} steps of the same way before */
  #step(steps) {
    this.#steps += 1;
    return steps < MOST_STEPS && !this.is_exhausted;
  }
}

/** The name of the node of an input such as `a/b:1` or `^a/b`. @param {string} input */
export const node_name = (input) => input.replace(/^\^/, '').replace(/:\d+$/, '');

/** Whether a node is one of some operations. */
export const is_op =
  (/** @type {string[]} */ ...ops) =>
  (/** @type {GraphNode} */ { op }) =>
    ops.includes(op);
