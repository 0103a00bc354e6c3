// The layer Dense (`tf.keras.layers.Dense`).

import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { AffineStream } from '../runtime/affine_stream.js';
import {
  check_config,
  check_positive_integer,
  show_shape,
  size_of,
  split_options,
} from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { packing_of } from '../runtime/variable.js';
import { apply_activation, check_activation } from './activate.js';
import { product } from './product.js';
import { stage_of_stream } from './stages.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../layers/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../layers/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {object} DenseOnlyOptions
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] a name, `'softmax'` included, or a function;
 *   default: linear
 * @property {boolean} [use_bias] default true
 * @property {InitializerSpec} [kernel_initializer] default glorot_uniform
 * @property {InitializerSpec} [bias_initializer] default zeros
 * @property {RegularizerSpec | null} [kernel_regularizer]
 * @property {RegularizerSpec | null} [bias_regularizer]
 * @property {ConstraintSpec | null} [kernel_constraint]
 * @property {ConstraintSpec | null} [bias_constraint]
 * @typedef {import('../layers/layer.js').LayerOptions & DenseOnlyOptions} DenseOptions
 */

const WEIGHTS = /** @type {const} */ ({ kernel: 'glorot_uniform', bias: 'zeros' });
const DENSE_OPTIONS = ['activation', 'use_bias', ...weight_option_names(Object.keys(WEIGHTS))];

/**
 * activation(inputs @ kernel + bias), over the last axis of inputs of two or more dimensions (`tf.keras.layers.Dense`).
 *
 * Weights: `kernel` [inputs, units], `bias` [units].
 */
export class Dense extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Dense');

  #units;
  #activation;
  #use_bias;
  #weight_settings;
  /** @type {Variable | null} */ #kernel = null;
  /** @type {Variable | null} */ #bias = null;

  /**
   * @param {number} units the size of the output
   * @param {DenseOptions} [options]
   * @throws {ValueError} units is not a positive integer; an unknown activation, initializer, regularizer or
   *   constraint
   * @throws {TypeError} an unknown option
   */
  constructor(units, options = {}) {
    const [dense_options, base_options] = split_options('Dense', options, DENSE_OPTIONS, LAYER_OPTIONS);
    check_positive_integer('Dense: units', units);
    const activation = check_activation('Dense: activation', dense_options.activation ?? null);
    const weight_settings = read_weight_options('Dense', dense_options, WEIGHTS);
    super(base_options);
    this.#units = units;
    this.#activation = activation;
    this.#use_bias = Boolean(dense_options.use_bias ?? true);
    this.#weight_settings = weight_settings;
  }

  get units() {
    return this.#units;
  }
  get supports_masking() {
    return true;
  }
  /** The matrix [inputs, units]; null before `build`. */
  get kernel() {
    return this.#kernel;
  }
  /** The vector [units]; null before `build` and without `use_bias`. */
  get bias() {
    return this.#bias;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const inputs = input_shape.at(-1);
    if (input_shape.length < 2 || inputs === null || inputs === undefined) {
      throw new ValueError(
        `${this.name}.build: input_shape must have two dimensions or more, the last one known, not ${show_shape(input_shape)}`,
      );
    }
    const weight = (/** @type {'kernel' | 'bias'} */ name, /** @type {number[]} */ shape) =>
      this.add_weight(name, { shape, packing: packing_of(shape), ...this.#weight_settings[name] });
    this.#kernel = weight('kernel', [inputs, this.#units]);
    if (this.#use_bias) this.#bias = weight('bias', [this.#units]);
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs [..., inputs]
   * @returns {Tensor} [..., units]
   * @throws {ValueError} inputs of another rank, number of features or dtype
   */
  call(inputs) {
    const x = this._take(inputs);
    const kernel = /** @type {Variable} */ (this.#kernel);
    const [width] = kernel.shape;
    if (x.rank < 2 || x.shape.at(-1) !== width) {
      throw new ValueError(
        `${this.name}: inputs must have shape [..., ${width}], not ${show_shape(x.shape)}`,
      );
    }
    return this._regularize(apply_activation(this.#activation, product(x, kernel, this.#bias)), inputs);
  }

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return true;
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage(shape) {
    if (typeof this.#activation !== 'string') return null;
    const count = size_of(shape.slice(0, -1));
    const kernel = /** @type {Variable} */ (this.#kernel);
    return stage_of_stream(new AffineStream(kernel, this.#bias, count, this.#activation));
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    return [...shape.slice(0, -1), this.#units];
  }

  get_config() {
    return {
      ...super.get_config(),
      units: this.#units,
      activation: this.#activation,
      use_bias: this.#use_bias,
      ...serialize_weight_options(this.#weight_settings),
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { units, ...options } = check_config(this, config);
    return new this(units, options);
  }

  /** @internal */
  _release_weights() {
    this.#kernel = null;
    this.#bias = null;
    super._release_weights();
  }
}
