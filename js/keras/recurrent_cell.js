// Base class of Keras's recurrent cells, GRUCell and StackedRNNCells: layers of one step, which RNN runs over sequences.
import { cast_tensor } from '../gradient/cast_tensor.js';
import { Layer } from '../layers/layer.js';
import { as_inputs, as_state, is_list_of_tensors, zeros_of } from '../layers/structure.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, is_float } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 */

/** Base class of Keras's recurrent cells. Subclasses implement `state_size`, `output_size`, `_create` and `_step`. */
export class RecurrentCell extends Layer {
  /** @returns {any} the size of the state; a list where the state is a list */
  get state_size() {
    throw new ValueError(`${this.name} has no state_size`);
  }
  /** @returns {number} */
  get output_size() {
    throw new ValueError(`${this.name} has no output_size`);
  }

  /**
   * @param {Tensor} _x [batch, inputs]
   * @param {any} _state
   * @returns {[Tensor, any]} the output and the new state
   * @internal
   */
  _step(_x, _state) {
    throw new ValueError(`${this.name} has no _step`);
  }

  /**
   * One step (`cell(inputs, states)`). Builds on first use.
   * @param {TensorInput} inputs [batch, inputs]
   * @param {any} states [batch, units], or a list of states
   * @param {{ training?: boolean }} [options]
   * @returns {[Tensor, any]} the output and the new state, which is a list where `states` is one
   * @throws {ValueError} inputs or states that do not fit
   */
  call(inputs, states, options = {}) {
    check_options(`${this.name}.call`, options, ['training']);
    if (options.training) this._check_trains();
    const is_list = !Array.isArray(this.state_size) && is_list_of_states(states);
    const [output, next] = this.#run(inputs, is_list ? states[0] : states);
    return [output, is_list ? [next] : next];
  }

  /**
   * @throws {UnimplementedError} a cell that would drop something in training
   * @internal
   */
  _check_trains() {}

  /**
   * A state of zeros (`cell.get_initial_state`).
   * @param {{ inputs?: TensorInput | null, batch_size?: number | null, dtype?: FloatDtype | null }} [options] the first dimension of
   *   `inputs` is the batch
   * @returns {any} [batch, units], or a list of states
   * @throws {ValueError} neither inputs nor a batch size, or a batch size that is not an integer of 0 or more
   */
  get_initial_state(options = {}) {
    const what = `${this.name}.get_initial_state`;
    check_options(what, options, ['inputs', 'batch_size', 'dtype']);
    const { inputs = null, batch_size = null } = options;
    const tensor = inputs === null ? null : as_tensor(`${what}: inputs`, inputs, null);
    const batch = batch_size ?? tensor?.shape[0];
    if (!Number.isSafeInteger(batch) || Number(batch) < 0)
      throw new ValueError(`${what}: batch_size must be an integer of 0 or more, not ${show(batch)}`);
    const dtype =
      options.dtype ?? this.dtype ?? (tensor && is_float(tensor.dtype) ? tensor.dtype : 'float32');
    return zeros_of(this.state_size, [Number(batch)], /** @type {FloatDtype} */ (dtype));
  }

  /**
   * One step by `call`, which a subclass of the user's may override.
   * @param {any} inputs
   * @param {any} state
   * @returns {[any, any]}
   * @internal
   */
  _invoke(inputs, state) {
    if (this.call === RecurrentCell.prototype.call) return this.#run(inputs, state);
    const [output, next] = this.call(inputs, state);
    return [output, !Array.isArray(this.state_size) && is_list_of_states(next) ? next[0] : next];
  }

  /** @param {any} inputs @param {any} state @returns {[any, any]} */
  #run(inputs, state) {
    this._check_alive();
    const stated = as_inputs(`${this.name}: inputs`, inputs, this.dtype);
    if (Array.isArray(stated) || stated.rank !== 2)
      throw new ValueError(`${this.name}: inputs must have shape [batch, inputs], not ${show(inputs)}`);
    const dtype = this.dtype ?? (is_float(stated.dtype) ? stated.dtype : 'float32');
    const x = cast_tensor(stated, dtype);
    const tensors = as_state(`${this.name}: states`, state, this.state_size, x.shape[0], dtype);
    this._build_for(x, dtype);
    this._check_width(x.shape[1]);
    const [output, next] = this._step(x, tensors);
    return [this._regularize(output, inputs), next];
  }

  /** The number of features that the built cell takes. @returns {number | null} @internal */
  get _input_width() {
    const shape = this.get_build_config()?.input_shape;
    return /** @type {number | null} */ (shape?.at(-1) ?? null);
  }

  /** @param {unknown} width @internal */
  _check_width(width) {
    if (width !== this._input_width)
      throw new ValueError(
        `${this.name}: inputs must have ${this._input_width} features, not ${show(width)}`,
      );
  }

  /** @param {{ shape: readonly (number | null)[] }} inputs @param {FloatDtype} dtype @internal */
  _build_for({ shape }, dtype) {
    if (!this.built) this._infer_dtype(dtype, () => this.build([null, shape.at(-1) ?? null]));
  }

  /** @param {string} _name @param {{ shape: readonly (number | null)[] }} inputs @param {FloatDtype} dtype @internal */
  _build_in_own_graph(_name, inputs, dtype) {
    this._build_for(inputs, dtype);
  }

  /** @internal */
  get _is_cell() {
    return true;
  }
  /** @internal */
  get _output_is_state() {
    return false;
  }
  /** @param {boolean} _repeat_output @returns {boolean} @internal */
  _runs_sequences(_repeat_output) {
    return false;
  }
  /** @param {{ shape: readonly number[], dtype: string }} inputs @internal */
  _prepare(inputs) {
    this._build_for(inputs, /** @type {FloatDtype} */ (inputs.dtype));
    this._check_width(inputs.shape.at(-1));
  }
  /** @internal */
  _begin_sequence() {}
}

/**
 * Whether a single state came as a list of one.
 * @param {unknown} states
 * @returns {states is [any]}
 */
const is_list_of_states = (states) =>
  Array.isArray(states) &&
  states.length === 1 &&
  (is_list_of_tensors(states) || Array.isArray(states[0]?.[0]));
