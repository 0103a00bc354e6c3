// The layer BatchNormalization (`tf.keras.layers.BatchNormalization`).
import { get_initializer, serialize_initializer } from '../layers/initializers.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_options, show, show_shape, size_of, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { moments_of, normalize } from './normalize.js';
import { check_number } from './number_option.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../layers/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../layers/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {{ gamma: Variable | null, beta: Variable | null, mean: Variable, variance: Variable }} Weights
 *
 * @typedef {object} BatchNormalizationOnlyOptions
 * @property {number} [axis] of the features, which are normalized each on its own. Default -1.
 * @property {number} [momentum] of the moving mean and variance. Default 0.99.
 * @property {number} [epsilon] added to the variance. Default 0.001.
 * @property {boolean} [center] whether there is a shift `beta`. Default true.
 * @property {boolean} [scale] whether there is a scale `gamma`. Default true.
 * @property {InitializerSpec} [beta_initializer] default zeros
 * @property {InitializerSpec} [gamma_initializer] default ones
 * @property {InitializerSpec} [moving_mean_initializer] default zeros
 * @property {InitializerSpec} [moving_variance_initializer] default ones
 * @property {RegularizerSpec | null} [beta_regularizer]
 * @property {RegularizerSpec | null} [gamma_regularizer]
 * @property {ConstraintSpec | null} [beta_constraint]
 * @property {ConstraintSpec | null} [gamma_constraint]
 * @typedef {import('../layers/layer.js').LayerOptions & BatchNormalizationOnlyOptions} BatchNormalizationOptions
 */

const WEIGHTS = /** @type {const} */ ({ gamma: 'ones', beta: 'zeros' });
const MOVING = ['moving_mean_initializer', 'moving_variance_initializer'];
const OPTIONS = [
  'axis',
  'momentum',
  'epsilon',
  'center',
  'scale',
  ...MOVING,
  ...weight_option_names(Object.keys(WEIGHTS)),
];

/**
 * Features brought to mean 0 and variance 1, then scaled and shifted (`tf.keras.layers.BatchNormalization`). In training the mean and
 * the variance are those of the batch, and move the moving ones, with which predictions are made. With `trainable` false they do not move.
 *
 * Weights: `gamma`, `beta`, and not trained `moving_mean`, `moving_variance`; each [features].
 */
export class BatchNormalization extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'BatchNormalization');

  #axis;
  #momentum;
  #epsilon;
  #center;
  #scale;
  #settings;
  #moving_mean_initializer;
  #moving_variance_initializer;
  /** @type {Weights | null} */ #variables = null;

  /**
   * @param {BatchNormalizationOptions} [options]
   * @throws {ValueError} axis is not an integer, momentum is not from 0 to 1, epsilon is not a number of 0 or more; an unknown initializer,
   *   regularizer or constraint
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [layer_options, base_options] = split_options(
      'BatchNormalization',
      options,
      OPTIONS,
      LAYER_OPTIONS,
    );
    const { axis = -1, momentum = 0.99, epsilon = 1e-3, center = true, scale = true } = layer_options;
    check_number('BatchNormalization: axis', axis, { is_integer: true });
    check_number('BatchNormalization: momentum', momentum, { least: 0, most: 1 });
    check_number('BatchNormalization: epsilon', epsilon, { least: 0 });
    const settings = read_weight_options('BatchNormalization', layer_options, WEIGHTS);
    const [moving_mean, moving_variance] = MOVING.map((name, i) =>
      get_initializer(
        /** @type {any} */ (layer_options)[name] ?? ['zeros', 'ones'][i],
        `BatchNormalization: ${name}`,
      ),
    );
    super(base_options);
    this.#axis = axis;
    this.#momentum = momentum;
    this.#epsilon = epsilon;
    this.#center = Boolean(center);
    this.#scale = Boolean(scale);
    this.#settings = settings;
    this.#moving_mean_initializer = moving_mean;
    this.#moving_variance_initializer = moving_variance;
  }

  /** Whether each step is computed from that step alone. @param {number} rank of the inputs @internal */
  _is_stepwise(rank) {
    return (this.#axis < 0 ? this.#axis + rank : this.#axis) > 1;
  }

  get supports_masking() {
    return true;
  }
  /** The scales; null before `build` and without `scale`. */
  get gamma() {
    return this.#variables?.gamma ?? null;
  }
  /** The shifts; null before `build` and without `center`. */
  get beta() {
    return this.#variables?.beta ?? null;
  }
  /** Null before `build`. */
  get moving_mean() {
    return this.#variables?.mean ?? null;
  }
  /** Null before `build`. */
  get moving_variance() {
    return this.#variables?.variance ?? null;
  }

  /** @param {readonly unknown[]} shape @returns {number} from 1 */
  #axis_in(shape) {
    const axis = this.#axis < 0 ? this.#axis + shape.length : this.#axis;
    if (axis < 1 || axis >= shape.length)
      throw new ValueError(
        `${this.name}: inputs of shape ${show_shape(shape)} have no features along axis ${this.#axis}`,
      );
    return axis;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const features = input_shape[this.#axis_in(input_shape)];
    if (typeof features !== 'number')
      throw new ValueError(
        `${this.name}.build: input_shape must have a known number of features, not ${show_shape(input_shape)}`,
      );
    const weight = (/** @type {'gamma' | 'beta'} */ name) =>
      this.add_weight(name, { shape: [features], ...this.#settings[name] });
    const moving = (/** @type {string} */ name, /** @type {InitializerSpec} */ initializer) =>
      this.add_weight(name, { shape: [features], initializer, trainable: false });
    this.#variables = {
      gamma: this.#scale ? weight('gamma') : null,
      beta: this.#center ? weight('beta') : null,
      mean: moving('moving_mean', this.#moving_mean_initializer),
      variance: moving('moving_variance', this.#moving_variance_initializer),
    };
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, ...]
   * @param {{ training?: boolean, mask?: any }} [options] `training`: default false
   * @returns {Tensor} of the same shape
   * @throws {ValueError} inputs of another number of features
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const x = this._take(inputs);
    const { gamma, beta, mean, variance } = /** @type {Weights} */ (this.#variables);
    const axis = this.#axis_in(x.shape);
    const [features] = mean.shape;
    if (x.shape[axis] !== features)
      throw new ValueError(
        `${this.name}: inputs must have ${features} features along axis ${axis}, not ${show(x.shape[axis])}`,
      );
    const inner = size_of(x.shape.slice(axis + 1));
    const group_of = (/** @type {number} */ i) => Math.floor(i / inner) % features;
    const places = { groups: features, group_of, parameter_of: group_of };
    const is_training = Boolean(options.training) && this.trainable && x.size > 0;
    const moments = is_training
      ? moments_of(x, places)
      : { mean: Float64Array.from(mean.value.data), variance: Float64Array.from(variance.value.data) };
    const settings = { gamma, beta, epsilon: this.#epsilon, moments, is_fixed: !is_training };
    const output = normalize(x, places, settings);
    if (is_training) {
      this.#move(mean, moments.mean);
      this.#move(variance, moments.variance);
    }
    return this._regularize(output, inputs);
  }

  /** @param {Variable} variable @param {Float64Array} values */
  #move(variable, values) {
    const data = /** @type {import('../runtime/heap.js').Floats} */ (variable.value.data.slice());
    for (let i = 0; i < data.length; i++)
      data[i] = this.#momentum * data[i] + (1 - this.#momentum) * values[i];
    variable.assign(new Tensor(data, variable.shape, variable.dtype));
  }

  get_config() {
    return {
      ...super.get_config(),
      axis: this.#axis,
      momentum: this.#momentum,
      epsilon: this.#epsilon,
      center: this.#center,
      scale: this.#scale,
      ...serialize_weight_options(this.#settings),
      moving_mean_initializer: serialize_initializer(this.#moving_mean_initializer),
      moving_variance_initializer: serialize_initializer(this.#moving_variance_initializer),
    };
  }

  /** @internal */
  _release_weights() {
    this.#variables = null;
    super._release_weights();
  }
}
