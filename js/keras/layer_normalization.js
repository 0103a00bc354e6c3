// The layer LayerNormalization (`tf.keras.layers.LayerNormalization`).
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, show_shape, size_of, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { moments_of, normalize } from './normalize.js';
import { check_number } from './number_option.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../layers/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../layers/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {object} LayerNormalizationOnlyOptions
 * @property {number | number[]} [axis] over which the mean is taken: the last (-1, default), or a list of the last ones
 * @property {number} [epsilon] added to the variance. Default 0.001.
 * @property {boolean} [center] whether there is a shift `beta`. Default true.
 * @property {boolean} [scale] whether there is a scale `gamma`. Default true.
 * @property {InitializerSpec} [beta_initializer] default zeros
 * @property {InitializerSpec} [gamma_initializer] default ones
 * @property {RegularizerSpec | null} [beta_regularizer]
 * @property {RegularizerSpec | null} [gamma_regularizer]
 * @property {ConstraintSpec | null} [beta_constraint]
 * @property {ConstraintSpec | null} [gamma_constraint]
 * @typedef {import('../layers/layer.js').LayerOptions & LayerNormalizationOnlyOptions} LayerNormalizationOptions
 */

const WEIGHTS = /** @type {const} */ ({ gamma: 'ones', beta: 'zeros' });
const OPTIONS = ['axis', 'epsilon', 'center', 'scale', ...weight_option_names(Object.keys(WEIGHTS))];

/**
 * The values of each step brought to mean 0 and variance 1, then scaled and shifted (`tf.keras.layers.LayerNormalization`).
 *
 * Weights: `gamma`, `beta`, of the sizes of the axes.
 */
export class LayerNormalization extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'LayerNormalization');

  #axis;
  #epsilon;
  #center;
  #scale;
  #settings;
  /** @type {Variable | null} */ #gamma = null;
  /** @type {Variable | null} */ #beta = null;

  /**
   * @param {LayerNormalizationOptions} [options]
   * @throws {ValueError} axis is not an integer or a list of integers, epsilon is not a number of 0 or more; an unknown initializer, regularizer or
   *   constraint
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [layer_options, base_options] = split_options(
      'LayerNormalization',
      options,
      OPTIONS,
      LAYER_OPTIONS,
    );
    const { axis = -1, epsilon = 1e-3, center = true, scale = true } = layer_options;
    const axes = [axis].flat();
    if (!axes.length || !axes.every(Number.isInteger))
      throw new ValueError(
        `LayerNormalization: axis must be an integer or a list of them, not ${show(axis)}`,
      );
    check_number('LayerNormalization: epsilon', epsilon, { least: 0 });
    const settings = read_weight_options('LayerNormalization', layer_options, WEIGHTS);
    super(base_options);
    this.#axis = Array.isArray(axis) ? [...axis] : axis;
    this.#epsilon = epsilon;
    this.#center = Boolean(center);
    this.#scale = Boolean(scale);
    this.#settings = settings;
  }

  /** Whether each step is computed from that step alone. @param {number} rank of the inputs @internal */
  _is_stepwise(rank) {
    return [this.#axis].flat().every((axis) => (axis < 0 ? axis + rank : axis) > 1);
  }

  get supports_masking() {
    return true;
  }
  /** The scales; null before `build` and without `scale`. */
  get gamma() {
    return this.#gamma;
  }
  /** The shifts; null before `build` and without `center`. */
  get beta() {
    return this.#beta;
  }

  /**
   * @param {readonly (number | null)[]} shape of the inputs
   * @returns {number[]} the sizes of the axes
   */
  #sizes(shape) {
    const axes = [this.#axis].flat().map((axis) => (axis < 0 ? axis + shape.length : axis));
    const first = axes.reduce((least, axis) => Math.min(least, axis), shape.length);
    const sizes = shape.slice(first);
    if (
      first < 1 ||
      new Set(axes).size !== axes.length ||
      axes.length !== sizes.length ||
      sizes.includes(null)
    ) {
      throw new ValueError(
        `${this.name}: axis must name the last axes of the inputs, with known sizes, but is ${show(this.#axis)} for the shape ${show_shape(shape)}`,
      );
    }
    return /** @type {number[]} */ (sizes);
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const shape = this.#sizes(input_shape);
    if (this.#scale) this.#gamma = this.add_weight('gamma', { shape, ...this.#settings.gamma });
    if (this.#center) this.#beta = this.add_weight('beta', { shape, ...this.#settings.beta });
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, ...]
   * @returns {import('../runtime/tensor.js').Tensor} of the same shape
   * @throws {ValueError} inputs of other sizes along the axes
   */
  call(inputs) {
    const x = this._take(inputs);
    const sizes = this.#sizes(x.shape);
    const [gamma, beta] = [this.#gamma, this.#beta];
    const expected = (gamma ?? beta)?.shape;
    if (expected && String(expected) !== String(sizes))
      throw new ValueError(
        `${this.name}: inputs must have the last sizes ${show_shape(expected)}, not ${show_shape(sizes)}`,
      );
    const width = size_of(sizes);
    const places = {
      groups: width ? x.size / width : 0,
      group_of: (/** @type {number} */ i) => Math.floor(i / width),
      parameter_of: (/** @type {number} */ i) => i % width,
    };
    const moments = moments_of(x, places);
    const output = normalize(x, places, { gamma, beta, epsilon: this.#epsilon, moments, is_fixed: false });
    return this._regularize(output, inputs);
  }

  get_config() {
    return {
      ...super.get_config(),
      axis: this.#axis,
      epsilon: this.#epsilon,
      center: this.#center,
      scale: this.#scale,
      ...serialize_weight_options(this.#settings),
    };
  }

  /** @internal */
  _release_weights() {
    this.#gamma = null;
    this.#beta = null;
    super._release_weights();
  }
}
