// Losses and metrics by name, and their means over samples.
import * as losses from '../gradient/losses.js';
import { same_rank } from '../gradient/same_rank.js';
import { show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';

/**
 * @typedef {(y_true: Tensor, y_pred: Tensor) => Tensor} Measure
 * @typedef {string | Measure} MeasureSpec
 * @typedef {(y_true: Tensor, y_pred: Tensor) => ArrayLike<number>} Values
 */

/** @type {Record<string, Measure>} */
const LOSSES = { ...losses, mse: losses.mean_squared_error, mae: losses.mean_absolute_error };

/**
 * @param {string} what
 * @param {unknown} loss
 * @returns {Measure}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} neither a name nor a function
 */
export function get_loss(what, loss) {
  if (typeof loss === 'function') {
    return (y_true, y_pred) => {
      const value = loss(...same_rank(y_true, y_pred));
      if (!(value instanceof Tensor) || value.size === 0) {
        throw new ValueError(
          `${what}: the function must return a Tensor of at least one value, not ${show(value)}`,
        );
      }
      return value;
    };
  }
  if (typeof loss !== 'string')
    throw new TypeError(`${what} must be a name or a function, not ${show(loss)}`);
  if (!Object.hasOwn(LOSSES, loss)) {
    throw new ValueError(`${what} must be one of ${Object.keys(LOSSES).join(', ')}, not ${show(loss)}`);
  }
  return LOSSES[loss];
}

/**
 * The index of the largest value of each row.
 * @param {Tensor} tensor
 */
function argmax(tensor) {
  const width = /** @type {number} */ (tensor.shape.at(-1));
  return Int32Array.from({ length: tensor.size / width }, (_, row) => {
    let best = 0;
    for (let i = 1; i < width; i++) {
      if (tensor.data[row * width + i] > tensor.data[row * width + best]) best = i;
    }
    return best;
  });
}

/**
 * @param {ArrayLike<number>} targets
 * @param {Int32Array} predictions
 */
const matches = (targets, predictions) =>
  Array.from(predictions, (value, i) => (targets[i] === value ? 1 : 0));

/** @type {Record<string, Values>} */
const ACCURACIES = {
  sparse_categorical_accuracy: (y_true, y_pred) => matches(y_true.data, argmax(y_pred)),
  categorical_accuracy: (y_true, y_pred) => matches(argmax(y_true), argmax(y_pred)),
  binary_accuracy: (y_true, y_pred) => {
    const width = /** @type {number} */ (y_pred.shape.at(-1));
    return Array.from({ length: y_pred.size / width }, (_, row) => {
      let correct = 0;
      for (let i = row * width; i < (row + 1) * width; i++) {
        if ((y_pred.data[i] > 0.5 ? 1 : 0) === y_true.data[i]) correct += 1;
      }
      return correct / width;
    });
  },
};

/** The accuracy that Keras chooses for the shapes. @type {Values} */
function accuracy(y_true, y_pred) {
  const width = y_pred.shape.at(-1);
  if (width === 1) return ACCURACIES.binary_accuracy(y_true, y_pred);
  const dense = y_true.rank === y_pred.rank && y_true.shape.at(-1) === width;
  return ACCURACIES[dense ? 'categorical_accuracy' : 'sparse_categorical_accuracy'](y_true, y_pred);
}

/**
 * @param {string} what
 * @param {unknown} metrics
 * @returns {Map<string, Values>} by their names in the history
 * @throws {ValueError} an unknown name, or the same one twice
 * @throws {TypeError} not a list of names and functions
 */
export function get_metrics(what, metrics) {
  if (!Array.isArray(metrics)) throw new TypeError(`${what} must be a list, not ${show(metrics)}`);
  /** @type {Map<string, Values>} */
  const values_by_name = new Map();
  metrics.forEach((metric, i) => {
    const name = typeof metric === 'function' ? metric.name || `metric_${i}` : metric;
    if (values_by_name.has(name) || name === 'loss')
      throw new ValueError(`${what}: the name ${show(name)} is taken`);
    values_by_name.set(name, get_metric(`${what}[${i}]`, metric));
  });
  return values_by_name;
}

/**
 * @param {string} what
 * @param {unknown} metric
 * @returns {Values}
 */
function get_metric(what, metric) {
  if (typeof metric === 'string') {
    if (metric === 'accuracy' || metric === 'acc') return checked(what, accuracy);
    if (Object.hasOwn(ACCURACIES, metric)) return checked(what, ACCURACIES[metric]);
    if (!Object.hasOwn(LOSSES, metric)) {
      const names = ['accuracy', ...Object.keys(ACCURACIES), ...Object.keys(LOSSES)];
      throw new ValueError(`${what} must be one of ${names.join(', ')}, not ${show(metric)}`);
    }
  }
  const measure = get_loss(what, metric);
  return (y_true, y_pred) => measure(y_true, y_pred).data;
}

/**
 * @param {string} what
 * @param {Values} values
 * @returns {Values}
 */
const checked = (what, values) => (targets, outputs) => {
  const [y_true, y_pred] = same_rank(targets, outputs);
  const rows = y_pred.size / /** @type {number} */ (y_pred.shape.at(-1));
  if (y_true.size !== rows && y_true.size !== y_pred.size) {
    throw new ValueError(
      `${what}: targets of shape ${show_shape(y_true.shape)} do not fit outputs of shape ${show_shape(y_pred.shape)}`,
    );
  }
  return values(y_true, y_pred);
};

/** Running means, by name. */
export class Means {
  /** @type {Map<string, { total: number, weight: number }>} */ #sums = new Map();

  /**
   * @param {string} name
   * @param {number} value a mean
   * @param {number} weight the number of values that it is the mean of
   */
  add(name, value, weight) {
    const sum = this.#sums.get(name) ?? { total: 0, weight: 0 };
    this.#sums.set(name, { total: sum.total + value * weight, weight: sum.weight + weight });
  }

  /** @returns {{ loss: number } & { [name: string]: number }} */
  get values() {
    return /** @type {any} */ (
      Object.fromEntries(Array.from(this.#sums, ([name, { total, weight }]) => [name, total / weight]))
    );
  }
}
