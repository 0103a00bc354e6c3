// Functional models whose layers follow one another, as a Sequential has them.
import { functional_graph } from './functional_config.js';

/**
 * @param {any} config of a Model
 * @returns {any[] | null} its layers in order, that of the inputs first; null: they are no chain
 * @throws {InvalidArgumentError} calls that are not described as Keras does
 */
export function linear_chain(config) {
  const { inputs, layers, outputs } = functional_graph(config);
  if (inputs.length !== 1 || outputs.length !== 1) return null;
  const by_name = new Map(layers.map((one) => [one.name, one]));
  const chain = [];
  let [reference] = outputs;
  while (reference[0] !== inputs[0]) {
    const step = by_name.get(reference[0]);
    by_name.delete(reference[0]);
    const [node, ...others] = step?.nodes ?? [];
    const is_one =
      step &&
      node &&
      !others.length &&
      node.inputs.length === 1 &&
      !node.initial_state &&
      !reference[1] &&
      !reference[2];
    if (!is_one) return null;
    chain.unshift(step.layer);
    [reference] = node.inputs;
  }
  if (by_name.size) return null;
  const input = config.layers.find(
    (/** @type {any} */ layer) => (layer?.name ?? layer?.config?.name) === inputs[0],
  );
  return input ? [input, ...chain] : null;
}
