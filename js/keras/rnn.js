// The layer RNN: a cell over sequences (`tf.keras.layers.RNN`).
import { stop_recording } from '../gradient/recording.js';
import { Graph } from '../graph/graph.js';
import { variable_scope } from '../graph/variable_scope.js';
import { zeros_of } from '../layers/structure.js';
import { run_cell } from '../rnn/run_cell.js';
import { deserialize_cell, serialize_cell } from '../rnn_cell/cell_registry.js';
import { DropoutWrapper } from '../rnn_cell/dropout_wrapper.js';
import { GRUCell } from '../rnn_cell/gru_cell.js';
import { MultiRNNCell } from '../rnn_cell/multi_rnn_cell.js';
import { ResidualWrapper } from '../rnn_cell/residual_wrapper.js';
import { RNNCell } from '../rnn_cell/rnn_cell.js';
import { check_options, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { RECURRENT_OPTIONS, RecurrentLayer } from './recurrent_layer.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('./recurrent_layer.js').RecurrentOptions} RNNOptions
 * @typedef {import('./layer_table.js').CustomObjects} CustomObjects
 */

/** The cells that a configuration may name without saying what they are. */
const CELLS = { DropoutWrapper, GRUCell, MultiRNNCell, ResidualWrapper };

/** @param {RNNCell} cell @returns {RNNCell[]} it and those inside it */
const all_cells = (cell) => [
  cell,
  ...cell.submodules.flatMap((inner) => (inner instanceof RNNCell ? all_cells(inner) : [])),
];

/**
 * Runs a cell over sequences. The layer owns the cell, which may be any `RNNCell`: one of the user's own is called step by step,
 * and so is whatever holds one. A cell that keeps several states gives and takes a list of them.
 */
export class RNN extends RecurrentLayer {
  #cell;
  /** Whether it was this layer that built the cell. */ #built_cell = false;

  /**
   * @param {RNNCell | RNNCell[]} cell a list: cells one on top of the other
   * @param {RNNOptions} [options]
   * @throws {ValueError} not a cell, or another dtype than the cell's
   * @throws {TypeError} an option that is not known
   */
  constructor(cell, options = {}) {
    check_options('RNN', options, RECURRENT_OPTIONS);
    const given = Array.isArray(cell) ? new MultiRNNCell(cell) : cell;
    if (!(given instanceof RNNCell)) throw new ValueError(`RNN: cell must be an RNNCell, not ${show(cell)}`);
    const { dtype = null, ...rest } = options;
    if (dtype && given.dtype && dtype !== given.dtype) {
      throw new ValueError(`RNN: dtype is ${show(dtype)}, but the cell has dtype ${given.dtype}`);
    }
    super({ ...rest, dtype: dtype ?? given.dtype });
    this.#cell = given;
  }

  get cell() {
    return this.#cell;
  }
  get submodules() {
    return [this.#cell];
  }
  /** The size of the cell's output. @returns {any} */
  get units() {
    return this.#cell.output_size;
  }
  /** @returns {any} the cell's */
  get state_size() {
    return this.#cell.state_size;
  }
  get _takes_any_rank() {
    return !this.#cell._runs_sequences(false);
  }

  /** @param {readonly (number | null)[]} input_shape */
  _create(input_shape) {
    const features = this.#features(input_shape);
    const cell = this.#cell;
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    if (cell.built) return;
    this.#built_cell = true;
    try {
      // A graph of the layer's own, so that its names stand in nobody's way.
      new Graph().as_default(() => {
        if (cell instanceof GRUCell) cell._capture_scope(`${this.name}/gru_cell`);
        variable_scope(this.name, () => cell._build_for({ shape: [null, ...features] }, dtype));
      });
      this.#ask_for_variables(features, dtype);
    } catch (error) {
      cell._unbuild();
      throw error;
    }
  }

  /**
   * Variables that a cell asks for in its `call` come with the first one, and a model's have to be there once it is built.
   * @param {number[]} features
   * @param {FloatDtype} dtype
   */
  #ask_for_variables(features, dtype) {
    const lacks = (/** @type {RNNCell} */ cell) => !cell.submodules.length && !cell.weights.length;
    if (!all_cells(this.#cell).some(lacks)) return;
    const inputs = zeros_of({ shape: features }, [1], dtype);
    stop_recording(() => this.#cell._invoke(inputs, this._zero_state(1, dtype)));
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @returns {number[]} the shape of a step's features
   */
  #features(input_shape) {
    if (!this._takes_any_rank) return [this._input_width(input_shape)];
    const features = input_shape.slice(2);
    if (!features.length || !features.every((size) => typeof size === 'number')) {
      throw new ValueError(
        `${this.name}.build: input_shape must have three dimensions or more, known from the third on, not ${show_shape(input_shape)}`,
      );
    }
    return /** @type {number[]} */ (features);
  }

  _unbuild() {
    if (this.#built_cell) this.#cell._unbuild();
    this.#built_cell = false;
    super._unbuild();
  }

  /**
   * @param {number} batch
   * @param {FloatDtype} dtype
   */
  _zero_state(batch, dtype) {
    return this.#cell.get_initial_state({ batch_size: batch, dtype });
  }

  /** @param {any} options */
  _sequence({ training: _, return_sequences, ...options }) {
    const cell = this.#cell;
    if (!(cell instanceof GRUCell && cell._runs_sequences())) return run_cell(cell, options);
    cell._prepare(options.inputs);
    return cell._run_sequence({ ...options, return_sequences });
  }

  get_config() {
    return { ...super.get_config(), cell: serialize_cell(this.#cell) };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {CustomObjects} [custom_objects] classes of cells of one's own that it names
   */
  static from_config({ cell, ...options }, custom_objects = {}) {
    return new this(
      deserialize_cell('RNN.from_config: cell', cell, { ...CELLS, ...custom_objects }),
      options,
    );
  }

  /** The classes of the cells in it, for a copy. @returns {{ [class_name: string]: any }} */
  get _cell_classes() {
    return Object.fromEntries(all_cells(this.#cell).map((cell) => [cell.constructor.name, cell.constructor]));
  }
}
