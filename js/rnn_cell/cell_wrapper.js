// CellWrapper: base of the wrappers of a cell.

import { deserialize_object, serialize_object } from '../layers/registry.js';
import { as_inputs, as_state, float_dtype_of } from '../layers/structure.js';
import { check_config, check_options, show } from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { RNNCell } from './rnn_cell.js';

/**
 * @typedef {{ name?: string | null, trainable?: boolean }} WrapperOptions
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 */

/** The options that wrappers hand on to {@link RNNCell}. */
export const WRAPPER_OPTIONS = ['name', 'trainable'];

/** Base of the wrappers: a cell around another one, with the inner cell's variables, scope and sizes. Subclasses define `_wrap`. */
export class CellWrapper extends RNNCell {
  /** The cell inside. @type {RNNCell} */ cell;

  /**
   * @param {RNNCell} cell
   * @param {WrapperOptions} options
   * @throws {TypeError} not a cell
   */
  constructor(cell, options) {
    if (!(cell instanceof RNNCell)) {
      throw new TypeError(`${name_of_class(new.target)}: cell must be an RNNCell, not ${show(cell)}`);
    }
    super(options);
    this.cell = cell;
  }

  /** The cell inside, under the name that TensorFlow gives it. */
  get wrapped_cell() {
    return this.cell;
  }
  get submodules() {
    return [this.cell];
  }
  /** @returns {any} */
  get state_size() {
    return this.cell.state_size;
  }
  /** @returns {any} */
  get output_size() {
    return this.cell.output_size;
  }
  /** @returns {FloatDtype | null} */
  get dtype() {
    return this.cell.dtype;
  }
  get graph() {
    return this.cell.graph;
  }
  get scope_name() {
    return this.cell.scope_name;
  }
  /** @internal */
  get _has_scope() {
    return this.cell._has_scope;
  }
  get built() {
    return this.cell.built;
  }

  /**
   * Builds the cell inside; a second call does nothing.
   * @param {readonly (number | null)[]} input_shape
   * @returns {this}
   */
  build(input_shape) {
    this._check_alive();
    this.cell.build(input_shape);
    return this;
  }

  /** @param {any} inputs @param {FloatDtype} dtype @internal */
  _build_for(inputs, dtype) {
    this.cell._build_for(inputs, dtype);
  }
  /** @param {string} name @param {any} inputs @param {FloatDtype} dtype @internal */
  _build_in_own_graph(name, inputs, dtype) {
    this.cell._build_in_own_graph(name, inputs, dtype);
  }
  get_build_config() {
    return this.cell.get_build_config();
  }
  /** @internal */
  _unbuild() {
    this.cell._unbuild();
  }

  /**
   * @param {any} batch_size
   * @param {FloatDtype} [dtype]
   */
  zero_state(batch_size, dtype) {
    this._check_alive();
    return this.cell.zero_state(batch_size, dtype);
  }

  /**
   * One step. Builds the cell inside on first use, in the scope around.
   * @param {any} inputs
   * @param {any} state
   * @returns {[any, any]} the output and the new state
   */
  call(inputs, state) {
    return this.#step(inputs, state, (x, tensors) => this.cell._invoke(x, tensors));
  }

  /**
   * @param {any} inputs
   * @param {any} state
   * @param {{ scope?: string | import('../graph/variable_scope.js').VariableScope | null }} [options] `scope`: the variable scope of the
   *   cell inside, at first use; taken as it is
   * @returns {[any, any]}
   */
  apply(inputs, state, options = {}) {
    check_options(`${this.name}.apply`, options, ['scope']);
    return this.#step(inputs, state, (x, tensors) => this.cell.apply(x, tensors, options));
  }

  /** @param {any} inputs @param {any} state @returns {[any, any]} @internal */
  _invoke(inputs, state) {
    return this.call(inputs, state);
  }

  /**
   * @param {any} inputs
   * @param {any} state
   * @param {(inputs: any, state: any) => [any, any]} call_cell
   */
  #step(inputs, state, call_cell) {
    this._check_alive();
    if (state === null || state === undefined) throw new TypeError(`${this.name}: state is missing`);
    const type = this.dtype ?? float_dtype_of(inputs) ?? float_dtype_of(state) ?? 'float32';
    const x = as_inputs(`${this.name}: inputs`, inputs, type);
    const [{ shape }] = [x].flat(9);
    const tensors = as_state(`${this.name}: state`, state, this.state_size, shape[0], type);
    return this._wrap(x, tensors, call_cell);
  }

  /**
   * @param {any} _inputs tensors
   * @param {any} _state tensors
   * @param {(inputs: any, state: any) => [any, any]} _call_cell the step of the cell inside
   * @returns {[any, any]}
   * @internal
   */
  _wrap(_inputs, _state, _call_cell) {
    throw new TypeError(`${class_name_of(this)} has no _wrap`);
  }

  /** @param {{ shape: readonly number[], dtype: string }} inputs @internal */
  _prepare(inputs) {
    this._check_alive();
    this.cell._prepare(inputs);
  }

  get_config() {
    const { reuse: _, dtype: _own, ...config } = super.get_config();
    return { ...config, cell: serialize_object(this.cell) };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {{ [class_name: string]: any }} [custom_objects] classes of the user's cells, by name
   */
  static from_config(config, custom_objects = {}) {
    const { cell, ...options } = check_config(this, config);
    return new this(deserialize_object('from_config: cell', cell, custom_objects), options);
  }
}
