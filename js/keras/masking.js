// The layer Masking (`tf.keras.layers.Masking`).

import { where } from '../gradient/elementwise.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, show_shape, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';

/** Masks the steps in which all features equal `mask_value` (`tf.keras.layers.Masking`). */
export class Masking extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Masking');

  #mask_value;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { mask_value?: number }} [options] `mask_value`: default 0
   * @throws {ValueError} mask_value is not a number
   */
  constructor(options = {}) {
    const [{ mask_value = 0 }, base_options] = split_options(
      'Masking',
      options,
      ['mask_value'],
      LAYER_OPTIONS,
    );
    if (typeof mask_value !== 'number') {
      throw new ValueError(`Masking: mask_value must be a number, not ${show(mask_value)}`);
    }
    super(base_options);
    this.#mask_value = mask_value;
  }

  /** @internal */
  get _makes_mask() {
    return true;
  }

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return true;
  }

  get supports_masking() {
    return true;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @returns {Tensor} the inputs, with zeros in masked steps
   */
  call(inputs) {
    const x = this._take(inputs);
    const mask = this.compute_mask(x);
    const column = new Tensor(mask.data, [...mask.shape, 1], 'bool');
    return this._regularize(where(column, x, 0), inputs);
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs
   * @returns {Tensor} of bool, [batch, steps]: true where a feature of the step differs from mask_value
   */
  compute_mask(inputs) {
    const { data, shape, dtype } = as_tensor(
      `${this.name}: inputs`,
      inputs,
      Array.isArray(inputs) ? this.dtype : null,
    );
    const width = shape.at(-1);
    if (shape.length < 2 || !width) {
      throw new ValueError(
        `${this.name}: inputs must have features in a last dimension, not shape ${show_shape(shape)}`,
      );
    }
    // The mask value is rounded to the dtype of the inputs.
    const mask_value = dtype === 'float32' ? Math.fround(this.#mask_value) : this.#mask_value;
    const mask = new Uint8Array(data.length / width);
    data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
      if (value !== mask_value) mask[Math.floor(i / width)] = 1;
    });
    return new Tensor(mask, shape.slice(0, -1), 'bool');
  }

  get_config() {
    return { ...super.get_config(), mask_value: this.#mask_value };
  }
}
