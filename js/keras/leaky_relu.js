// The layer LeakyReLU (`tf.keras.layers.LeakyReLU`).
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { check_number } from './number_option.js';
import { pointwise } from './pointwise.js';

/** x where it is positive, else `negative_slope * x` (`tf.keras.layers.LeakyReLU`). */
export class LeakyReLU extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'LeakyReLU');

  #negative_slope;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { negative_slope?: number }} [options] `negative_slope`: default 0.3; `alpha` in Keras 2
   * @throws {ValueError} negative_slope is not a number of 0 or more
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [{ negative_slope = 0.3 }, base_options] = split_options(
      'LeakyReLU',
      options,
      ['negative_slope'],
      LAYER_OPTIONS,
    );
    check_number('LeakyReLU: negative_slope', negative_slope, { least: 0 });
    super(base_options);
    this.#negative_slope = negative_slope;
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
   * @returns {import('../runtime/tensor.js').Tensor} of the same shape
   */
  call(inputs) {
    const negative_slope = this.#negative_slope;
    const output = pointwise(
      this._take(inputs),
      (x) => (x >= 0 ? x : negative_slope * x),
      (x) => (x >= 0 ? 1 : negative_slope),
    );
    return this._regularize(output, inputs);
  }

  get_config() {
    return { ...super.get_config(), negative_slope: this.#negative_slope };
  }
}
