// The graph of a functional model of Keras: which outputs each call of a layer takes.
import { is_plain_object, show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';

/**
 * @typedef {import('../../keras/graph_plan.js').Reference} Reference
 * @typedef {import('../../keras/graph_plan.js').NodeConfig} NodeConfig
 *
 * @typedef {object} FunctionalGraph
 * @property {string[]} inputs names of layers of inputs
 * @property {{ name: string, layer: any, nodes: NodeConfig[] }[]} layers the others, as in the file
 * @property {Reference[]} outputs
 */

/** Layers that take initial states after their inputs. */
const RECURRENT = ['GRU', 'GRUV1', 'GRUV2', 'CuDNNGRU', 'RNN', 'Bidirectional'];

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`the graph of the model: ${message}`);
};

/**
 * @param {any} config of a Model
 * @returns {FunctionalGraph}
 * @throws {InvalidArgumentError} calls that are not described as Keras does
 */
export function functional_graph(config) {
  const { layers, input_layers, output_layers } = config;
  if (!Array.isArray(layers)) fail(`its layers must be a list, not ${show(layers)}`);
  /** @type {{ layer: any, name: any }[]} */
  const named = layers.map((/** @type {any} */ layer) => ({
    layer,
    name: layer?.name ?? layer?.config?.name,
  }));
  const nameless = named.find(({ name }) => typeof name !== 'string');
  if (nameless) fail(`a layer must have a name, but ${show(nameless.layer)} has none`);
  return without_own_calls({
    inputs: references_in(input_layers).map(([name]) => name),
    layers: named
      .filter(({ layer }) => layer.class_name !== 'InputLayer')
      .map(({ layer, name }) => {
        const nodes = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : [];
        return { name, layer, nodes: nodes.map((/** @type {any} */ node) => read_node(name, layer, node)) };
      }),
    outputs: references_in(output_layers),
  });
}

/**
 * A model inside another counts the call of its own inputs, which no node describes: its other calls begin with 1.
 * @param {FunctionalGraph} graph
 * @returns {FunctionalGraph} with calls from 0
 */
function without_own_calls({ inputs, layers, outputs }) {
  const models = new Set(
    layers.filter(({ layer }) => Array.isArray(layer.config?.layers ?? layer.config)).map(({ name }) => name),
  );
  if (!models.size) return { inputs, layers, outputs };
  const nodes = layers.flatMap((layer) => layer.nodes);
  for (const [name, call] of [
    ...nodes.flatMap((node) => [...node.inputs, ...(node.initial_state ?? [])]),
    ...outputs,
  ])
    if (call === 0) models.delete(name);
  const renumber = (/** @type {Reference[]} */ list) =>
    list.map(
      ([name, call, tensor]) => /** @type {Reference} */ ([name, models.has(name) ? call - 1 : call, tensor]),
    );
  return {
    inputs,
    layers: layers.map((layer) => ({
      ...layer,
      nodes: layer.nodes.map((node) => ({
        ...node,
        inputs: renumber(node.inputs),
        ...(node.initial_state && { initial_state: renumber(node.initial_state) }),
      })),
    })),
    outputs: renumber(outputs),
  };
}

/**
 * @param {string} name
 * @param {any} layer
 * @param {any} node Keras 3: { args, kwargs }; before: a list of [name, node, tensor, options]
 * @returns {NodeConfig}
 */
function read_node(name, layer, node) {
  const is_dict = is_plain_object(node);
  const { args, kwargs } = /** @type {any} */ (is_dict ? node : {});
  const options = is_dict
    ? kwargs
    : Array.isArray(node)
      ? typeof node[0] === 'string'
        ? node[3]
        : node[0]?.[3]
      : null;
  const stated = is_dict ? references_in(args) : references_in(node);
  const takes_states = RECURRENT.includes(layer.class_name);
  const inputs = takes_states ? stated.slice(0, 1) : stated;
  const states = [...(takes_states ? stated.slice(1) : []), ...references_in(options?.initial_state ?? [])];
  for (const [option, value] of Object.entries(options ?? {})) {
    const is_known = ['training', 'mask', 'initial_state'].includes(option) || value === null;
    if (!is_known)
      fail(`the layer ${show(name)} is called with ${option} = ${show(value)}, which is not known`);
  }
  if (!inputs.length) fail(`the layer ${show(name)} is called without inputs`);
  return states.length ? { inputs, initial_state: states } : { inputs };
}

/**
 * The outputs that a value of a configuration names.
 * @param {any} value `[name, node, tensor]`, a tensor of Keras 3, or lists or an object of them
 * @param {number} [depth]
 * @returns {Reference[]}
 */
function references_in(value, depth = 0) {
  if (depth > 4) fail('a call takes lists in each other');
  if (is_plain_object(value)) {
    const { class_name, config } = /** @type {any} */ (value);
    if (class_name === '__keras_tensor__') return references_in(config?.keras_history, depth + 1);
    if (class_name === '__tuple__') return references_in(/** @type {any} */ (value).items, depth + 1);
    return class_name === undefined ? references_in(Object.values(value), depth + 1) : [];
  }
  if (!Array.isArray(value)) return [];
  if (typeof value[0] === 'string' && Number.isSafeInteger(value[1]) && Number.isSafeInteger(value[2]))
    return [[value[0], value[1], value[2]]];
  return value.flatMap((one) => references_in(one, depth + 1));
}
