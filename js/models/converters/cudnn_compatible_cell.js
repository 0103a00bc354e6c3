// TensorFlow 1's CudnnCompatibleGRUCell: the reset gate after the recurrent product; gates r, u (Keras's z) in one kernel, rows of the
// inputs and then of the state; a kernel and a bias each for the candidate's input and hidden projection.
import { concatenate, split } from '../../gradient/joining.js';
import { reshape } from '../../gradient/shapes.js';
import { array_of, Tensor } from '../../runtime/tensor.js';
import { have_shapes, tensors_by_prefix } from '../gru_description.js';

const NAMES = [
  'gates/kernel',
  'gates/bias',
  'candidate/input_projection/kernel',
  'candidate/input_projection/bias',
  'candidate/hidden_projection/kernel',
  'candidate/hidden_projection/bias',
];

/** @type {import('../gru_description.js').Converter['find']} */
export function find_cudnn_compatible_cells({ tensors }) {
  /** @type {import('../gru_description.js').GRUDescription[]} */
  const grus = [];
  for (const [name, group] of tensors_by_prefix(tensors, NAMES)) {
    const [gates_kernel, gates_bias, input_kernel, input_bias, hidden_kernel, hidden_bias] = NAMES.map(
      (part) => group[part],
    );
    const [input_size, units] = input_kernel?.shape ?? [];
    const fit = have_shapes([
      [gates_kernel, [input_size + units, 2 * units]],
      [gates_bias, [2 * units]],
      [input_kernel, [input_size, units]],
      [input_bias, [units]],
      [hidden_kernel, [units, units]],
      [hidden_bias, [units]],
    ]);
    if (!fit || !(units > 0 && input_size > 0)) continue;
    const [r, z] = split(gates_kernel, 2, { axis: 1 });
    const [[z_input, z_state], [r_input, r_state]] = [z, r].map((gate) => split(gate, [input_size]));
    const [r_bias, z_bias] = split(gates_bias, 2);
    const zeros = new Tensor(array_of(hidden_bias.dtype, 2 * units), [2 * units], hidden_bias.dtype);
    const forward = {
      kernel: concatenate([z_input, r_input, input_kernel], { axis: 1 }),
      recurrent_kernel: concatenate([z_state, r_state, hidden_kernel], { axis: 1 }),
      bias: reshape(concatenate([z_bias, r_bias, input_bias, zeros, hidden_bias]), [2, 3 * units]),
    };
    const layers = [{ forward, backward: null }];
    grus.push({ name, kind: 'layer', reset_gate: 'after', input_size, units, options: {}, layers });
  }
  return grus;
}
