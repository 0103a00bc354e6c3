// The layer GRU (`tf.keras.layers.GRU`).

import { get_activation } from '../layers/activations.js';
import { check_seed, random_of } from '../layers/random.js';
import { register_class } from '../layers/registry.js';
import { show, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { drop_inputs, run_with_recurrent_dropout } from './gru_dropout.js';
import { RECURRENT_OPTIONS } from './recurrent_layer.js';
import { WEIGHT_OPTIONS, WeightedGRU } from './weighted_gru.js';

/**
 * @typedef {object} OwnOptions
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] of the candidate; default tanh, null: linear
 * @property {import('../layers/activations.js').ActivationSpec | null} [recurrent_activation] of the gates; default sigmoid, null: linear
 * @property {boolean} [use_bias] default true
 * @property {boolean} [reset_after] whether the reset gate acts after the recurrent product (cuDNN's form). Default true.
 * @property {number} [dropout] the rate at which features of the inputs are dropped in training, the same ones in all steps. Default 0.
 * @property {number} [recurrent_dropout] the rate at which units of the state are dropped before the recurrent products in training, the
 *   same ones in all steps, with a mask of its own for each of z, r and h (then `dropout` has one for each, too). Default 0; any other
 *   value runs step by step, many times slower.
 * @property {number | null} [seed] of dropout
 * @property {boolean} [unroll] accepted, and without effect
 * @typedef {import('./recurrent_layer.js').RecurrentOptions & import('./weighted_gru.js').WeightsOptions & OwnOptions} GRUOptions
 */

const OWN_OPTIONS = /** @type {const} */ ([
  'activation',
  'recurrent_activation',
  'use_bias',
  'reset_after',
  'dropout',
  'recurrent_dropout',
  'seed',
  'unroll',
]);

/**
 * The gated recurrent unit as a Keras layer. Its weights, gates in the order z (update), r, h: `kernel` [inputs, 3 units],
 * `recurrent_kernel` [units, 3 units], `bias` [2, 3 units] (of the input, of the recurrent product), without `reset_after` [3 units].
 */
export class GRU extends WeightedGRU {
  static class_name = /* @__PURE__ */ register_class(() => this, 'GRU');

  #activation;
  #recurrent_activation;
  #use_bias;
  #reset_after;
  #dropout;
  #recurrent_dropout;
  #seed;
  /** @type {import('../layers/random.js').Random | null} */ #random = null;

  /**
   * @param {number} units the size of the state
   * @param {GRUOptions} [options]
   * @throws {ValueError} units is not a positive integer; an unknown activation, initializer, regularizer or constraint; a dropout outside
   *   0 to 1
   * @throws {TypeError} an option that is not known
   */
  constructor(units, options = {}) {
    const [own, base] = split_options('GRU', options, OWN_OPTIONS, [...RECURRENT_OPTIONS, ...WEIGHT_OPTIONS]);
    super(units, base);
    this.#activation = own_activation('GRU: activation', own.activation, 'tanh');
    this.#recurrent_activation = own_activation(
      'GRU: recurrent_activation',
      own.recurrent_activation,
      'sigmoid',
    );
    this.#use_bias = Boolean(own.use_bias ?? true);
    this.#reset_after = Boolean(own.reset_after ?? true);
    this.#dropout = check_share('GRU: dropout', own.dropout ?? 0);
    this.#recurrent_dropout = check_share('GRU: recurrent_dropout', own.recurrent_dropout ?? 0);
    this.#seed = check_seed('GRU: seed', own.seed ?? null);
  }

  get reset_after() {
    return this.#reset_after;
  }
  get use_bias() {
    return this.#use_bias;
  }

  /** @param {number} inputs @internal */
  _weights_of(inputs) {
    const { units } = this;
    const matrix = (/** @type {string} */ name, /** @type {number} */ rows) => ({
      name: `gru_cell/${name}`,
      shape: [rows, 3 * units],
      packing: { rows, groups: 3, columns: units },
    });
    const bias = {
      name: 'gru_cell/bias',
      shape: this.#reset_after ? [2, 3 * units] : [3 * units],
      packing: { rows: 1, groups: this.#reset_after ? 6 : 3, columns: units },
    };
    return {
      kernel: matrix('kernel', inputs),
      recurrent: matrix('recurrent_kernel', units),
      bias: this.#use_bias ? bias : null,
    };
  }

  /** @internal */
  _form() {
    return {
      activation: this.#activation,
      recurrent_activation: this.#recurrent_activation,
      reset_after: this.#reset_after,
    };
  }

  /** @param {any} options @internal */
  _sequence({ training, ...options }) {
    if (!training || (this.#dropout === 0 && this.#recurrent_dropout === 0)) return super._sequence(options);
    if (this.#seed !== null) this.#random ??= random_of(this.#seed);
    const random = this.#random ?? random_of(null);
    const rates = { dropout: this.#dropout, recurrent_dropout: this.#recurrent_dropout };
    if (rates.recurrent_dropout === 0 || options.inputs.size === 0) {
      const inputs = drop_inputs(options.inputs, rates.dropout, options.time_major, random);
      return super._sequence({ ...options, inputs });
    }
    const gru = { units: this.units, weights: this.weights, ...this._form() };
    return run_with_recurrent_dropout(gru, options, rates, random);
  }

  get_config() {
    return {
      ...super.get_config(),
      activation: this.#activation,
      recurrent_activation: this.#recurrent_activation,
      use_bias: this.#use_bias,
      reset_after: this.#reset_after,
      dropout: this.#dropout,
      recurrent_dropout: this.#recurrent_dropout,
      seed: this.#seed,
    };
  }
}

/**
 * Keras's null is linear, and only what was not given at all is the default.
 * @param {string} what
 * @param {any} activation
 * @param {string} otherwise
 */
const own_activation = (what, activation, otherwise) =>
  get_activation(what, activation === undefined ? otherwise : (activation ?? 'linear'), otherwise);

/**
 * @param {string} what
 * @param {unknown} share
 * @returns {number}
 */
function check_share(what, share) {
  if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
    throw new ValueError(`${what} must be a number from 0 to 1, not ${show(share)}`);
  }
  return share;
}
