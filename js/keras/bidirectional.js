// The layer Bidirectional (`tf.keras.layers.Bidirectional`).
import { add, multiply } from '../gradient/elementwise.js';
import { concatenate } from '../gradient/joining.js';
import { LAYER_OPTIONS, Layer } from '../rnn_cell/layer.js';
import { check_one_of, check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';
import { layer_of, serialize_layer } from './layer_table.js';
import { RecurrentLayer } from './recurrent_layer.js';
import { reverse } from './reverse.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {'concat' | 'sum' | 'mul' | 'ave' | null} MergeMode
 * @typedef {object} OwnOptions
 * @property {MergeMode} [merge_mode] what becomes of the two outputs: side by side (default), their sum, product or mean; null: a list
 *   of both
 * @property {RecurrentLayer | null} [backward_layer] default: one like the layer, with weights of its own and its direction turned round
 * @typedef {import('../rnn_cell/layer.js').LayerOptions & OwnOptions} BidirectionalOptions
 */

const MODES = /** @type {const} */ (['concat', 'sum', 'mul', 'ave']);

/** How two outputs become one. @type {Record<(typeof MODES)[number], (fw: Tensor, bw: Tensor) => Tensor>} */
const MERGE = {
  concat: (fw, bw) => concatenate([fw, bw], { axis: -1 }),
  sum: add,
  mul: multiply,
  ave: (fw, bw) => multiply(add(fw, bw), 0.5),
};

/** Runs a recurrent layer over a sequence in both directions, each with weights of its own. */
export class Bidirectional extends Layer {
  #merge_mode;
  /** @type {RecurrentLayer} */ #forward;
  /** @type {RecurrentLayer} */ #backward;

  /**
   * @param {RecurrentLayer} layer what it is made like; itself it is not used, and may be disposed of
   * @param {BidirectionalOptions} [options]
   * @throws {ValueError} an unknown merge_mode, or a backward_layer that goes the same way or gives something else
   * @throws {TypeError} not a recurrent layer, or an option that is not known
   */
  constructor(layer, options = {}) {
    check_options('Bidirectional', options, [...LAYER_OPTIONS, 'merge_mode', 'backward_layer']);
    const { merge_mode = 'concat', backward_layer = null, ...rest } = options;
    if (!(layer instanceof RecurrentLayer)) {
      throw new TypeError(`Bidirectional: layer must be a recurrent layer, not ${show(layer)}`);
    }
    if (merge_mode !== null) check_one_of('Bidirectional: merge_mode', merge_mode, MODES);
    if (backward_layer !== null) check_backward(layer, backward_layer);
    super({ ...rest, dtype: rest.dtype ?? layer.dtype });
    this.#merge_mode = merge_mode;
    this.#forward = like(layer, `forward_${layer.name}`, layer.go_backwards);
    const other = backward_layer ?? layer;
    this.#backward = like(other, `backward_${other.name}`, !layer.go_backwards);
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

  /** @param {readonly (number | null)[]} input_shape */
  _create(input_shape) {
    const dtype = /** @type {import('../rnn_cell/layer.js').FloatDtype} */ (this.dtype);
    for (const layer of this.submodules) layer._infer_dtype(dtype, () => layer.build(input_shape));
  }

  _unbuild() {
    for (const layer of this.submodules) layer._unbuild();
    super._unbuild();
  }

  /**
   * @param {TensorInput} inputs [batch, steps, input size], or time-major where the layer is
   * @param {{ initial_state?: TensorInput[] | null, mask?: TensorInput | null, training?: boolean }} [options] `initial_state`: one for
   *   each direction, the forward one first
   * @returns {any} the merged output; the layer's `return_state` makes it a list with the state of each direction after it
   * @throws {ValueError} as the layer, or another number of states
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { initial_state = null, ...rest } = options;
    if (initial_state !== null && !(Array.isArray(initial_state) && initial_state.length === 2)) {
      throw new ValueError(
        `${this.name}: initial_state must be a list of two, one for each direction, not ${show(initial_state)}`,
      );
    }
    const what = `${this.name}: inputs`;
    const given = as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null);
    const x = this._take(given);
    const [forward, backward] = this.submodules.map((layer, i) => {
      const result = layer.call(x, { ...rest, initial_state: initial_state?.[i] });
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
   * Sets the states of a stateful layer.
   * @param {TensorInput[] | null} [states] one for each direction; null (default): zeros
   */
  reset_states(states = null) {
    this.submodules.forEach((layer, i) => {
      layer.reset_states(states?.[i]);
    });
  }

  /**
   * @param {unknown} _inputs
   * @param {any} [mask]
   */
  compute_mask(_inputs, mask = null) {
    return this.#forward.return_sequences ? mask : null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {any} */
  compute_output_shape(input_shape) {
    const { return_state } = this.#forward;
    const one = this.#forward.compute_output_shape(input_shape);
    const [output, state] = return_state ? one : [one];
    const merged = this.#merge_mode === 'concat' ? [...output.slice(0, -1), 2 * output.at(-1)] : output;
    const all = [
      ...(this.#merge_mode ? [merged] : [output, output]),
      ...(return_state ? [state, state] : []),
    ];
    return all.length === 1 ? all[0] : all;
  }

  get_config() {
    return {
      ...super.get_config(),
      layer: serialize_layer(this.#forward),
      backward_layer: serialize_layer(this.#backward),
      merge_mode: this.#merge_mode,
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config({ layer, backward_layer = null, ...options }) {
    const what = 'Bidirectional.from_config';
    const plain = (/** @type {any} */ one, /** @type {string} */ prefix) => {
      const name = String(one?.config?.name).replace(new RegExp(`^${prefix}_`), '');
      return /** @type {RecurrentLayer} */ (layer_of(what, { ...one, config: { ...one?.config, name } }, {}));
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
  const Kind = /** @type {{ from_config(config: object): RecurrentLayer }} */ (
    /** @type {unknown} */ (layer.constructor)
  );
  return Kind.from_config({ ...layer.get_config(), name, go_backwards });
}

/**
 * @param {RecurrentLayer} layer
 * @param {unknown} backward
 */
function check_backward(layer, backward) {
  if (!(backward instanceof RecurrentLayer)) {
    throw new TypeError(`Bidirectional: backward_layer must be a recurrent layer, not ${show(backward)}`);
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
}
