// RNNCell: what TF1's recurrent cells have in common: steps, sequences and states.

import { CellScope } from '../graph/cell_scope.js';
import { Graph, get_default_graph } from '../graph/graph.js';
import { AUTO_REUSE } from '../graph/variable_scope.js';
import { LAYER_OPTIONS, Layer, snake_case } from '../layers/layer.js';
import { as_inputs, as_state, float_dtype_of, map_structure, zeros_of } from '../layers/structure.js';
import { check_is_options, check_options, show } from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { NotImplementedError, ValueError } from '../runtime/errors.js';
import { as_tensor, FLOAT_DTYPES, is_float, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../layers/layer.js').LayerOptions & { reuse?: import('../graph/variable_scope.js').Reuse }} CellOptions `reuse`: true: the
 *   variables exist and are shared; `AUTO_REUSE`: shared if they exist; default: they are new
 * @typedef {import('../graph/scope.js').VariableScope} VariableScope
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 *
 * @typedef {object} SequenceOptions
 * @property {Tensor} inputs [batch, steps, inputs], or with `time_major` [steps, batch, inputs]
 * @property {number} steps
 * @property {any} initial_state
 * @property {boolean} [time_major]
 * @property {Uint8Array | null} [mask] one a row, in the inputs' order: 0 where the step does not count
 * @property {boolean} [repeat_output] whether the output is then the one before, instead of zeros
 * @property {boolean} [return_sequences] default true
 */

/** The options that every cell takes. */
export const CELL_OPTIONS = [...LAYER_OPTIONS, 'reuse'];

/**
 * Base of the recurrent cells (`tf.compat.v1.nn.rnn_cell.RNNCell`). A subclass defines `state_size`, `output_size` and
 * `call(inputs, state)`, which returns the output and the new state. Its variables come from `add_weight` in its
 * `build(input_shape)`, or from `get_variable` in its `call`; both are made in the cell's own scope. `apply(inputs, state)`
 * runs it. A layer that it keeps as a property counts as part of it.
 */
export class RNNCell extends Layer {
  static class_name = 'RNNCell';

  #scope;

  /**
   * @param {CellOptions} [options]
   * @throws {ValueError} an option's value that is not allowed
   * @throws {TypeError} options that are not an object literal
   */
  constructor(options = {}) {
    check_is_options(name_of_class(new.target), options);
    const { reuse = null, name = null, ...rest } = options;
    super({ name, ...rest });
    this.#scope = new CellScope(this.name, name ?? snake_case(name_of_class(new.target)), reuse);
  }

  /** @param {string} class_name @internal */
  _default_name(class_name) {
    return get_default_graph()._layer_name(snake_case(class_name));
  }

  /** The graph that owns the variables; before the first use the default graph. @returns {import('../graph/graph.js').Graph} */
  get graph() {
    return this.#scope.graph;
  }

  /**
   * The full name of the variable scope.
   * @returns {string}
   * @throws {ValueError} before the first use
   */
  get scope_name() {
    return this.#scope.name;
  }

  /** The layers that are this cell's properties. @returns {Layer[]} */
  get submodules() {
    return Object.values(this)
      .flat()
      .filter((value) => value instanceof Layer);
  }

  /** Whether the scope is captured, so that calls stay in it wherever they are made. @returns {boolean} @internal */
  get _has_scope() {
    return this.#scope.is_captured;
  }

  /**
   * Runs a function in the cell's scope and graph. Variables that it asks for there are the cell's.
   * @template R
   * @param {() => R} body
   * @returns {R}
   * @internal
   */
  _in_scope(body) {
    return this.#scope.run_call(body, this.dtype, (created) => this._keep(created));
  }

  /** @param {string | VariableScope | null} scope at the first use @internal */
  _capture_scope(scope) {
    this.#scope.capture(scope);
  }

  /** @internal */
  _unbuild() {
    super._unbuild();
    this.#scope.release();
  }

  /**
   * Creates the variables, in the cell's scope; a second call does nothing.
   * @param {readonly (number | null)[]} input_shape
   * @returns {this}
   */
  build(input_shape) {
    this._check_alive();
    return this.built ? this : this.#scope.run_build(() => super.build(input_shape));
  }

  /**
   * @param {string} name
   * @param {import('../layers/layer.js').WeightOptions} options
   * @internal
   */
  _new_variable(name, options) {
    return this.#scope.open_variable(name, options, this.built);
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    const { reuse } = this.#scope;
    return { ...super.get_config(), reuse: reuse === AUTO_REUSE ? 'AUTO_REUSE' : reuse };
  }

  /**
   * The sizes of the state: a number; a list where the state is a list; `{ shape }` where it has more than one dimension
   * beside the batch.
   * @returns {any}
   */
  get state_size() {
    throw new ValueError(`${class_name_of(this)} has no state_size`);
  }

  /** The size of the output. @returns {number} */
  get output_size() {
    throw new ValueError(`${class_name_of(this)} has no output_size`);
  }

  /**
   * Not known for a cell, whose `call` takes a state too: as TensorFlow's.
   * @param {unknown} _input_shape
   * @returns {never}
   * @throws {NotImplementedError} always
   */
  compute_output_shape(_input_shape) {
    throw new NotImplementedError(
      `${this.name}.compute_output_shape: a recurrent cell has no output shape for an input shape alone; see output_size and state_size`,
    );
  }

  /**
   * Builds on first use, in a scope, and calls.
   * @param {any} inputs
   * @param {any} state
   * @param {{ scope?: string | VariableScope | null }} [options] `scope`: the variable scope, at first use; taken as it is
   * @returns {any}
   */
  apply(inputs, state, options = {}) {
    check_options(`${this.name}.apply`, options, ['scope']);
    const fresh = !this._has_scope;
    try {
      this._capture_scope(options.scope ?? null);
      return this._invoke(inputs, state);
    } catch (error) {
      if (fresh && !this.built) this.#scope.release();
      throw error;
    }
  }

  /**
   * One step in the cell's own scope, built on first use.
   * @param {any} inputs
   * @param {any} state
   * @returns {[any, any]} the output and the new state
   * @throws {ValueError} a dtype, or a state, that does not fit the cell
   * @throws {TypeError} no state; a `call` that gives something else
   * @internal
   */
  _invoke(inputs, state) {
    this._check_alive();
    if (state === null || state === undefined) throw new TypeError(`${this.name}: state is missing`);
    const type = this.dtype ?? float_dtype_of(inputs) ?? float_dtype_of(state) ?? 'float32';
    const x = as_inputs(`${this.name}: inputs`, inputs, type);
    const [{ shape }] = [x].flat(9);
    const tensors = as_state(`${this.name}: state`, state, this.state_size, shape[0], type);
    const fresh = !this.built;
    try {
      this._build_for(x, type);
      const result = this._in_scope(() => this.call(x, tensors));
      if (!Array.isArray(result) || result.length !== 2) {
        throw new TypeError(
          `${this.name}: call must return the list [output, new state], not ${show(result)}`,
        );
      }
      this.#scope.expect_variables(true);
      const [output, next] = result;
      return [output instanceof Tensor ? this._regularize(output, inputs) : output, next];
    } catch (error) {
      if (fresh) this._unbuild();
      else this.#scope.expect_variables(AUTO_REUSE);
      throw error;
    }
  }

  /**
   * Builds the cell for inputs, if it is not built.
   * @param {any} inputs tensors
   * @param {FloatDtype} dtype
   * @internal
   */
  _build_for(inputs, dtype) {
    if (this.built) return;
    const shape = map_structure((leaf) => [...leaf.shape], inputs);
    this._infer_dtype(dtype, () => {
      this._in_scope(() => this.build(shape));
      // A subclass's build may not have called super.build.
      if (!this.built) super.build(shape);
    });
  }

  /**
   * Builds the cell in a new graph, where its names cannot clash with others: for a layer that owns the cell.
   * @param {string} name the layer's, in which the variables' names begin
   * @param {any} inputs tensors, or their shapes
   * @param {FloatDtype} dtype
   * @internal
   */
  _build_in_own_graph(name, inputs, dtype) {
    new Graph().as_default(() => {
      // Not the cell's own name, which a copy of the cell does not have.
      this._capture_scope(`${name}/${snake_case(class_name_of(this))}`);
      this._build_for(inputs, dtype);
    });
  }

  /** Whether this is a recurrent cell, which `is_cell` asks. @internal */
  get _is_cell() {
    return true;
  }

  /** Whether the output of every step is the new state, so that a sequence's last output need not be kept. @internal */
  get _output_is_state() {
    return false;
  }

  /**
   * Whether `_run_sequence` runs whole sequences; otherwise the cell is called step by step.
   * @param {boolean} _repeat_output whether outputs of steps that do not count are those before
   * @internal
   */
  _runs_sequences(_repeat_output) {
    return false;
  }

  /**
   * Builds the cell for whole sequences, if it is not built, and checks that they fit.
   * @param {{ shape: readonly number[], dtype: string }} _inputs
   * @internal
   */
  _prepare(_inputs) {
    throw new TypeError(`${class_name_of(this)} runs step by step`);
  }

  /**
   * A whole sequence at once.
   * @param {SequenceOptions} _options
   * @returns {{ outputs: Tensor | null, state: any }}
   * @internal
   */
  _run_sequence(_options) {
    throw new TypeError(`${class_name_of(this)} runs step by step`);
  }

  /** Before the steps of a sequence: what is drawn once a sequence is drawn anew. @internal */
  _begin_sequence() {
    for (const cell of this.submodules) if (cell instanceof RNNCell) cell._begin_sequence();
  }

  /**
   * A state of zeros: [batch_size, state_size], or a list of them where the cell has several.
   * @param {number | TensorInput} batch_size an integer, a tensor of one, or a vector: [a, b] gives [a, b, state_size]
   * @param {FloatDtype} [dtype] default: the cell's, else float32
   * @returns {any}
   * @throws {ValueError} a batch size that is not an integer of 0 or more, or a dtype that is not a float
   */
  zero_state(batch_size, dtype = this.dtype ?? 'float32') {
    this._check_alive();
    const sizes = this.#batch_sizes(batch_size);
    if (!is_float(dtype)) {
      throw new ValueError(
        `${this.name}.zero_state: dtype must be one of ${FLOAT_DTYPES.join(', ')}, not ${show(dtype)}`,
      );
    }
    return zeros_of(this.state_size, sizes, dtype);
  }

  /** @param {unknown} batch_size @returns {number[]} */
  #batch_sizes(batch_size) {
    const what = `${this.name}.zero_state: batch_size`;
    if (batch_size === null || batch_size === undefined) throw new ValueError(`${what} is missing`);
    const tensor = typeof batch_size === 'number' ? null : as_tensor(what, batch_size, null);
    const sizes = tensor ? Array.from(tensor.data) : [/** @type {number} */ (batch_size)];
    if ((tensor?.rank ?? 0) > 1 || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new ValueError(
        `${what} must be an integer of 0 or more, or a vector of them, not ${show(batch_size)}`,
      );
    }
    return sizes;
  }

  /**
   * A state to begin with, from the inputs or from a batch size and a dtype.
   * @param {{ inputs?: TensorInput | null, batch_size?: number | null, dtype?: FloatDtype | null }} [options] the first dimension of
   *   `inputs` is the batch
   * @returns {any}
   * @throws {ValueError} one that differs from the inputs', or neither inputs nor both of the others
   */
  get_initial_state(options = {}) {
    const what = `${this.name}.get_initial_state`;
    this._check_alive();
    check_options(what, options, ['inputs', 'batch_size', 'dtype']);
    const { inputs = null, batch_size = null, dtype = null } = options;
    let size = batch_size;
    let type = dtype;
    if (inputs !== null) {
      const tensor = as_tensor(`${what}: inputs`, inputs, null);
      if (size !== null && size !== tensor.shape[0]) {
        throw new ValueError(
          `${what}: batch_size is ${show(size)}, but inputs has a batch of ${tensor.shape[0]}`,
        );
      }
      if (type !== null && type !== tensor.dtype) {
        throw new ValueError(`${what}: dtype is ${show(type)}, but inputs has dtype ${tensor.dtype}`);
      }
      size = tensor.shape[0];
      type = /** @type {FloatDtype} */ (tensor.dtype);
    }
    if (size === null || type === null) {
      throw new ValueError(`${what}: batch_size and dtype are both needed without inputs`);
    }
    return this.zero_state(size, type);
  }
}
