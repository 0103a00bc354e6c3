// The layer Masking (`tf.keras.layers.Masking`).

import { where } from '../gradient/elementwise.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, show_shape, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';

/** Later layers pass over the steps whose features all have one value. */
export class Masking extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Masking');

  #mask_value;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { mask_value?: number }} [options] `mask_value`: default 0
   * @throws {ValueError} mask_value is not a number
   */
  constructor(options = {}) {
    const [{ mask_value = 0 }, base] = split_options('Masking', options, ['mask_value'], LAYER_OPTIONS);
    if (typeof mask_value !== 'number') {
      throw new ValueError(`Masking: mask_value must be a number, not ${show(mask_value)}`);
    }
    super(base);
    this.#mask_value = mask_value;
  }

  /** @internal */
  get _makes_mask() {
    return true;
  }
  get supports_masking() {
    return true;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @returns {Tensor} the same, with zeros in the steps that do not count
   */
  call(inputs) {
    const x = this._take(inputs);
    const counts = this.compute_mask(x);
    const column = new Tensor(counts.data, [...counts.shape, 1], 'bool');
    return this._regularize(where(column, x, 0), inputs);
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs
   * @returns {Tensor} of bool, [batch, steps]: where a step has a feature of another value
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
    // 0.1 means the number of the inputs' dtype that is nearest.
    const mask_value = dtype === 'float32' ? Math.fround(this.#mask_value) : this.#mask_value;
    const counts = new Uint8Array(data.length / width);
    data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
      if (value !== mask_value) counts[Math.floor(i / width)] = 1;
    });
    return new Tensor(counts, shape.slice(0, -1), 'bool');
  }

  get_config() {
    return { ...super.get_config(), mask_value: this.#mask_value };
  }
}
