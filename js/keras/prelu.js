// The layer PReLU (`tf.keras.layers.PReLU`).
import { multiply, relu, subtract } from '../gradient/elementwise.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, show_shape, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 *
 * @typedef {object} PReLUOnlyOptions
 * @property {number[] | null} [shared_axes] axes, from 1, along which one slope is shared; default none
 * @property {import('../layers/initializers.js').InitializerSpec} [alpha_initializer] default zeros
 * @property {import('../layers/regularizers.js').RegularizerSpec | null} [alpha_regularizer]
 * @property {import('./constraints.js').ConstraintSpec | null} [alpha_constraint]
 * @typedef {import('../layers/layer.js').LayerOptions & PReLUOnlyOptions} PReLUOptions
 */

const WEIGHTS = /** @type {const} */ ({ alpha: 'zeros' });
const PRELU_OPTIONS = ['shared_axes', ...weight_option_names(Object.keys(WEIGHTS))];

/**
 * x where it is positive, else `alpha * x`, with a slope that is trained (`tf.keras.layers.PReLU`).
 *
 * Weight: `alpha`, of the shape of the inputs without the batch, with size 1 along the shared axes.
 */
export class PReLU extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'PReLU');

  #shared_axes;
  #settings;
  /** @type {Variable | null} */ #alpha = null;

  /**
   * @param {PReLUOptions} [options]
   * @throws {ValueError} an axis that is not an integer of 1 or more; an unknown initializer, regularizer or constraint
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [prelu_options, base_options] = split_options('PReLU', options, PRELU_OPTIONS, LAYER_OPTIONS);
    const { shared_axes = null } = prelu_options;
    const is_axis = (/** @type {unknown} */ axis) => Number.isInteger(axis) && Number(axis) >= 1;
    if (shared_axes !== null && !(Array.isArray(shared_axes) && shared_axes.every(is_axis)))
      throw new ValueError(`PReLU: shared_axes must be a list of axes from 1, not ${show(shared_axes)}`);
    const { alpha } = read_weight_options('PReLU', prelu_options, WEIGHTS);
    super(base_options);
    this.#shared_axes = shared_axes && [...shared_axes];
    this.#settings = alpha;
  }

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return this.#shared_axes?.includes(1) ?? false;
  }

  get supports_masking() {
    return true;
  }
  /** The slopes; null before `build`. */
  get alpha() {
    return this.#alpha;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const shape = input_shape.slice(1).map((size, i) => (this.#shared_axes?.includes(i + 1) ? 1 : size));
    if (!shape.length || shape.includes(null)) {
      throw new ValueError(
        `${this.name}.build: input_shape must have known sizes along the axes that are not shared, not ${show_shape(input_shape)}`,
      );
    }
    this.#alpha = this.add_weight('alpha', { shape: /** @type {number[]} */ (shape), ...this.#settings });
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats
   * @returns {import('../runtime/tensor.js').Tensor} of the same shape
   */
  call(inputs) {
    const x = this._take(inputs);
    const negative = relu(subtract(0, x));
    const output = subtract(relu(x), multiply(/** @type {Variable} */ (this.#alpha), negative));
    return this._regularize(output, inputs);
  }

  get_config() {
    return {
      ...super.get_config(),
      ...serialize_weight_options({ alpha: this.#settings }),
      shared_axes: this.#shared_axes && [...this.#shared_axes],
    };
  }

  /** @internal */
  _release_weights() {
    this.#alpha = null;
    super._release_weights();
  }
}
