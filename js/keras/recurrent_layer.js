// What the recurrent layers have in common: their flags, the state they keep, masks, and either order of the axes.

import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { leaves_of, map_structure, shape_of, zeros_of } from '../layers/structure.js';
import { check_options, same_shape, show_shape, split_options } from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { AttributeError, ValueError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { read_state } from './recurrent_state.js';
import { last_step, reverse } from './reverse.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} OwnOptions
 * @property {boolean} [return_sequences] whether the outputs of all steps are given, or the last one (default)
 * @property {boolean} [return_state] whether the final state is given too: a list [output, state]. Default false.
 * @property {boolean} [go_backwards] whether the last step comes first; the outputs stay in the order in which they were computed.
 *   Default false.
 * @property {boolean} [stateful] whether a call begins with the state in which the one before ended. Default false.
 * @property {boolean} [time_major] whether inputs and outputs are [steps, batch, …] instead of [batch, steps, …]. Default false.
 * @property {boolean} [zero_output_for_mask] what the output of a masked step is: zeros, or (default) the output before
 * @typedef {import('../layers/layer.js').LayerOptions & OwnOptions} RecurrentOptions
 *
 * @typedef {object} CallOptions
 * @property {any} [initial_state] [batch, units], or a list of the states; default: zeros
 * @property {TensorInput | null} [mask] [batch, steps] (with `time_major` [steps, batch]): false, or 0, at the steps that are skipped:
 *   the state stays as it was
 * @property {boolean} [training] whether dropout is at work. Default false.
 */

export const RECURRENT_FLAGS = /** @type {const} */ ([
  'return_sequences',
  'return_state',
  'go_backwards',
  'stateful',
  'time_major',
  'zero_output_for_mask',
]);

/** The options that every recurrent layer takes. */
export const RECURRENT_OPTIONS = [...LAYER_OPTIONS, ...RECURRENT_FLAGS];

/** Base of the layers that run over sequences. Subclasses give `units`, `_create` and `_sequence`. */
export class RecurrentLayer extends Layer {
  /** @type {Record<(typeof RECURRENT_FLAGS)[number], boolean>} */ #flags;
  /** As the sequence gives it. @type {any} */ #state = null;

  /** @param {RecurrentOptions} options */
  constructor(options) {
    const [flags, base] = split_options(name_of_class(new.target), options, RECURRENT_FLAGS, LAYER_OPTIONS);
    super(base);
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
  get supports_masking() {
    return true;
  }
  /** The size of the output. @returns {any} */
  get units() {
    throw new ValueError(`${class_name_of(this)} has no units`);
  }
  /** The size of the state; a list of sizes where the state is a list. @returns {any} */
  get state_size() {
    return this.units;
  }
  /** The state in which the last call of a stateful layer ended; null: zeros. @returns {any} */
  get states() {
    return this.#state;
  }

  /** What `Bidirectional` decides for its layers. @param {boolean} value @internal */
  _set_zero_output_for_mask(value) {
    this.#flags.zero_output_for_mask = value;
  }

  /**
   * The width of the inputs, of a shape that `build` was called with.
   * @param {readonly (number | null)[]} input_shape
   * @returns {number}
   * @internal
   */
  _input_width(input_shape) {
    const width = input_shape.at(-1);
    if (input_shape.length !== 3 || width === null || width === undefined) {
      throw new ValueError(
        `${this.name}.build: input_shape must have three dimensions, the last one known, not ${show_shape(input_shape)}`,
      );
    }
    return width;
  }

  /** Whether inputs may have more than three dimensions. @internal */
  get _takes_any_rank() {
    return false;
  }

  /**
   * The sequence itself.
   * @param {any} _options as `run_sequence` and `run_cell` take them, and `training`
   * @returns {{ outputs: any, state: any }} outputs null where only the last one is wanted, and is the state
   * @internal
   */
  _sequence(_options) {
    throw new ValueError(`${class_name_of(this)} has no _sequence`);
  }

  /**
   * The state to begin with where none is given.
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
   * @returns {any} the last output [batch, units], or with `return_sequences` all of them [batch, steps, units] (or
   *   time-major); with `return_state` a list of that and of the final state [batch, units], or of each where there are several
   * @throws {ValueError} another rank, width or dtype; a state or a mask of another shape; a stateful layer with another batch
   *   than before
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { return_sequences, return_state, go_backwards, stateful, time_major, zero_output_for_mask } =
      this.#flags;
    const given = this.#check_inputs(inputs);
    const [batch, steps] = time_major ? [given.shape[1], given.shape[0]] : given.shape;
    const first = this.#first_state(options.initial_state ?? null, batch);
    const mask = this._check_mask(options.mask ?? null, given.shape);
    const axis = time_major ? 0 : 1;
    const { outputs, state } = this._sequence({
      inputs: go_backwards ? reverse(given, axis) : given,
      batch,
      steps,
      initial_state: first,
      time_major,
      mask: mask && /** @type {Uint8Array} */ ((go_backwards ? reverse(mask, axis) : mask).data),
      repeat_output: !zero_output_for_mask,
      // The last output of a masked sequence need not be the state.
      return_sequences: return_sequences || mask !== null,
      training: options.training ?? false,
    });
    // As Keras, whose states are variables: a later call has no gradient through them.
    const kept = (/** @type {Tensor} */ { data, shape, dtype }) => new Tensor(data, shape, dtype);
    if (stateful) this.#state = map_structure(kept, state);
    const last =
      outputs && !return_sequences ? map_structure((all) => last_step(all, axis), outputs) : outputs;
    const found = last ?? state;
    const output = found instanceof Tensor ? this._regularize(found, inputs) : found;
    return return_state ? [output, ...this.#as_list(state)] : output;
  }

  /** The states one by one, or what stands for them. @param {any} state @returns {any[]} */
  #as_list(state) {
    return Array.isArray(this.state_size) ? state : [state];
  }

  /** @param {unknown} inputs */
  #check_inputs(inputs) {
    const what = `${this.name}: inputs`;
    const given = as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null);
    if (this._takes_any_rank ? given.rank < 3 : given.rank !== 3) {
      throw new ValueError(
        `${what} must have rank 3${this._takes_any_rank ? ' or more' : ''}, not shape ${show_shape(given.shape)}`,
      );
    }
    const x = this._take(given);
    const { input_shape } = /** @type {{ input_shape: number[] }} */ (this.get_build_config());
    const [expected, found] = [input_shape.slice(2), x.shape.slice(2)];
    if (!same_shape(expected, found)) {
      const [wanted, came] =
        expected.length > 1 || found.length > 1 ? [expected, found].map(show_shape) : [expected, found];
      throw new ValueError(`${what} must have ${wanted} features, not ${came}`);
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
  #first_state(initial_state, batch) {
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    if (initial_state !== null)
      return read_state(`${this.name}: initial_state`, initial_state, this.state_size, batch, dtype);
    if (!this.#flags.stateful || !this.#state) return this._zero_state(batch, dtype);
    const kept = leaves_of(this.#state)[0].shape[0];
    if (kept !== batch) {
      throw new ValueError(
        `${this.name}: inputs must have the batch of the state that is kept, ${kept}, not ${batch}; ` +
          'reset_states() lets go of it',
      );
    }
    return this.#state;
  }

  /**
   * Sets the state of a stateful layer.
   * @param {any} [states] [batch, units], or a list of the states; null (default): zeros
   * @throws {AttributeError} the layer is not stateful
   * @throws {ValueError} another shape
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
   * @returns {any} that of the output; with `return_state` a list that begins with it, and has null for each state
   */
  compute_mask(_inputs, mask = null) {
    const own = this.#flags.return_sequences ? mask : null;
    return this.#flags.return_state ? [own, ...this.#as_list(this.state_size).map(() => null)] : own;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {any} */
  compute_output_shape(input_shape) {
    this._check_shape('compute_output_shape', input_shape);
    const { return_sequences, return_state, time_major } = this.#flags;
    const batch = [input_shape[time_major ? 1 : 0]];
    const before = return_sequences ? input_shape.slice(0, 2) : batch;
    const output = map_structure((size) => shape_of(size, before), this.units);
    if (!return_state) return output;
    const states = map_structure((size) => shape_of(size, batch), this.state_size);
    return [output, ...this.#as_list(states)];
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    return { ...super.get_config(), ...this.#flags };
  }
}
