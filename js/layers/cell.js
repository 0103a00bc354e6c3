// What a layer that runs over sequences asks of a recurrent cell.
import { Layer } from './layer.js';

/**
 * A recurrent cell: TF1's `RNNCell`, or any layer with these members.
 * @typedef {Layer & {
 *   state_size: any,
 *   output_size: any,
 *   get_initial_state(options: { batch_size: number, dtype: import('../runtime/heap.js').FloatDtype }): any,
 *   _is_cell: boolean,
 *   _output_is_state: boolean,
 *   _invoke(inputs: any, state: any): [any, any],
 *   _begin_sequence(): void,
 *   _build_for(inputs: any, dtype: import('../runtime/heap.js').FloatDtype): void,
 *   _build_in_own_graph(name: string, inputs: any, dtype: import('../runtime/heap.js').FloatDtype): void,
 *   _runs_sequences(repeat_output: boolean): boolean,
 *   _prepare(inputs: any): void,
 *   _run_sequence(options: any): { outputs: any, state: any },
 * }} Cell
 */

/** @param {unknown} value @returns {value is Cell} */
export const is_cell = (value) => value instanceof Layer && '_is_cell' in value;

/** @param {Cell} cell @returns {Cell[]} the cell and the cells inside it */
export const all_cells = (cell) => [
  cell,
  ...cell.submodules.flatMap((inner) => (is_cell(inner) ? all_cells(inner) : [])),
];
