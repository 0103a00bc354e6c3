// The equations of the gated recurrent unit, evaluated plainly in float64: the golden values of the tests.
//
// Matrices are flat and row-major, as TensorFlow prints them: element [i, j] of an [m, n] matrix is at i * n + j.
// Nothing here comes from the library under test.
import { activation_function, sigmoid } from './activations.js';
import { layer_norm_step } from './layer_norm_gru.js';

/**
 * @typedef {ArrayLike<number>} Numbers flat, row-major
 * @typedef {string | ((x: number) => number)} Activation a name of ./activations.js, or a function
 *
 * @typedef {object} Tf1Weights TensorFlow 1's GRUCell: gate columns r, u; rows x, then h
 * @property {number} inputs
 * @property {number} units
 * @property {Numbers} gates_kernel [inputs + units, 2 units]
 * @property {Numbers} gates_bias [2 units]
 * @property {Numbers} candidate_kernel [inputs + units, units]
 * @property {Numbers} candidate_bias [units]
 * @property {Activation} [activation] of the candidate; tanh
 *
 * @typedef {object} KerasWeights Keras's GRU: columns z, r, h
 * @property {number} inputs
 * @property {number} units
 * @property {Numbers} kernel [inputs, 3 units]
 * @property {Numbers} recurrent_kernel [units, 3 units]
 * @property {Numbers | null} [bias] [3 units], or [2, 3 units] with reset_after (the input's, then the recurrent)
 * @property {boolean} [reset_after] true
 * @property {Activation} [activation] of the candidate; tanh
 * @property {Activation} [recurrent_activation] of the gates; sigmoid
 *
 * @typedef {Tf1Weights | KerasWeights | import('./layer_norm_gru.js').LayerNormWeights} Weights
 */

/**
 * Column `column` of row @ matrix, of the matrix's rows from `first_row` on.
 * @param {Numbers} row
 * @param {Numbers} matrix
 * @param {number} columns
 * @param {number} column
 * @param {number} [first_row]
 * @returns {number}
 */
function product(row, matrix, columns, column, first_row = 0) {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] * matrix[(first_row + i) * columns + column];
  return sum;
}

/**
 * `count` values, one for each index.
 * @param {number} count
 * @param {(index: number) => number} value
 * @returns {number[]}
 */
const each = (count, value) => Array.from({ length: count }, (_, index) => value(index));

/**
 * TensorFlow 1's step of one row with what it computes on the way, as raw_ops.GRUBlockCell gives it.
 * @param {Tf1Weights} weights
 * @param {Numbers} x [inputs]
 * @param {Numbers} h [units]
 * @returns {{ r: number[], u: number[], c: number[], h: number[] }} each [units]
 */
export function tf1_step_parts(weights, x, h) {
  const { inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias } = weights;
  const activation = activation_function(weights.activation ?? 'tanh');
  const gates = each(2 * units, (j) =>
    sigmoid(
      product(x, gates_kernel, 2 * units, j) + product(h, gates_kernel, 2 * units, j, inputs) + gates_bias[j],
    ),
  );
  const r = gates.slice(0, units);
  const u = gates.slice(units);
  const reset = each(units, (j) => r[j] * h[j]);
  const c = each(units, (j) =>
    activation(
      product(x, candidate_kernel, units, j) +
        product(reset, candidate_kernel, units, j, inputs) +
        candidate_bias[j],
    ),
  );
  return { r, u, c, h: each(units, (j) => u[j] * h[j] + (1 - u[j]) * c[j]) };
}

/**
 * TensorFlow 1's step of one row: the new state.
 * @param {Tf1Weights} weights
 * @param {Numbers} x [inputs]
 * @param {Numbers} h [units]
 * @returns {number[]} [units]
 */
export const tf1_step = (weights, x, h) => tf1_step_parts(weights, x, h).h;

/**
 * Keras's step of one row, reset after or before the recurrent product: the new state.
 * @param {KerasWeights} weights
 * @param {Numbers} x [inputs]
 * @param {Numbers} h [units]
 * @returns {number[]} [units]
 */
export function keras_step(weights, x, h) {
  const { units, kernel, recurrent_kernel, bias = null, reset_after = true } = weights;
  const activation = activation_function(weights.activation ?? 'tanh');
  const recurrent_activation = activation_function(weights.recurrent_activation ?? 'sigmoid');
  const columns = 3 * units;
  const input_bias = each(columns, (j) => (bias ? bias[j] : 0));
  const recurrent_bias = each(columns, (j) => (bias && reset_after ? bias[columns + j] : 0));
  const from_input = each(columns, (j) => product(x, kernel, columns, j) + input_bias[j]);
  /** @type {(state: Numbers, j: number) => number} */
  const from_state = (state, j) => product(state, recurrent_kernel, columns, j) + recurrent_bias[j];

  const z = each(units, (j) => recurrent_activation(from_input[j] + from_state(h, j)));
  const r = each(units, (j) => recurrent_activation(from_input[units + j] + from_state(h, units + j)));
  const reset = each(units, (j) => r[j] * h[j]);
  const c = each(units, (j) => {
    const k = 2 * units + j;
    return activation(from_input[k] + (reset_after ? r[j] * from_state(h, k) : from_state(reset, k)));
  });
  return each(units, (j) => z[j] * h[j] + (1 - z[j]) * c[j]);
}

/**
 * A kernel of CuDNNGRU as GRU's: of each gate's block `block.reshape(units, rows).T`.
 * @param {Numbers} stored [rows, 3 units]
 * @param {number} rows
 * @param {number} units
 * @returns {number[]} [rows, 3 units]
 */
export function from_cudnn(stored, rows, units) {
  const kernel = new Array(stored.length);
  for (let gate = 0; gate < 3; gate++) {
    const block = [];
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < units; j++) block.push(stored[i * 3 * units + gate * units + j]);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < units; j++) kernel[i * 3 * units + gate * units + j] = block[j * rows + i];
  }
  return kernel;
}

/**
 * One step of one row, of whichever kind the weights are.
 * @param {Weights} weights
 * @param {Numbers} x [inputs]
 * @param {Numbers} h [units]
 * @returns {number[]} [units]
 */
export function gru_step(weights, x, h) {
  if ('gates_kernel' in weights) return tf1_step(weights, x, h);
  return 'gamma' in weights ? layer_norm_step(weights, x, h) : keras_step(weights, x, h);
}

/**
 * One step of `batch` rows.
 * @param {Weights} weights
 * @param {number} batch
 * @param {Numbers} x [batch, inputs]
 * @param {Numbers} h [batch, units]
 * @returns {number[]} [batch, units]
 */
export function gru_batch_step(weights, batch, x, h) {
  const { inputs, units } = weights;
  return each(batch, (row) => row).flatMap((row) =>
    gru_step(weights, rows(x, row, inputs), rows(h, row, units)),
  );
}

/**
 * A sequence. A step past a row's length, or that the mask leaves out, keeps the state; its output is zero, or with
 * `repeat_output` the output before it (zero at the first step). With `go_backwards` time, mask included, runs from
 * the last step to the first, and the outputs stay in the order of processing, as Keras has it.
 * @param {Weights} weights
 * @param {object} options
 * @param {number} options.batch
 * @param {number} options.steps
 * @param {Numbers} options.x [batch, steps, inputs]
 * @param {Numbers | null} [options.state] [batch, units]; zeros
 * @param {Numbers | null} [options.lengths] [batch]
 * @param {ArrayLike<number | boolean> | null} [options.mask] [batch, steps]
 * @param {boolean} [options.repeat_output]
 * @param {boolean} [options.go_backwards]
 * @returns {{ outputs: number[], state: number[] }} [batch, steps, units] and [batch, units]
 */
export function gru_sequence(weights, options) {
  const { batch, steps, x, state = null, lengths = null, mask = null } = options;
  const { repeat_output = false, go_backwards = false } = options;
  const { inputs, units } = weights;
  const zeros = each(units, () => 0);
  /** @type {number[]} */
  const outputs = [];
  /** @type {number[]} */
  const final_state = [];
  for (let row = 0; row < batch; row++) {
    let h = state ? rows(state, row, units) : zeros;
    let output = zeros;
    for (let i = 0; i < steps; i++) {
      const step = go_backwards ? steps - 1 - i : i;
      const counts = (!lengths || step < lengths[row]) && (!mask || Boolean(mask[row * steps + step]));
      if (counts) {
        h = gru_step(weights, rows(x, row * steps + step, inputs), h);
        output = h;
      } else if (!repeat_output) {
        output = zeros;
      }
      outputs.push(...output);
    }
    final_state.push(...h);
  }
  return { outputs, state: final_state };
}

/**
 * Each row reversed within its own length, as bidirectional_dynamic_rnn feeds the backward cell.
 * @param {Numbers} values [batch, steps, width]
 * @param {number} batch
 * @param {number} steps
 * @param {number} width
 * @param {Numbers | null} [lengths] [batch]; all steps
 * @returns {number[]} [batch, steps, width]
 */
export function reverse_sequence(values, batch, steps, width, lengths = null) {
  /** @type {number[]} */
  const reversed = [];
  for (let row = 0; row < batch; row++) {
    const length = lengths ? lengths[row] : steps;
    for (let step = 0; step < steps; step++) {
      const source = step < length ? length - 1 - step : step;
      reversed.push(...rows(values, row * steps + source, width));
    }
  }
  return reversed;
}

/**
 * From [first, second, width] to [second, first, width]: batch-major to time-major, and back.
 * @param {Numbers} values
 * @param {number} first
 * @param {number} second
 * @param {number} width
 * @returns {number[]}
 */
export function swap_time(values, first, second, width) {
  /** @type {number[]} */
  const swapped = [];
  for (let j = 0; j < second; j++) {
    for (let i = 0; i < first; i++) swapped.push(...rows(values, i * second + j, width));
  }
  return swapped;
}

/**
 * Row `row` of a matrix of rows of `width`.
 * @param {Numbers} values
 * @param {number} row
 * @param {number} width
 * @returns {number[]}
 */
export const rows = (values, row, width) => each(width, (j) => values[row * width + j]);
