// The layer Activation (`tf.keras.layers.Activation`).

import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_config, check_options } from '../runtime/check.js';
import { apply_activation, check_activation } from './activate.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */

/** Applies an activation to inputs of any shape (`tf.keras.layers.Activation`). */
export class Activation extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Activation');

  #activation;

  /**
   * @param {import('../layers/activations.js').ActivationSpec} activation a name, `'softmax'` (over the last axis) included, or a
   *   function
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} an unknown activation
   * @throws {TypeError} neither a name nor a function, or an unknown option
   */
  constructor(activation, options = {}) {
    check_options('Activation', options, LAYER_OPTIONS);
    const checked = check_activation('Activation: activation', activation ?? '');
    super(options);
    this.#activation = checked;
  }

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return true;
  }

  get supports_masking() {
    return true;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats
   * @returns {Tensor} of the same shape
   */
  call(inputs) {
    return this._regularize(apply_activation(this.#activation, this._take(inputs)), inputs);
  }

  get_config() {
    return { ...super.get_config(), activation: this.#activation };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { activation, ...options } = check_config(this, config);
    return new this(activation, options);
  }
}
