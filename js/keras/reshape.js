// The layer Reshape (`tf.keras.layers.Reshape`).
import { reshape } from '../gradient/shapes.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_config, check_options, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/** The values of each sample in another shape (`tf.keras.layers.Reshape`). */
export class Reshape extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Reshape');

  #target_shape;

  /**
   * @param {readonly number[]} target_shape of a sample, without the batch; one size may be -1: what is left
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} not a list of sizes
   * @throws {TypeError} an unknown option
   */
  constructor(target_shape, options = {}) {
    check_options('Reshape', options, LAYER_OPTIONS);
    const is_size = (/** @type {unknown} */ size) => Number.isSafeInteger(size) && Number(size) >= -1;
    const fits =
      Array.isArray(target_shape) &&
      target_shape.every(is_size) &&
      target_shape.filter((size) => size === -1).length <= 1;
    if (!fits)
      throw new ValueError(
        `Reshape: target_shape must be a list of sizes, at most one of them -1, not ${show(target_shape)}`,
      );
    super(options);
    this.#target_shape = [...target_shape];
  }

  get target_shape() {
    return [...this.#target_shape];
  }

  /**
   * @param {readonly (number | null)[]} shape of a sample
   * @returns {(number | null)[]} with the size in place of -1
   */
  #resolve(shape) {
    const target = this.#target_shape;
    const known = size_of(target.filter((size) => size !== -1));
    if (shape.includes(null)) return target.map((size) => (size === -1 ? null : size));
    const size = size_of(/** @type {number[]} */ (shape));
    const rest = known ? size / known : 0;
    const fits = target.includes(-1) ? Number.isInteger(rest) && rest * known === size : known === size;
    if (!fits) {
      throw new ValueError(
        `${this.name}: a sample of shape ${show_shape(shape)} cannot have the shape ${show_shape(target)}`,
      );
    }
    return target.map((one) => (one === -1 ? rest : one));
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, ...]
   * @returns {import('../runtime/tensor.js').Tensor} [batch, ...target_shape]
   * @throws {ValueError} samples of another size
   */
  call(inputs) {
    const x = this._take(inputs);
    const [batch, ...rest] = x.shape;
    const shape = [batch, .../** @type {number[]} */ (this.#resolve(rest))];
    return this._regularize(reshape(x, shape), inputs);
  }

  /** The new axes are no steps. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const [batch, ...rest] = this._check_shape('compute_output_shape', input_shape);
    return [batch, ...this.#resolve(rest)];
  }

  get_config() {
    return { ...super.get_config(), target_shape: this.target_shape };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { target_shape, ...options } = check_config(this, config);
    return new this(target_shape, options);
  }
}
