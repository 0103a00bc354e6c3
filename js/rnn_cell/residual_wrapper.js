// ResidualWrapper, as `tf.compat.v1.nn.rnn_cell.ResidualWrapper`.
import { add, where } from '../gradient/elementwise.js';
import { register_class } from '../layers/registry.js';
import { map_structure } from '../layers/structure.js';
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { CellWrapper, WRAPPER_OPTIONS } from './cell_wrapper.js';

/**
 * @typedef {(inputs: any, outputs: any) => any} ResidualFunction
 * @typedef {import('./cell_wrapper.js').WrapperOptions & { residual_fn?: ResidualFunction | null }} ResidualOptions
 */

/** A cell whose inputs are added to its outputs. */
export class ResidualWrapper extends CellWrapper {
  static class_name = /* @__PURE__ */ register_class(() => this, 'ResidualWrapper');

  #residual_fn;

  /**
   * @param {import('./rnn_cell.js').RNNCell} cell
   * @param {ResidualFunction | ResidualOptions | null} [residual_fn] the output from the cell's inputs and its outputs; default:
   *   their sum. It may also stand in the options.
   * @param {ResidualOptions} [options]
   * @throws {TypeError} not a cell, not a function, or an option that is not known
   */
  constructor(cell, residual_fn = null, options = {}) {
    const all =
      typeof residual_fn === 'function' ? { ...options, residual_fn } : { ...options, ...residual_fn };
    check_options('ResidualWrapper', all, [...WRAPPER_OPTIONS, 'residual_fn']);
    const { residual_fn: combine = null, ...rest } = all;
    if (combine !== null && typeof combine !== 'function') {
      throw new TypeError(`ResidualWrapper: residual_fn must be a function, not ${show(combine)}`);
    }
    super(cell, rest);
    this.#residual_fn = combine;
  }

  /**
   * @param {any} inputs
   * @param {any} state
   * @param {(inputs: any, state: any) => [any, any]} call_cell
   * @returns {[any, any]}
   * @throws {ValueError} inputs of another shape than the cell's outputs
   * @internal
   */
  _wrap(inputs, state, call_cell) {
    const [outputs, new_state] = call_cell(inputs, state);
    if (this.#residual_fn) return [this.#residual_fn(inputs, outputs), new_state];
    if (Array.isArray(inputs) !== Array.isArray(outputs) || inputs.length !== outputs.length) {
      throw new ValueError(
        `${this.name}: inputs must have the structure of the cell's outputs, ${show(outputs)}, not ${show(inputs)}`,
      );
    }
    return [map_structure((x, y) => this.#sum(x, y), inputs, outputs), new_state];
  }

  /** @param {Tensor} inputs @param {Tensor} outputs */
  #sum(inputs, outputs) {
    if (!same_shape(inputs.shape, outputs.shape)) {
      throw new ValueError(
        `${this.name}: inputs must have the shape of the cell's outputs, ${show_shape(outputs.shape)}, not ${show_shape(inputs.shape)}`,
      );
    }
    return add(inputs, outputs);
  }

  /** @param {boolean} repeat_output @internal */
  _runs_sequences(repeat_output) {
    return !repeat_output && this.#residual_fn === null && this.cell._runs_sequences(false);
  }

  /**
   * @param {import('./rnn_cell.js').SequenceOptions} options
   * @returns {{ outputs: Tensor | null, state: any }}
   * @internal
   */
  _run_sequence(options) {
    const { inputs, mask = null, return_sequences = true } = options;
    const { outputs, state } = this.cell._run_sequence(options);
    if (!outputs || !return_sequences) return { outputs, state };
    const sum = this.#sum(inputs, outputs);
    if (!mask) return { outputs: sum, state };
    const counts = new Tensor(mask, [...inputs.shape.slice(0, 2), 1], 'bool');
    return { outputs: where(counts, sum, 0), state };
  }

  /** With `residual_fn`, the function itself, if the constructor had one. */
  get_config() {
    const config = super.get_config();
    return this.#residual_fn ? { ...config, residual_fn: this.#residual_fn } : config;
  }
}
