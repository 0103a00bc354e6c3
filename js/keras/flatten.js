// The layer Flatten (`tf.keras.layers.Flatten`).
import { reshape } from '../gradient/shapes.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_options, size_of } from '../runtime/check.js';

/** All values of a sample in one row (`tf.keras.layers.Flatten`). */
export class Flatten extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Flatten');

  /**
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    check_options('Flatten', options, LAYER_OPTIONS);
    super(options);
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, ...]
   * @returns {import('../runtime/tensor.js').Tensor} [batch, values of a sample]
   */
  call(inputs) {
    const x = this._take(inputs);
    const [batch = 1, ...rest] = x.shape;
    return this._regularize(reshape(x, [batch, size_of(rest)]), inputs);
  }

  /** The rows have no steps. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const [batch, ...rest] = this._check_shape('compute_output_shape', input_shape);
    return [batch, rest.includes(null) ? null : size_of(/** @type {number[]} */ (rest))];
  }
}
