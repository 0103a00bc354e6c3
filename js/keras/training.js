// Training and evaluation, a batch at a time.
import { dispose_of, GradientTape } from '../gradient/tape.js';
import { show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, is_float, Tensor } from '../runtime/tensor.js';
import { batches } from './data.js';
import { Means } from './metrics.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('./data.js').Samples} Samples
 * @typedef {{ loss: number } & { [metric: string]: number }} Logs
 *
 * @typedef {object} Compiled what `compile` was given
 * @property {import('../gradient/optimizer.js').Optimizer} optimizer
 * @property {import('./metrics.js').Measure} loss
 * @property {Map<string, import('./metrics.js').Values>} metrics
 *
 * @typedef {object} Model what training needs to know of a model
 * @property {Compiled} compiled
 * @property {() => import('../runtime/variable.js').Variable[]} variables those that training changes
 * @property {(x: Tensor, training: boolean) => { output: Tensor, mask: Tensor | null }} run
 * @property {() => (Tensor | number)[]} penalties what the layers add to the loss
 * @property {() => void} update what the layers want done after a step
 */

/**
 * The mean of values, or of those that the mask has; zero of none.
 * @param {ArrayLike<number>} values
 * @param {Tensor | null} mask taken where it has as many values
 * @returns {{ mean: number, count: number, counts: ArrayLike<number> | null }} of how many it is, and of which: null: of all
 */
function mean_of(values, mask) {
  const counts = mask?.size === values.length ? mask.data : null;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (counts && counts[i] === 0) continue;
    sum += values[i];
    count += 1;
  }
  return { mean: count ? sum / count : 0, count, counts };
}

/**
 * @param {Model} model
 * @param {Samples} batch
 * @param {boolean} training
 */
function forward(model, { x, y }, training) {
  const { output, mask } = model.run(x, training);
  if (!(output instanceof Tensor) || output.rank < 1 || output.shape[0] !== x.shape[0]) {
    const found = output instanceof Tensor ? `shape ${show_shape(output.shape)}` : 'several outputs';
    throw new ValueError(
      `the model must give one output for each of ${x.shape[0]} samples, but gave ${found}`,
    );
  }
  const values = model.compiled.loss(y, output);
  const { mean, count, counts } = mean_of(values.data, mask);
  const penalties = model.penalties();
  const added = penalties.reduce(
    (/** @type {number} */ sum, term) => sum + (typeof term === 'number' ? term : Number(term.data[0])),
    0,
  );
  return { output, mask, values, count, counts, penalties, loss: mean + added };
}

/**
 * @param {Model} model
 * @param {Samples} batch
 * @param {ReturnType<typeof forward>} found
 * @param {Means} means
 */
function note(model, { x, y }, { output, mask, loss }, means) {
  means.add('loss', loss, x.shape[0]);
  for (const [name, metric] of model.compiled.metrics) {
    const { mean, count } = mean_of(metric(y, output), mask);
    if (count) means.add(name, mean, count);
  }
}

/**
 * One step of training. Either all variables move or none.
 * @param {Model} model
 * @param {Samples} batch
 * @param {Means} means what the step's loss and metrics are added to
 */
export function train_step(model, batch, means) {
  const tape = new GradientTape();
  try {
    const found = tape.record(() => forward(model, batch, true));
    const terms = found.penalties.filter((term) => term instanceof Tensor && is_float(term.dtype));
    const { values, count, counts } = found;
    const weights = array_of(/** @type {FloatDtype} */ (values.dtype), values.size);
    for (let i = 0; i < weights.length; i++) weights[i] = counts && !counts[i] ? 0 : 1 / count;
    const variables = model.variables();
    const gradients = tape._heap_gradients([values, .../** @type {Tensor[]} */ (terms)], variables, {
      output_gradients: [new Tensor(weights, values.shape, values.dtype), ...terms.map(() => null)],
    });
    try {
      // Metrics first: what they refuse must not have moved anything.
      note(model, batch, found, means);
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
 * Loss and metrics over samples, a batch at each step.
 * @param {Model} model
 * @param {Samples} samples
 * @param {number} batch_size
 * @returns {Generator<void, Logs>}
 */
export function* evaluate_batches(model, { x, y }, batch_size) {
  const means = new Means();
  for (const take of batches(x.shape[0], batch_size)) {
    const batch = { x: take(x), y: take(y) };
    note(model, batch, forward(model, batch, false), means);
    yield;
  }
  return means.values;
}
