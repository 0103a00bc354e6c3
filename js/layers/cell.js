// What a layer that runs over sequences asks of a recurrent cell.
import { Layer } from './layer.js';

/**
 * A recurrent cell: TF1's `RNNCell`, or any layer with the members `state_size`, `output_size`, `get_initial_state` and
 *
 * - `_is_cell`: true; `_output_is_state`: whether the output of every step is the new state
 * - `_invoke(inputs, state)`: one step, `[output, new state]`; `_begin_sequence()`: called before the steps of a sequence
 * - `_build_for(inputs, dtype)`, `_build_in_own_graph(name, inputs, dtype)`: builds the cell for one step's inputs
 * - `_runs_sequences(repeat_output)`: whether `_prepare(inputs)` and `_run_sequence(options)` run a whole sequence at once
 *
 * @typedef {any} Cell not a type of its own, as those members are internal
 */

/**
 * What a user passes: an `RNNCell`, or any layer that is a recurrent cell.
 * @typedef {Layer & { state_size: any, output_size: any }} PublicCell
 */

/** @param {unknown} value @returns {value is Cell} */
export const is_cell = (value) => value instanceof Layer && '_is_cell' in value;

/** @param {Cell} cell @returns {Cell[]} the cell and the cells inside it */
export const all_cells = (cell) => [
  cell,
  ...cell.submodules.flatMap((/** @type {Layer} */ inner) => (is_cell(inner) ? all_cells(inner) : [])),
];
