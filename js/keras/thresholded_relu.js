// The layer ThresholdedReLU (`tf.keras.layers.ThresholdedReLU`).
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { check_number } from './number_option.js';
import { pointwise } from './pointwise.js';

/** x where it is above `theta`, else 0 (`tf.keras.layers.ThresholdedReLU`). */
export class ThresholdedReLU extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'ThresholdedReLU');

  #theta;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { theta?: number }} [options] `theta`: default 1
   * @throws {ValueError} theta is not a number of 0 or more
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [{ theta = 1 }, base_options] = split_options('ThresholdedReLU', options, ['theta'], LAYER_OPTIONS);
    check_number('ThresholdedReLU: theta', theta, { least: 0 });
    super(base_options);
    this.#theta = theta;
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
    const theta = this.#theta;
    const output = pointwise(
      this._take(inputs),
      (x) => (x <= theta ? 0 : x),
      (x) => Number(x > theta),
    );
    return this._regularize(output, inputs);
  }

  get_config() {
    return { ...super.get_config(), theta: this.#theta };
  }
}
