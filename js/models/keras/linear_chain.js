// Functional models whose layers follow one another, as a Sequential has them.
import { is_plain_object, show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(
    `the model is not a chain of layers, so no Sequential can be made of it: ${message}`,
  );
};

/**
 * @param {any} config of a Model
 * @returns {any[]} its layers in order, that of the inputs first
 * @throws {InvalidArgumentError} a layer with several inputs, or one that is used several times
 */
export function linear_chain(config) {
  const { layers, output_layers } = config;
  if (!Array.isArray(layers)) fail(`its layers must be a list, not ${show(layers)}`);
  const by_name = new Map(
    layers.map((/** @type {any} */ layer) => [layer?.name ?? layer?.config?.name, layer]),
  );
  const outputs = names_in(output_layers);
  if (outputs.length !== 1) fail(`it has ${outputs.length} outputs`);
  const chain = [];
  const visited = new Set();
  for (let name = outputs[0]; ; ) {
    const layer = by_name.get(name);
    if (!layer) fail(`there is no layer ${show(name)}`);
    if (visited.has(name)) fail(`the layer ${show(name)} follows itself`);
    visited.add(name);
    chain.unshift(layer);
    const nodes = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : [];
    if (!nodes.length) break;
    if (nodes.length > 1) fail(`the layer ${show(name)} is called ${nodes.length} times`);
    const inputs = inputs_of(nodes[0]);
    if (inputs.length !== 1) fail(`the layer ${show(name)} has ${inputs.length} inputs`);
    name = inputs[0];
  }
  const other = [...by_name.keys()].find((name) => !visited.has(name));
  if (other !== undefined) fail(`the layer ${show(other)} is not between its input and its output`);
  return chain;
}

/** @param {any} value `[name, node, tensor]`, or a list of them @returns {unknown[]} names */
function names_in(value) {
  if (!Array.isArray(value)) return [];
  return typeof value[0] === 'string' ? [value[0]] : value.map((one) => one?.[0]);
}

/**
 * The names of the layers whose outputs a node takes.
 * @param {any} node Keras 3: { args, kwargs }; before: a list of [name, node, tensor, arguments]
 * @returns {unknown[]}
 */
function inputs_of(node) {
  if (!is_plain_object(node)) {
    for (const one of Array.isArray(node) ? node : []) check_arguments(one?.[3]);
    return names_in(node);
  }
  const { args, kwargs } = /** @type {any} */ (node);
  check_arguments(kwargs);
  return (Array.isArray(args) ? args.flat(1) : []).map((one) => one?.config?.keras_history?.[0]);
}

/** @param {any} options of a call */
function check_arguments(options) {
  for (const [name, value] of Object.entries(options ?? {}))
    if (value !== null && name !== 'training' && name !== 'mask')
      fail(`a layer is called with the argument ${show(name)}`);
}
