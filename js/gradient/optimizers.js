// The optimizers: SGD, Adam, RMSprop (`tf.keras.optimizers`).
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { adam, descend, rmsprop } from '../runtime/optimizer_steps.js';
import { check_number, less_than_one, Optimizer, positive, share } from './optimizer.js';

/**
 * @typedef {import('./optimizer.js').OptimizerOptions} OptimizerOptions
 * @typedef {import('../runtime/optimizer_steps.js').Update} Update
 */

/** Gradient descent (`tf.keras.optimizers.SGD`). */
export class SGD extends Optimizer {
  static class_name = 'SGD';
  /** @internal */ static option_names = ['momentum', 'nesterov'];
  /** @internal */ static default_learning_rate = 0.01;

  #options;

  /**
   * @param {OptimizerOptions & { momentum?: number, nesterov?: boolean }} [options] defaults: learning_rate 0.01, momentum
   *   0, nesterov false
   */
  constructor(options = {}) {
    super(options);
    const { momentum = 0, nesterov = false } = options;
    this.#options = {
      momentum: check_number('SGD: momentum', momentum, 'a number from 0 to 1', share),
      nesterov: Boolean(nesterov),
    };
  }

  /** @internal */
  get _slot_count() {
    return this.#options.momentum ? 1 : 0;
  }

  /** @internal @param {Update[]} updates */
  _step(updates) {
    descend(updates, { rate: this.learning_rate, ...this.#options });
  }

  get_config() {
    return { ...super.get_config(), ...this.#options };
  }
}

/** Adam (`tf.keras.optimizers.Adam`). */
export class Adam extends Optimizer {
  static class_name = 'Adam';
  /** @internal */ static option_names = ['beta_1', 'beta_2', 'epsilon'];

  #options;

  /**
   * @param {OptimizerOptions & { beta_1?: number, beta_2?: number, epsilon?: number }} [options] defaults: learning_rate
   *   0.001, beta_1 0.9, beta_2 0.999, epsilon 1e-7
   */
  constructor(options = {}) {
    super(options);
    const { beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7 } = options;
    this.#options = {
      beta_1: check_number('Adam: beta_1', beta_1, 'a number from 0 to less than 1', less_than_one),
      beta_2: check_number('Adam: beta_2', beta_2, 'a number from 0 to less than 1', less_than_one),
      epsilon: check_number('Adam: epsilon', epsilon, 'a positive number', positive),
    };
  }

  /** @internal */
  get _slot_count() {
    return 2;
  }

  /** @internal @param {Update[]} updates */
  _step(updates) {
    const { beta_1, beta_2 } = this.#options;
    const step = this.iterations + 1;
    const rate = (this.learning_rate * Math.sqrt(1 - beta_2 ** step)) / (1 - beta_1 ** step);
    adam(updates, { rate, ...this.#options });
  }

  get_config() {
    return { ...super.get_config(), ...this.#options };
  }
}

/** RMSprop (`tf.keras.optimizers.RMSprop`). */
export class RMSprop extends Optimizer {
  static class_name = 'RMSprop';
  /** @internal */ static option_names = ['rho', 'momentum', 'epsilon'];

  #options;

  /**
   * @param {OptimizerOptions & { rho?: number, momentum?: number, epsilon?: number }} [options] defaults: learning_rate
   *   0.001, rho 0.9, momentum 0, epsilon 1e-7
   */
  constructor(options = {}) {
    super(options);
    const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
    this.#options = {
      rho: check_number('RMSprop: rho', rho, 'a number from 0 to 1', share),
      momentum: check_number('RMSprop: momentum', momentum, 'a number from 0 to 1', share),
      epsilon: check_number('RMSprop: epsilon', epsilon, 'a positive number', positive),
    };
  }

  /** @internal */
  get _slot_count() {
    return this.#options.momentum ? 2 : 1;
  }

  /** @internal @param {Update[]} updates */
  _step(updates) {
    rmsprop(updates, { rate: this.learning_rate, ...this.#options });
  }

  get_config() {
    return { ...super.get_config(), ...this.#options };
  }
}

export const optimizers = { SGD, Adam, RMSprop };

/** @type {Record<string, new (options?: any) => Optimizer>} */
const KINDS = { sgd: SGD, adam: Adam, rmsprop: RMSprop };

/**
 * An optimizer from its name or configuration.
 * @param {Optimizer | string | { class_name: string, config?: object }} spec
 * @param {string} what the function and the argument, for messages
 * @returns {Optimizer}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} something else
 */
export function get_optimizer(spec, what) {
  if (spec instanceof Optimizer) return spec;
  const { class_name, config = {} } = typeof spec === 'string' ? { class_name: spec } : (spec ?? {});
  if (typeof class_name !== 'string') {
    throw new TypeError(
      `${what} must be an optimizer, its name or { class_name, config }, not ${show(spec)}`,
    );
  }
  const name = class_name.toLowerCase();
  if (!Object.hasOwn(KINDS, name)) {
    throw new ValueError(`${what} must be one of ${Object.keys(KINDS).join(', ')}, not ${show(class_name)}`);
  }
  return new KINDS[name](config);
}
