// dynamic_rnn, as `tf.compat.v1.nn.dynamic_rnn`.

import { variable_scope } from '../graph/variable_scope.js';
import { as_inputs, as_state, float_dtype_of, leaves_of } from '../layers/structure.js';
import { RNNCell } from '../rnn_cell/rnn_cell.js';
import { check_options, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { is_float } from '../runtime/tensor.js';
import { check_lengths, mask_of } from './lengths.js';
import { run_cell } from './run_cell.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} DynamicRnnOptions
 * @property {TensorInput | null} [sequence_length] [batch] integers: the number of steps of each row. After them the outputs are zero
 *   and the state stays. A length beyond the steps of the inputs means all of them, one below zero none. Default: all steps.
 * @property {any} [initial_state] in the structure of the cell's state, of [batch, state_size] each; default: zeros
 * @property {FloatDtype | null} [dtype] default: the inputs'
 * @property {boolean} [time_major] whether inputs and outputs are [steps, batch, …] instead of [batch, steps, …]. Default false.
 * @property {string | import('../graph/variable_scope.js').VariableScope | null} [scope] the variable scope; default `'rnn'`
 * @property {number | null} [parallel_iterations] makes no difference here
 * @property {boolean} [swap_memory] makes no difference here
 */

const OPTIONS = [
  'sequence_length',
  'initial_state',
  'dtype',
  'time_major',
  'scope',
  'parallel_iterations',
  'swap_memory',
];

/**
 * Runs a cell over sequences.
 *
 * @param {RNNCell} cell
 * @param {any} inputs [batch, steps, input size], or with `time_major` [steps, batch, input size]; a list of such where the cell
 *   takes a list
 * @param {DynamicRnnOptions} [options]
 * @returns {[any, any]} the outputs [batch, steps, output size] (or time-major) and the final state, in the structure of the
 *   cell's state, of [batch, state_size] each
 * @throws {ValueError} another rank, width or dtype; a state of another structure; variables that exist already where reuse is
 *   off: the scope `rnn` is entered anew by every call, so a second unnamed cell needs a `scope` or a `name`
 * @throws {TypeError} not a cell, or an option that is not known
 */
export function dynamic_rnn(cell, inputs, options = {}) {
  check_options('dynamic_rnn', options, OPTIONS);
  check_cell('dynamic_rnn: cell', cell);
  const { sequence_length, initial_state = null, dtype = null, time_major = false, scope = null } = options;
  const x = check_inputs(cell, inputs, dtype);
  const [{ shape }] = leaves_of(x);
  const [batch, steps] = time_major ? [shape[1], shape[0]] : shape;
  const type = dtype ?? cell.dtype ?? float_dtype_of(x) ?? 'float32';
  const lengths = check_lengths('dynamic_rnn: sequence_length', sequence_length, batch, steps);
  return variable_scope(scope ?? 'rnn', () => {
    const state = first_state('dynamic_rnn: initial_state', cell, initial_state, batch, type);
    const mask = mask_of(lengths, batch, steps, time_major);
    const result = run_cell(cell, { inputs: x, batch, steps, initial_state: state, time_major, mask });
    return [result.outputs, result.state];
  });
}

/**
 * @param {string} what
 * @param {unknown} cell
 */
export function check_cell(what, cell) {
  if (!(cell instanceof RNNCell)) throw new TypeError(`${what} must be an RNNCell, not ${show(cell)}`);
}

/**
 * @param {string} what
 * @param {RNNCell} cell
 * @param {unknown} initial_state null: zeros
 * @param {number} batch
 * @param {FloatDtype} dtype
 * @returns {any}
 */
export const first_state = (what, cell, initial_state, batch, dtype) =>
  initial_state === null || initial_state === undefined
    ? cell.get_initial_state({ batch_size: batch, dtype })
    : as_state(what, initial_state, cell.state_size, batch, dtype);

/**
 * @param {RNNCell} cell
 * @param {unknown} inputs
 * @param {FloatDtype | null} dtype
 */
function check_inputs(cell, inputs, dtype) {
  const what = 'dynamic_rnn: inputs';
  const x = as_inputs(what, inputs, dtype ?? cell.dtype);
  const leaves = leaves_of(x);
  const [first] = leaves;
  // A cell that a user wrote may take features of any rank, or token ids.
  const any_rank = !cell._runs_sequences(false);
  for (const leaf of leaves) {
    if (any_rank ? leaf.rank < 2 : leaf.rank !== 3) {
      const rank = any_rank ? 'rank 2 or more, [batch, steps, …]' : 'rank 3, [batch, steps, input size]';
      throw new ValueError(`${what} must have ${rank}, not shape ${show_shape(leaf.shape)}`);
    }
    if (!any_rank && !is_float(leaf.dtype)) {
      throw new ValueError(`${what} must have a dtype of floats, not ${leaf.dtype}`);
    }
    if (leaf.shape[0] !== first.shape[0] || leaf.shape[1] !== first.shape[1]) {
      throw new ValueError(
        `${what} must all have the batch and the steps of the first, ${show_shape(first.shape.slice(0, 2))}, not ${show_shape(leaf.shape.slice(0, 2))}`,
      );
    }
  }
  if (cell.dtype && dtype && dtype !== cell.dtype) {
    throw new ValueError(`dynamic_rnn: dtype must be the cell's, ${cell.dtype}, not ${dtype}`);
  }
  return x;
}
