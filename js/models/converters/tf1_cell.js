// TF1's GRUCell (`tf.compat.v1.nn.rnn_cell.GRUCell`): the reset gate before the recurrent product; gates r, u (Keras's z) in
// one kernel, the candidate in another, rows of the inputs and then of the state.
import { concatenate, split } from '../../gradient/joining.js';
import { cell_options } from '../configuration.js';
import { have_shapes, tensors_by_prefix } from '../gru_description.js';

/**
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUWeights} GRUWeights
 * @typedef {import('../gru_description.js').Tensor} Tensor
 */

const NAMES = ['gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias'];

/** @type {import('../gru_description.js').Converter['find']} */
export function find_tf1_cells({ tensors, model }) {
  /** @type {GRUDescription[]} */
  const grus = [];
  for (const [name, group] of tensors_by_prefix(tensors, NAMES)) {
    const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = NAMES.map((one) => group[one]);
    const [rows, units] = candidate_kernel?.shape ?? [];
    const input_size = rows - units;
    const fit = have_shapes([
      [gates_kernel, [rows, 2 * units]],
      [gates_bias, [2 * units]],
      [candidate_kernel, [rows, units]],
      [candidate_bias, [units]],
    ]);
    if (!fit || !(units > 0 && input_size > 0)) continue;
    const forward = from_tf1([gates_kernel, gates_bias, candidate_kernel, candidate_bias], input_size);
    const layers = [{ forward, backward: null }];
    const options = cell_options(model, name);
    grus.push({ name, kind: 'cell', reset_gate: 'before', input_size, units, options, layers });
  }
  return grus;
}

/**
 * @param {Tensor[]} tensors in the order of `GRUCell.weights`
 * @param {number} input_size
 * @returns {GRUWeights}
 */
function from_tf1([gates_kernel, gates_bias, candidate_kernel, candidate_bias], input_size) {
  const [r, z] = split(gates_kernel, 2, { axis: 1 });
  const rows = concatenate([z, r, candidate_kernel], { axis: 1 });
  const [kernel, recurrent_kernel] = split(rows, [input_size]);
  const [r_bias, z_bias] = split(gates_bias, 2);
  return { kernel, recurrent_kernel, bias: concatenate([z_bias, r_bias, candidate_bias]) };
}

/**
 * The reverse.
 * @param {GRUWeights} weights of which the bias is not null
 * @returns {Tensor[]} in the order of `GRUCell.weights`
 */
export function to_tf1({ kernel, recurrent_kernel, bias }) {
  const [z, r, candidate] = split(concatenate([kernel, recurrent_kernel]), 3, { axis: 1 });
  const [z_bias, r_bias, candidate_bias] = split(/** @type {Tensor} */ (bias), 3);
  return [concatenate([r, z], { axis: 1 }), concatenate([r_bias, z_bias]), candidate, candidate_bias];
}
