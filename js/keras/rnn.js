// The layer RNN: a cell over sequences (`tf.keras.layers.RNN`).
import { Graph } from '../rnn_cell/graph.js';
import { GRUCell } from '../rnn_cell/gru_cell.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { RECURRENT_OPTIONS, RecurrentLayer } from './recurrent_layer.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('./recurrent_layer.js').RecurrentOptions} RNNOptions
 */

/** Runs a cell over sequences. The layer owns the cell. */
export class RNN extends RecurrentLayer {
  #cell;
  /** Whether it was this layer that built the cell. */ #built_cell = false;

  /**
   * @param {GRUCell} cell
   * @param {RNNOptions} [options]
   * @throws {TypeError} not a GRUCell, or an option that is not known
   * @throws {ValueError} another dtype than the cell's
   */
  constructor(cell, options = {}) {
    check_options('RNN', options, RECURRENT_OPTIONS);
    if (!(cell instanceof GRUCell)) throw new TypeError(`RNN: cell must be a GRUCell, not ${show(cell)}`);
    const { dtype = null, ...rest } = options;
    if (dtype && cell.dtype && dtype !== cell.dtype) {
      throw new ValueError(`RNN: dtype is ${show(dtype)}, but the cell has dtype ${cell.dtype}`);
    }
    super({ ...rest, dtype: dtype ?? cell.dtype });
    this.#cell = cell;
  }

  get cell() {
    return this.#cell;
  }
  get submodules() {
    return [this.#cell];
  }
  get units() {
    return this.#cell.output_size;
  }

  /** @param {readonly (number | null)[]} input_shape */
  _create(input_shape) {
    const width = this._input_width(input_shape);
    const cell = this.#cell;
    if (cell.built) return;
    this.#built_cell = true;
    // A graph of the layer's own, so that its names stand in nobody's way.
    new Graph().as_default(() => {
      cell._capture_scope(`${this.name}/gru_cell`);
      cell._infer_dtype(/** @type {FloatDtype} */ (this.dtype), () => cell.build([null, width]));
    });
  }

  _unbuild() {
    if (this.#built_cell) this.#cell._unbuild();
    this.#built_cell = false;
    super._unbuild();
  }

  /** @param {any} options */
  _sequence({ training: _, ...options }) {
    this.#cell._prepare(options.inputs);
    return this.#cell._run_sequence(options);
  }

  get_config() {
    return { ...super.get_config(), cell: { class_name: 'GRUCell', config: this.#cell.get_config() } };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config({ cell, ...options }) {
    return new this(GRUCell.from_config(cell.config), options);
  }
}
