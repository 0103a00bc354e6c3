// Base class of the layers that make one row of a sequence: GlobalAveragePooling1D and GlobalMaxPooling1D.
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { check_options, split_options } from '../runtime/check.js';
import { name_of_class } from '../runtime/class_name.js';
import { check_data_format, check_sequence } from './windows_1d.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 *
 * @typedef {object} GlobalPoolingOnlyOptions
 * @property {boolean} [keepdims] whether the axis of the steps stays, with size 1. Default false.
 * @property {'channels_last'} [data_format]
 * @typedef {import('../layers/layer.js').LayerOptions & GlobalPoolingOnlyOptions} GlobalPoolingOptions
 */

/** Base class of the global pooling layers. Subclasses implement `_pool`. */
export class GlobalPooling1D extends Layer {
  #keepdims;

  /**
   * @param {GlobalPoolingOptions} [options]
   * @throws {ValueError} another data_format
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const class_name = name_of_class(new.target);
    const names = /** @type {const} */ (['keepdims', 'data_format']);
    const [{ keepdims = false, data_format }, base_options] = split_options(
      class_name,
      options,
      names,
      LAYER_OPTIONS,
    );
    check_data_format(`${class_name}: data_format`, data_format);
    super(base_options);
    this.#keepdims = Boolean(keepdims);
  }

  /**
   * @param {Tensor} x [batch, steps, features]
   * @param {boolean} _keepdims
   * @param {import('../runtime/tensor.js').TensorInput | null} _mask
   * @returns {Tensor}
   * @internal
   */
  _pool(x, _keepdims, _mask) {
    return x;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @param {{ training?: boolean, mask?: import('../runtime/tensor.js').TensorInput | null }} [options]
   * @returns {Tensor} [batch, features], with `keepdims` [batch, 1, features]
   * @throws {ValueError} inputs of another rank
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const x = this._take(inputs);
    check_sequence(this.name, x.shape);
    return this._regularize(this._pool(x, this.#keepdims, options.mask ?? null), inputs);
  }

  /** The row has no steps. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    check_sequence(this.name, shape);
    return this.#keepdims ? [shape[0], 1, shape[2]] : [shape[0], shape[2]];
  }

  get_config() {
    return { ...super.get_config(), data_format: 'channels_last', keepdims: this.#keepdims };
  }
}
