// The layer TimeDistributed (`tf.keras.layers.TimeDistributed`).
import { reshape } from '../gradient/shapes.js';
import { LAYER_OPTIONS, Layer } from '../rnn_cell/layer.js';
import { check_options, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';
import { layer_of, serialize_layer } from './layer_table.js';

/** Applies a layer to every step of a sequence. It owns the layer. */
export class TimeDistributed extends Layer {
  #layer;

  /**
   * @param {Layer} layer
   * @param {import('../rnn_cell/layer.js').LayerOptions} [options]
   * @throws {TypeError} not a layer, or an option that is not known
   */
  constructor(layer, options = {}) {
    check_options('TimeDistributed', options, LAYER_OPTIONS);
    if (!(layer instanceof Layer))
      throw new TypeError(`TimeDistributed: layer must be a layer, not ${show(layer)}`);
    super({ ...options, dtype: options.dtype ?? layer.dtype });
    this.#layer = layer;
  }

  get layer() {
    return this.#layer;
  }
  get submodules() {
    return [this.#layer];
  }
  get supports_masking() {
    return true;
  }

  /** @param {readonly (number | null)[]} input_shape */
  _create(input_shape) {
    this.#check_rank(input_shape);
    const inner = [input_shape[0], ...input_shape.slice(2)];
    const dtype = /** @type {import('../rnn_cell/layer.js').FloatDtype} */ (this.dtype);
    this.#layer._infer_dtype(dtype, () => this.#layer.build(inner));
  }

  _unbuild() {
    this.#layer._unbuild();
    super._unbuild();
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs [batch, steps, ...]
   * @param {{ training?: boolean, mask?: any }} [options] `mask` says which steps count; it is passed on, and changes nothing here
   * @returns {import('../runtime/tensor.js').Tensor} [batch, steps, ...] of what the layer gives for each step
   * @throws {ValueError} inputs of less than three dimensions
   */
  call(inputs, { training = false } = {}) {
    const given = as_tensor(
      `${this.name}: inputs`,
      inputs,
      Array.isArray(inputs) ? (this.dtype ?? 'float32') : null,
    );
    this.#check_rank(given.shape);
    const x = this._take(given);
    const [batch, steps, ...rest] = x.shape;
    const output = this.#layer.call(reshape(x, [batch * steps, ...rest]), { training });
    return this._regularize(reshape(output, [batch, steps, ...output.shape.slice(1)]), inputs);
  }

  /** @param {readonly (number | null)[]} shape */
  #check_rank(shape) {
    if (shape.length < 3) {
      throw new ValueError(
        `${this.name}: inputs must have three dimensions or more, not shape ${show_shape(shape)}`,
      );
    }
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const [batch, ...rest] = this.#layer.compute_output_shape([input_shape[0], ...input_shape.slice(2)]);
    return [batch, input_shape[1], ...rest];
  }

  get_config() {
    return { ...super.get_config(), layer: serialize_layer(this.#layer) };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config({ layer, ...options }) {
    return new this(layer_of('TimeDistributed.from_config', layer, {}), options);
  }
}
