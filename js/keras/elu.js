// The layer ELU (`tf.keras.layers.ELU`).
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { split_options } from '../runtime/check.js';
import { check_number } from './number_option.js';
import { pointwise } from './pointwise.js';

/** x where it is positive, else `alpha * (exp(x) - 1)` (`tf.keras.layers.ELU`). */
export class ELU extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'ELU');

  #alpha;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { alpha?: number }} [options] `alpha`: default 1
   * @throws {ValueError} alpha is not a number of 0 or more
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [{ alpha = 1 }, base_options] = split_options('ELU', options, ['alpha'], LAYER_OPTIONS);
    check_number('ELU: alpha', alpha, { least: 0 });
    super(base_options);
    this.#alpha = alpha;
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
    const alpha = this.#alpha;
    const output = pointwise(
      this._take(inputs),
      (x) => (x > 0 ? x : alpha * Math.expm1(x)),
      (x) => (x > 0 ? 1 : alpha * Math.exp(x)),
    );
    return this._regularize(output, inputs);
  }

  get_config() {
    return { ...super.get_config(), alpha: this.#alpha };
  }
}
