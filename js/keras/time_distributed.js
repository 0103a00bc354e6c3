// The layer TimeDistributed (`tf.keras.layers.TimeDistributed`).

import { reshape } from '../gradient/shapes.js';
import { deserialize_layer } from '../layers/deserialize_layer.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_options, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { Dense } from './dense.js';

/** Applies a layer to every step of a sequence (`tf.keras.layers.TimeDistributed`). It owns the layer and disposes of it. */
export class TimeDistributed extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'TimeDistributed');

  #layer;

  /**
   * @param {Layer} layer
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} not a layer
   * @throws {TypeError} an unknown option
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

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return true;
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage([batch, , ...features]) {
    const layer = this.#layer;
    const is_dense = layer instanceof Dense && layer.call === Dense.prototype.call;
    return is_dense ? layer._make_stage([batch, ...features]) : null;
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
   * @param {{ training?: boolean, mask?: any }} [options] `mask`: [batch, steps]: does not change the
   *   outputs, only `compute_mask`; [batch, steps, ...]: the inner layer gets the rest of it as its mask
   * @returns {Tensor} [batch, steps, ...]: the layer's output for each step
   * @throws {ValueError} inputs of less than three dimensions, a mask of a wrong shape, or an inner layer with several outputs
   */
  call(inputs, options = {}) {
    this._check_alive();
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const { training = false, mask = null } = options;
    const tensor = this.#read(inputs);
    // Token ids are passed to the inner layer unchanged.
    const x = is_float(tensor.dtype) ? this._take(tensor) : tensor;
    this._infer_dtype('float32', () => this.build(x.shape));
    const [batch, steps, ...rest] = x.shape;
    const inner = this.#inner_mask(mask, x.shape);
    const output = this.#layer.call(
      reshape(x, [batch * steps, ...rest]),
      inner ? { training, mask: inner } : { training },
    );
    if (!(output instanceof Tensor)) {
      throw new ValueError(`${this.name}: ${this.#layer.name} must return one tensor, not ${show(output)}`);
    }
    return this._regularize(reshape(output, [batch, steps, ...output.shape.slice(1)]), inputs);
  }

  /** @param {unknown} inputs */
  #read(inputs) {
    const dtype = Array.isArray(inputs) ? (this.dtype ?? 'float32') : null;
    const tensor = as_tensor(`${this.name}: inputs`, inputs, dtype);
    this.#check_rank(tensor.shape);
    return tensor;
  }

  /**
   * @param {unknown} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor}
   */
  #read_mask(mask, shape) {
    const what = `${this.name}: mask`;
    const tensor = as_mask(what, mask);
    if (tensor.rank < 2 || tensor.rank > shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      throw new ValueError(
        `${what} must have shape ${show_shape(shape.slice(0, 2))}, or more dimensions of ${show_shape(shape)}, not ${show_shape(tensor.shape)}`,
      );
    }
    return tensor;
  }

  /**
   * @param {unknown} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor | null} for the inner layer
   */
  #inner_mask(mask, shape) {
    if (mask === null) return null;
    const { data, shape: mask_shape } = this.#read_mask(mask, shape);
    const [batch, steps, ...rest] = mask_shape;
    return rest.length ? new Tensor(data, [batch * steps, ...rest], 'bool') : null;
  }

  /**
   * @param {any} inputs
   * @param {any} [mask]
   * @returns {Tensor | null} of bool [batch, steps]: the mask, true where any part of a step is true; without a mask that of an
   *   inner `Embedding` or `Masking`
   */
  compute_mask(inputs, mask = null) {
    const x = this.#read(inputs);
    const [batch, steps, ...rest] = x.shape;
    if (mask === null) {
      if (!this.#layer._makes_mask) return null;
      const inner_mask = this.#layer.compute_mask(reshape(x, [batch * steps, ...rest]));
      return inner_mask && new Tensor(inner_mask.data, [batch, steps, ...inner_mask.shape.slice(1)], 'bool');
    }
    const { data, shape } = this.#read_mask(mask, x.shape);
    const width = size_of(shape.slice(2));
    const step_mask = Uint8Array.from({ length: batch * steps }, (_, i) =>
      Number(data.subarray(i * width, (i + 1) * width).includes(1)),
    );
    return new Tensor(step_mask, [batch, steps], 'bool');
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
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of the user that the configuration names
   */
  static from_config(config, custom_objects = {}) {
    const { layer, ...options } = check_config(this, config);
    return new this(deserialize_layer('TimeDistributed.from_config', layer, custom_objects), options);
  }
}
