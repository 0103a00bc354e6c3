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
 * @typedef {object} Compiled the settings of `compile`
 * @property {import('../gradient/optimizer.js').Optimizer} optimizer
 * @property {import('./metrics.js').Measure} loss
 * @property {Map<string, import('./metrics.js').Values>} metrics
 *
 * @typedef {object} Model what training uses of a model
 * @property {Compiled} compiled
 * @property {() => import('../runtime/variable.js').Variable[]} variables the trainable ones
 * @property {(x: Tensor, training: boolean) => { output: Tensor, mask: Tensor | null }} run
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
 * @param {Model} model
 * @param {Samples} batch
 * @param {boolean} training
 */
function forward(model, { x, y, weighting = null }, training) {
  const { output, mask } = model.run(x, training);
  if (!(output instanceof Tensor) || output.rank < 1 || output.shape[0] !== x.shape[0]) {
    const actual = output instanceof Tensor ? `shape ${show_shape(output.shape)}` : 'several outputs';
    throw new ValueError(
      `the model must return one output for each of ${x.shape[0]} samples, but returned ${actual}`,
    );
  }
  const values = model.compiled.loss(y, output);
  const weights = weighting && weights_of(weighting, y, values);
  const { mean, count, selected } = mean_of(values.data, mask, weights);
  const penalties = model.penalties();
  const added = penalties.reduce(
    (/** @type {number} */ sum, term) => sum + (typeof term === 'number' ? term : Number(term.data[0])),
    0,
  );
  return { output, mask, values, weights, count, selected, penalties, loss: mean + added };
}

/**
 * Adds loss and metrics of a batch to the means.
 * @param {Model} model
 * @param {Samples} batch
 * @param {ReturnType<typeof forward>} result
 * @param {Means} means
 */
function add_to_means(model, { x, y }, { output, mask, loss }, means) {
  means.add('loss', loss, x.shape[0]);
  for (const [name, metric] of model.compiled.metrics) {
    const { mean, count } = mean_of(metric(y, output), mask);
    if (count) means.add(name, mean, count);
  }
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
    const terms = result.penalties.filter((term) => term instanceof Tensor && is_float(term.dtype));
    const { values, weights, count, selected } = result;
    const factors = array_of(/** @type {FloatDtype} */ (values.dtype), values.size);
    for (let i = 0; i < factors.length; i++)
      factors[i] = selected && !selected[i] ? 0 : (weights ? weights[i] : 1) / count;
    const variables = model.variables();
    const gradients = tape._heap_gradients([values, .../** @type {Tensor[]} */ (terms)], variables, {
      output_gradients: [new Tensor(factors, values.shape, values.dtype), ...terms.map(() => null)],
    });
    try {
      // Metrics first: if they throw, no variable has changed.
      add_to_means(model, batch, result, means);
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
  for (const take of batches(samples.x.shape[0], batch_size)) {
    const batch = take_samples(take, samples);
    add_to_means(model, batch, forward(model, batch, false), means);
    yield;
  }
  return means.values;
}
