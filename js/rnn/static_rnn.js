// static_rnn, as `tf.compat.v1.nn.static_rnn`.
import { stack, unstack } from '../gradient/joining.js';
import { variable_scope } from '../graph/variable_scope.js';
import {
  as_inputs,
  check_same_structure,
  float_dtype_of,
  leaves_of,
  map_structure,
} from '../layers/structure.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { check_cell, first_state } from './dynamic_rnn.js';
import { check_lengths, mask_of } from './lengths.js';
import { run_cell, run_steps } from './run_cell.js';

/**
 * @typedef {Omit<import('./dynamic_rnn.js').DynamicRnnOptions, 'time_major' | 'parallel_iterations' | 'swap_memory'>} StaticRnnOptions
 */

const OPTIONS = ['initial_state', 'dtype', 'sequence_length', 'scope'];

/**
 * Runs a cell over a list of steps.
 *
 * @param {import('../rnn_cell/rnn_cell.js').RNNCell} cell
 * @param {any[]} inputs one [batch, input size] a step, at least one; each a list of such where the cell takes a list
 * @param {StaticRnnOptions} [options] as `dynamic_rnn`'s
 * @returns {[any[], any]} the output of each step, [batch, output size], and the final state
 * @throws {ValueError} no inputs, or steps of different shapes; as `dynamic_rnn`
 * @throws {InvalidArgumentError} a sequence_length below zero or beyond the steps
 * @throws {TypeError} not a cell, not a list, or an option that is not known
 */
export function static_rnn(cell, inputs, options = {}) {
  check_options('static_rnn', options, OPTIONS);
  check_cell('static_rnn: cell', cell);
  const { initial_state = null, dtype = null, sequence_length, scope = null } = options;
  if (!Array.isArray(inputs))
    throw new TypeError(`static_rnn: inputs must be a list of steps, not ${show(inputs)}`);
  if (!inputs.length) throw new ValueError('static_rnn: inputs must hold at least one step, not none');
  if (cell.dtype && dtype && dtype !== cell.dtype) {
    throw new ValueError(`static_rnn: dtype must be the cell's, ${cell.dtype}, not ${dtype}`);
  }
  const step_inputs = inputs.map((x, step) =>
    as_inputs(`static_rnn: inputs[${step}]`, x, dtype ?? cell.dtype),
  );
  const [first] = step_inputs;
  step_inputs.forEach((x, step) => {
    check_same_structure(`static_rnn: inputs[${step}]`, x, first);
  });
  const steps = inputs.length;
  const [batch] = leaves_of(first)[0].shape;
  const type = dtype ?? cell.dtype ?? float_dtype_of(first) ?? 'float32';
  const lengths = check_lengths('static_rnn: sequence_length', sequence_length, batch, steps);
  return variable_scope(scope ?? 'rnn', () => {
    const state = first_state('static_rnn: initial_state', cell, initial_state, batch, type);
    const mask = mask_of(lengths, batch, steps, true);
    const shared = { batch, steps, initial_state: state, time_major: true, mask };
    if (first instanceof Tensor && first.rank === 2 && cell._runs_sequences(false)) {
      const result = run_cell(cell, { ...shared, inputs: stack(step_inputs) });
      return [unstack(result.outputs), result.state];
    }
    cell._begin_sequence();
    const one_step = map_structure(({ shape }) => ({ shape }), first);
    const result = run_steps(cell, { ...shared, step_inputs, one_step });
    return [result.outputs, result.state];
  });
}
