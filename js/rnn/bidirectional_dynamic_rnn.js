// bidirectional_dynamic_rnn, as `tf.compat.v1.nn.bidirectional_dynamic_rnn`.

import { variable_scope } from '../graph/variable_scope.js';
import { as_inputs, leaves_of, map_structure } from '../layers/structure.js';
import { check_options, show_shape } from '../runtime/check.js';
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';
import { check_cell, dynamic_rnn } from './dynamic_rnn.js';
import { check_lengths } from './lengths.js';
import { reverse_sequence } from './reverse_sequence.js';

/**
 * @typedef {Omit<import('./dynamic_rnn.js').DynamicRnnOptions, 'initial_state'> & { initial_state_fw?: any, initial_state_bw?: any }} BidirectionalOptions
 *   as `dynamic_rnn`'s; the scope's default is `'bidirectional_rnn'`
 */

const OWN = ['initial_state_fw', 'initial_state_bw'];
const SHARED = ['sequence_length', 'dtype', 'time_major', 'parallel_iterations', 'swap_memory'];

/**
 * Runs one cell forwards and one backwards over sequences, each row within its own length.
 *
 * @param {import('../rnn_cell/rnn_cell.js').RNNCell} cell_fw
 * @param {import('../rnn_cell/rnn_cell.js').RNNCell} cell_bw the same cell again shares its weights
 * @param {any} inputs as `dynamic_rnn`'s
 * @param {BidirectionalOptions} [options]
 * @returns {[[any, any], [any, any]]} the outputs of both cells, each in the order of the inputs, and their final states: the
 *   backward one is that after the first step
 * @throws {ValueError} what `dynamic_rnn` throws
 * @throws {InvalidArgumentError} a sequence_length below zero or beyond the steps
 * @throws {TypeError} not a cell, or an option that is not known
 */
export function bidirectional_dynamic_rnn(cell_fw, cell_bw, inputs, options = {}) {
  const name = 'bidirectional_dynamic_rnn';
  check_options(name, options, [...SHARED, ...OWN, 'scope']);
  check_cell(`${name}: cell_fw`, cell_fw);
  check_cell(`${name}: cell_bw`, cell_bw);
  const { initial_state_fw, initial_state_bw, scope = null, ...shared } = options;
  const { sequence_length, time_major = false, dtype = null } = shared;
  const x = as_inputs(`${name}: inputs`, inputs, dtype ?? cell_fw.dtype ?? cell_bw.dtype);
  const [first] = leaves_of(x);
  if (first.rank < 2) {
    throw new ValueError(
      `${name}: inputs must have rank 3, [batch, steps, input size], not shape ${show_shape(first.shape)}`,
    );
  }
  const [batch, steps] = time_major ? [first.shape[1], first.shape[0]] : first.shape;
  const lengths = check_lengths(`${name}: sequence_length`, sequence_length, batch, steps);
  check_reversible(`${name}: sequence_length`, sequence_length, steps);
  const reverse = (/** @type {any} */ values) =>
    map_structure((leaf) => reverse_sequence(leaf, lengths, time_major), values);
  return variable_scope(scope ?? 'bidirectional_rnn', () => {
    const [output_fw, state_fw] = variable_scope('fw', (inner) =>
      dynamic_rnn(cell_fw, x, { ...shared, initial_state: initial_state_fw, scope: inner }),
    );
    const [backwards, state_bw] = variable_scope('bw', (inner) =>
      dynamic_rnn(cell_bw, reverse(x), { ...shared, initial_state: initial_state_bw, scope: inner }),
    );
    return [
      [output_fw, reverse(backwards)],
      [state_fw, state_bw],
    ];
  });
}

/**
 * `tf.reverse_sequence`, which turns the inputs of the backward cell, refuses lengths that `dynamic_rnn` takes.
 * @param {string} what
 * @param {any} sequence_length
 * @param {number} steps
 * @throws {InvalidArgumentError} a length below zero or beyond the steps
 */
function check_reversible(what, sequence_length, steps) {
  if (sequence_length === null || sequence_length === undefined) return;
  const { data } = as_tensor(what, sequence_length, null);
  for (const length of data) {
    if (length < 0 || length > steps) {
      throw new InvalidArgumentError(
        `${what} must be from 0 to ${steps}, the steps of the inputs, not ${length}`,
      );
    }
  }
}
