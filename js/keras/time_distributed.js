// The layer TimeDistributed (`tf.keras.layers.TimeDistributed`).

import { reshape } from '../gradient/shapes.js';
import { deserialize_layer } from '../layers/deserialize_layer.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_options, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';

/** Applies a layer to every step of a sequence. It owns the layer. */
export class TimeDistributed extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'TimeDistributed');

  #layer;

  /**
   * @param {Layer} layer
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} not a layer
   * @throws {TypeError} an option that is not known
   */
  constructor(layer, options = {}) {
    check_options('TimeDistributed', options, LAYER_OPTIONS);
    if (!(layer instanceof Layer))
      throw new ValueError(`TimeDistributed: layer must be a layer, not ${show(layer)}`);
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

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    this.#check_rank(input_shape);
    const inner = [input_shape[0], ...input_shape.slice(2)];
    const dtype = /** @type {import('../layers/layer.js').FloatDtype} */ (this.dtype);
    this.#layer._infer_dtype(dtype, () => this.#layer.build(inner));
  }

  /** @internal */
  _unbuild() {
    this.#layer._unbuild();
    super._unbuild();
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs [batch, steps, ...]
   * @param {{ training?: boolean, mask?: any }} [options] `mask`: [batch, steps], which steps count: it is passed on, and changes
   *   nothing here; [batch, steps, ...]: what is in a step counts accordingly, and the layer gets its mask
   * @returns {Tensor} [batch, steps, ...] of what the layer gives for each step
   * @throws {ValueError} inputs of less than three dimensions, a mask of another shape, or a layer that gives several outputs
   */
  call(inputs, options = {}) {
    this._check_alive();
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const { training = false, mask = null } = options;
    const given = this.#read(inputs);
    // Ids go through as they are.
    const x = is_float(given.dtype) ? this._take(given) : given;
    this._infer_dtype('float32', () => this.build(x.shape));
    const [batch, steps, ...rest] = x.shape;
    const inner = this.#inner_mask(mask, x.shape);
    const output = this.#layer.call(
      reshape(x, [batch * steps, ...rest]),
      inner ? { training, mask: inner } : { training },
    );
    if (!(output instanceof Tensor)) {
      throw new ValueError(`${this.name}: ${this.#layer.name} must give one tensor, not ${show(output)}`);
    }
    return this._regularize(reshape(output, [batch, steps, ...output.shape.slice(1)]), inputs);
  }

  /** @param {unknown} inputs */
  #read(inputs) {
    const dtype = Array.isArray(inputs) ? (this.dtype ?? 'float32') : null;
    const given = as_tensor(`${this.name}: inputs`, inputs, dtype);
    this.#check_rank(given.shape);
    return given;
  }

  /**
   * @param {unknown} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor}
   */
  #read_mask(mask, shape) {
    const what = `${this.name}: mask`;
    const found = as_mask(what, mask);
    if (found.rank < 2 || found.rank > shape.length || found.shape.some((size, i) => size !== shape[i])) {
      throw new ValueError(
        `${what} must have shape ${show_shape(shape.slice(0, 2))}, or more of ${show_shape(shape)}, not ${show_shape(found.shape)}`,
      );
    }
    return found;
  }

  /**
   * @param {unknown} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor | null} for the layer inside
   */
  #inner_mask(mask, shape) {
    if (mask === null) return null;
    const { data, shape: own } = this.#read_mask(mask, shape);
    return own.length > 2 ? new Tensor(data, [own[0] * own[1], ...own.slice(2)], 'bool') : null;
  }

  /**
   * @param {any} inputs
   * @param {any} [mask]
   * @returns {Tensor | null} which steps count: the mask's own, or those in which something counts; without a mask that of an
   *   `Embedding` or a `Masking` inside
   */
  compute_mask(inputs, mask = null) {
    const x = this.#read(inputs);
    const [batch, steps, ...rest] = x.shape;
    if (mask === null) {
      if (!this.#layer._makes_mask) return null;
      const found = this.#layer.compute_mask(reshape(x, [batch * steps, ...rest]));
      return found && new Tensor(found.data, [batch, steps, ...found.shape.slice(1)], 'bool');
    }
    const { data, shape } = this.#read_mask(mask, x.shape);
    const width = size_of(shape.slice(2));
    const counts = Uint8Array.from({ length: batch * steps }, (_, i) =>
      Number(data.subarray(i * width, (i + 1) * width).includes(1)),
    );
    return new Tensor(counts, [batch, steps], 'bool');
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
    this._check_shape('compute_output_shape', input_shape);
    this.#check_rank(input_shape);
    const [batch, ...rest] = this.#layer.compute_output_shape([input_shape[0], ...input_shape.slice(2)]);
    return [batch, input_shape[1], ...rest];
  }

  get_config() {
    return { ...super.get_config(), layer: serialize_object(this.#layer) };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of one's own that it names
   */
  static from_config(config, custom_objects = {}) {
    const { layer, ...options } = check_config(this, config);
    return new this(deserialize_layer('TimeDistributed.from_config', layer, custom_objects), options);
  }
}
