// TF1's GRUCell (`tf.compat.v1.nn.rnn_cell.GRUCell`): the reset gate before the recurrent product; gates r, u (Keras's z) in
// one kernel, the candidate in another, rows of the inputs and then of the state.
import { concatenate, split } from '../../gradient/joining.js';
import { show } from '../../runtime/check.js';
import { cell_options } from '../configuration.js';
import { have_shapes, tensors_by_prefix } from '../gru_description.js';

/**
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUWeights} GRUWeights
 * @typedef {import('../gru_description.js').Tensor} Tensor
 */

const NAMES = ['gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias'];

/** The names since TensorFlow 1.2, of 1.0 and 1.1, and of before. */
const ALL_NAMES = [
  NAMES,
  ['gates/weights', 'gates/biases', 'candidate/weights', 'candidate/biases'],
  ['Gates/Linear/Matrix', 'Gates/Linear/Bias', 'Candidate/Linear/Matrix', 'Candidate/Linear/Bias'],
];

/** Of GRUBlockCell. Which matrix and which vector is which, the shapes say. */
const BLOCK_NAMES = ['w_ru', 'b_ru', 'w_c', 'b_c'];

/** @type {import('../gru_description.js').Converter['find']} */
export function find_tf1_cells({ tensors, model = null }, graph = null) {
  /** @type {GRUDescription[]} */
  const grus = [];
  /** @param {string} name @param {(Tensor | undefined)[]} weights in the order of `GRUCell.weights` @param {string[]} names */
  const add = (name, weights, names) => {
    const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = weights;
    const [rows, units] = candidate_kernel?.shape ?? [];
    const input_size = rows - units;
    const fit = have_shapes([
      [gates_kernel, [rows, 2 * units]],
      [gates_bias, [2 * units]],
      [candidate_kernel, [rows, units]],
      [candidate_bias, [units]],
    ]);
    if (!fit || !(units > 0 && input_size > 0)) return;
    const forward = from_tf1(/** @type {Tensor[]} */ (weights), input_size);
    const located = graph?.place_of_cell(names[0], names[2]);
    const options = {
      ...cell_options(model, name),
      ...(located && { activation: located.activation ?? undefined }),
    };
    const warnings =
      located?.activation === null
        ? [
            `the graph computes the activation of the cell ${show(name)} by nodes that are not known; it is taken as tanh; pass activation to create if it is another`,
          ]
        : [];
    const place = located?.place ?? null;
    const layers = [{ forward, backward: null }];
    grus.push({
      name,
      kind: 'cell',
      reset_gate: 'before',
      input_size,
      units,
      options,
      layers,
      place,
      warnings,
    });
  };
  for (const names of ALL_NAMES)
    for (const [name, group] of tensors_by_prefix(tensors, names))
      add(
        name,
        names.map((part) => group[part]),
        names.map((part) => join(name, part)),
      );
  for (const [name, group] of tensors_by_prefix(tensors, BLOCK_NAMES)) {
    const by_width = BLOCK_NAMES.filter((part) => group[part]).sort(
      (a, b) => width_of(group[b]) - width_of(group[a]),
    );
    const parts = [2, 1].flatMap((rank) => by_width.filter((part) => group[part].rank === rank));
    const [gates_kernel, candidate_kernel, gates_bias, candidate_bias] = parts;
    const order = [gates_kernel, gates_bias, candidate_kernel, candidate_bias];
    add(
      name,
      order.map((part) => group[part]),
      order.map((part) => join(name, part)),
    );
  }
  return grus;
}

/** @param {string} prefix @param {string} part */
const join = (prefix, part) => (prefix ? `${prefix}/${part}` : part);

/** @param {Tensor} tensor */
const width_of = ({ shape }) => shape.at(-1) ?? 0;

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
