// Dropout inside GRU: masks on the inputs and on the state, the same in all steps of a call.
import { add, multiply, subtract, where } from '../gradient/elementwise.js';
import { split, stack, unstack } from '../gradient/joining.js';
import { matmul } from '../gradient/matmul.js';
import { reshape } from '../gradient/shapes.js';
import { size_of } from '../runtime/check.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { apply_activation } from './activate.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../layers/random.js').Random} Random
 */

/** The gates z (update), r (reset) and h (candidate), in the order of the weights' columns. */
const GATES = 3;

/**
 * A dropout mask: zeros with probability `rate`, else 1 / (1 - rate), which keeps the expected value.
 * @param {readonly number[]} shape
 * @param {import('../runtime/tensor.js').Dtype} dtype
 * @param {number} rate
 * @param {Random} random
 */
function dropout_mask(shape, dtype, rate, random) {
  const data = array_of(dtype, size_of(shape));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
  return new Tensor(data, shape, dtype);
}

/**
 * The shape of an input mask: one value for each feature of each row, the same in all steps.
 * @param {Tensor} inputs [batch, steps, features], or time-major
 * @param {boolean} time_major
 */
const input_mask_shape = ({ shape: [first, second, features] }, time_major) =>
  time_major ? [1, second, features] : [first, 1, features];

/**
 * Inputs times one dropout mask, which all gates share (Keras without `recurrent_dropout`).
 * @param {Tensor} inputs [batch, steps, features], or time-major
 * @param {number} rate
 * @param {boolean} time_major
 * @param {Random} random
 * @returns {Tensor}
 */
export function drop_inputs(inputs, rate, time_major, random) {
  if (rate === 0) return inputs;
  return multiply(inputs, dropout_mask(input_mask_shape(inputs, time_major), inputs.dtype, rate, random));
}

/**
 * The recurrence step by step, with a dropout mask for each gate on the state and, if `dropout` is not 0, on the inputs (Keras's
 * `implementation=1`, which `recurrent_dropout` selects).
 *
 * @param {object} gru
 * @param {number} gru.units
 * @param {Variable[]} gru.weights kernel, recurrent kernel, and the bias if there is one
 * @param {any} gru.activation
 * @param {any} gru.recurrent_activation
 * @param {boolean} gru.reset_after
 * @param {object} options as `run_sequence`
 * @param {Tensor} options.inputs
 * @param {Tensor} options.initial_state
 * @param {boolean} options.time_major
 * @param {Uint8Array | null} options.mask
 * @param {boolean} options.repeat_output
 * @param {{ dropout: number, recurrent_dropout: number }} rates
 * @param {Random} random
 * @returns {{ outputs: Tensor, state: Tensor }}
 */
export function run_with_recurrent_dropout(gru, options, { dropout, recurrent_dropout }, random) {
  const { units, reset_after, activation, recurrent_activation } = gru;
  const [kernel, recurrent_kernel, bias = null] = gru.weights;
  const { initial_state, time_major, mask, repeat_output } = options;
  const { dtype, shape } = options.inputs;
  const axis = time_major ? 0 : 1;
  const batch = shape[1 - axis];
  // The values of a masked step must reach no gradient, even if they are NaN.
  const step_mask = mask && new Tensor(mask, [shape[0], shape[1], 1], 'bool');
  const inputs = step_mask ? where(step_mask, options.inputs, 0) : options.inputs;
  const masks = (/** @type {number[]} */ mask_shape, /** @type {number} */ rate) =>
    Array.from({ length: GATES }, () => dropout_mask(mask_shape, dtype, rate, random));

  const biases = bias && unstack(reshape(bias, [-1, GATES * units]), { axis: 0 });
  const [input_bias, recurrent_bias] = [0, 1].map((row) => biases?.[row] && split(biases[row], GATES));
  const plus = (/** @type {Tensor} */ x, /** @type {Tensor | undefined} */ b) => (b ? add(x, b) : x);

  // The inputs' products of all steps, one for each gate: [steps] of [batch, units].
  const kernels = split(kernel, GATES, { axis: 1 });
  const input_masks = dropout ? masks(input_mask_shape(inputs, time_major), dropout) : null;
  const from_input = kernels.map((columns, gate) => {
    const x = input_masks ? multiply(inputs, input_masks[gate]) : inputs;
    const product = plus(matmul(reshape(x, [-1, shape[2]]), columns), input_bias?.[gate]);
    return unstack(reshape(product, [shape[0], shape[1], units]), { axis });
  });
  const masks_of_steps = step_mask && unstack(step_mask, { axis });

  const recurrent_kernels = split(recurrent_kernel, GATES, { axis: 1 });
  const state_masks = masks([batch, units], recurrent_dropout);
  const zeros = new Tensor(array_of(dtype, batch * units), [batch, units], dtype);
  let state = initial_state;
  let output = zeros;
  const outputs = from_input[0].map((_, step) => {
    const dropped = state_masks.map((state_mask) => multiply(state, state_mask));
    const recurrent = (/** @type {number} */ gate, /** @type {Tensor} */ h) =>
      plus(matmul(h, recurrent_kernels[gate]), recurrent_bias?.[gate]);
    const [z, r] = [0, 1].map((gate) =>
      apply_activation(recurrent_activation, add(from_input[gate][step], recurrent(gate, dropped[gate]))),
    );
    const from_state = reset_after
      ? multiply(r, recurrent(2, dropped[2]))
      : recurrent(2, multiply(r, dropped[2]));
    const candidate = apply_activation(activation, add(from_input[2][step], from_state));
    const next = add(multiply(z, state), multiply(subtract(1, z), candidate));
    if (masks_of_steps) {
      output = where(masks_of_steps[step], next, repeat_output ? output : zeros);
      state = where(masks_of_steps[step], next, state);
    } else {
      output = next;
      state = next;
    }
    return output;
  });
  return { outputs: stack(outputs, { axis }), state };
}
