// Optimizer: the base of all optimizers: options, checks, clipping, and the slots of each variable.
import { check_config, check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { name_of_class } from '../runtime/class_name.js';
import { FailedPreconditionError, ValueError } from '../runtime/errors.js';
import { HeapGradient } from '../runtime/heap_gradient.js';
import { Slots } from '../runtime/optimizer_steps.js';
import { array_of, as_tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { clip_by_global_norm, clip_by_norm, clip_by_value } from './clipping.js';

/**
 * @typedef {import('./clipping.js').Gradient} Gradient
 * @typedef {import('../runtime/optimizer_steps.js').Update} Update
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} OptimizerOptions
 * @property {string} [name]
 * @property {number} [learning_rate]
 * @property {number | null} [clipnorm] the greatest norm of each gradient; a larger one is scaled down
 * @property {number | null} [global_clipnorm] the greatest norm of all gradients together
 * @property {number | null} [clipvalue] each value is limited to [-clipvalue, clipvalue]. At most one of the three.
 */

const CLIPS = /** @type {const} */ (['clipnorm', 'global_clipnorm', 'clipvalue']);

/**
 * @param {string} what
 * @param {unknown} value
 * @param {string} expected
 * @param {(value: number) => boolean} holds
 * @returns {number}
 */
export function check_number(what, value, expected, holds) {
  if (typeof value !== 'number' || !holds(value)) {
    throw new ValueError(`${what} must be ${expected}, not ${show(value)}`);
  }
  return value;
}

// The kernels work on padding too, which stays zero only while every factor is a number and no divisor is zero.
export const finite = (/** @type {number} */ value) => value >= 0 && Number.isFinite(Math.fround(value));
export const positive = (/** @type {number} */ value) => finite(value) && Math.fround(value) > 0;
export const share = (/** @type {number} */ value) => value >= 0 && value <= 1;
export const less_than_one = (/** @type {number} */ value) => value >= 0 && Math.fround(value) < 1;

/** Base of the optimizers (`tf.keras.optimizers.Optimizer`). */
export class Optimizer {
  static class_name = 'Optimizer';
  /** The names of the options of a subclass. @type {readonly string[]} @internal */ static option_names = [];
  /** @internal */ static default_learning_rate = 0.001;

  /** The number of steps so far. */
  iterations = 0;
  #learning_rate = 0;
  #clips;
  /** @type {Map<Variable, Slots>} */ #slots = new Map();

  /**
   * @param {OptimizerOptions} [options]
   */
  constructor(options = {}) {
    const class_name = name_of_class(new.target);
    const { option_names, default_learning_rate } = new.target;
    check_options(class_name, options, ['learning_rate', ...option_names, ...CLIPS, 'name']);
    this.class_name = class_name;
    this.name = options.name ?? class_name;
    this.learning_rate = options.learning_rate ?? default_learning_rate;
    this.#clips = Object.fromEntries(
      CLIPS.map((name) => {
        const value = options[name] ?? null;
        return [
          name,
          value === null
            ? null
            : check_number(`${class_name}: ${name}`, value, 'a positive number', (x) => x > 0),
        ];
      }),
    );
    const clips = CLIPS.filter((name) => this.#clips[name] !== null);
    if (clips.length > 1) {
      throw new ValueError(
        `${class_name}: only one of clipnorm, global_clipnorm, clipvalue can be set, not ${clips}`,
      );
    }
  }

  /** @returns {number} */
  get learning_rate() {
    return this.#learning_rate;
  }
  set learning_rate(value) {
    this.#learning_rate = check_number(
      `${this.class_name}: learning_rate`,
      value,
      'a number of 0 or more',
      finite,
    );
  }

  /** The number of slots for each variable, of its size. @internal */
  get _slot_count() {
    return 0;
  }

  /** @internal @param {Update[]} _updates */
  _step(_updates) {
    throw new ValueError(`${this.class_name} has no step`);
  }

  /**
   * Moves the variables by one step; variables whose gradient is null stay as they are. Either all move or none.
   *
   * @param {[gradient: TensorInput | null, variable: Variable][]} gradients_and_variables
   * @returns {number} `iterations`
   * @throws {ValueError} all gradients are null, or one has another shape than its variable
   * @throws {TypeError} not a list of [gradient, variable]
   * @throws {FailedPreconditionError} a variable that is disposed of
   */
  apply_gradients(gradients_and_variables) {
    const pairs = check_pairs(`${this.class_name}.apply_gradients`, gradients_and_variables);
    const variables = pairs.map(({ variable }) => variable);
    const gradients = this.#clip(pairs.map(({ gradient }) => gradient));
    try {
      const slots = this.#slots_of(variables);
      this._step(variables.map((variable, i) => ({ variable, gradient: gradients[i], slots: slots[i] })));
    } finally {
      gradients.forEach((gradient, i) => {
        if (gradient instanceof HeapGradient && gradient !== pairs[i].gradient) gradient.dispose();
      });
    }
    for (const variable of variables) {
      if (variable.constraint) variable.assign(variable.constraint(variable.value));
    }
    this.iterations += 1;
    return this.iterations;
  }

  /** @param {Gradient[]} gradients @returns {Gradient[]} */
  #clip(gradients) {
    const { clipnorm, global_clipnorm, clipvalue } = this.#clips;
    if (clipnorm !== null) return clip_by_norm(gradients, clipnorm);
    if (global_clipnorm !== null) return clip_by_global_norm(gradients, global_clipnorm);
    return clipvalue === null ? gradients : clip_by_value(gradients, clipvalue);
  }

  /** @param {Variable[]} variables */
  #slots_of(variables) {
    const count = this._slot_count;
    if (!count) return variables.map(() => null);
    /** @type {Variable[]} */
    const created = [];
    try {
      for (const variable of variables) {
        if (this.#slots.has(variable)) continue;
        this.#slots.set(variable, new Slots(variable, count));
        created.push(variable);
      }
    } catch (error) {
      this.forget(created);
      throw error;
    }
    return variables.map((variable) => /** @type {Slots} */ (this.#slots.get(variable)));
  }

  /** The constructor's options, as plain data. @returns {{ [option: string]: any }} */
  get_config() {
    return { name: this.name, learning_rate: this.learning_rate, ...this.#clips };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @returns {any}
   */
  static from_config(config) {
    return Reflect.construct(this, [check_config(this, config)]);
  }

  /**
   * Frees the slots of these variables.
   * @param {Variable[]} variables
   */
  forget(variables) {
    if (!Array.isArray(variables))
      throw new TypeError(`${this.class_name}.forget: variables must be a list, not ${show(variables)}`);
    for (const variable of variables) {
      this.#slots.get(variable)?.dispose();
      this.#slots.delete(variable);
    }
  }

  /** Frees the slots of all variables and sets `iterations` to 0; the optimizer can be used again. */
  dispose() {
    this.forget([...this.#slots.keys()]);
    this.iterations = 0;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/**
 * @param {string} what
 * @param {unknown} gradients_and_variables
 * @returns {{ gradient: Gradient, variable: Variable }[]} those that have a gradient
 */
function check_pairs(what, gradients_and_variables) {
  if (!Array.isArray(gradients_and_variables))
    throw new TypeError(
      `${what}: expected a list of [gradient, variable], not ${show(gradients_and_variables)}`,
    );
  const pairs = gradients_and_variables.map((pair, i) => {
    if (!Array.isArray(pair) || pair.length !== 2 || !(pair[1] instanceof Variable)) {
      throw new TypeError(`${what}: entry ${i} must be [gradient, variable], not ${show(pair)}`);
    }
    const [gradient, variable] = /** @type {[unknown, Variable]} */ (pair);
    if (variable.disposed) {
      throw new FailedPreconditionError(`${what}: the variable ${variable.name} was disposed of`);
    }
    if (gradient === null || gradient === undefined) return null;
    if (gradient instanceof HeapGradient && gradient.on_heap && gradient.variable === variable)
      return { gradient, variable };
    const name = `${what}: the gradient of ${variable.name}`;
    const tensor = as_tensor(name, gradient, null);
    if (!same_shape(tensor.shape, variable.shape)) {
      throw new ValueError(
        `${name} must have shape ${show_shape(variable.shape)}, not ${show_shape(tensor.shape)}`,
      );
    }
    const values = tensor.dtype === variable.dtype ? tensor.data : array_of(variable.dtype, tensor.data);
    return { gradient: /** @type {Gradient} */ (values), variable };
  });
  const with_gradient = pairs.filter((pair) => pair !== null);
  if (!with_gradient.length) {
    const names = gradients_and_variables.map(([, variable]) => variable.name).join(', ');
    throw new ValueError(`${what}: no gradient was given for any variable${names ? ` of ${names}` : ''}`);
  }
  return with_gradient;
}
