// MultiRNNCell, as `tf.compat.v1.nn.rnn_cell.MultiRNNCell`.
import { concatenate, split } from '../gradient/joining.js';
import { variable_scope } from '../graph/variable_scope.js';
import { deserialize_object, register_class, serialize_object } from '../layers/registry.js';
import { as_inputs, as_state, float_dtype_of } from '../layers/structure.js';
import { check_config, check_options, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { RNNCell } from './rnn_cell.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 */

/** A stack of cells: the output of each is the input of the next. */
export class MultiRNNCell extends RNNCell {
  static class_name = /* @__PURE__ */ register_class(() => this, 'MultiRNNCell');

  /** @type {readonly RNNCell[]} */ #cells;
  #state_is_tuple;
  /** The cells that the stack has built. @type {RNNCell[]} */ #built_cells = [];

  /**
   * @param {RNNCell[]} cells the lowest first; they belong to the stack. A cell that stands twice has its weights once and a state for
   *   each place, as in compat.v1.
   * @param {object} [options]
   * @param {boolean} [options.state_is_tuple] whether the state is a list of the cells' states (default), or one tensor in which
   *   they lie side by side
   * @throws {ValueError} no cell, or states that cannot be concatenated
   * @throws {TypeError} not a list of cells, or an option that is not known
   */
  constructor(cells, options = {}) {
    check_options('MultiRNNCell', options, ['state_is_tuple']);
    const { state_is_tuple = true } = options;
    if (!Array.isArray(cells)) {
      throw new TypeError(`MultiRNNCell: cells must be a list of cells, not ${show(cells)}`);
    }
    if (!cells.length) throw new ValueError('MultiRNNCell: cells must have at least one cell');
    // A list may have holes, which forEach passes over.
    Array.from(cells).forEach((cell, i) => {
      if (!(cell instanceof RNNCell)) {
        throw new TypeError(`MultiRNNCell: cells[${i}] must be an RNNCell, not ${show(cell)}`);
      }
      if (!state_is_tuple && typeof cell.state_size !== 'number') {
        throw new ValueError(
          `MultiRNNCell: state_is_tuple must be true where a state is a list, as that of cells[${i}] is`,
        );
      }
    });
    super();
    this.#cells = [...cells];
    this.#state_is_tuple = Boolean(state_is_tuple);
  }

  /** The cells, the lowest first. */
  get cells() {
    return [...this.#cells];
  }
  get submodules() {
    return [...new Set(this.#cells)];
  }
  /** @returns {any} a list of the cells' state sizes; their sum where `state_is_tuple` is false */
  get state_size() {
    const sizes = this.#cells.map((cell) => cell.state_size);
    return this.#state_is_tuple ? sizes : sizes.reduce((a, b) => a + b, 0);
  }
  /** @returns {any} the last cell's */
  get output_size() {
    return this.#last.output_size;
  }
  /** @returns {FloatDtype | null} the cells' */
  get dtype() {
    return this.#cells.find((cell) => cell.dtype)?.dtype ?? super.dtype;
  }
  get #last() {
    return this.#cells[this.#cells.length - 1];
  }

  /**
   * @param {any} batch_size
   * @param {FloatDtype} [dtype]
   * @returns {any} a list of the cells' states of zeros; one tensor where `state_is_tuple` is false
   */
  zero_state(batch_size, dtype) {
    this._check_alive();
    return this.#state_is_tuple
      ? this.#cells.map((cell) => cell.zero_state(batch_size, dtype))
      : super.zero_state(batch_size, dtype);
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    if (input_shape.at(-1) === null || input_shape.at(-1) === undefined) {
      throw new ValueError(
        `${this.name}.build: the last dimension of input_shape must be known, not ${show_shape(input_shape)}`,
      );
    }
    let shape = input_shape;
    this.#all_or_none(() =>
      this.#cells.forEach((cell, i) => {
        this.#inside(i, () => cell._build_for({ shape }, this.dtype ?? 'float32'));
        shape = [input_shape[0], cell.output_size];
      }),
    );
  }

  /**
   * Cells that are built in a function which fails are not built afterwards.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  #all_or_none(body) {
    this.#built_cells = this.#built_cells.concat(this.submodules.filter((cell) => !cell.built));
    try {
      return body();
    } catch (error) {
      if (!this.built) this._unbuild();
      throw error;
    }
  }

  /** The cells that were there before stay. @internal */
  _unbuild() {
    super._unbuild();
    for (const cell of this.#built_cells) cell._unbuild();
    this.#built_cells = [];
  }

  /**
   * Runs a function in the scope of a cell, which a cell that has captured one does not need.
   * @template R
   * @param {number} i
   * @param {() => R} body
   */
  #inside(i, body) {
    return this.#cells[i]._has_scope ? body() : variable_scope(`cell_${i}`, body);
  }

  /**
   * One step. Builds on first use.
   * @param {any} inputs [batch, inputs]
   * @param {any} state a list of the cells' states; one tensor where `state_is_tuple` is false
   * @returns {[any, any]} the last cell's output, and the new state
   * @throws {ValueError} a state or inputs that do not fit
   * @throws {TypeError} no state
   */
  call(inputs, state) {
    this._check_alive();
    if (state === null || state === undefined) throw new TypeError(`${this.name}: state is missing`);
    const type = this.dtype ?? float_dtype_of(inputs) ?? float_dtype_of(state) ?? 'float32';
    const x = as_inputs(`${this.name}: inputs`, inputs, type);
    const [{ shape }] = [x].flat(9);
    const tensors = as_state(`${this.name}: state`, state, this.state_size, shape[0], type);
    const states = this.#state_is_tuple ? tensors : this.#split_state(tensors);
    return this.#all_or_none(() => this._in_scope(() => this.#run_step(x, states, type)));
  }

  /** @param {any} inputs @param {any[]} states @param {FloatDtype} type @returns {[any, any]} */
  #run_step(inputs, states, type) {
    let output = inputs;
    const next = this.#cells.map((cell, i) => {
      const result = this.#inside(i, () => cell._invoke(output, states[i]));
      output = result[0];
      return result[1];
    });
    if (!this.built) this._build_for(inputs, type);
    return [output, this.#state_is_tuple ? next : concatenate(next, { axis: 1 })];
  }

  /** @param {Tensor} state @returns {Tensor[]} */
  #split_state(state) {
    const ends = this.#cells.map((_, i) =>
      this.#cells.slice(0, i + 1).reduce((sum, cell) => sum + cell.state_size, 0),
    );
    return split(state, ends.slice(0, -1), { axis: 1 });
  }

  /** @param {any} inputs @param {any} state @returns {[any, any]} @internal */
  _invoke(inputs, state) {
    return this.call(inputs, state);
  }

  /** @param {boolean} repeat_output @internal */
  _runs_sequences(repeat_output) {
    const { length } = this.#cells;
    return (
      this.#state_is_tuple &&
      this.call === MultiRNNCell.prototype.call &&
      this.#cells.every((cell, i) => cell._runs_sequences(repeat_output && i === length - 1))
    );
  }

  /** @param {{ shape: readonly number[], dtype: string }} inputs @internal */
  _prepare(inputs) {
    this._check_alive();
    const dtype = /** @type {FloatDtype} */ (inputs.dtype);
    let below = { shape: [0, /** @type {number} */ (inputs.shape.at(-1))], dtype };
    this._build_for({ shape: [null, below.shape[1]] }, dtype);
    for (const cell of this.#cells) {
      cell._prepare(below);
      below = { shape: [0, cell.output_size], dtype };
    }
  }

  /**
   * Layer after layer, each the whole sequence.
   * @param {import('./rnn_cell.js').SequenceOptions} options
   * @returns {{ outputs: Tensor | null, state: any[] }}
   * @internal
   */
  _run_sequence(options) {
    const { initial_state, repeat_output = false, return_sequences = true } = options;
    let { inputs } = options;
    /** @type {Tensor | null} */
    let outputs = null;
    const state = this.#cells.map((cell, i) => {
      const is_last = i === this.#cells.length - 1;
      const result = cell._run_sequence({
        ...options,
        inputs,
        initial_state: initial_state[i],
        repeat_output: repeat_output && is_last,
        return_sequences: return_sequences || !is_last,
      });
      outputs = result.outputs;
      if (!is_last) inputs = /** @type {Tensor} */ (outputs);
      return result.state;
    });
    return { outputs, state };
  }

  get_config() {
    const { trainable } = this;
    const different = this.submodules;
    const config = {
      name: this.name,
      trainable,
      cells: different.map(serialize_object),
      state_is_tuple: this.#state_is_tuple,
    };
    // Which of them stands at each place, if one stands twice. TensorFlow's configuration loses that.
    const places = this.#cells.map((cell) => different.indexOf(cell));
    return different.length < places.length ? { ...config, places } : config;
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {{ [class_name: string]: any }} [custom_objects] classes of the user's cells, by name
   * @returns {MultiRNNCell}
   */
  static from_config(config, custom_objects = {}) {
    const { cells, places = null, state_is_tuple = true, trainable = true } = check_config(this, config);
    if (!Array.isArray(cells))
      throw new TypeError(`MultiRNNCell.from_config: cells must be a list, not ${show(cells)}`);
    const different = cells.map((/** @type {any} */ cell, /** @type {number} */ i) =>
      deserialize_object(`MultiRNNCell: cells[${i}]`, cell, custom_objects),
    );
    const stack = new this(places ? places.map((/** @type {number} */ i) => different[i]) : different, {
      state_is_tuple,
    });
    if (!trainable) stack.trainable = false;
    return stack;
  }
}
