// A list of cells as one cell, for layers that take either.
import { is_cell } from '../layers/cell.js';
import { MultiRNNCell } from '../rnn_cell/multi_rnn_cell.js';

/**
 * @param {unknown} cell a cell, or a list of cells, the lowest first
 * @returns {import('../layers/cell.js').Cell | null} null: neither
 */
export function stack_cells(cell) {
  const stacked = Array.isArray(cell) ? new MultiRNNCell(cell) : cell;
  return is_cell(stacked) ? stacked : null;
}
