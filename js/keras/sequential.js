// Sequential: a model that calls its layers one after the other (`tf.keras.Sequential`).

import { stop_recording } from '../gradient/recording.js';
import { deserialize_layer } from '../layers/deserialize_layer.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_options, check_partial_shape, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { is_float, Tensor } from '../runtime/tensor.js';
import { read_inputs } from './data.js';
import { Model } from './model.js';
import { SymbolicTensor } from './symbolic_tensor.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 */

/** A linear stack of layers (`tf.keras.Sequential`). The model owns its layers and disposes of them. */
export class Sequential extends Model {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Sequential');

  /** @type {Layer[]} */ #layers = [];
  /** Layers that the model built. @type {Layer[]} */ #built_layers = [];
  /** What `Input` or the first layer states. @type {(number | null)[] | null} */ #input_shape = null;

  /**
   * @param {(Layer | import('./symbolic_tensor.js').SymbolicTensor)[]} [layers] the first may be what `Input` gives: the model is then built
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {TypeError} an element of layers is not a layer, or an option is unknown
   * @throws {ValueError} two layers have the same name
   */
  constructor(layers = [], options = {}) {
    check_options('Sequential', options, LAYER_OPTIONS);
    if (!Array.isArray(layers)) throw new TypeError(`Sequential: layers must be a list, not ${show(layers)}`);
    loaded_heap();
    super(options);
    for (const layer of layers) this.add(layer);
  }

  /** The layers in order. @returns {Layer[]} */
  get layers() {
    return [...this.#layers];
  }
  get submodules() {
    return this.layers;
  }
  get supports_masking() {
    return true;
  }
  /** Whether one of the layers is stateful. */
  get stateful() {
    return this.#layers.some((layer) => layer.stateful);
  }

  /**
   * Appends a layer. A model that begins with `Input`, or with a layer that has `input_shape`, is built as
   * it grows.
   * @param {Layer | import('./symbolic_tensor.js').SymbolicTensor} layer the first may be what `Input` gives
   * @throws {TypeError} layer is not a layer
   * @throws {ValueError} the model has a layer of the same name, or a shape does not fit
   */
  add(layer) {
    this._check_alive();
    if (layer instanceof SymbolicTensor) {
      if (this.#layers.length || this.#input_shape)
        throw new ValueError(`${this.name}.add: what Input gives must come first, and once`);
      this.#input_shape = [null, ...layer.shape.slice(1)];
      return;
    }
    if (!(layer instanceof Layer)) {
      throw new TypeError(`${this.name}.add: layer must be a layer, not ${show(layer)}`);
    }
    if (this.#layers.some(({ name }) => name === layer.name)) {
      throw new ValueError(`${this.name}.add: the model already has a layer named ${show(layer.name)}`);
    }
    if (this.built) this.#input_shape ??= this.input_shape;
    const { _input_shape: stated } = layer;
    if (!this.#layers.length && stated)
      this.#input_shape ??= [null, ...check_partial_shape(`${layer.name}: input_shape`, stated).slice(1)];
    if (this.#input_shape) this.#build_with(layer, this.#input_shape);
    else this.#layers.push(layer);
  }

  /** @param {Layer} layer @param {(number | null)[]} input_shape */
  #build_with(layer, input_shape) {
    if (!this.built) {
      this.#layers.push(layer);
      try {
        this._infer_dtype(this._known_dtype ?? 'float32', () => this.build(input_shape));
      } catch (error) {
        this.#layers.pop();
        throw error;
      }
      return;
    }
    const shape = this.compute_output_shape(input_shape);
    const is_new = !layer.built;
    layer._infer_dtype(layer.dtype ?? this._known_dtype ?? 'float32', () => layer.build(shape));
    if (is_new) this.#built_layers.push(layer);
    this.#layers.push(layer);
  }

  /**
   * Removes the last layer (`Sequential.pop`), which is the caller's then: the model does not dispose of it.
   * @returns {Layer}
   * @throws {ValueError} the model has no layers
   */
  pop() {
    this._check_alive();
    const layer = this.#layers.at(-1);
    if (!layer) throw new ValueError(`${this.name}.pop: the model has no layers`);
    if (this.built) this.#input_shape ??= this.input_shape;
    this.#layers.pop();
    this.#built_layers = this.#built_layers.filter((built_layer) => built_layer !== layer);
    return layer;
  }

  /**
   * The shape of the inputs, with null for the batch.
   * @returns {(number | null)[]}
   * @throws {AttributeError} the model is not built
   */
  get input_shape() {
    const config = /** @type {{ input_shape: (number | null)[] } | null} */ (this.get_build_config());
    return config ? [null, ...config.input_shape.slice(1)] : super.input_shape;
  }

  /**
   * The shape of the last layer's output, with null for the batch.
   * @returns {(number | null)[]}
   * @throws {AttributeError} the model is not built
   */
  get output_shape() {
    return this.built ? this.compute_output_shape(this.input_shape) : super.output_shape;
  }

  /**
   * Finds a layer by its name or index.
   * @param {string | number} name_or_index
   * @returns {Layer}
   * @throws {ValueError} there is no such layer
   */
  get_layer(name_or_index) {
    const layer =
      typeof name_or_index === 'number'
        ? this.#layers.at(name_or_index)
        : this.#layers.find(({ name }) => name === name_or_index);
    if (!layer) throw new ValueError(`${this.name}.get_layer: there is no layer ${show(name_or_index)}`);
    return layer;
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @internal
   */
  _create(input_shape) {
    if (!this.#layers.length) throw new ValueError(`${this.name}: the model has no layers`);
    const dtype = this._known_dtype ?? 'float32';
    let shape = input_shape;
    try {
      for (const layer of this.#layers) {
        if (!layer.built) this.#built_layers.push(layer);
        layer._infer_dtype(layer.dtype ?? dtype, () => layer.build(shape));
        shape = layer.compute_output_shape(shape);
      }
    } catch (error) {
      this.#unbuild_layers();
      throw error;
    }
  }

  #unbuild_layers() {
    for (const layer of this.#built_layers.splice(0)) layer._unbuild();
  }

  /** @internal */
  _unbuild() {
    this.#unbuild_layers();
    super._unbuild();
  }

  /** @returns {FloatDtype | null} @internal */
  get _known_dtype() {
    return this.#layers.find(({ dtype }) => dtype !== null)?.dtype ?? this.dtype;
  }

  /** Input dtype of the first layer. @returns {'int32' | null} */
  get input_dtype() {
    return this.#layers[0]?.input_dtype ?? null;
  }

  /**
   * @param {TensorInput} inputs
   * @param {{ training?: boolean, mask?: TensorInput | null }} [options]
   * @returns {any} the output of the last layer
   */
  call(inputs, options = {}) {
    this._check_alive();
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const { training = false, mask = null } = options;
    return this._run(read_inputs(`${this.name}: inputs`, inputs, this), training, mask).output;
  }

  /**
   * @param {Tensor} inputs
   * @param {boolean} training
   * @param {any} [mask]
   * @returns {{ output: any, mask: Tensor | null }}
   * @internal
   */
  _run(inputs, training, mask = null) {
    let output = inputs;
    if (!this.built) {
      const dtype = this._known_dtype ?? (is_float(inputs.dtype) ? inputs.dtype : 'float32');
      this._infer_dtype(dtype, () => this.build(inputs.shape));
    }
    let current_mask = mask;
    for (const layer of this.#layers) {
      if (!(output instanceof Tensor)) {
        throw new ValueError(
          `${this.name}: the input of ${layer.name} must be one tensor, not ${show(output)}`,
        );
      }
      if (layer instanceof Sequential) {
        ({ output, mask: current_mask } = layer._run(output, training, current_mask));
        continue;
      }
      const output_mask = layer.compute_mask(output, current_mask);
      output = layer.call(output, current_mask === null ? { training } : { training, mask: current_mask });
      current_mask = output_mask;
    }
    return { output, mask: current_mask };
  }

  /**
   * The output mask of the last layer.
   * @param {any} inputs
   * @param {any} [mask]
   * @returns {any}
   */
  compute_mask(inputs, mask = null) {
    const tensor = read_inputs(`${this.name}: inputs`, inputs, this);
    return stop_recording(() => this._run(tensor, false, mask).mask);
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    this._check_shape('compute_output_shape', input_shape);
    return this.#layers.reduce(
      (/** @type {(number | null)[]} */ shape, layer) => layer.compute_output_shape(shape),
      [...input_shape],
    );
  }

  /** @returns {import('./model_stream.js').StreamPlan} @internal */
  _stream_plan() {
    const { input_shape } = /** @type {{ input_shape: number[] }} */ (this.get_build_config());
    const calls = this.#layers.map((layer, i) => ({ layer, inputs: [i] }));
    return { input_shapes: [input_shape], calls, outputs: [calls.length] };
  }

  /** Resets the states of the stateful layers to zeros. */
  reset_states() {
    for (const layer of this.#layers) {
      if ('reset_states' in layer && layer.stateful) {
        /** @type {{ reset_states(): void }} */ (/** @type {unknown} */ (layer)).reset_states();
      }
    }
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    const shape = this.get_build_config()?.input_shape ?? null;
    return {
      ...super.get_config(),
      layers: this.#layers.map(serialize_object),
      build_input_shape: shape && [null, ...shape.slice(1)],
    };
  }

  /**
   * Creates a model from the result of `get_config`, with newly initialized weights. It is built if the original was built.
   * @param {{ [option: string]: any }} config
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of the user that the configuration names
   * @returns {Sequential}
   * @throws {ValueError} the class of a layer is unknown
   */
  static from_config(config, custom_objects = {}) {
    const { layers, build_input_shape, ...options } = check_config(this, config);
    const what = 'Sequential.from_config';
    if (!Array.isArray(layers)) throw new ValueError(`${what}: layers must be a list, not ${show(layers)}`);
    const model = new this([], options);
    try {
      for (const layer of layers) model.add(deserialize_layer(what, layer, custom_objects));
      if (build_input_shape) model.build(build_input_shape);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  }
}
