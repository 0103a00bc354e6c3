// Base class of the layers that make one step of several: MaxPooling1D and AveragePooling1D.
import { is_recording, record_operation } from '../gradient/recording.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { check_one_of, split_options } from '../runtime/check.js';
import { name_of_class } from '../runtime/class_name.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { check_data_format, check_sequence, check_steps, windows_of } from './windows_1d.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 *
 * @typedef {object} PoolingOnlyOptions
 * @property {number} [pool_size] steps of a window. Default 2.
 * @property {number | null} [strides] steps from one window to the next; null (default): pool_size
 * @property {'valid' | 'same'} [padding] whether only whole windows count (default), or the sequence is padded
 * @property {'channels_last'} [data_format]
 * @typedef {import('../layers/layer.js').LayerOptions & PoolingOnlyOptions} PoolingOptions
 *
 * @typedef {object} Window the steps of one window, of one feature
 * @property {Floats} data
 * @property {number} start place of its first value
 * @property {number} count of its values
 * @property {number} stride from one to the next
 */

const POOLING_OPTIONS = /** @type {const} */ (['pool_size', 'strides', 'padding', 'data_format']);

/** Base class of the pooling layers. Subclasses implement `_pool` and `_spread`. */
export class Pooling1D extends Layer {
  #pool_size;
  #strides;
  #padding;

  /**
   * @param {PoolingOptions} [options]
   * @throws {ValueError} a size that is not a positive integer, an unknown padding, another data_format
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    const class_name = name_of_class(new.target);
    const [pooling_options, base_options] = split_options(
      class_name,
      options,
      POOLING_OPTIONS,
      LAYER_OPTIONS,
    );
    const { pool_size = 2, strides = null, padding = 'valid', data_format } = pooling_options;
    const size = check_steps(`${class_name}: pool_size`, pool_size);
    const stride = strides === null ? size : check_steps(`${class_name}: strides`, strides);
    check_one_of(`${class_name}: padding`, padding, ['valid', 'same']);
    check_data_format(`${class_name}: data_format`, data_format);
    super(base_options);
    this.#pool_size = size;
    this.#strides = stride;
    this.#padding = padding;
  }

  get pool_size() {
    return this.#pool_size;
  }
  get strides() {
    return this.#strides;
  }
  get padding() {
    return this.#padding;
  }

  /** @param {number} steps */
  #windows(steps) {
    return windows_of(steps, { size: this.#pool_size, stride: this.#strides, padding: this.#padding });
  }

  /**
   * The value of a window.
   * @param {Window} _window
   * @returns {number}
   * @internal
   */
  _pool(_window) {
    return Number.NaN;
  }

  /**
   * Adds the gradient of a window's value to those of its values.
   * @param {Window} _window
   * @param {Floats} _gradients
   * @param {number} _gradient of the window's value
   * @internal
   */
  _spread(_window, _gradients, _gradient) {}

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @returns {Tensor} [batch, windows, features]
   * @throws {ValueError} inputs of another rank
   */
  call(inputs) {
    const x = this._take(inputs);
    check_sequence(this.name, x.shape);
    const [batch, steps, features] = x.shape;
    const { count, before } = this.#windows(steps);
    const data = /** @type {Floats} */ (x.data);
    const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
    /** @type {(visit: (window: Window, place: number) => void) => void} */
    const for_each_window = (visit) => {
      let place = 0;
      for (let row = 0; row < batch; row++)
        for (let i = 0; i < count; i++) {
          const first = i * this.#strides - before;
          const [from, to] = [Math.max(first, 0), Math.min(first + this.#pool_size, steps)];
          for (let feature = 0; feature < features; feature++) {
            const start = (row * steps + from) * features + feature;
            visit({ data, start, count: to - from, stride: features }, place++);
          }
        }
    };
    const values = array_of(dtype, batch * count * features);
    for_each_window((window, place) => {
      values[place] = this._pool(window);
    });
    const output = new Tensor(values, [batch, count, features], dtype);
    if (is_recording([x])) {
      const backward = (/** @type {Floats} */ d) => {
        const gradients = array_of(dtype, data.length);
        for_each_window((window, place) => this._spread(window, gradients, d[place]));
        return gradients;
      };
      record_operation({
        inputs: [x],
        outputs: [output],
        backward: ([d]) => [d && backward(/** @type {Floats} */ (d))],
      });
    }
    return this._regularize(output, inputs);
  }

  /** A window has no mask of its own. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    check_sequence(this.name, shape);
    const [batch, steps, features] = shape;
    return [batch, steps === null ? null : this.#windows(steps).count, features];
  }

  get_config() {
    return {
      ...super.get_config(),
      pool_size: this.#pool_size,
      strides: this.#strides,
      padding: this.#padding,
      data_format: 'channels_last',
    };
  }
}
