// Base class of the recurrent layers: flags, initial and stored state, masks, batch-major and time-major inputs.

import { add } from '../gradient/elementwise.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { leaves_of, map_structure, shape_of, zeros_of } from '../layers/structure.js';
import { check_options, same_shape, show, show_shape, split_options } from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { AttributeError, ValueError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { read_state } from './recurrent_state.js';
import { last_step, reverse } from './reverse.js';
import { sequence_stage } from './stages.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} RecurrentOnlyOptions
 * @property {boolean} [return_sequences] whether to return the outputs of all steps or only the last one. Default false.
 * @property {boolean} [return_state] whether to return the final state, too, as a list [output, state]. Default false.
 * @property {boolean} [go_backwards] whether to process the sequence from its last step to its first; the outputs are in the order of
 *   processing (reversed). Default false.
 * @property {boolean} [stateful] whether the final state of a call is the initial state of the next call. Default false.
 * @property {boolean} [time_major] whether inputs and outputs are [steps, batch, …] instead of [batch, steps, …]. Default false.
 * @property {boolean} [zero_output_for_mask] whether the output of a masked step is zeros or the previous output. Default false.
 * @property {boolean} [trainable_initial_state] whether the state that a sequence begins with is a weight, which training changes, instead of
 *   zeros. Not with `stateful`. Keras has no such option. Default false.
 * @typedef {import('../layers/layer.js').LayerOptions & RecurrentOnlyOptions} RecurrentOptions
 *
 * @typedef {object} CallOptions
 * @property {any} [initial_state] [batch, units], or a list of states. Default: the stored state if stateful, the
 *   weight of `trainable_initial_state`, or zeros.
 * @property {TensorInput | null} [mask] [batch, steps] (with `time_major` [steps, batch]): false or 0 marks a masked step, which
 *   leaves the state unchanged
 * @property {boolean} [training] whether dropout is applied. Default false.
 */

export const RECURRENT_FLAGS = /** @type {const} */ ([
  'return_sequences',
  'return_state',
  'go_backwards',
  'stateful',
  'time_major',
  'zero_output_for_mask',
  'trainable_initial_state',
]);

/** Names of the options of every recurrent layer. */
export const RECURRENT_OPTIONS = [...LAYER_OPTIONS, ...RECURRENT_FLAGS];

/** Base class of the layers that process sequences. Subclasses implement `units`, `_create` and `_sequence`. */
export class RecurrentLayer extends Layer {
  /** @type {Record<(typeof RECURRENT_FLAGS)[number], boolean>} */ #flags;
  /** Final state of the last call if stateful, as returned by `_sequence`; null means zeros. @type {any} */ #state =
    null;
  /** The weights of `trainable_initial_state`, in the structure of the state. @type {any} */ #initial_weights =
    null;

  /**
   * @param {RecurrentOptions} options
   * @throws {ValueError} both stateful and trainable_initial_state
   */
  constructor(options) {
    const [flags, base_options] = split_options(
      name_of_class(new.target),
      options,
      RECURRENT_FLAGS,
      LAYER_OPTIONS,
    );
    if (flags.stateful && flags.trainable_initial_state)
      throw new ValueError(
        `${name_of_class(new.target)}: trainable_initial_state must be false where stateful is true, not ${show(flags.trainable_initial_state)}`,
      );
    super(base_options);
    this.#flags = /** @type {Record<(typeof RECURRENT_FLAGS)[number], boolean>} */ (
      Object.fromEntries(RECURRENT_FLAGS.map((name) => [name, Boolean(flags[name])]))
    );
  }

  get return_sequences() {
    return this.#flags.return_sequences;
  }
  get return_state() {
    return this.#flags.return_state;
  }
  get go_backwards() {
    return this.#flags.go_backwards;
  }
  get stateful() {
    return this.#flags.stateful;
  }
  get time_major() {
    return this.#flags.time_major;
  }
  get zero_output_for_mask() {
    return this.#flags.zero_output_for_mask;
  }
  get trainable_initial_state() {
    return this.#flags.trainable_initial_state;
  }
  get supports_masking() {
    return true;
  }
  /** Size of the output. @returns {any} */
  get units() {
    throw new ValueError(`${class_name_of(this)} has no units`);
  }
  /** Size of the state, or a list of sizes if the state is a list. @returns {any} */
  get state_size() {
    return this.units;
  }
  /** Final state of the last call of a stateful layer; null means zeros. @returns {any} */
  get states() {
    return this.#state;
  }

  /**
   * Called by `Bidirectional`, which sets this flag of its two layers.
   * @param {boolean} value
   * @internal
   */
  _set_zero_output_for_mask(value) {
    this.#flags.zero_output_for_mask = value;
  }

  /**
   * Number of input features, from the shape passed to `build`.
   * @param {readonly (number | null)[]} input_shape
   * @returns {number}
   * @throws {ValueError} input_shape does not have three dimensions, or its last dimension is null
   * @internal
   */
  _input_width(input_shape) {
    const features = input_shape.at(-1);
    if (input_shape.length !== 3 || features === null || features === undefined) {
      throw new ValueError(
        `${this.name}.build: input_shape must have three dimensions, the last one known, not ${show_shape(input_shape)}`,
      );
    }
    return features;
  }

  /** Whether the layer accepts inputs of more than three dimensions. @internal */
  get _takes_any_rank() {
    return false;
  }

  /**
   * Processes the sequence.
   * @param {any} _options the options of `run_sequence` and `run_cell`, and `training`
   * @returns {{ outputs: any, state: any }} outputs may be null if `return_sequences` is false and the last output is the state
   * @internal
   */
  _sequence(_options) {
    throw new ValueError(`${class_name_of(this)} has no _sequence`);
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage(shape) {
    const { go_backwards, time_major } = this.#flags;
    return go_backwards || time_major ? null : sequence_stage(this, shape);
  }

  /** Creates the weights of `trainable_initial_state`. `_create` calls it once the size of the state is known. @internal */
  _add_initial_state() {
    if (!this.#flags.trainable_initial_state) return;
    const names = leaves_of(this.state_size).map((_, i) => (i ? `initial_state_${i}` : 'initial_state'));
    this.#initial_weights = map_structure(
      (size) =>
        this.add_weight(/** @type {string} */ (names.shift()), {
          shape: shape_of(size, []),
          initializer: 'zeros',
        }),
      this.state_size,
    );
  }

  /** @internal */
  _release_weights() {
    this.#initial_weights = null;
    super._release_weights();
  }

  /**
   * The state that a sequence begins with if the caller passes none.
   * @param {number} batch
   * @param {FloatDtype} dtype
   * @returns {any}
   * @internal
   */
  _first_state(batch, dtype) {
    const weights = this.#initial_weights;
    return weights
      ? map_structure(add, zeros_of(this.state_size, [batch], dtype), weights)
      : this._zero_state(batch, dtype);
  }

  /**
   * Makes a stream begin with the trained state, and return to it.
   * @template {{ state: import('../runtime/heap.js').Floats, batch: number, reset(): void }} S
   * @param {S} stream
   * @returns {S}
   * @internal
   */
  _begin(stream) {
    if (!this.#initial_weights) return stream;
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    stream.reset = () => stream.state.set(this._first_state(stream.batch, dtype).data);
    stream.reset();
    return stream;
  }

  /**
   * A state of zeros.
   * @param {number} batch
   * @param {FloatDtype} dtype
   * @returns {any}
   * @internal
   */
  _zero_state(batch, dtype) {
    return zeros_of(this.state_size, [batch], dtype);
  }

  /**
   * @param {TensorInput} inputs [batch, steps, input size], or with `time_major` [steps, batch, input size]
   * @param {CallOptions} [options]
   * @returns {any} the last output [batch, units], or with `return_sequences` the outputs of all steps [batch, steps, units]
   *   (with `time_major` [steps, batch, units]); with `return_state` a list of the output followed by the final state(s) [batch, units]
   * @throws {ValueError} rank, number of features or dtype of the inputs is wrong; a state or the mask has a wrong shape; the batch size
   *   differs from that of the stored state
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { return_sequences, return_state, go_backwards, stateful, time_major, zero_output_for_mask } =
      this.#flags;
    const x = this.#check_inputs(inputs);
    const [batch, steps] = time_major ? [x.shape[1], x.shape[0]] : x.shape;
    const initial_state = this.#initial_state(options.initial_state ?? null, batch);
    const mask = this._check_mask(options.mask ?? null, x.shape);
    const axis = time_major ? 0 : 1;
    const { outputs, state } = this._sequence({
      inputs: go_backwards ? reverse(x, axis) : x,
      batch,
      steps,
      initial_state,
      time_major,
      mask: mask && /** @type {Uint8Array} */ ((go_backwards ? reverse(mask, axis) : mask).data),
      repeat_output: !zero_output_for_mask,
      // With a mask the last output may differ from the final state.
      return_sequences: return_sequences || mask !== null,
      training: options.training ?? false,
    });
    // The stored state is a copy without gradient: as in Keras, no gradient flows from one call into the previous one.
    const without_gradient = (/** @type {Tensor} */ { data, shape, dtype }) => new Tensor(data, shape, dtype);
    if (stateful) this.#state = map_structure(without_gradient, state);
    const selected =
      outputs && !return_sequences ? map_structure((all) => last_step(all, axis), outputs) : outputs;
    const result = selected ?? state;
    const output = result instanceof Tensor ? this._regularize(result, inputs) : result;
    return return_state ? [output, ...this.#as_list(state)] : output;
  }

  /** The states (or their sizes) as a list. @param {any} state @returns {any[]} */
  #as_list(state) {
    return Array.isArray(this.state_size) ? state : [state];
  }

  /** @param {unknown} inputs */
  #check_inputs(inputs) {
    const what = `${this.name}: inputs`;
    const tensor = as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null);
    if (this._takes_any_rank ? tensor.rank < 3 : tensor.rank !== 3) {
      throw new ValueError(
        `${what} must have rank 3${this._takes_any_rank ? ' or more' : ''}, not shape ${show_shape(tensor.shape)}`,
      );
    }
    const x = this._take(tensor);
    const { input_shape } = /** @type {{ input_shape: number[] }} */ (this.get_build_config());
    const [expected, actual] = [input_shape.slice(2), x.shape.slice(2)];
    if (!same_shape(expected, actual)) {
      const [expected_text, actual_text] =
        expected.length > 1 || actual.length > 1 ? [expected, actual].map(show_shape) : [expected, actual];
      throw new ValueError(`${what} must have ${expected_text} features, not ${actual_text}`);
    }
    return x;
  }

  /**
   * @param {TensorInput | null} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor | null}
   * @internal
   */
  _check_mask(mask, shape) {
    return mask === null ? null : as_mask(`${this.name}: mask`, mask, shape.slice(0, 2));
  }

  /**
   * @param {any} initial_state
   * @param {number} batch
   * @returns {any}
   */
  #initial_state(initial_state, batch) {
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    if (initial_state !== null)
      return read_state(`${this.name}: initial_state`, initial_state, this.state_size, batch, dtype);
    if (!this.#flags.stateful || !this.#state) return this._first_state(batch, dtype);
    const stored_batch = leaves_of(this.#state)[0].shape[0];
    if (stored_batch !== batch) {
      throw new ValueError(
        `${this.name}: inputs must have the batch size of the stored state, ${stored_batch}, not ${batch}; ` +
          'reset_states() clears the state',
      );
    }
    return this.#state;
  }

  /**
   * Sets the state of a stateful layer.
   * @param {any} [states] [batch, units], or a list of states; null (default): zeros
   * @throws {AttributeError} the layer is not stateful
   * @throws {ValueError} a state has a wrong shape
   */
  reset_states(states = null) {
    if (!this.#flags.stateful)
      throw new AttributeError(`${this.name}.reset_states: the layer is not stateful`);
    const batch = this.#state && leaves_of(this.#state)[0].shape[0];
    const what = `${this.name}: states`;
    const dtype = this.dtype ?? 'float32';
    this.#state = states === null ? null : read_state(what, states, this.state_size, batch, dtype);
  }

  /**
   * @param {unknown} _inputs
   * @param {any} [mask]
   * @returns {any} the mask of the output; with `return_state` a list of that mask and null for each state
   */
  compute_mask(_inputs, mask = null) {
    const output_mask = this.#flags.return_sequences ? mask : null;
    return this.#flags.return_state
      ? [output_mask, ...this.#as_list(this.state_size).map(() => null)]
      : output_mask;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {any} */
  compute_output_shape(input_shape) {
    this._check_shape('compute_output_shape', input_shape);
    const { return_sequences, return_state, time_major } = this.#flags;
    const batch = [input_shape[time_major ? 1 : 0]];
    const leading = return_sequences ? input_shape.slice(0, 2) : batch;
    const output = map_structure((size) => shape_of(size, leading), this.units);
    if (!return_state) return output;
    const states = map_structure((size) => shape_of(size, batch), this.state_size);
    return [output, ...this.#as_list(states)];
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    // Keras does not know the option, and takes no configuration that names it.
    const { trainable_initial_state, ...flags } = this.#flags;
    return { ...super.get_config(), ...flags, ...(trainable_initial_state && { trainable_initial_state }) };
  }
}
