// The samples that a functional model is trained with: inputs, targets and weights for each of its inputs and outputs.
import { ValueError } from '../runtime/errors.js';
import { check_counts, read_targets } from './data.js';
import { is_by_name, settings_of, tensors_of } from './named_values.js';
import { read_weighting } from './sample_weights.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 *
 * @param {string} what
 * @param {import('./functional.js').Functional} model
 * @param {Tensor[]} x the model's inputs
 * @param {unknown} y
 * @param {{ sample_weight?: unknown, class_weight?: unknown }} weighting
 * @param {readonly import('./training.js').CompiledOutput[]} outputs
 * @returns {import('./data.js').Samples}
 * @throws {ValueError} targets that are missing, other numbers of samples, `class_weight` for several outputs
 */
export function read_model_samples(
  what,
  model,
  x,
  y,
  { sample_weight = null, class_weight = null },
  outputs,
) {
  const { input_names, output_names } = model;
  const name_of = (
    /** @type {string} */ argument,
    /** @type {readonly string[]} */ names,
    /** @type {number} */ i,
  ) => (names.length > 1 ? `${argument}: ${names[i]}` : argument);
  const targets = tensors_of(`${what}: y`, y, output_names, 'outputs').map((values, i) => {
    const name = `${what}: ${name_of('y', output_names, i)}`;
    if (values !== null) return read_targets(name, values, model);
    if (outputs[i].loss || outputs[i].metrics.size)
      throw new ValueError(`${name} must be there, as the output has a loss or metrics`);
    return null;
  });
  const named = [
    ...x.map((values, i) => [name_of('x', input_names, i), values]),
    ...targets.map((values, i) => [name_of('y', output_names, i), values]),
  ];
  check_counts(what, /** @type {[string, Tensor][]} */ (named.filter(([, values]) => values)));
  if (class_weight !== null && output_names.length > 1)
    throw new ValueError(
      `${what}: class_weight is for models with one output, but this one has ${output_names.join(', ')}`,
    );
  const weightings = weights_of(`${what}: sample_weight`, sample_weight, output_names).map((values, i) =>
    read_weighting(
      what,
      { sample_weight: values, class_weight },
      x[0].shape[0],
      name_of('sample_weight', output_names, i),
    ),
  );
  return { x, y: targets, weightings };
}

/**
 * @param {string} what
 * @param {unknown} weights
 * @param {readonly string[]} names of the outputs
 * @returns {unknown[]} null: all samples count 1
 */
function weights_of(what, weights, names) {
  if (names.length === 1) return tensors_of(what, weights, names, 'outputs');
  const is_list =
    Array.isArray(weights) &&
    weights.length === names.length &&
    weights.every((one) => typeof one === 'object');
  return is_list || is_by_name(weights) ? settings_of(what, weights, names) : names.map(() => weights);
}
