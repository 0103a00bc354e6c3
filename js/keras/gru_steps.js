// GRU step by step, made of operations on tensors: for what the recurrence of the binary does not have, recurrent dropout and layer
// normalization.
import { add, multiply, subtract, where } from '../gradient/elementwise.js';
import { concatenate, split, stack, unstack } from '../gradient/joining.js';
import { matmul } from '../gradient/matmul.js';
import { reshape } from '../gradient/shapes.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { apply_activation } from './activate.js';
import { normalize_gates } from './normalize_gates.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 *
 * @typedef {object} StepwiseGRU
 * @property {number} units
 * @property {Variable} kernel
 * @property {Variable} recurrent_kernel
 * @property {Variable | null} bias
 * @property {{ gamma: Variable, epsilon: number } | null} layer_norm null: no normalization. Otherwise `reset_after` is true.
 * @property {any} activation
 * @property {any} recurrent_activation
 * @property {boolean} reset_after
 *
 * @typedef {object} DropoutMasks
 * @property {Tensor[] | null} inputs one for each gate, to multiply with the inputs; null: none
 * @property {Tensor[] | null} state one for each gate, [batch, units]; null: none
 */

/** The gates z (update), r (reset) and h (candidate), in the order of the weights' columns. */
const GATES = 3;

/**
 * Runs a sequence.
 * @param {StepwiseGRU} gru
 * @param {object} options as `run_sequence`
 * @param {Tensor} options.inputs [batch, steps, features], or time-major
 * @param {Tensor} options.initial_state
 * @param {boolean} [options.time_major]
 * @param {Uint8Array | null} [options.mask]
 * @param {boolean} [options.repeat_output]
 * @param {boolean} [options.return_sequences]
 * @param {DropoutMasks} [masks]
 * @returns {{ outputs: Tensor | null, state: Tensor }}
 * @internal
 */
export function run_gru_steps(gru, options, masks = { inputs: null, state: null }) {
  const { units, reset_after, activation, recurrent_activation } = gru;
  const { initial_state, time_major = false, mask = null, repeat_output, return_sequences = true } = options;
  const { dtype, shape } = options.inputs;
  const axis = time_major ? 0 : 1;
  const batch = shape[1 - axis];
  const zeros = (/** @type {number[]} */ ...sizes) =>
    new Tensor(
      array_of(
        dtype,
        sizes.reduce((a, b) => a * b, 1),
      ),
      sizes,
      dtype,
    );
  if (!batch || !shape[axis])
    return { outputs: return_sequences ? zeros(shape[0], shape[1], units) : null, state: initial_state };
  // The values of a masked step must reach no gradient, even if they are NaN.
  const step_mask = mask && new Tensor(mask, [shape[0], shape[1], 1], 'bool');
  const inputs = step_mask ? where(step_mask, options.inputs, 0) : options.inputs;

  const finish = finisher(gru);
  const product = multiplier(gru.kernel, masks.inputs, (x) => reshape(x, [-1, shape[2]]));
  const from_inputs = reshape(finish(product(inputs), 0), [shape[0], shape[1], GATES * units]);
  const masks_of_steps = step_mask && unstack(step_mask, { axis });

  const recurrent_kernels = masks.state ? split(gru.recurrent_kernel, GATES, { axis: 1 }) : [];
  const recurrent_product = multiplier(gru.recurrent_kernel, masks.state, (h) => h, reset_after ? 3 : 2);
  const none = zeros(batch, units);
  let state = initial_state;
  let output = none;
  const outputs = unstack(from_inputs, { axis }).map((from_input, step) => {
    const [x_gates, x_h] = split(from_input, [2 * units], { axis: 1 });
    const [h_gates, h_h] = split(finish(recurrent_product(state), 1), [2 * units], { axis: 1 });
    const gates = apply_activation(recurrent_activation, add(x_gates, h_gates));
    const [z, r] = split(gates, 2, { axis: 1 });
    const from_state = reset_after
      ? multiply(r, h_h)
      : matmul(multiply(r, masks.state ? multiply(state, masks.state[2]) : state), recurrent_kernels[2]);
    const candidate = apply_activation(activation, add(x_h, from_state));
    const next = add(multiply(z, state), multiply(subtract(1, z), candidate));
    if (masks_of_steps) {
      output = where(masks_of_steps[step], next, repeat_output ? output : none);
      state = where(masks_of_steps[step], next, state);
    } else {
      output = next;
      state = next;
    }
    return output;
  });
  return { outputs: return_sequences ? stack(outputs, { axis }) : null, state };
}

/**
 * A function from the products of the inputs (row 0 of bias and gamma) or of the state (row 1) to what the gates add up.
 * @param {StepwiseGRU} gru
 * @returns {(product: Tensor, row: number) => Tensor}
 */
function finisher({ units, bias, layer_norm }) {
  const biases = bias ? unstack(reshape(bias, [-1, GATES * units])) : [];
  const gammas = layer_norm ? unstack(layer_norm.gamma) : [];
  return (product, row) => {
    const shift = biases[row] ?? null;
    if (layer_norm) return normalize_gates(product, units, layer_norm.epsilon, gammas[row], shift);
    return shift ? add(product, shift) : product;
  };
}

/**
 * A function from values to their products with the columns of the first gates, side by side. With masks each gate gets other values.
 * @param {Variable} kernel
 * @param {Tensor[] | null} masks
 * @param {(values: Tensor) => Tensor} as_rows
 * @param {number} [gates] with masks; without them all
 * @returns {(values: Tensor) => Tensor}
 */
function multiplier(kernel, masks, as_rows, gates = GATES) {
  if (!masks) return (values) => matmul(as_rows(values), kernel);
  const kernels = split(kernel, GATES, { axis: 1 }).slice(0, gates);
  return (values) =>
    concatenate(
      kernels.map((columns, gate) => matmul(as_rows(multiply(values, masks[gate])), columns)),
      { axis: 1 },
    );
}
