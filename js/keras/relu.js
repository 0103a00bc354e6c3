// The layer ReLU (`tf.keras.layers.ReLU`).
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { check_number } from './number_option.js';
import { pointwise } from './pointwise.js';

/**
 * @typedef {object} ReLUOnlyOptions
 * @property {number | null} [max_value] the largest output; null (default): none
 * @property {number} [negative_slope] the slope below the threshold. Default 0.
 * @property {number} [threshold] default 0
 * @typedef {import('../layers/layer.js').LayerOptions & ReLUOnlyOptions} ReLUOptions
 */

/**
 * x from the threshold on, at most `max_value`; below it `negative_slope * (x - threshold)` (`tf.keras.layers.ReLU`).
 */
export class ReLU extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'ReLU');

  #max_value;
  #negative_slope;
  #threshold;

  /**
   * @param {ReLUOptions} [options]
   * @throws {ValueError} an option that is not a number of 0 or more
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const names = /** @type {const} */ (['max_value', 'negative_slope', 'threshold']);
    const [{ max_value = null, negative_slope = 0, threshold = 0 }, base_options] = split_options(
      'ReLU',
      options,
      names,
      LAYER_OPTIONS,
    );
    if (max_value !== null) check_number('ReLU: max_value', max_value, { least: 0 });
    check_number('ReLU: negative_slope', negative_slope, { least: 0 });
    check_number('ReLU: threshold', threshold, { least: 0 });
    super(base_options);
    this.#max_value = max_value;
    this.#negative_slope = negative_slope;
    this.#threshold = threshold;
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
    const most = this.#max_value ?? Number.POSITIVE_INFINITY;
    const [slope, threshold] = [this.#negative_slope, this.#threshold];
    const output = pointwise(
      this._take(inputs),
      (x) => (x < threshold ? slope && slope * (x - threshold) : Math.min(x, most)),
      (x) => (x < threshold ? slope : Number(x < most)),
    );
    return this._regularize(output, inputs);
  }

  get_config() {
    return {
      ...super.get_config(),
      max_value: this.#max_value,
      negative_slope: this.#negative_slope,
      threshold: this.#threshold,
    };
  }
}
