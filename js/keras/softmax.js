// The layer Softmax (`tf.keras.layers.Softmax`).
import { softmax } from '../gradient/reductions.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/** exp(x) divided by its sum along an axis (`tf.keras.layers.Softmax`). */
export class Softmax extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Softmax');

  #axis;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { axis?: number | number[] }} [options] `axis`: one or several, negative ones
   *   from the last; default -1
   * @throws {ValueError} axis is not an integer or a list of integers
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [{ axis = -1 }, base_options] = split_options('Softmax', options, ['axis'], LAYER_OPTIONS);
    if (![axis].flat().every(Number.isInteger))
      throw new ValueError(`Softmax: axis must be an integer or a list of them, not ${show(axis)}`);
    super(base_options);
    this.#axis = Array.isArray(axis) ? [...axis] : axis;
  }

  /** Whether each step is computed from that step alone. @param {number} rank of the inputs @internal */
  _is_stepwise(rank) {
    return [this.#axis].flat().every((axis) => (axis < 0 ? axis + rank : axis) > 1);
  }

  get supports_masking() {
    return true;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats
   * @returns {import('../runtime/tensor.js').Tensor} of the same shape
   * @throws {ValueError} inputs that do not have the axis
   */
  call(inputs) {
    return this._regularize(softmax(this._take(inputs), { axis: this.#axis }), inputs);
  }

  get_config() {
    return { ...super.get_config(), axis: this.#axis };
  }
}
