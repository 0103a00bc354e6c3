// Cells of several kinds, and what is built of them, evaluated plainly in float64, a row at a time.
import { sigmoid } from './activations.js';
import { gru_step } from './gru.js';

/**
 * @typedef {number[] | State[]} State of one row; a list where the cell has several
 * @typedef {(x: number[], state: any) => [number[], any]} Step
 */

/**
 * row @ kernel + bias
 * @param {number[]} row
 * @param {ArrayLike<number>} kernel row-major
 * @param {ArrayLike<number>} bias
 */
const affine = (row, kernel, bias) =>
  Array.from(bias, (start, j) =>
    row.reduce((sum, value, i) => sum + value * kernel[i * bias.length + j], start),
  );

/**
 * TF1's GRUCell; its parameters in the order of its variables.
 * @param {number} inputs
 * @param {number} units
 * @returns {(parameters: ArrayLike<number>[]) => Step}
 */
export const gru_cell =
  (inputs, units) =>
  ([gates_kernel, gates_bias, candidate_kernel, candidate_bias]) => {
    const weights = { inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias };
    return (x, h) => {
      const next = [...gru_step(weights, x, h)];
      return [next, next];
    };
  };

/**
 * The minimal gated unit of helpers/user_cells.js.
 * @param {number} units
 * @returns {(parameters: ArrayLike<number>[]) => Step}
 */
export const minimal_cell =
  (units) =>
  ([kernel, bias]) =>
  (x, h) => {
    const both = affine([...x, ...h], kernel, bias);
    const next = h.map((/** @type {number} */ value, /** @type {number} */ j) => {
      const gate = sigmoid(both[j]);
      return gate * value + (1 - gate) * Math.tanh(both[units + j]);
    });
    return [next, next];
  };

/**
 * TF1's BasicLSTMCell with a forget bias of 1: columns i, j, f, o; the state is [c, h].
 * @param {number} units
 * @returns {(parameters: ArrayLike<number>[]) => Step}
 */
export const lstm_cell =
  (units) =>
  ([kernel, bias]) =>
  (x, [c, h]) => {
    const all = affine([...x, ...h], kernel, bias);
    const [i, j, f, o] = [0, 1, 2, 3].map((part) => all.slice(part * units, (part + 1) * units));
    const next_c = f.map((_, k) => c[k] * sigmoid(f[k] + 1) + sigmoid(i[k]) * Math.tanh(j[k]));
    const next_h = o.map((_, k) => Math.tanh(next_c[k]) * sigmoid(o[k]));
    return [next_h, [next_c, next_h]];
  };

/** @param {Step} step @returns {Step} */
export const residual = (step) => (x, state) => {
  const [output, next] = step(x, state);
  return [output.map((value, i) => value + x[i]), next];
};

/** @param {Step[]} steps @returns {Step} */
export const stacked = (steps) => (x, states) => {
  let output = x;
  const next = steps.map((step, i) => {
    const result = step(output, states[i]);
    output = result[0];
    return result[1];
  });
  return [output, next];
};

/**
 * A step over sequences, as dynamic_rnn runs a cell.
 * @param {Step} step
 * @param {object} options
 * @param {number} options.batch
 * @param {number} options.steps
 * @param {ArrayLike<number>} options.x [batch, steps, width]
 * @param {any[]} options.states of each row
 * @param {ArrayLike<number> | null} [options.lengths]
 * @param {number} options.outputs the output's size
 * @returns {{ outputs: number[], states: any[] }} [batch, steps, outputs], and the final state of each row
 */
export function cell_sequence(step, { batch, steps, x, states, lengths = null, outputs: size }) {
  const width = x.length / batch / steps;
  /** @type {number[]} */
  const outputs = [];
  const final = states.map((first, row) => {
    let state = first;
    for (let t = 0; t < steps; t++) {
      if (lengths && t >= lengths[row]) {
        outputs.push(...new Array(size).fill(0));
        continue;
      }
      const from = (row * steps + t) * width;
      const result = step(Array.from(x).slice(from, from + width), state);
      outputs.push(...result[0]);
      state = result[1];
    }
    return state;
  });
  return { outputs, states: final };
}

/**
 * The rows' states as one list of numbers for each tensor of the state: [batch, size].
 * @param {any[]} states
 * @returns {any}
 */
export const by_tensor = (states) =>
  typeof states[0][0] === 'number'
    ? states.flat()
    : states[0].map((/** @type {any} */ _, /** @type {number} */ i) =>
        by_tensor(states.map((state) => state[i])),
      );
