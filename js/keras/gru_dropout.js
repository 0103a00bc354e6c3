// Dropout inside GRU: masks on the inputs and on the state, the same in all steps of a call.
import { multiply } from '../gradient/elementwise.js';
import { size_of } from '../runtime/check.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { run_gru_steps } from './gru_steps.js';

/**
 * @typedef {import('../layers/random.js').Random} Random
 */

/** The gates z (update), r (reset) and h (candidate), each with a mask. */
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
 * @param {import('./gru_steps.js').StepwiseGRU} gru
 * @param {Parameters<typeof run_gru_steps>[1]} options as `run_sequence`
 * @param {{ dropout: number, recurrent_dropout: number }} rates
 * @param {Random} random
 * @returns {{ outputs: Tensor | null, state: Tensor }}
 */
export function run_with_recurrent_dropout(gru, options, { dropout, recurrent_dropout }, random) {
  const { inputs, initial_state, time_major = false } = options;
  const masks = (/** @type {readonly number[]} */ shape, /** @type {number} */ rate) =>
    Array.from({ length: GATES }, () => dropout_mask(shape, inputs.dtype, rate, random));
  return run_gru_steps(gru, options, {
    inputs: dropout ? masks(input_mask_shape(inputs, time_major), dropout) : null,
    state: masks(initial_state.shape, recurrent_dropout),
  });
}
