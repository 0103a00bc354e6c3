// The layer Dropout (`tf.keras.layers.Dropout`).

import { is_recording, record_operation } from '../gradient/recording.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { check_seed, random_of } from '../layers/random.js';
import { register_class } from '../layers/registry.js';
import {
  check_config,
  check_options,
  same_shape,
  show,
  show_shape,
  size_of,
  split_options,
} from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../layers/random.js').Random} Random
 *
 * @typedef {object} DropoutOnlyOptions
 * @property {(number | null)[] | null} [noise_shape] shape of the random mask, which is broadcast to the inputs: 1 drops the values along
 *   a dimension together, null is the size of the inputs. [null, 1, null]: the same features in every step. Default: the inputs' shape
 * @property {number | null} [seed] of the layer's random numbers, which continue from call to call; null (default): not reproducible
 * @typedef {import('../layers/layer.js').LayerOptions & DropoutOnlyOptions} DropoutOptions
 */

/**
 * In training sets a fraction of the inputs to zero and multiplies the others by 1 / (1 - rate), which keeps the expected sum
 * (`tf.keras.layers.Dropout`). Otherwise returns the inputs unchanged.
 */
export class Dropout extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Dropout');

  #rate;
  #noise_shape;
  #seed;
  /** @type {Random | null} */ #random = null;

  /**
   * @param {number} rate fraction of the values that is dropped, from 0 to 1
   * @param {DropoutOptions} [options]
   * @throws {ValueError} rate is not between 0 and 1, seed is not an integer, or noise_shape is not a list of sizes
   * @throws {TypeError} an unknown option
   */
  constructor(rate, options = {}) {
    const names = /** @type {const} */ (['noise_shape', 'seed']);
    const [dropout_options, base_options] = split_options('Dropout', options, names, LAYER_OPTIONS);
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
      throw new ValueError(`Dropout: rate must be a number from 0 to 1, not ${show(rate)}`);
    }
    const { noise_shape = null, seed = null } = dropout_options;
    const is_size = (/** @type {unknown} */ size) =>
      size === null || (Number.isInteger(size) && Number(size) > 0);
    if (noise_shape !== null && !(Array.isArray(noise_shape) && noise_shape.every(is_size))) {
      throw new ValueError(
        `Dropout: noise_shape must be a list of positive integers and nulls, not ${show(noise_shape)}`,
      );
    }
    const checked_seed = check_seed('Dropout: seed', seed);
    super(base_options);
    this.#rate = rate;
    this.#noise_shape = noise_shape && [...noise_shape];
    this.#seed = checked_seed;
  }

  get rate() {
    return this.#rate;
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
   * @param {{ training?: boolean }} [options] default false
   * @returns {Tensor} of the same shape
   * @throws {ValueError} noise_shape cannot be broadcast to the shape of the inputs
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const { training = false } = options;
    const x = this._take(inputs);
    if (!training || this.#rate === 0) return this._regularize(x, inputs);
    return this._regularize(this.#drop(x), inputs);
  }

  /** @param {Tensor} x */
  #drop(x) {
    if (this.#seed !== null) this.#random ??= random_of(this.#seed);
    const random = this.#random ?? random_of(null);
    const rate = this.#rate;
    const mask_shape = this.#mask_shape(x.shape);
    const scale = 1 / (1 - rate);
    const factors = new Float64Array(size_of(mask_shape));
    for (let i = 0; i < factors.length; i++) factors[i] = random.uniform() < rate ? 0 : scale;
    const mask_index = broadcast_index(mask_shape, x.shape);
    // A loop, as `map` with a function takes several times as long. A dropped value becomes zero even if it is NaN.
    const drop = (/** @type {Floats} */ values) => {
      const result = values.slice();
      for (let i = 0; i < result.length; i++) {
        const factor = factors[mask_index(i)];
        result[i] = factor === 0 ? 0 : result[i] * factor;
      }
      return result;
    };
    const output = new Tensor(drop(/** @type {Floats} */ (x.data)), x.shape, x.dtype);
    if (is_recording([x])) {
      record_operation({ inputs: [x], outputs: [output], backward: ([d]) => [d && drop(d)] });
    }
    return output;
  }

  /**
   * @param {readonly number[]} shape
   * @returns {readonly number[]} shape of the random mask
   */
  #mask_shape(shape) {
    if (!this.#noise_shape) return shape;
    const mask_shape = this.#noise_shape.map((size, i) => size ?? shape[i]);
    if (
      mask_shape.length !== shape.length ||
      !mask_shape.every((size, i) => size === 1 || size === shape[i])
    ) {
      throw new ValueError(
        `${this.name}: noise_shape ${show_shape(this.#noise_shape)} does not fit inputs of shape ${show_shape(shape)}`,
      );
    }
    return mask_shape;
  }

  get_config() {
    return {
      ...super.get_config(),
      rate: this.#rate,
      noise_shape: this.#noise_shape && [...this.#noise_shape],
      seed: this.#seed,
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { rate, ...options } = check_config(this, config);
    return new this(rate, options);
  }
}

/**
 * From the flat index of an element of `shape` to the flat index of its element in `mask_shape`, which is broadcast to `shape`.
 * @param {readonly number[]} mask_shape
 * @param {readonly number[]} shape
 * @returns {(index: number) => number}
 */
function broadcast_index(mask_shape, shape) {
  if (same_shape(mask_shape, shape)) return (index) => index;
  const strides = shape.map((size, i) => ({
    size,
    from: size_of(shape.slice(i + 1)),
    to: mask_shape[i] === 1 ? 0 : size_of(mask_shape.slice(i + 1)),
  }));
  return (index) =>
    strides.reduce((sum, { size, from, to }) => sum + (Math.floor(index / from) % size) * to, 0);
}
