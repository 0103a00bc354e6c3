// The order in which a functional model calls its layers.
import { is_plain_object, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * @typedef {[layer: string, node: number, tensor: number]} Reference an output of a call of a layer; of an input the call is 0
 *
 * @typedef {object} NodeConfig a call of a layer
 * @property {Reference[]} inputs
 * @property {Reference[]} [initial_state] of a recurrent layer
 *
 * @typedef {object} LayerConfig
 * @property {string} class_name
 * @property {{ [option: string]: any }} config
 * @property {NodeConfig[]} nodes its calls
 *
 * @typedef {object} Step
 * @property {string} layer
 * @property {number} node
 * @property {Reference[]} inputs
 * @property {Reference[]} initial_state
 */

/** @param {readonly [string, number, ...unknown[]]} reference of a call, or of one of its outputs */
export const key_of = ([layer, node]) => JSON.stringify([layer, node]);

/**
 * @param {string} what for messages
 * @param {readonly string[]} inputs the names of the inputs
 * @param {readonly { name: string, nodes: unknown }[]} layers
 * @param {readonly Reference[]} outputs
 * @returns {Step[]} those that the outputs need, each after those whose outputs it takes
 * @throws {ValueError} references to what does not exist, or a circle of them
 */
export function plan_of(what, inputs, layers, outputs) {
  /** @type {Map<string, Step>} */
  const steps = new Map();
  for (const { name, nodes } of layers) {
    if (!Array.isArray(nodes)) throw new ValueError(`${what}: nodes must be a list, not ${show(nodes)}`);
    nodes.forEach((node, i) => {
      if (!is_plain_object(node))
        throw new ValueError(`${what}: a node must be { inputs }, not ${show(node)}`);
      const { inputs: from, initial_state = [] } = /** @type {any} */ (node);
      const references = [...check_references(what, from), ...check_references(what, initial_state)];
      if (!references.length)
        throw new ValueError(`${what}: the layer ${show(name)} is called without inputs`);
      steps.set(key_of([name, i]), { layer: name, node: i, inputs: from, initial_state });
    });
  }
  const known = new Set(inputs.map((name) => key_of([name, 0])));
  /** @type {Step[]} */
  const order = [];
  const open = new Set();
  // Depth first, with a list in place of recursion: a model may have thousands of layers.
  const pending = check_references(what, outputs).map((reference) => ({
    key: key_of(reference),
    is_done: false,
  }));
  while (pending.length) {
    const { key, is_done } = /** @type {{ key: string, is_done: boolean }} */ (pending.pop());
    if (known.has(key)) continue;
    const step = steps.get(key);
    if (!step) throw new ValueError(`${what}: there is no call ${key}`);
    if (is_done) {
      known.add(key);
      open.delete(key);
      order.push(step);
      continue;
    }
    if (open.has(key)) throw new ValueError(`${what}: the call ${key} takes its own output`);
    open.add(key);
    pending.push({ key, is_done: true });
    for (const reference of [...step.inputs, ...step.initial_state]) {
      const from = key_of(reference);
      if (open.has(from)) throw new ValueError(`${what}: the call ${from} takes its own output`);
      if (!known.has(from)) pending.push({ key: from, is_done: false });
    }
  }
  return order;
}

/** @param {string} what @param {unknown} references @returns {Reference[]} */
export function check_references(what, references) {
  const is_reference = (/** @type {any} */ one) =>
    Array.isArray(one) &&
    typeof one[0] === 'string' &&
    Number.isSafeInteger(one[1]) &&
    Number.isSafeInteger(one[2]);
  if (!Array.isArray(references) || !references.every(is_reference))
    throw new ValueError(
      `${what}: an output must be named by [layer, call, number], not ${show(references)}`,
    );
  return references;
}
