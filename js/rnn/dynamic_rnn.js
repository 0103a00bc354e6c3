// dynamic_rnn, as `tf.compat.v1.nn.dynamic_rnn`.
import { GRUCell } from '../rnn_cell/gru_cell.js';
import { RNNCell } from '../rnn_cell/rnn_cell.js';
import { variable_scope } from '../rnn_cell/variable_scope.js';
import { check_options, show, show_shape } from '../runtime/check.js';
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';
import { as_tensor, as_tensor_of_shape, is_float } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} DynamicRnnOptions
 * @property {TensorInput | null} [sequence_length] [batch] integers: the steps that count for each row. Past them the outputs are
 *   zero and the state stays. Default: all steps.
 * @property {TensorInput | null} [initial_state] [batch, state_size]; default: zeros
 * @property {import('../runtime/heap.js').FloatDtype | null} [dtype] default: the inputs'
 * @property {boolean} [time_major] whether inputs and outputs are [steps, batch, …] instead of [batch, steps, …]. Default false.
 * @property {string | import('../rnn_cell/variable_scope.js').VariableScope | null} [scope] the variable scope; default `'rnn'`
 */

const OPTIONS = ['sequence_length', 'initial_state', 'dtype', 'time_major', 'scope'];

/**
 * Runs a cell over sequences.
 *
 * @param {RNNCell} cell
 * @param {TensorInput} inputs [batch, steps, input size], or with `time_major` [steps, batch, input size]
 * @param {DynamicRnnOptions} [options]
 * @returns {[Tensor, Tensor]} the outputs [batch, steps, output size] (or time-major) and the final state [batch, state_size]
 * @throws {ValueError} another rank, width or dtype; variables that exist already where reuse is off: the scope `rnn` is entered
 *   anew by every call, so a second unnamed cell needs a `scope` or a `name`
 * @throws {InvalidArgumentError} a sequence_length below zero or beyond the steps
 * @throws {TypeError} not a cell, or an option that is not known
 */
export function dynamic_rnn(cell, inputs, options = {}) {
  check_options('dynamic_rnn', options, OPTIONS);
  if (!(cell instanceof RNNCell))
    throw new TypeError(`dynamic_rnn: cell must be an RNNCell, not ${show(cell)}`);
  const {
    sequence_length = null,
    initial_state = null,
    dtype = null,
    time_major = false,
    scope = null,
  } = options;
  const { x, dtype: type } = check_inputs(cell, inputs, dtype ?? cell.dtype);
  const [batch, steps] = time_major ? [x.shape[1], x.shape[0]] : x.shape;
  const lengths = sequence_length === null ? null : check_lengths(sequence_length, batch, steps);
  return variable_scope(scope ?? 'rnn', () => {
    if (!(cell instanceof GRUCell))
      throw new TypeError(`dynamic_rnn: ${cell.name} is no cell that it can run`);
    const state =
      initial_state === null
        ? cell.zero_state(batch, type)
        : as_tensor_of_shape('dynamic_rnn: initial_state', initial_state, x.dtype, [batch, cell.state_size]);
    cell._prepare(x);
    const mask = lengths && mask_of(lengths, batch, steps, time_major);
    const result = cell._run_sequence({ inputs: x, steps, initial_state: state, time_major, mask });
    return [/** @type {Tensor} */ (result.outputs), result.state];
  });
}

/**
 * @param {RNNCell} cell
 * @param {unknown} inputs
 * @param {import('../runtime/heap.js').FloatDtype | null} dtype
 */
function check_inputs(cell, inputs, dtype) {
  const what = 'dynamic_rnn: inputs';
  const x = as_tensor(what, inputs, dtype ?? (Array.isArray(inputs) ? 'float32' : null));
  if (x.rank !== 3)
    throw new ValueError(
      `${what} must have rank 3, [batch, steps, input size], not shape ${show_shape(x.shape)}`,
    );
  if (!is_float(x.dtype)) throw new ValueError(`${what} must be of floats, not ${x.dtype}`);
  if (cell.dtype && x.dtype !== cell.dtype) {
    throw new ValueError(`${what} must have the cell's dtype ${cell.dtype}, not ${x.dtype}`);
  }
  return { x, dtype: x.dtype };
}

/**
 * @param {unknown} sequence_length
 * @param {number} batch
 * @param {number} steps
 */
function check_lengths(sequence_length, batch, steps) {
  const what = 'dynamic_rnn: sequence_length';
  const { data } = as_tensor_of_shape(what, sequence_length, null, [batch]);
  for (const length of data) {
    if (!Number.isInteger(length)) throw new ValueError(`${what} must hold integers, not ${length}`);
    if (length < 0 || length > steps) {
      throw new InvalidArgumentError(
        `${what} must be from 0 to the ${steps} steps of the inputs, not ${length}`,
      );
    }
  }
  return data;
}

/**
 * @param {ArrayLike<number>} lengths
 * @param {number} batch
 * @param {number} steps
 * @param {boolean} time_major
 */
function mask_of(lengths, batch, steps, time_major) {
  const mask = new Uint8Array(batch * steps);
  for (let row = 0; row < batch; row++) {
    for (let step = 0; step < lengths[row]; step++)
      mask[time_major ? step * batch + row : row * steps + step] = 1;
  }
  return mask;
}
