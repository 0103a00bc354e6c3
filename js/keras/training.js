// Training and evaluation, batch by batch.
import { dispose_of, GradientTape } from '../gradient/tape.js';
import { show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, is_float, Tensor } from '../runtime/tensor.js';
import { batches, take_samples } from './data.js';
import { Means } from './metrics.js';
import { weights_of } from './sample_weights.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('./data.js').Samples} Samples
 * @typedef {{ loss: number } & { [metric: string]: number }} Logs
 *
 * @typedef {object} CompiledOutput
 * @property {string | null} name under which the output's loss is logged; null: not at all, as the model has one output
 * @property {import('./metrics.js').Measure | null} loss
 * @property {number} weight of the loss
 * @property {Map<string, import('./metrics.js').Values>} metrics by their names in the logs
 *
 * @typedef {object} Compiled the settings of `compile`
 * @property {import('../gradient/optimizer.js').Optimizer} optimizer
 * @property {CompiledOutput[]} outputs
 *
 * @typedef {object} Model what training uses of a model
 * @property {Compiled} compiled
 * @property {() => import('../runtime/variable.js').Variable[]} variables the trainable ones
 * @property {(x: any, training: boolean) => { output: any, mask: any }} run takes a tensor, of several inputs a list; gives a tensor and
 *   its mask, of several outputs lists
 * @property {() => (Tensor | number)[]} penalties the losses that layers add
 * @property {() => void} update runs the layers' updates after a step
 */

/**
 * The mean of the values, or of those where the mask is true; zero if there are none.
 * @param {ArrayLike<number>} values
 * @param {Tensor | null} mask ignored unless it has the same size
 * @param {Float64Array | null} [weights] of the values. As in Keras, the sum is divided by the number of the values.
 * @returns {{ mean: number, count: number, selected: ArrayLike<number> | null }} `count` of values, and which ones; null: all
 */
function mean_of(values, mask, weights = null) {
  const selected = mask?.size === values.length ? mask.data : null;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (selected && selected[i] === 0) continue;
    sum += weights ? weights[i] * values[i] : values[i];
    count += 1;
  }
  return { mean: count ? sum / count : 0, count, selected };
}

/**
 * The loss of an output, and what its gradient needs.
 * @param {CompiledOutput} settings
 * @param {unknown} output
 * @param {Tensor | null} mask
 * @param {Tensor | null} y null: no targets
 * @param {import('./sample_weights.js').Weighting | null} weighting
 * @param {number} samples
 */
function output_loss({ loss, weight, name, metrics }, output, mask, y, weighting, samples) {
  if (!(output instanceof Tensor) || output.rank < 1 || output.shape[0] !== samples) {
    const actual = output instanceof Tensor ? `shape ${show_shape(output.shape)}` : 'several outputs';
    throw new ValueError(
      `the model must return one output for each of ${samples} samples, but returned ${actual}`,
    );
  }
  const values = loss && y && loss(y, output);
  const weights = values && weighting && weights_of(weighting, y, values);
  return {
    name,
    weight,
    metrics,
    output,
    mask,
    y,
    values,
    weights,
    ...mean_of(values?.data ?? [], mask, weights),
  };
}

/**
 * @param {Model} model
 * @param {Samples} batch
 * @param {boolean} training
 */
function forward({ compiled: { outputs }, run, penalties }, { x, y, weightings }, training) {
  const { output, mask } = run(x.length > 1 ? x : x[0], training);
  const is_list = outputs.length > 1;
  const parts = outputs.map((settings, i) =>
    output_loss(
      settings,
      is_list ? output[i] : output,
      is_list ? mask[i] : mask,
      y[i],
      weightings[i],
      x[0].shape[0],
    ),
  );
  const terms = penalties();
  const loss = [
    ...parts.map(({ mean, weight }) => weight * mean),
    ...terms.map((term) => (typeof term === 'number' ? term : Number(term.data[0]))),
  ].reduce((sum, value) => sum + value, 0);
  return { parts, terms, loss };
}

/**
 * Adds loss and metrics of a batch to the means.
 * @param {Samples} batch
 * @param {ReturnType<typeof forward>} result
 * @param {Means} means
 */
function add_to_means({ x: [{ shape }] }, { parts, loss }, means) {
  means.add('loss', loss, shape[0]);
  for (const { name, values, mean } of parts)
    if (name !== null && values) means.add(`${name}_loss`, mean, shape[0]);
  for (const { metrics, y, output, mask } of parts)
    for (const [name, metric] of metrics) {
      const { mean, count } = mean_of(metric(/** @type {Tensor} */ (y), output), mask);
      if (count) means.add(name, mean, count);
    }
}

/**
 * The gradient of the loss by each of its values for an output.
 * @param {ReturnType<typeof output_loss>} part
 */
function factors_of({ values, weights, weight, count, selected }) {
  const { dtype, size, shape } = /** @type {Tensor} */ (values);
  const factors = array_of(/** @type {FloatDtype} */ (dtype), size);
  for (let i = 0; i < size; i++)
    factors[i] = selected && !selected[i] ? 0 : (weight * (weights ? weights[i] : 1)) / count;
  return new Tensor(factors, shape, dtype);
}

/**
 * One training step. It updates all variables or, if it throws, none.
 * @param {Model} model
 * @param {Samples} batch
 * @param {Means} means to which loss and metrics are added
 */
export function train_step(model, batch, means) {
  const tape = new GradientTape();
  try {
    const result = tape.record(() => forward(model, batch, true));
    const parts = result.parts.filter(({ values }) => values);
    const terms = result.terms.filter((term) => term instanceof Tensor && is_float(term.dtype));
    const variables = model.variables();
    const targets = /** @type {Tensor[]} */ ([...parts.map(({ values }) => values), ...terms]);
    const gradients = tape._heap_gradients(targets, variables, {
      output_gradients: [...parts.map(factors_of), ...terms.map(() => null)],
    });
    try {
      // Metrics first: if they throw, no variable has changed.
      add_to_means(batch, result, means);
      model.compiled.optimizer.apply_gradients(gradients.map((gradient, i) => [gradient, variables[i]]));
    } finally {
      dispose_of(gradients);
    }
    model.update();
  } finally {
    tape.dispose();
  }
}

/**
 * Loss and metrics over samples. The generator yields after each batch.
 * @param {Model} model
 * @param {Samples} samples
 * @param {number} batch_size
 * @returns {Generator<void, Logs>}
 */
export function* evaluate_batches(model, samples, batch_size) {
  const means = new Means();
  for (const take of batches(samples.x[0].shape[0], batch_size)) {
    const batch = take_samples(take, samples);
    add_to_means(batch, forward(model, batch, false), means);
    yield;
  }
  return means.values;
}
