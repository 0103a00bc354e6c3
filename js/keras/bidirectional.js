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
 * @typedef {object} OwnOptions
 * @property {MergeMode} [merge_mode] what becomes of the two outputs: side by side (default), their sum, product or mean; null: a list
 *   of both
 * @property {RecurrentLayer | null} [backward_layer] belongs to the wrapper, and is called `backward_…` in it. Default: one like the layer,
 *   with weights of its own and its direction turned round
 * @typedef {import('../layers/layer.js').LayerOptions & OwnOptions} BidirectionalOptions
 */

const MODES = /** @type {const} */ (['concat', 'sum', 'mul', 'ave']);

/** How two outputs become one. @type {Record<(typeof MODES)[number], (fw: Tensor, bw: Tensor) => Tensor>} */
const MERGE = {
  concat: (fw, bw) => concatenate([fw, bw], { axis: -1 }),
  sum: add,
  mul: multiply,
  ave: (fw, bw) => multiply(add(fw, bw), 0.5),
};

/**
 * Runs a recurrent layer over a sequence in both directions, each with weights of its own: the forward ones first. As in Keras, the
 * outputs of masked steps are zeros with `return_sequences`, and without it the last output counts, whatever the layer's
 * `zero_output_for_mask`; and where the layer goes backwards itself, it is the other direction's outputs that are turned round.
 */
export class Bidirectional extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Bidirectional');

  #merge_mode;
  /** @type {RecurrentLayer} */ #forward;
  /** @type {RecurrentLayer} */ #backward;

  /**
   * @param {RecurrentLayer} layer what it is made like; itself it is not used, and may be disposed of
   * @param {BidirectionalOptions} [options]
   * @throws {ValueError} not a recurrent layer; an unknown merge_mode; another dtype than the layer's; a backward_layer that goes the
   *   same way or gives something else
   * @throws {TypeError} an option that is not known
   */
  constructor(layer, options = {}) {
    const own_options = /** @type {const} */ (['merge_mode', 'backward_layer']);
    const [own, base] = split_options('Bidirectional', options, own_options, LAYER_OPTIONS);
    const { merge_mode = 'concat', backward_layer = null } = own;
    if (!(layer instanceof RecurrentLayer)) {
      throw new ValueError(`Bidirectional: layer must be a recurrent layer, not ${show(layer)}`);
    }
    if (merge_mode !== null) check_one_of('Bidirectional: merge_mode', merge_mode, MODES);
    if (backward_layer !== null) check_backward(layer, backward_layer, merge_mode);
    const dtype = base.dtype ?? layer.dtype;
    for (const one of [layer, backward_layer]) {
      if (dtype && one?.dtype && one.dtype !== dtype) {
        throw new ValueError(`Bidirectional: dtype is ${dtype}, but ${one.name} has dtype ${one.dtype}`);
      }
    }
    super({ ...base, dtype });
    this.#merge_mode = merge_mode;
    this.#forward = like(layer, `forward_${layer.name}`, layer.go_backwards);
    this.#backward = backward_layer ?? like(layer, layer.name, !layer.go_backwards);
    this.#backward.name = `backward_${this.#backward.name}`;
    for (const one of this.submodules) one._set_zero_output_for_mask(layer.return_sequences);
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
  /** What a stateful layer keeps: the forward states, then the backward ones; null: zeros. @returns {any[] | null} */
  get states() {
    const kept = this.submodules.map((layer) => layer.states);
    return kept.includes(null) ? null : kept.flatMap((states, i) => states_of(this.submodules[i], states));
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
   * @param {TensorInput} inputs [batch, steps, input size], or time-major where the layer is
   * @param {{ initial_state?: any[] | null, mask?: TensorInput | null, training?: boolean }} [options] `initial_state`: a list, those of
   *   the forward direction first
   * @returns {any} the merged output; the layer's `return_state` makes it a list with the state of each direction after it
   * @throws {ValueError} as the layer, or another number of states
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { initial_state = null, ...rest } = options;
    const states = this.#halves('initial_state', initial_state);
    const what = `${this.name}: inputs`;
    const given = as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null);
    const x = this._take(given);
    const [forward, backward] = this.submodules.map((layer, i) => {
      const result = layer.call(x, { ...rest, initial_state: states[i] });
      return layer.return_state
        ? { output: result[0], states: result.slice(1) }
        : { output: result, states: [] };
    });
    const { return_sequences, time_major } = this.#forward;
    // What goes backwards gives its outputs in the order in which it computed them.
    const turned = return_sequences ? reverse(backward.output, time_major ? 0 : 1) : backward.output;
    const outputs = this.#merge_mode
      ? [MERGE[this.#merge_mode](forward.output, turned)]
      : [forward.output, turned];
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
   * @returns {[any[] | null, any[] | null]} of each
   */
  #halves(argument, states) {
    if (states === null) return [null, null];
    const [half, other] = this.submodules.map((layer) => states_of(layer, layer.state_size).length);
    if (!Array.isArray(states) || states.length !== half + other) {
      throw new ValueError(
        `${this.name}: ${argument} must be a list of ${half + other} states, those of the forward direction first, not ${show(states)}`,
      );
    }
    return [states.slice(0, half), states.slice(half)];
  }

  /**
   * Sets the states of a stateful layer.
   * @param {any[] | null} [states] those of the forward direction first; null (default): zeros
   * @throws {AttributeError} the layer is not stateful
   * @throws {ValueError} another number of states, or another shape
   */
  reset_states(states = null) {
    const before = this.#forward.states;
    const [forward, backward] = this.#halves('states', states);
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
   * @returns {any} as many as `call` gives outputs; null for states
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
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of one's own that it names
   */
  static from_config(config, custom_objects = {}) {
    const { layer, backward_layer = null, ...options } = check_config(this, config);
    const what = 'Bidirectional.from_config';
    const plain = (/** @type {any} */ one, /** @type {string} */ prefix) => {
      const name = String(one?.config?.name).replace(new RegExp(`^${prefix}_`), '');
      const config = { ...one?.config, name };
      return /** @type {RecurrentLayer} */ (deserialize_layer(what, { ...one, config }, custom_objects));
    };
    return new this(plain(layer, 'forward'), {
      ...options,
      backward_layer: backward_layer && plain(backward_layer, 'backward'),
    });
  }
}

/**
 * A new layer of the same configuration.
 * @param {RecurrentLayer} layer
 * @param {string} name
 * @param {boolean} go_backwards
 * @returns {RecurrentLayer}
 */
function like(layer, name, go_backwards) {
  const Kind = /** @type {{ from_config(config: object, custom_objects: object): RecurrentLayer }} */ (
    /** @type {unknown} */ (layer.constructor)
  );
  const classes = layer instanceof RNN ? layer._cell_classes : {};
  return Kind.from_config({ ...layer.get_config(), name, go_backwards }, classes);
}

/** The states of a layer one by one, or what stands for them. @param {RecurrentLayer} layer @param {any} states @returns {any[]} */
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
    throw new ValueError(
      'Bidirectional: backward_layer must go the other way: its go_backwards must not be that of layer',
    );
  }
  for (const name of /** @type {const} */ (['return_sequences', 'return_state', 'stateful', 'time_major'])) {
    if (backward[name] !== layer[name]) {
      throw new ValueError(`Bidirectional: backward_layer must have ${name} = ${layer[name]}, as layer has`);
    }
  }
  if (merge_mode !== null && merge_mode !== 'concat' && backward.units !== layer.units) {
    throw new ValueError(
      `Bidirectional: backward_layer must have ${layer.units} units, as layer has, for the merge_mode ${merge_mode}, not ${backward.units}`,
    );
  }
}
