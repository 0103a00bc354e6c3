// Dropout inside GRU: one mask for the inputs of all steps, and one for the state before its products.
import { add, multiply, subtract, where } from '../gradient/elementwise.js';
import { split, stack, unstack } from '../gradient/joining.js';
import { matmul } from '../gradient/matmul.js';
import { reshape } from '../gradient/shapes.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { apply_activation } from './activate.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../layers/random.js').Random} Random
 */

/**
 * Zeros and, so that the expected value stays, 1 / (1 - rate).
 * @param {readonly number[]} shape
 * @param {import('../runtime/tensor.js').Dtype} dtype
 * @param {number} rate
 * @param {Random} random
 */
function factors(shape, dtype, rate, random) {
  const data = array_of(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
  return new Tensor(data, shape, dtype);
}

/**
 * Inputs of which in each row some features are dropped, the same in all steps.
 * @param {Tensor} inputs [batch, steps, features], or time-major
 * @param {number} rate
 * @param {boolean} time_major
 * @param {Random} random
 * @returns {Tensor}
 */
export function drop_inputs(inputs, rate, time_major, random) {
  if (rate === 0) return inputs;
  const [first, second, width] = inputs.shape;
  const shape = time_major ? [1, second, width] : [first, 1, width];
  return multiply(inputs, factors(shape, inputs.dtype, rate, random));
}

/**
 * The recurrence step by step, with a state of which some units are dropped before the recurrent products.
 *
 * @param {object} gru
 * @param {number} gru.units
 * @param {Variable[]} gru.weights kernel, recurrent kernel, and the bias where there is one
 * @param {any} gru.activation
 * @param {any} gru.recurrent_activation
 * @param {boolean} gru.reset_after
 * @param {object} options as `run_sequence`
 * @param {Tensor} options.inputs
 * @param {Tensor} options.initial_state
 * @param {boolean} options.time_major
 * @param {Uint8Array | null} options.mask
 * @param {boolean} options.repeat_output
 * @param {number} rate
 * @param {Random} random
 * @returns {{ outputs: Tensor, state: Tensor }}
 */
export function run_with_recurrent_dropout(gru, options, rate, random) {
  const { units, reset_after, activation, recurrent_activation } = gru;
  const [kernel, recurrent_kernel, bias = null] = gru.weights;
  const { inputs, initial_state, time_major, mask, repeat_output } = options;
  const axis = time_major ? 0 : 1;
  const [batch, steps] = time_major ? [inputs.shape[1], inputs.shape[0]] : inputs.shape;
  const { dtype } = inputs;
  const kept = factors([batch, units], dtype, rate, random);
  const biases = bias && unstack(reshape(bias, [reset_after ? 2 : 1, 3 * units]), { axis: 0 });
  const plus = (/** @type {Tensor} */ x, /** @type {Tensor | undefined} */ b) => (b ? add(x, b) : x);
  const columns = split(recurrent_kernel, [2 * units], { axis: 1 });

  let state = initial_state;
  let output = new Tensor(array_of(dtype, batch * units), [batch, units], dtype);
  const nothing = output;
  /** @type {Tensor[]} */
  const outputs = [];
  unstack(inputs, { axis }).forEach((x, step) => {
    const from_input = split(plus(matmul(x, kernel), biases?.[0]), 3, { axis: 1 });
    const h = multiply(state, kept);
    const from_state = reset_after
      ? split(plus(matmul(h, recurrent_kernel), biases?.[1]), 3, { axis: 1 })
      : split(matmul(h, columns[0]), 2, { axis: 1 });
    const [z, r] = [0, 1].map((gate) =>
      apply_activation(recurrent_activation, add(from_input[gate], from_state[gate])),
    );
    const recurrent = reset_after ? multiply(r, from_state[2]) : matmul(multiply(r, h), columns[1]);
    const candidate = apply_activation(activation, add(from_input[2], recurrent));
    const next = add(multiply(z, state), multiply(subtract(1, z), candidate));
    if (mask) {
      const counts = new Tensor(
        Uint8Array.from(
          { length: batch },
          (_, row) => mask[time_major ? step * batch + row : row * steps + step],
        ),
        [batch, 1],
        'bool',
      );
      output = where(counts, next, repeat_output ? output : nothing);
      state = where(counts, next, state);
    } else {
      output = next;
      state = next;
    }
    outputs.push(output);
  });
  return { outputs: stack(outputs, { axis }), state };
}
