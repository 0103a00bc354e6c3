// The layer RNN, which runs a cell over sequences (`tf.keras.layers.RNN`).

import { stop_recording } from '../gradient/recording.js';
import { all_cells } from '../layers/cell.js';
import { deserialize_object, register_class, serialize_object } from '../layers/registry.js';
import { zeros_of } from '../layers/structure.js';
import { run_cell } from '../rnn/run_cell.js';
import { stack_cells } from '../rnn/stack_cells.js';
import { check_config, check_options, show, show_shape } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';
import { RecurrentCell } from './recurrent_cell.js';
import { RECURRENT_OPTIONS, RecurrentLayer } from './recurrent_layer.js';
import { StackedRNNCells } from './stacked_rnn_cells.js';
import { recurrent_stage } from './stages.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('./recurrent_layer.js').RecurrentOptions} RNNOptions
 * @typedef {import('../layers/registry.js').CustomObjects} CustomObjects
 * @typedef {import('../layers/cell.js').Cell} Cell
 */

/**
 * Runs a recurrent cell over sequences (`tf.keras.layers.RNN`). The layer owns the cell and disposes of it. A cell written by the user is
 * called once for each step. If the cell has several states, they are passed and returned as a list.
 */
export class RNN extends RecurrentLayer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'RNN');

  #cell;
  /** Whether this layer built the cell. */ #built_cell = false;

  /**
   * @param {import('../layers/cell.js').PublicCell | import('../layers/cell.js').PublicCell[]} cell a cell, or a list of cells that are stacked: each one receives the outputs of the previous one
   * @param {RNNOptions} [options]
   * @throws {ValueError} cell is not a cell, or dtype differs from the cell's
   * @throws {TypeError} an option is unknown
   */
  constructor(cell, options = {}) {
    check_options('RNN', options, RECURRENT_OPTIONS);
    const is_list_of_keras =
      Array.isArray(cell) && cell.length > 0 && cell.every((one) => one instanceof RecurrentCell);
    const stacked = stack_cells(is_list_of_keras ? new StackedRNNCells(cell) : cell);
    if (!stacked) throw new ValueError(`RNN: cell must be an RNNCell or a list of them, not ${show(cell)}`);
    const { dtype = null, ...other_options } = options;
    if (dtype && stacked.dtype && dtype !== stacked.dtype) {
      throw new ValueError(`RNN: dtype is ${show(dtype)}, but the cell has dtype ${stacked.dtype}`);
    }
    super({ ...other_options, dtype: dtype ?? stacked.dtype });
    this.#cell = stacked;
  }

  get cell() {
    return this.#cell;
  }
  get submodules() {
    return [this.#cell];
  }
  /** Output size of the cell. @returns {any} */
  get units() {
    return this.#cell.output_size;
  }
  /** @returns {any} state size of the cell */
  get state_size() {
    return this.#cell.state_size;
  }
  /** @internal */
  get _takes_any_rank() {
    return !this.#cell._runs_sequences(false);
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @internal
   */
  _create(input_shape) {
    const features = this.#features(input_shape);
    const cell = this.#cell;
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    if (!cell.built) {
      this.#built_cell = true;
      try {
        cell._build_in_own_graph(this.name, { shape: [null, ...features] }, dtype);
        this.#create_lazy_variables(features, dtype);
      } catch (error) {
        cell._unbuild();
        throw error;
      }
    }
    this._add_initial_state();
  }

  /**
   * Calls the cell once on zeros if it creates its variables in `call`: the variables of a model must exist once it is built.
   * @param {number[]} features
   * @param {FloatDtype} dtype
   */
  #create_lazy_variables(features, dtype) {
    const has_no_weights = (/** @type {Cell} */ cell) => !cell.submodules.length && !cell.weights.length;
    if (!all_cells(this.#cell).some(has_no_weights)) return;
    const inputs = zeros_of({ shape: features }, [1], dtype);
    stop_recording(() => this.#cell._invoke(inputs, this._zero_state(1, dtype)));
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @returns {number[]} shape of the features of one step
   */
  #features(input_shape) {
    if (!this._takes_any_rank) return [this._input_width(input_shape)];
    const features = input_shape.slice(2);
    if (!features.length || !features.every((size) => typeof size === 'number')) {
      throw new ValueError(
        `${this.name}.build: input_shape must have three dimensions or more, with the third and later ones known, not ${show_shape(input_shape)}`,
      );
    }
    return /** @type {number[]} */ (features);
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage(shape) {
    const cell = this.#cell;
    const stage = super._make_stage(shape);
    const has_stream = 'stream' in cell && cell._runs_sequences(false) && !this.zero_output_for_mask;
    return stage && has_stream ? recurrent_stage(this._begin(cell.stream(shape[0]))) : stage;
  }

  /** @internal */
  _unbuild() {
    if (this.#built_cell) this.#cell._unbuild();
    this.#built_cell = false;
    super._unbuild();
  }

  /**
   * @param {number} batch
   * @param {FloatDtype} dtype
   * @internal
   */
  _zero_state(batch, dtype) {
    return this.#cell.get_initial_state({ batch_size: batch, dtype });
  }

  /**
   * @param {any} options
   * @internal
   */
  _sequence({ training, return_sequences, ...options }) {
    const cell = this.#cell;
    if (training && cell instanceof RecurrentCell) cell._check_trains();
    return run_cell(cell, { ...options, return_sequences: return_sequences || !cell._output_is_state });
  }

  get_config() {
    return { ...super.get_config(), cell: serialize_object(this.#cell) };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {CustomObjects} [custom_objects] classes of the user that the configuration names
   */
  static from_config(config, custom_objects = {}) {
    const { cell, ...options } = check_config(this, config);
    return new this(deserialize_object('RNN.from_config: cell', cell, custom_objects), options);
  }

  /**
   * Classes of the cells by name, for `from_config` of a copy of this layer.
   * @returns {{ [class_name: string]: any }}
   * @internal
   */
  get _cell_classes() {
    return Object.fromEntries(all_cells(this.#cell).map((cell) => [class_name_of(cell), cell.constructor]));
  }
}
