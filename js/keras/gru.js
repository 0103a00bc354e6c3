// The layer GRU (`tf.keras.layers.GRU`).

import { check_seed, random_of } from '../layers/random.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { drop_inputs, run_with_recurrent_dropout } from './gru_dropout.js';
import {
  check_rate,
  gamma_of,
  gru_shapes,
  layer_norm_config,
  read_activation,
  read_layer_norm,
} from './gru_options.js';
import { run_gru_steps } from './gru_steps.js';
import { layer_norm_stream } from './layer_norm_stream.js';
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
 * @property {boolean} [layer_norm] whether the products of the inputs and of the state are layer-normalized; only with `reset_after`. Default false.
 * @property {number} [layer_norm_epsilon] what is added to the variances. Default 0.001.
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
  'layer_norm',
  'layer_norm_epsilon',
  'unroll',
  'implementation',
]);

/** Of the names of the weights. */
const PREFIX = 'gru_cell/';

/**
 * The gated recurrent unit as a Keras layer (`tf.keras.layers.GRU`).
 *
 * Weights, with the gates in the order z (update), r (reset), h (candidate): `kernel` [inputs, 3 * units], `recurrent_kernel`
 * [units, 3 * units], `bias` [2, 3 * units] (row 0: input bias, row 1: recurrent bias), or [3 * units] if `reset_after` is false.
 *
 * With `layer_norm` (Ba et al. 2016, "Layer Normalization", section 3.1 and its supplement; Keras has no such option):
 *
 *     a = LN(x kernel) * gamma[0] + bias[0]            b = LN(h recurrent_kernel) * gamma[1] + bias[1]
 *     z = recurrent_activation(a_z + b_z)              r = recurrent_activation(a_r + b_r)
 *     c = activation(a_h + r * b_h)                    h' = z * h + (1 - z) * c
 *
 * `LN(v) = (v - mean) / sqrt(variance + layer_norm_epsilon)`, with one mean and variance over the 2 * units columns of z and r and one
 * over the units columns of the candidate, in each row. The gains are a weight `gamma` [2, 3 * units] (row 0: of the inputs' product, row
 * 1: of the recurrent product), at first ones, after `bias` in the list of weights. `bias` is the paper's shift: it is added after the
 * normalization. The steps are computed by operations on tensors, which is many times slower than without `layer_norm`.
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
  /** Epsilon of layer normalization; null: none. @type {number | null} */ #layer_norm;
  /** @type {import('../runtime/variable.js').Variable | null} */ #gamma = null;
  /** @type {import('../layers/random.js').Random | null} */ #random = null;

  /**
   * @param {number} units size of the state and of the output
   * @param {GRUOptions} [options]
   * @throws {ValueError} units is not a positive integer; the name of an activation, initializer, regularizer or constraint is
   *   unknown; dropout or recurrent_dropout is not between 0 and 1; layer_norm without reset_after; layer_norm_epsilon is
   *   not a number of 0 or more
   * @throws {TypeError} an option is unknown
   */
  constructor(units, options = {}) {
    const [gru_options, base_options] = split_options('GRU', options, GRU_OPTIONS, [
      ...RECURRENT_OPTIONS,
      ...WEIGHT_OPTIONS,
    ]);
    const layer_norm = read_layer_norm('GRU', gru_options);
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
    this.#layer_norm = layer_norm;
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
    return gru_shapes({ ...options, prefix: PREFIX, is_stepwise: this.#layer_norm !== null });
  }

  /** @internal */
  _form() {
    return {
      activation: this.#activation,
      recurrent_activation: this.#recurrent_activation,
      reset_after: this.#reset_after,
    };
  }

  /** @param {number} inputs @internal */
  _create_recurrence(inputs) {
    if (this.#layer_norm === null) return super._create_recurrence(inputs);
    const { name, shape } = gamma_of(this.units, PREFIX);
    this.#gamma = this.add_weight(name, { shape, initializer: 'ones' });
  }

  /** What `run_gru_steps` takes. @returns {import('./gru_steps.js').StepwiseGRU} */
  #stepwise() {
    this._check_alive();
    const { kernel, recurrent, bias = null } = this._parts;
    if (!kernel || !recurrent) throw new ValueError(`the layer ${this.name} is not built`);
    const layer_norm = this.#gamma && { gamma: this.#gamma, epsilon: Number(this.#layer_norm) };
    return { units: this.units, kernel, recurrent_kernel: recurrent, bias, layer_norm, ...this._form() };
  }

  /** @param {number} batch @returns {import('../runtime/stream.js').Stream} @internal */
  _new_stream(batch) {
    if (this.#layer_norm === null) return super._new_stream(batch);
    return layer_norm_stream(() => this.#stepwise(), batch);
  }

  /** @internal */
  _release_weights() {
    this.#gamma = null;
    super._release_weights();
  }

  /** A sequence without dropout. @param {any} options */
  #run(options) {
    return this.#layer_norm === null ? super._sequence(options) : run_gru_steps(this.#stepwise(), options);
  }

  /**
   * @param {any} options
   * @internal
   */
  _sequence({ training, ...options }) {
    if (!training || (this.#dropout === 0 && this.#recurrent_dropout === 0)) return this.#run(options);
    if (this.#seed !== null) this.#random ??= random_of(this.#seed);
    const random = this.#random ?? random_of(null);
    const rates = { dropout: this.#dropout, recurrent_dropout: this.#recurrent_dropout };
    if (rates.recurrent_dropout === 0 || options.inputs.size === 0) {
      const inputs = drop_inputs(options.inputs, rates.dropout, options.time_major, random);
      return this.#run({ ...options, inputs });
    }
    return run_with_recurrent_dropout(this.#stepwise(), options, rates, random);
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
      ...layer_norm_config(this.#layer_norm),
    };
  }
}
