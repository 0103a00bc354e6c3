// What the recurrent layers have in common: their flags, the state they keep, masks, and either order of the axes.
import { LAYER_OPTIONS, Layer } from '../rnn_cell/layer.js';
import { check_options, show_shape } from '../runtime/check.js';
import { AttributeError, ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, as_tensor_of_shape, Tensor } from '../runtime/tensor.js';
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
 * @typedef {import('../rnn_cell/layer.js').LayerOptions & OwnOptions} RecurrentOptions
 *
 * @typedef {object} CallOptions
 * @property {TensorInput | TensorInput[] | null} [initial_state] [batch, units], or a list of one such
 * @property {TensorInput | null} [mask] booleans [batch, steps] (with `time_major` [steps, batch]): false where a step does not
 *   count, and the state stays
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
  /** @type {Tensor | null} */ #state = null;

  /** @param {RecurrentOptions} options */
  constructor(options) {
    const layer_options = Object.entries(options).filter(
      ([name]) => !RECURRENT_FLAGS.some((flag) => flag === name),
    );
    super(Object.fromEntries(layer_options));
    this.#flags = /** @type {Record<(typeof RECURRENT_FLAGS)[number], boolean>} */ (
      Object.fromEntries(RECURRENT_FLAGS.map((name) => [name, Boolean(options[name])]))
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
  get supports_masking() {
    return true;
  }
  /** The size of the state and of the output. @returns {number} */
  get units() {
    throw new ValueError(`${this.constructor.name} has no units`);
  }
  /** The state in which the last call of a stateful layer ended; null: zeros. @returns {Tensor | null} */
  get states() {
    return this.#state;
  }

  /**
   * The width of the inputs, of a shape that `build` was called with.
   * @param {readonly (number | null)[]} input_shape
   * @returns {number}
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

  /**
   * The sequence itself.
   * @param {object} _options as `run_sequence` takes them, and `training`
   * @returns {{ outputs: Tensor | null, state: Tensor }}
   */
  _sequence(_options) {
    throw new ValueError(`${this.constructor.name} has no _sequence`);
  }

  /**
   * @param {TensorInput} inputs [batch, steps, input size], or with `time_major` [steps, batch, input size]
   * @param {CallOptions} [options]
   * @returns {any} the last output [batch, units], or with `return_sequences` all of them [batch, steps, units] (or
   *   time-major); with `return_state` a list of that and of the final state [batch, units]
   * @throws {ValueError} another rank, width or dtype; a state or a mask of another shape; a stateful layer with another batch
   *   than before
   */
  call(inputs, options = {}) {
    check_options(`${this.name}.call`, options, ['initial_state', 'mask', 'training']);
    const { return_sequences, return_state, go_backwards, stateful, time_major, zero_output_for_mask } =
      this.#flags;
    const given = this.#check_inputs(inputs);
    const [batch, steps] = time_major ? [given.shape[1], given.shape[0]] : given.shape;
    const state = this.#first_state(options.initial_state ?? null, batch);
    const mask = this._check_mask(options.mask ?? null, given.shape);
    const axis = time_major ? 0 : 1;
    const result = this._sequence({
      inputs: go_backwards ? reverse(given, axis) : given,
      steps,
      initial_state: state,
      time_major,
      mask: mask && /** @type {Uint8Array} */ ((go_backwards ? reverse(mask, axis) : mask).data),
      repeat_output: !zero_output_for_mask,
      // The last output of a masked sequence need not be the state.
      return_sequences: return_sequences || mask !== null,
      training: options.training ?? false,
    });
    if (stateful) this.#state = result.state;
    const last = mask && !return_sequences && result.outputs ? last_step(result.outputs, axis) : null;
    const output = this._regularize(last ?? result.outputs ?? result.state, inputs);
    return return_state ? [output, result.state] : output;
  }

  /** @param {unknown} inputs */
  #check_inputs(inputs) {
    const what = `${this.name}: inputs`;
    const given = as_tensor(what, inputs, Array.isArray(inputs) ? (this.dtype ?? 'float32') : null);
    if (given.rank !== 3) {
      throw new ValueError(`${what} must have rank 3, not shape ${show_shape(given.shape)}`);
    }
    const x = this._take(given);
    const { input_shape } = /** @type {{ input_shape: number[] }} */ (this.get_build_config());
    if (x.shape[2] !== input_shape.at(-1)) {
      throw new ValueError(`${what} must have ${input_shape.at(-1)} features, not ${x.shape[2]}`);
    }
    return x;
  }

  /**
   * @param {TensorInput | null} mask
   * @param {readonly number[]} shape of the inputs
   * @returns {Tensor | null}
   */
  _check_mask(mask, shape) {
    return mask === null ? null : as_tensor_of_shape(`${this.name}: mask`, mask, 'bool', shape.slice(0, 2));
  }

  /**
   * @param {TensorInput | TensorInput[] | null} initial_state
   * @param {number} batch
   * @returns {Tensor}
   */
  #first_state(initial_state, batch) {
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    const shape = [batch, this.units];
    if (initial_state !== null) {
      return as_tensor_of_shape(
        `${this.name}: initial_state`,
        this.#one_state('initial_state', initial_state),
        dtype,
        shape,
      );
    }
    if (!this.#flags.stateful || !this.#state)
      return new Tensor(array_of(dtype, batch * this.units), shape, dtype);
    if (this.#state.shape[0] !== batch) {
      throw new ValueError(
        `${this.name}: inputs must have the batch of the state that is kept, ${this.#state.shape[0]}, not ${batch}; ` +
          'reset_states() lets go of it',
      );
    }
    return this.#state;
  }

  /**
   * @param {string} argument
   * @param {TensorInput | TensorInput[]} states a state, or a list of one
   * @returns {TensorInput}
   */
  #one_state(argument, states) {
    const is_list =
      Array.isArray(states) && states.some((state) => typeof state === 'object' && 'shape' in state);
    // Nested lists of three levels are a list of states too.
    const is_nested = Array.isArray(states) && Array.isArray(states[0]) && Array.isArray(states[0][0]);
    if (!is_list && !is_nested) return /** @type {TensorInput} */ (states);
    const list = /** @type {TensorInput[]} */ (states);
    if (list.length !== 1)
      throw new ValueError(`${this.name}: ${argument} must be one state, not ${list.length}`);
    return list[0];
  }

  /**
   * Sets the state of a stateful layer.
   * @param {TensorInput | TensorInput[] | null} [states] [batch, units], or a list of one such; null (default): zeros
   * @throws {AttributeError} the layer is not stateful
   * @throws {ValueError} another shape
   */
  reset_states(states = null) {
    if (!this.#flags.stateful)
      throw new AttributeError(`${this.name}.reset_states: the layer is not stateful`);
    if (states === null) {
      this.#state = null;
      return;
    }
    const what = `${this.name}.reset_states: states`;
    const shape = [this.#state?.shape[0] ?? null, this.units];
    this.#state = as_tensor_of_shape(what, this.#one_state('states', states), this.dtype ?? 'float32', shape);
  }

  /**
   * @param {unknown} _inputs
   * @param {any} [mask]
   */
  compute_mask(_inputs, mask = null) {
    return this.#flags.return_sequences ? mask : null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {any} */
  compute_output_shape(input_shape) {
    const { return_sequences, return_state, time_major } = this.#flags;
    const batch = input_shape[time_major ? 1 : 0];
    const output = return_sequences ? [...input_shape.slice(0, 2), this.units] : [batch, this.units];
    return return_state ? [output, [batch, this.units]] : output;
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    return { ...super.get_config(), ...this.#flags };
  }
}
