// The layer GRU (`tf.keras.layers.GRU`).

import { check_seed, random_of } from '../layers/random.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { drop_inputs, run_with_recurrent_dropout } from './gru_dropout.js';
import { check_rate, gru_shapes, read_activation } from './gru_options.js';
import { RECURRENT_OPTIONS } from './recurrent_layer.js';
import { WEIGHT_OPTIONS, WeightedGRU } from './weighted_gru.js';

/**
 * @typedef {object} GRUOnlyOptions
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] activation of the candidate state. Default tanh; null means linear.
 * @property {import('../layers/activations.js').ActivationSpec | null} [recurrent_activation] activation of the gates. Default sigmoid; null means linear.
 * @property {boolean} [use_bias] whether the layer has a bias. Default true.
 * @property {boolean} [reset_after] whether the reset gate is applied after the recurrent matrix product (as in cuDNN) or before. Default true.
 * @property {number} [dropout] fraction of the input features set to zero during training, the same features in all steps. Default 0.
 * @property {number} [recurrent_dropout] fraction of the state's units set to zero before the recurrent products during training,
 *   the same units in all steps. z, r and h each have a separate mask (and then `dropout` has a separate mask for each, too). Default 0;
 *   any other value runs the sequence step by step in JavaScript, which is many times slower.
 * @property {number | null} [seed] seed of the dropout masks; null (default): not reproducible
 * @property {boolean} [unroll] accepted for compatibility; has no effect
 * @property {number} [implementation] the same
 * @typedef {import('./recurrent_layer.js').RecurrentOptions & import('./weighted_gru.js').WeightsOptions & GRUOnlyOptions} GRUOptions
 */

const GRU_OPTIONS = /** @type {const} */ ([
  'activation',
  'recurrent_activation',
  'use_bias',
  'reset_after',
  'dropout',
  'recurrent_dropout',
  'seed',
  'unroll',
  'implementation',
]);

/**
 * The gated recurrent unit as a Keras layer (`tf.keras.layers.GRU`).
 *
 * Weights, with the gates in the order z (update), r (reset), h (candidate): `kernel` [inputs, 3 * units], `recurrent_kernel`
 * [units, 3 * units], `bias` [2, 3 * units] (row 0: input bias, row 1: recurrent bias), or [3 * units] if `reset_after` is false.
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
   * @param {number} units size of the state and of the output
   * @param {GRUOptions} [options]
   * @throws {ValueError} units is not a positive integer; the name of an activation, initializer, regularizer or constraint is
   *   unknown; dropout or recurrent_dropout is not between 0 and 1
   * @throws {TypeError} an option is unknown
   */
  constructor(units, options = {}) {
    const [gru_options, base_options] = split_options('GRU', options, GRU_OPTIONS, [
      ...RECURRENT_OPTIONS,
      ...WEIGHT_OPTIONS,
    ]);
    super(units, base_options);
    this.#activation = read_activation('GRU: activation', gru_options.activation, 'tanh');
    this.#recurrent_activation = read_activation(
      'GRU: recurrent_activation',
      gru_options.recurrent_activation,
      'sigmoid',
    );
    this.#use_bias = Boolean(gru_options.use_bias ?? true);
    this.#reset_after = Boolean(gru_options.reset_after ?? true);
    this.#dropout = check_rate('GRU: dropout', gru_options.dropout ?? 0);
    this.#recurrent_dropout = check_rate('GRU: recurrent_dropout', gru_options.recurrent_dropout ?? 0);
    this.#seed = check_seed('GRU: seed', gru_options.seed ?? null);
  }

  get reset_after() {
    return this.#reset_after;
  }
  get use_bias() {
    return this.#use_bias;
  }

  /**
   * @param {number} inputs
   * @internal
   */
  _weights_of(inputs) {
    const options = { inputs, units: this.units, reset_after: this.#reset_after, use_bias: this.#use_bias };
    return gru_shapes({ ...options, prefix: 'gru_cell/' });
  }

  /** @internal */
  _form() {
    return {
      activation: this.#activation,
      recurrent_activation: this.#recurrent_activation,
      reset_after: this.#reset_after,
    };
  }

  /**
   * @param {any} options
   * @internal
   */
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
