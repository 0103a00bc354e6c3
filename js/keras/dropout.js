// The layer Dropout (`tf.keras.layers.Dropout`).
import { is_recording, record_operation } from '../gradient/tape.js';
import { LAYER_OPTIONS, Layer } from '../rnn_cell/layer.js';
import { check_seed, random_of } from '../rnn_cell/random.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../rnn_cell/random.js').Random} Random
 * @typedef {import('../rnn_cell/layer.js').LayerOptions & { seed?: number | null }} DropoutOptions
 */

/**
 * In training, sets a share of its inputs to zero and scales the others up, so that their sum is expected to stay; otherwise it
 * changes nothing.
 */
export class Dropout extends Layer {
  #rate;
  #seed;
  /** @type {Random | null} */ #random = null;

  /**
   * @param {number} rate the share that is dropped, from 0 to 1
   * @param {DropoutOptions} [options] `seed`: of the layer's own random numbers, which go on from call to call
   * @throws {ValueError} a rate outside, or a seed that is not an integer
   */
  constructor(rate, options = {}) {
    check_options('Dropout', options, [...LAYER_OPTIONS, 'seed']);
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
      throw new ValueError(`Dropout: rate must be a number from 0 to 1, not ${show(rate)}`);
    }
    const { seed = null, ...rest } = options;
    const checked = check_seed('Dropout: seed', seed);
    super(rest);
    this.#rate = rate;
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
   */
  call(inputs, { training = false } = {}) {
    const x = this._take(inputs);
    if (!training || this.#rate === 0) return this._regularize(x, inputs);
    return this._regularize(this.#drop(x), inputs);
  }

  /** @param {Tensor} x */
  #drop(x) {
    if (this.#seed !== null) this.#random ??= random_of(this.#seed);
    const random = this.#random ?? random_of(null);
    const rate = this.#rate;
    const factors = /** @type {Floats} */ (x.data).map(() => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
    // A dropped value is zero whatever it was.
    const drop = (/** @type {Floats} */ values) =>
      values.map((value, i) => (factors[i] === 0 ? 0 : value * factors[i]));
    const output = new Tensor(drop(/** @type {Floats} */ (x.data)), x.shape, x.dtype);
    if (is_recording([x])) {
      record_operation({ inputs: [x], outputs: [output], backward: ([d]) => [d && drop(d)] });
    }
    return output;
  }

  get_config() {
    return { ...super.get_config(), rate: this.#rate, seed: this.#seed };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config({ rate, ...options }) {
    return new this(rate, options);
  }
}
