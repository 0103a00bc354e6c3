// The layer Bidirectional (`tf.keras.layers.Bidirectional`).

import { add, multiply } from '../gradient/elementwise.js';
import { concatenate } from '../gradient/joining.js';
import { deserialize_layer } from '../layers/deserialize_layer.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_one_of, check_options, show, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';
import { RecurrentLayer } from './recurrent_layer.js';
import { reverse } from './reverse.js';
import { RNN } from './rnn.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {'concat' | 'sum' | 'mul' | 'ave' | null} MergeMode
 * @typedef {object} BidirectionalOnlyOptions
 * @property {MergeMode} [merge_mode] how the two outputs are combined: concatenated along the last axis (default), their sum, product
 *   or mean; null: a list of both
 * @property {RecurrentLayer | null} [backward_layer] owned by the wrapper, which adds `backward_` to its name. Default: a copy of the
 *   layer with separate weights and the opposite direction
 * @typedef {import('../layers/layer.js').LayerOptions & BidirectionalOnlyOptions} BidirectionalOptions
 */

const MODES = /** @type {const} */ (['concat', 'sum', 'mul', 'ave']);

/** Combines two outputs. @type {Record<(typeof MODES)[number], (fw: Tensor, bw: Tensor) => Tensor>} */
const MERGE = {
  concat: (fw, bw) => concatenate([fw, bw], { axis: -1 }),
  sum: add,
  mul: multiply,
  ave: (fw, bw) => multiply(add(fw, bw), 0.5),
};

/**
 * Runs a recurrent layer over a sequence in both directions (`tf.keras.layers.Bidirectional`). The directions have separate weights, the
 * forward ones first. As in Keras, `zero_output_for_mask` of both layers is set to `return_sequences`; and the outputs of the backward
 * layer are reversed before they are combined, even if the layer itself has `go_backwards`.
 */
export class Bidirectional extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Bidirectional');

  #merge_mode;
  /** @type {RecurrentLayer} */ #forward;
  /** @type {RecurrentLayer} */ #backward;

  /**
   * @param {RecurrentLayer} layer a copy of it runs forward; the layer itself is not used and can be disposed of
   * @param {BidirectionalOptions} [options]
   * @throws {ValueError} layer is not a recurrent layer; an unknown merge_mode; dtype differs from the layer's; a backward_layer with the
   *   same direction or with other outputs
   * @throws {TypeError} an unknown option
   */
  constructor(layer, options = {}) {
    const names = /** @type {const} */ (['merge_mode', 'backward_layer']);
    const [wrapper_options, base_options] = split_options('Bidirectional', options, names, LAYER_OPTIONS);
    const { merge_mode = 'concat', backward_layer = null } = wrapper_options;
    if (!(layer instanceof RecurrentLayer)) {
      throw new ValueError(`Bidirectional: layer must be a recurrent layer, not ${show(layer)}`);
    }
    if (merge_mode !== null) check_one_of('Bidirectional: merge_mode', merge_mode, MODES);
    if (backward_layer !== null) check_backward(layer, backward_layer, merge_mode);
    const dtype = base_options.dtype ?? layer.dtype;
    for (const inner of [layer, backward_layer]) {
      if (dtype && inner?.dtype && inner.dtype !== dtype) {
        throw new ValueError(`Bidirectional: dtype is ${dtype}, but ${inner.name} has dtype ${inner.dtype}`);
      }
    }
    super({ ...base_options, dtype });
    this.#merge_mode = merge_mode;
    this.#forward = copy_of(layer, `forward_${layer.name}`, layer.go_backwards);
    this.#backward = backward_layer ?? copy_of(layer, layer.name, !layer.go_backwards);
    this.#backward.name = `backward_${this.#backward.name}`;
    for (const inner of this.submodules) inner._set_zero_output_for_mask(layer.return_sequences);
  }

  get merge_mode() {
    return this.#merge_mode;
  }
  get forward_layer() {
    return this.#forward;
  }
  get backward_layer() {
    return this.#backward;
  }
  get submodules() {
    return [this.#forward, this.#backward];
  }
  get supports_masking() {
    return true;
  }
  get stateful() {
    return this.#forward.stateful;
  }
  get return_sequences() {
    return this.#forward.return_sequences;
  }
  get return_state() {
    return this.#forward.return_state;
  }
  /** The stored states of a stateful layer, the forward ones first; null: zeros. @returns {any[] | null} */
  get states() {
    const all = this.submodules.map((layer) => layer.states);
    return all.includes(null) ? null : all.flatMap((states, i) => states_of(this.submodules[i], states));
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const dtype = /** @type {import('../layers/layer.js').FloatDtype} */ (this.dtype);
    for (const layer of this.submodules) layer._infer_dtype(dtype, () => layer.build(input_shape));
  }

  /** @internal */
  _unbuild() {
    for (const layer of this.submodules) layer._unbuild();
    super._unbuild();
  }

  /**
   * @param {TensorInput} inputs [batch, steps, input size], or [steps, batch, input size] if the layer is time-major
   * @param {{ initial_state?: any[] | null, mask?: TensorInput | null, training?: boolean }} [options] `initial_state`: a list, the
   *   forward states first
   * @returns {any} the combined output; if the layer has `return_state`, a list of it, the forward states and the backward states
   * @throws {ValueError} as the layer's call; a wrong number of states
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { initial_state = null, ...rest } = options;
    const states = this.#split_states('initial_state', initial_state);
    const what = `${this.name}: inputs`;
    const x = this._take(as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null));
    const [forward, backward] = this.submodules.map((layer, i) => {
      const result = layer.call(x, { ...rest, initial_state: states[i] });
      return layer.return_state
        ? { output: result[0], states: result.slice(1) }
        : { output: result, states: [] };
    });
    const { return_sequences, time_major } = this.#forward;
    // The backward layer returns its outputs in the order of processing.
    const reversed = return_sequences ? reverse(backward.output, time_major ? 0 : 1) : backward.output;
    const outputs = this.#merge_mode
      ? [MERGE[this.#merge_mode](forward.output, reversed)]
      : [forward.output, reversed];
    const all = [
      ...outputs.map((output) => this._regularize(output, inputs)),
      ...forward.states,
      ...backward.states,
    ];
    return all.length === 1 ? all[0] : all;
  }

  /**
   * @param {string} argument
   * @param {any[] | null} states of both directions
   * @returns {[any[] | null, any[] | null]} of each direction
   */
  #split_states(argument, states) {
    if (states === null) return [null, null];
    const [forward_count, backward_count] = this.submodules.map(
      (layer) => states_of(layer, layer.state_size).length,
    );
    if (!Array.isArray(states) || states.length !== forward_count + backward_count) {
      throw new ValueError(
        `${this.name}: ${argument} must be a list of ${forward_count + backward_count} states, the forward ones first, not ${show(states)}`,
      );
    }
    return [states.slice(0, forward_count), states.slice(forward_count)];
  }

  /**
   * Sets the states of a stateful layer.
   * @param {any[] | null} [states] the forward ones first; null (default): zeros
   * @throws {AttributeError} the layer is not stateful
   * @throws {ValueError} a wrong number of states, or a wrong shape
   */
  reset_states(states = null) {
    const before = this.#forward.states;
    const [forward, backward] = this.#split_states('states', states);
    this.#forward.reset_states(forward);
    try {
      this.#backward.reset_states(backward);
    } catch (error) {
      this.#forward.reset_states(before && states_of(this.#forward, before));
      throw error;
    }
  }

  /**
   * @param {unknown} inputs
   * @param {any} [mask]
   * @returns {any} one mask for each result of `call`; null for states
   */
  compute_mask(inputs, mask = null) {
    const [forward, backward] = this.submodules.map((layer) => {
      const masks = layer.compute_mask(inputs, mask);
      return layer.return_state ? masks : [masks];
    });
    const outputs = this.#merge_mode ? [forward[0]] : [forward[0], backward[0]];
    const all = [...outputs, ...forward.slice(1), ...backward.slice(1)];
    return all.length === 1 ? all[0] : all;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {any} */
  compute_output_shape(input_shape) {
    const [forward, backward] = this.submodules.map((layer) => {
      const shapes = layer.compute_output_shape(input_shape);
      return layer.return_state ? shapes : [shapes];
    });
    const [first, second] = [forward[0], backward[0]];
    const merged =
      this.#merge_mode === 'concat' ? [...first.slice(0, -1), first.at(-1) + second.at(-1)] : first;
    const all = [
      ...(this.#merge_mode ? [merged] : [first, second]),
      ...forward.slice(1),
      ...backward.slice(1),
    ];
    return all.length === 1 ? all[0] : all;
  }

  get_config() {
    return {
      ...super.get_config(),
      layer: serialize_object(this.#forward),
      backward_layer: serialize_object(this.#backward),
      merge_mode: this.#merge_mode,
    };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of the user that the configuration names
   */
  static from_config(config, custom_objects = {}) {
    const { layer, backward_layer = null, ...options } = check_config(this, config);
    const what = 'Bidirectional.from_config';
    const without_prefix = (/** @type {any} */ serialized, /** @type {string} */ prefix) => {
      const name = String(serialized?.config?.name).replace(new RegExp(`^${prefix}_`), '');
      const inner = { ...serialized, config: { ...serialized?.config, name } };
      return /** @type {RecurrentLayer} */ (deserialize_layer(what, inner, custom_objects));
    };
    return new this(without_prefix(layer, 'forward'), {
      ...options,
      backward_layer: backward_layer && without_prefix(backward_layer, 'backward'),
    });
  }
}

/**
 * A new layer with the same configuration.
 * @param {RecurrentLayer} layer
 * @param {string} name
 * @param {boolean} go_backwards
 * @returns {RecurrentLayer}
 */
function copy_of(layer, name, go_backwards) {
  const LayerClass = /** @type {{ from_config(config: object, custom_objects: object): RecurrentLayer }} */ (
    /** @type {unknown} */ (layer.constructor)
  );
  const classes = layer instanceof RNN ? layer._cell_classes : {};
  return LayerClass.from_config({ ...layer.get_config(), name, go_backwards }, classes);
}

/** The states of a layer (or their sizes) as a list. @param {RecurrentLayer} layer @param {any} states @returns {any[]} */
const states_of = (layer, states) => (Array.isArray(layer.state_size) ? states : [states]);

/**
 * @param {RecurrentLayer} layer
 * @param {unknown} backward
 * @param {MergeMode} merge_mode
 */
function check_backward(layer, backward, merge_mode) {
  if (!(backward instanceof RecurrentLayer)) {
    throw new ValueError(`Bidirectional: backward_layer must be a recurrent layer, not ${show(backward)}`);
  }
  if (backward.go_backwards === layer.go_backwards) {
    throw new ValueError('Bidirectional: backward_layer must have the opposite go_backwards of layer');
  }
  for (const name of /** @type {const} */ (['return_sequences', 'return_state', 'stateful', 'time_major'])) {
    if (backward[name] !== layer[name]) {
      throw new ValueError(`Bidirectional: backward_layer must have ${name} = ${layer[name]}, like layer`);
    }
  }
  if (merge_mode !== null && merge_mode !== 'concat' && backward.units !== layer.units) {
    throw new ValueError(
      `Bidirectional: backward_layer must have ${layer.units} units, like layer, for the merge_mode ${merge_mode}, not ${backward.units}`,
    );
  }
}
