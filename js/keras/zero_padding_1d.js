// The layer ZeroPadding1D (`tf.keras.layers.ZeroPadding1D`).
import { concatenate } from '../gradient/joining.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { show, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { check_data_format, check_sequence } from './windows_1d.js';

/** Steps of zeros before and after a sequence (`tf.keras.layers.ZeroPadding1D`). */
export class ZeroPadding1D extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'ZeroPadding1D');

  #padding;

  /**
   * @param {import('../layers/layer.js').LayerOptions & { padding?: number | number[], data_format?: 'channels_last' }} [options]
   *   `padding`: steps on each side, or a list of those before and those after; default 1
   * @throws {ValueError} padding is not that; another data_format
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const names = /** @type {const} */ (['padding', 'data_format']);
    const [{ padding = 1, data_format }, base_options] = split_options(
      'ZeroPadding1D',
      options,
      names,
      LAYER_OPTIONS,
    );
    const both = Array.isArray(padding) ? padding : [padding, padding];
    if (both.length !== 2 || !both.every((steps) => Number.isSafeInteger(steps) && steps >= 0))
      throw new ValueError(
        `ZeroPadding1D: padding must be a number of steps or two of them, not ${show(padding)}`,
      );
    check_data_format('ZeroPadding1D: data_format', data_format);
    super(base_options);
    this.#padding = both;
  }

  get padding() {
    return [...this.#padding];
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @returns {Tensor} [batch, before + steps + after, features]
   * @throws {ValueError} inputs of another rank
   */
  call(inputs) {
    const x = this._take(inputs);
    check_sequence(this.name, x.shape);
    const [batch, , features] = x.shape;
    const zeros = (/** @type {number} */ steps) =>
      new Tensor(array_of(x.dtype, batch * steps * features), [batch, steps, features], x.dtype);
    const [before, after] = this.#padding;
    const parts = [before ? zeros(before) : null, x, after ? zeros(after) : null].filter(
      (part) => part !== null,
    );
    return this._regularize(parts.length > 1 ? concatenate(parts, { axis: 1 }) : x, inputs);
  }

  /** @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    check_sequence(this.name, shape);
    const [batch, steps, features] = shape;
    return [batch, steps === null ? null : this.#padding[0] + steps + this.#padding[1], features];
  }

  get_config() {
    return { ...super.get_config(), padding: this.padding, data_format: 'channels_last' };
  }
}
