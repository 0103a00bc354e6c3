// compile of a functional model: losses, their weights and metrics of each output.
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { get_loss, get_metrics } from './metrics.js';
import { is_by_name, settings_of } from './named_values.js';

/**
 * @typedef {import('./metrics.js').MeasureSpec} MeasureSpec
 *
 * @typedef {object} FunctionalCompileOptions
 * @property {import('../gradient/optimizer.js').Optimizer | string} [optimizer] default `'rmsprop'`
 * @property {MeasureSpec | readonly (MeasureSpec | null)[] | { [output: string]: MeasureSpec | null }} loss a name, or a function
 *   `(y_true, y_pred) => Tensor`, for all outputs; or a list of one for each, or an object by the names of the outputs. Null, or no
 *   entry in the object: the output has no loss. The model's loss is the sum of the outputs' losses.
 * @property {number | readonly (number | null)[] | { [output: string]: number } | null} [loss_weights] what each output's loss counts in
 *   the model's: a list, or an object by the names of the outputs. Default 1.
 * @property {readonly (MeasureSpec | MeasureSpec[] | null)[] | { [output: string]: MeasureSpec | MeasureSpec[] | null }} [metrics] names,
 *   such as `'accuracy'`, or such functions, for each of the outputs; or a list of a list for each, or an object by their names
 */

/**
 * @param {string} what
 * @param {FunctionalCompileOptions} options
 * @param {readonly string[]} names of the outputs
 * @returns {import('./training.js').CompiledOutput[]}
 * @throws {ValueError} an unknown loss or metric, keys that name no output, lists of another length, two metrics of the same name
 * @throws {TypeError} no loss, or an unknown option
 */
export function compile_outputs(what, options, names) {
  check_options(what, options, ['optimizer', 'loss', 'loss_weights', 'metrics']);
  const is_single = names.length === 1;
  const path = (/** @type {string} */ option, /** @type {number} */ i) =>
    `${what}: ${option}${is_single ? '' : `: ${names[i]}`}`;
  const losses = settings_of(`${what}: loss`, options.loss, names);
  const weights = settings_of(`${what}: loss_weights`, options.loss_weights ?? 1, names);
  const metrics = metrics_of(`${what}: metrics`, options.metrics ?? [], names);
  if (losses.every((loss) => loss === null))
    throw new ValueError(`${what}: loss must be there for at least one of the outputs ${names.join(', ')}`);
  const logged = new Set(names.map((name) => `${name}_loss`));
  return names.map((name, i) => {
    const loss = losses[i] === null ? null : get_loss(path('loss', i), losses[i]);
    const weight = weights[i] ?? 1;
    if (typeof weight !== 'number' || !Number.isFinite(weight))
      throw new ValueError(`${path('loss_weights', i)} must be a finite number, not ${show(weight)}`);
    const measures = get_metrics(path('metrics', i), metrics[i]);
    if (is_single) return { name: null, loss, weight, metrics: measures };
    const renamed = new Map(Array.from(measures, ([metric, values]) => [`${name}_${metric}`, values]));
    for (const metric of renamed.keys()) {
      if (logged.has(metric))
        throw new ValueError(`${path('metrics', i)}: the name ${show(metric)} is taken`);
      logged.add(metric);
    }
    return { name, loss, weight, metrics: renamed };
  });
}

/**
 * The list of each output.
 * @param {string} what
 * @param {any} metrics
 * @param {readonly string[]} names
 */
function metrics_of(what, metrics, names) {
  // A list without lists in it is for all outputs.
  const is_flat = !is_by_name(metrics) && !(Array.isArray(metrics) && metrics.some(Array.isArray));
  const lists = is_flat ? names.map(() => metrics) : settings_of(what, metrics, names);
  return lists.map((one) => (is_flat || Array.isArray(one) ? one : one === null ? [] : [one]));
}
