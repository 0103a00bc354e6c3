// Cells one above the other as one cell (`tf.keras.layers.StackedRNNCells`).
import { is_cell } from '../layers/cell.js';
import { LAYER_OPTIONS } from '../layers/layer.js';
import { deserialize_object, register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { RecurrentCell } from './recurrent_cell.js';

/**
 * @typedef {import('../layers/cell.js').Cell} Cell
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 */

/** A stack of cells: the output of each is the input of the next (`tf.keras.layers.StackedRNNCells`). It owns the cells. */
export class StackedRNNCells extends RecurrentCell {
  static class_name = /* @__PURE__ */ register_class(() => this, 'StackedRNNCells');

  /** @type {readonly Cell[]} */ #cells;

  /**
   * @param {readonly any[]} cells of Keras, the lowest first
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} not a list of cells of Keras, or an empty one, or one with the same cell twice
   * @throws {TypeError} an unknown option
   */
  constructor(cells, options = {}) {
    check_options('StackedRNNCells', options, LAYER_OPTIONS);
    const fits =
      Array.isArray(cells) &&
      cells.length > 0 &&
      cells.every((cell) => is_cell(cell) && cell instanceof RecurrentCell) &&
      new Set(cells).size === cells.length;
    if (!fits)
      throw new ValueError(
        `StackedRNNCells: cells must be a list of different cells of Keras, not ${show(cells)}`,
      );
    super({ ...options, dtype: options.dtype ?? cells.find(({ dtype }) => dtype)?.dtype ?? null });
    this.#cells = [...cells];
  }

  /** The cells, the lowest first. @returns {any[]} */
  get cells() {
    return [...this.#cells];
  }
  get submodules() {
    return [...this.#cells];
  }
  /** @returns {any[]} a list of the cells' state sizes */
  get state_size() {
    return this.#cells.map((cell) => cell.state_size);
  }
  /** @returns {number} the last cell's */
  get output_size() {
    return this.#cells[this.#cells.length - 1].output_size;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    let shape = input_shape;
    /** @type {Cell[]} */
    const built = [];
    try {
      for (const cell of this.#cells) {
        if (!cell.built) built.push(cell);
        cell._build_for({ shape }, dtype);
        shape = [input_shape[0], cell.output_size];
      }
    } catch (error) {
      for (const cell of built) cell._unbuild();
      throw error;
    }
  }

  /** @internal */
  _unbuild() {
    for (const cell of this.#cells) cell._unbuild();
    super._unbuild();
  }

  /** @param {Tensor} x @param {any[]} states @returns {[Tensor, any[]]} @internal */
  _step(x, states) {
    let output = x;
    const next = this.#cells.map((cell, i) => {
      const result = cell._invoke(output, states[i]);
      output = result[0];
      return result[1];
    });
    return [output, next];
  }

  /** @internal */
  _check_trains() {
    for (const cell of this.#cells) cell._check_trains();
  }

  /** @param {boolean} repeat_output @returns {boolean} @internal */
  _runs_sequences(repeat_output) {
    const last = this.#cells.length - 1;
    return (
      this.call === StackedRNNCells.prototype.call &&
      this.#cells.every((cell, i) => cell._runs_sequences(repeat_output && i === last))
    );
  }

  /**
   * Layer after layer, each the whole sequence.
   * @param {any} options as those of `run_sequence`
   * @returns {{ outputs: Tensor | null, state: any[] }}
   * @internal
   */
  _run_sequence(options) {
    const { initial_state, repeat_output = false, return_sequences = true } = options;
    const last = this.#cells.length - 1;
    let { inputs } = options;
    /** @type {Tensor | null} */
    let outputs = null;
    const state = this.#cells.map((cell, i) => {
      const result = cell._run_sequence({
        ...options,
        inputs,
        initial_state: initial_state[i],
        repeat_output: repeat_output && i === last,
        return_sequences: return_sequences || i < last,
      });
      outputs = result.outputs;
      if (i < last) inputs = outputs;
      return result.state;
    });
    return { outputs, state };
  }

  get_config() {
    return { ...super.get_config(), cells: this.#cells.map(serialize_object) };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of the user's cells, by name
   */
  static from_config(config, custom_objects = {}) {
    const { cells, ...options } = check_config(this, config);
    if (!Array.isArray(cells))
      throw new ValueError(`StackedRNNCells.from_config: cells must be a list, not ${show(cells)}`);
    const made = cells.map((cell, i) =>
      deserialize_object(`StackedRNNCells: cells[${i}]`, cell, custom_objects),
    );
    return new this(made, options);
  }
}
