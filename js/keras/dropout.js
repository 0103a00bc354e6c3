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
 * @typedef {object} OwnOptions
 * @property {(number | null)[] | null} [noise_shape] the shape of what is drawn, which is broadcast: 1 where a dimension's values are
 *   dropped together, null where as the inputs. [null, 1, null]: the same features in every step. Default: the inputs' shape
 * @property {number | null} [seed] of the layer's own random numbers, which go on from call to call
 * @typedef {import('../layers/layer.js').LayerOptions & OwnOptions} DropoutOptions
 */

/**
 * In training, sets a share of its inputs to zero and scales the others up, so that their sum is expected to stay; otherwise it
 * changes nothing.
 */
export class Dropout extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Dropout');

  #rate;
  #noise_shape;
  #seed;
  /** @type {Random | null} */ #random = null;

  /**
   * @param {number} rate the share that is dropped, from 0 to 1
   * @param {DropoutOptions} [options]
   * @throws {ValueError} a rate outside, a seed that is not an integer, or a noise_shape that is no list of sizes
   * @throws {TypeError} an option that is not known
   */
  constructor(rate, options = {}) {
    const own_options = /** @type {const} */ (['noise_shape', 'seed']);
    const [own, base] = split_options('Dropout', options, own_options, LAYER_OPTIONS);
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
      throw new ValueError(`Dropout: rate must be a number from 0 to 1, not ${show(rate)}`);
    }
    const { noise_shape = null, seed = null } = own;
    const is_size = (/** @type {unknown} */ size) =>
      size === null || (Number.isInteger(size) && Number(size) > 0);
    if (noise_shape !== null && !(Array.isArray(noise_shape) && noise_shape.every(is_size))) {
      throw new ValueError(
        `Dropout: noise_shape must be a list of positive integers and nulls, not ${show(noise_shape)}`,
      );
    }
    const checked = check_seed('Dropout: seed', seed);
    super(base);
    this.#rate = rate;
    this.#noise_shape = noise_shape && [...noise_shape];
    this.#seed = checked;
  }

  get rate() {
    return this.#rate;
  }
  get supports_masking() {
    return true;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats
   * @param {{ training?: boolean }} [options] default false
   * @returns {Tensor} of the same shape
   * @throws {ValueError} a noise_shape that cannot be broadcast to the inputs'
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
    const drawn = this.#noise(x.shape);
    const kept = 1 / (1 - rate);
    const factors = new Float64Array(size_of(drawn));
    for (let i = 0; i < factors.length; i++) factors[i] = random.uniform() < rate ? 0 : kept;
    const place = places_in(drawn, x.shape);
    // Loops of their own: `map` with a function takes several times as long. A dropped value is zero whatever it was.
    const drop = (/** @type {Floats} */ values) => {
      const result = values.slice();
      for (let i = 0; i < result.length; i++) {
        const factor = factors[place(i)];
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
   * @returns {readonly number[]} of what is drawn
   */
  #noise(shape) {
    if (!this.#noise_shape) return shape;
    const drawn = this.#noise_shape.map((size, i) => size ?? shape[i]);
    if (drawn.length !== shape.length || !drawn.every((size, i) => size === 1 || size === shape[i])) {
      throw new ValueError(
        `${this.name}: noise_shape ${show_shape(this.#noise_shape)} does not fit inputs of shape ${show_shape(shape)}`,
      );
    }
    return drawn;
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
 * For the place of a number in `shape` that of its factor in a shape that is broadcast to it.
 * @param {readonly number[]} drawn
 * @param {readonly number[]} shape
 * @returns {(place: number) => number}
 */
function places_in(drawn, shape) {
  if (same_shape(drawn, shape)) return (place) => place;
  const strides = shape.map((size, i) => ({
    size,
    from: size_of(shape.slice(i + 1)),
    to: drawn[i] === 1 ? 0 : size_of(drawn.slice(i + 1)),
  }));
  return (place) =>
    strides.reduce((sum, { size, from, to }) => sum + (Math.floor(place / from) % size) * to, 0);
}
