// The layer Concatenate (`tf.keras.layers.Concatenate`).
import { concatenate } from '../gradient/joining.js';
import { LAYER_OPTIONS } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show_shape, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { MergeLayer } from './merge_layer.js';
import { check_number } from './number_option.js';

/** The inputs one after the other along an axis (`tf.keras.layers.Concatenate`). */
export class Concatenate extends MergeLayer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Concatenate');

  #axis;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { axis?: number }} [options] `axis`: default -1
   * @throws {ValueError} axis is not an integer
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const [{ axis = -1 }, base_options] = split_options('Concatenate', options, ['axis'], LAYER_OPTIONS);
    check_number('Concatenate: axis', axis, { is_integer: true });
    super(base_options);
    this.#axis = axis;
  }

  /** @param {number} rank of the inputs @internal */
  _is_stepwise(rank) {
    return this.#axis === -1 || this.#axis === rank - 1;
  }

  /** @param {import('../runtime/tensor.js').Tensor[]} tensors @internal */
  _merge(tensors) {
    return concatenate(tensors, { axis: this.#axis });
  }

  /** @param {(number | null)[][]} shapes @returns {(number | null)[]} @internal */
  _merged_shape(shapes) {
    const [first] = shapes;
    const axis = this.#axis < 0 ? this.#axis + first.length : this.#axis;
    const fits =
      axis >= 1 &&
      axis < first.length &&
      shapes.every(
        (shape) =>
          shape.length === first.length &&
          shape.every((size, i) => i === axis || size === null || first[i] === null || size === first[i]),
      );
    if (!fits)
      throw new ValueError(
        `${this.name}: inputs of the shapes ${shapes.map(show_shape).join(', ')} cannot be concatenated along axis ${this.#axis}`,
      );
    return first.map((_, i) => {
      const sizes = shapes.map((shape) => shape[i]);
      if (i !== axis) return sizes.find((one) => one !== null) ?? null;
      return sizes.includes(null) ? null : sizes.reduce((sum, one) => Number(sum) + Number(one), 0);
    });
  }

  get_config() {
    return { ...super.get_config(), axis: this.#axis };
  }
}
