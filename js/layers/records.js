// The losses, updates and metrics that a layer collects.
import { check_options, is_plain_object, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { Unconnected } from './symbolic.js';

/**
 * @typedef {Tensor | number | (() => Tensor | number)} Term a value, or a function that is called for it each time
 * @typedef {object} Record a term and the inputs that it depends on; null: none
 * @property {Term} term
 * @property {readonly unknown[] | null} inputs
 * @typedef {{ name: string, aggregation: 'mean', result: () => number }} Metric
 */

/** @param {unknown} value @returns {unknown[]} */
const list_of = (value) => (Array.isArray(value) ? value : [value]);

/**
 * The inputs that a term depends on, given as TensorFlow takes them, by position, or as an option.
 * @param {string} what
 * @param {unknown} inputs
 * @returns {unknown[] | null} null: none
 */
function sources_of(what, inputs) {
  let value = inputs;
  // A literal { shape, data } is a tensor.
  if (is_plain_object(inputs) && !('shape' in inputs)) {
    check_options(what, inputs, ['inputs']);
    value = inputs.inputs;
  }
  return value === null || value === undefined ? null : list_of(value);
}

/** @param {Term} term */
const value_of = (term) => (typeof term === 'function' ? term() : term);

/** Base of {@link Layer}: what training collects from it. */
export class Records extends Unconnected {
  /** @type {Record[]} */ #losses = [];
  /** @type {Record[]} */ #updates = [];
  /** @type {Map<string, Metric & { total: number, count: number }>} */ #metrics = new Map();

  /** The values of all loss terms now (`Layer.losses`). @returns {(Tensor | number)[]} */
  get losses() {
    return this.#losses.map(({ term }) => value_of(term));
  }

  /** All update operations (`Layer.updates`). @returns {unknown[]} */
  get updates() {
    return this.#updates.map(({ term }) => term);
  }

  /** The metrics that were added (`Layer.metrics`). @returns {Metric[]} */
  get metrics() {
    return [...this.#metrics.values()];
  }

  /**
   * Adds loss terms (`Layer.add_loss`).
   * @param {Term | Term[]} losses scalars, or functions that give them
   * @param {unknown} [inputs] the inputs that they depend on, or `{ inputs }`; default null: they are unconditional
   * @throws {TypeError} neither a scalar nor a function
   */
  add_loss(losses, inputs = null) {
    const sources = sources_of('add_loss', inputs);
    const terms = /** @type {Term[]} */ (list_of(losses));
    for (const term of terms) {
      const scalar = typeof term === 'number' || (term instanceof Tensor && term.size === 1);
      if (!scalar && typeof term !== 'function') {
        throw new TypeError(
          `add_loss: losses must be scalars or functions that return one, not ${show(term)}`,
        );
      }
    }
    for (const term of terms) this.#losses.push({ term, inputs: sources });
  }

  /**
   * Adds update operations: functions that whoever trains calls after a step (`Layer.add_update`).
   * @param {(() => void) | (() => void)[]} updates
   * @param {unknown} [inputs] the inputs that they depend on, or `{ inputs }`; default null: they are unconditional
   * @throws {TypeError} not a function
   */
  add_update(updates, inputs = null) {
    const sources = sources_of('add_update', inputs);
    const terms = list_of(updates);
    for (const term of terms) {
      if (typeof term !== 'function')
        throw new TypeError(`add_update: updates must be functions, not ${show(term)}`);
    }
    for (const term of terms) {
      this.#updates.push({
        term: /** @type {any} */ (term),
        inputs: sources,
      });
    }
  }

  /**
   * Adds a value to a metric; values of the same name are averaged (`Layer.add_metric`).
   * @param {Tensor | number} value its mean is taken
   * @param {{ name?: string, aggregation?: 'mean' | null }} [options] `name` is required; `aggregation` default `'mean'`
   * @throws {ValueError} no name, or another aggregation than the mean
   * @throws {TypeError} a value that is neither a number nor a tensor, or an unknown option
   */
  add_metric(value, options = {}) {
    check_options('add_metric', options, ['name', 'aggregation']);
    const { name, aggregation = 'mean' } = options;
    if (typeof name !== 'string' || !name)
      throw new ValueError(`add_metric: name must be a non-empty string, not ${show(name)}`);
    if (aggregation !== 'mean' && aggregation !== null) {
      throw new ValueError(`add_metric: aggregation must be 'mean' or null, not ${show(aggregation)}`);
    }
    if (typeof value !== 'number' && !(value instanceof Tensor)) {
      throw new TypeError(`add_metric: value must be a number or a Tensor, not ${show(value)}`);
    }
    const values = typeof value === 'number' ? [value] : value.data;
    let metric = this.#metrics.get(name);
    if (!metric) {
      const created = {
        name,
        aggregation: /** @type {const} */ ('mean'),
        total: 0,
        count: 0,
        result: () => created.total / created.count,
      };
      metric = created;
      this.#metrics.set(name, created);
    }
    for (const number of values) metric.total += number;
    metric.count += values.length;
  }

  /**
   * The loss terms that depend on these inputs, or with null the unconditional ones (`Layer.get_losses_for`).
   * @param {unknown} inputs
   * @returns {(Tensor | number)[]}
   */
  get_losses_for(inputs) {
    return select(this.#losses, inputs).map(value_of);
  }

  /**
   * The updates that depend on these inputs, or with null the unconditional ones (`Layer.get_updates_for`).
   * @param {unknown} inputs
   * @returns {unknown[]}
   */
  get_updates_for(inputs) {
    return select(this.#updates, inputs);
  }

  /** @param {Term[]} terms that were added before @internal */
  _remove_losses(terms) {
    this.#losses = this.#losses.filter(({ term }) => !terms.includes(term));
  }

  /** Called before a call: removes the loss terms of the call before it. @internal */
  _forget_conditional_losses() {
    this.#losses = this.#losses.filter(({ inputs }) => inputs === null);
  }
}

/**
 * @param {Record[]} records
 * @param {unknown} inputs
 */
function select(records, inputs) {
  const sources = inputs === null || inputs === undefined ? null : list_of(inputs);
  return records
    .filter((record) =>
      sources === null ? record.inputs === null : record.inputs?.some((input) => sources.includes(input)),
    )
    .map(({ term }) => term);
}
