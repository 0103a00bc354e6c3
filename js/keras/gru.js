// The layer GRU (`tf.keras.layers.GRU`).
import { get_activation } from '../rnn_cell/activations.js';
import { get_initializer, serialize_initializer } from '../rnn_cell/initializers.js';
import { check_seed, random_of } from '../rnn_cell/random.js';
import { run_sequence } from '../rnn_cell/recurrent.js';
import { get_regularizer, serialize_regularizer } from '../rnn_cell/regularizers.js';
import { check_options, check_positive_integer, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Recurrence } from '../runtime/gru.js';
import { loaded_heap } from '../runtime/init.js';
import { get_constraint, serialize_constraint } from './constraints.js';
import { drop_inputs, run_with_recurrent_dropout } from './gru_dropout.js';
import { RECURRENT_OPTIONS, RecurrentLayer } from './recurrent_layer.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../runtime/variable.js').Packing} Packing
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../rnn_cell/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../rnn_cell/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {object} WeightsOptions
 * @property {InitializerSpec} [kernel_initializer] default glorot_uniform
 * @property {InitializerSpec} [recurrent_initializer] default orthogonal
 * @property {InitializerSpec} [bias_initializer] default zeros
 * @property {RegularizerSpec | null} [kernel_regularizer]
 * @property {RegularizerSpec | null} [recurrent_regularizer]
 * @property {RegularizerSpec | null} [bias_regularizer]
 * @property {ConstraintSpec | null} [kernel_constraint]
 * @property {ConstraintSpec | null} [recurrent_constraint]
 * @property {ConstraintSpec | null} [bias_constraint]
 *
 * @typedef {object} OwnOptions
 * @property {import('../rnn_cell/activations.js').ActivationSpec | null} [activation] of the candidate; default tanh, null: linear
 * @property {import('../rnn_cell/activations.js').ActivationSpec | null} [recurrent_activation] of the gates; default sigmoid, null: linear
 * @property {boolean} [use_bias] default true
 * @property {boolean} [reset_after] whether the reset gate acts after the recurrent product (cuDNN's form). Default true.
 * @property {number} [dropout] the share of the inputs that is dropped in training, the same in all steps. Default 0.
 * @property {number} [recurrent_dropout] the share of the state that is dropped before the recurrent products. Default 0; anything else is
 *   computed step by step, and many times slower.
 * @property {number | null} [seed] of dropout
 * @property {boolean} [unroll] accepted, and without effect
 * @typedef {import('./recurrent_layer.js').RecurrentOptions & WeightsOptions & OwnOptions} GRUOptions
 */

/** The three weights, by the names that their options begin with. */
const PARTS = /** @type {const} */ (['kernel', 'recurrent', 'bias']);
const INITIALIZERS = { kernel: 'glorot_uniform', recurrent: 'orthogonal', bias: 'zeros' };

export const WEIGHT_OPTIONS = PARTS.flatMap((part) => [
  `${part}_initializer`,
  `${part}_regularizer`,
  `${part}_constraint`,
]);

const OWN_OPTIONS = [
  'activation',
  'recurrent_activation',
  'use_bias',
  'reset_after',
  'dropout',
  'recurrent_dropout',
  'seed',
  'unroll',
];

/** Base of `GRU` and `CuDNNGRU`: three weights, the recurrence over them, and how they are made. */
export class WeightedGRU extends RecurrentLayer {
  #units;
  /** @type {Record<string, ReturnType<typeof get_initializer>>} */ #initializers = {};
  /** @type {Record<string, ReturnType<typeof get_regularizer> | null>} */ #regularizers = {};
  /** @type {Record<string, ReturnType<typeof get_constraint>>} */ #constraints = {};
  /** @type {Recurrence | null} */ #recurrence = null;

  /**
   * @param {number} units
   * @param {{ [option: string]: any }} options of WEIGHT_OPTIONS and RECURRENT_OPTIONS
   */
  constructor(units, options) {
    const own = new.target.name;
    check_positive_integer(`${own}: units`, units);
    loaded_heap();
    const rest = Object.entries(options).filter(([name]) => !WEIGHT_OPTIONS.includes(name));
    super(Object.fromEntries(rest));
    this.#units = units;
    for (const part of PARTS) {
      const [initializer, regularizer, constraint] = ['initializer', 'regularizer', 'constraint'].map(
        (kind) => `${part}_${kind}`,
      );
      this.#initializers[part] = get_initializer(
        options[initializer] ?? INITIALIZERS[part],
        `${own}: ${initializer}`,
      );
      this.#regularizers[part] = options[regularizer]
        ? get_regularizer(options[regularizer], `${own}: ${regularizer}`)
        : null;
      this.#constraints[part] = get_constraint(options[constraint], `${own}: ${constraint}`);
    }
  }

  get units() {
    return this.#units;
  }

  /**
   * The shapes of the weights and how they lie on the heap; null where there is no bias.
   * @param {number} _inputs
   * @returns {Record<(typeof PARTS)[number], { name: string, shape: number[], packing: Packing } | null>}
   */
  _weights_of(_inputs) {
    throw new ValueError(`${this.constructor.name} has no weights`);
  }

  /**
   * What the recurrence is besides its weights.
   * @returns {Pick<import('../runtime/gru.js').RecurrenceOptions, 'activation' | 'recurrent_activation' | 'reset_after'>}
   */
  _form() {
    return { activation: 'tanh', recurrent_activation: 'sigmoid', reset_after: true };
  }

  /** @param {readonly (number | null)[]} input_shape */
  _create(input_shape) {
    const inputs = check_positive_integer(
      `${this.name}.build: the last dimension of input_shape`,
      this._input_width(input_shape),
    );
    const shapes = this._weights_of(inputs);
    /** @type {Variable[]} */
    const variables = [];
    for (const part of PARTS) {
      const described = shapes[part];
      if (!described) continue;
      const { name, shape, packing } = described;
      const initializer = this.#initializers[part];
      const variable = this.add_weight(name, {
        shape,
        packing,
        initializer,
        regularizer: this.#regularizers[part],
      });
      variable.constraint = this.#constraints[part];
      variables.push(variable);
    }
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    this.#recurrence = new Recurrence({
      inputs,
      units: this.#units,
      dtype,
      family: 'keras',
      variables,
      ...this._form(),
    });
  }

  /** The recurrence of the layer that is built. @returns {Recurrence} */
  get _recurrence() {
    this._check_alive();
    if (!this.#recurrence) throw new ValueError(`the layer ${this.name} is not built`);
    return this.#recurrence;
  }

  /** @param {any} options */
  _sequence({ training: _, ...options }) {
    return run_sequence(this._recurrence, this.weights, options);
  }

  _release_weights() {
    this.#recurrence?.dispose();
    this.#recurrence = null;
    super._release_weights();
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    /** @type {{ [option: string]: any }} */
    const config = { ...super.get_config(), units: this.#units };
    for (const part of PARTS) {
      config[`${part}_initializer`] = serialize_initializer(this.#initializers[part]);
      config[`${part}_regularizer`] = serialize_regularizer(this.#regularizers[part]);
      config[`${part}_constraint`] = serialize_constraint(this.#constraints[part]);
    }
    return config;
  }

  /** @param {{ [option: string]: any }} config */
  static from_config({ units, ...options }) {
    return new this(units, options);
  }
}

/**
 * The gated recurrent unit as a Keras layer. Its weights, gates in the order z (update), r, h: `kernel` [inputs, 3 units],
 * `recurrent_kernel` [units, 3 units], `bias` [2, 3 units] (of the input, of the recurrent product), without `reset_after` [3 units].
 */
export class GRU extends WeightedGRU {
  #activation;
  #recurrent_activation;
  #use_bias;
  #reset_after;
  #dropout;
  #recurrent_dropout;
  #seed;
  /** @type {import('../rnn_cell/random.js').Random | null} */ #random = null;

  /**
   * @param {number} units the size of the state
   * @param {GRUOptions} [options]
   * @throws {ValueError} units is not a positive integer; an unknown activation, initializer, regularizer or constraint; a dropout outside
   *   0 to 1
   * @throws {TypeError} an option that is not known
   */
  constructor(units, options = {}) {
    check_options('GRU', options, [...RECURRENT_OPTIONS, ...WEIGHT_OPTIONS, ...OWN_OPTIONS]);
    const {
      activation,
      recurrent_activation,
      use_bias,
      reset_after,
      dropout,
      recurrent_dropout,
      seed,
      unroll,
      ...rest
    } = options;
    super(units, rest);
    this.#activation = own_activation('GRU: activation', activation, 'tanh');
    this.#recurrent_activation = own_activation('GRU: recurrent_activation', recurrent_activation, 'sigmoid');
    this.#use_bias = use_bias ?? true;
    this.#reset_after = reset_after ?? true;
    this.#dropout = check_share('GRU: dropout', dropout ?? 0);
    this.#recurrent_dropout = check_share('GRU: recurrent_dropout', recurrent_dropout ?? 0);
    this.#seed = check_seed('GRU: seed', seed ?? null);
  }

  get reset_after() {
    return this.#reset_after;
  }
  get use_bias() {
    return this.#use_bias;
  }

  /** @param {number} inputs */
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

  _form() {
    return {
      activation: this.#activation,
      recurrent_activation: this.#recurrent_activation,
      reset_after: this.#reset_after,
    };
  }

  /** @param {any} options */
  _sequence({ training, ...options }) {
    if (!training || (this.#dropout === 0 && this.#recurrent_dropout === 0)) return super._sequence(options);
    if (this.#seed !== null) this.#random ??= random_of(this.#seed);
    const random = this.#random ?? random_of(null);
    const inputs = drop_inputs(options.inputs, this.#dropout, options.time_major, random);
    if (this.#recurrent_dropout === 0) return super._sequence({ ...options, inputs });
    return run_with_recurrent_dropout(
      { units: this.units, weights: this.weights, ...this._form() },
      { ...options, inputs },
      this.#recurrent_dropout,
      random,
    );
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
