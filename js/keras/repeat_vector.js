// The layer RepeatVector (`tf.keras.layers.RepeatVector`).
import { is_recording, record_operation } from '../gradient/recording.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_config, check_options, check_positive_integer, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */

/** The same row for every step of a sequence (`tf.keras.layers.RepeatVector`). */
export class RepeatVector extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'RepeatVector');

  #n;

  /**
   * @param {number} n the number of steps
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} n is not a positive integer
   * @throws {TypeError} an unknown option
   */
  constructor(n, options = {}) {
    check_options('RepeatVector', options, LAYER_OPTIONS);
    check_positive_integer('RepeatVector: n', n);
    super(options);
    this.#n = n;
  }

  get n() {
    return this.#n;
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, features]
   * @returns {Tensor} [batch, n, features]
   * @throws {ValueError} inputs of another rank
   */
  call(inputs) {
    const x = this._take(inputs);
    if (x.rank !== 2)
      throw new ValueError(
        `${this.name}: inputs must have shape [batch, features], not ${show_shape(x.shape)}`,
      );
    return this._regularize(repeat(x, this.#n), inputs);
  }

  /** The steps are made here. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const [batch, features] = this._check_shape('compute_output_shape', input_shape);
    return [batch, this.#n, features];
  }

  get_config() {
    return { ...super.get_config(), n: this.#n };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { n, ...options } = check_config(this, config);
    return new this(n, options);
  }
}

/** @param {Tensor} x [batch, features] @param {number} n */
function repeat(x, n) {
  const [batch, features] = x.shape;
  const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
  const data = array_of(dtype, batch * n * features);
  for (let row = 0; row < batch * n; row++) {
    const from = Math.floor(row / n) * features;
    data.set(x.data.subarray(from, from + features), row * features);
  }
  const output = new Tensor(data, [batch, n, features], dtype);
  if (is_recording([x])) {
    const backward = (/** @type {Floats} */ d) => {
      const dx = array_of(dtype, batch * features);
      for (let row = 0; row < batch * n; row++)
        for (let i = 0; i < features; i++) dx[Math.floor(row / n) * features + i] += d[row * features + i];
      return dx;
    };
    record_operation({
      inputs: [x],
      outputs: [output],
      backward: ([d]) => [d && backward(/** @type {Floats} */ (d))],
    });
  }
  return output;
}
