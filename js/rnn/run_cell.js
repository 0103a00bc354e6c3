// A cell over a sequence: whole sequences where the cell can, else step by step.
import { where } from '../gradient/elementwise.js';
import { stack, unstack } from '../gradient/joining.js';
import {
  check_same_structure,
  float_dtype_of,
  leaves_of,
  map_structure,
  zeros_of,
} from '../layers/structure.js';
import { Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../layers/cell.js').Cell} Cell
 * @typedef {import('../layers/structure.js').Structure} Structure
 *
 * @typedef {object} RunOptions
 * @property {Structure} inputs [batch, steps, …] each, or with `time_major` [steps, batch, …]
 * @property {number} batch
 * @property {number} steps
 * @property {Structure} initial_state
 * @property {boolean} [time_major]
 * @property {Uint8Array | null} [mask] one a row, in the inputs' order: 0 where the step does not count, and the state stays
 * @property {boolean} [repeat_output] what the output is where it does not: the one before instead of zeros
 */

/**
 * Runs any cell. What is in inputs that do not count reaches neither outputs nor gradients.
 * @param {Cell} cell
 * @param {RunOptions} options
 * @returns {{ outputs: any, state: any }} the outputs in the inputs' order
 * @throws {ValueError} inputs that do not fit the cell, or a new state of another structure or shape than the state
 */
export function run_cell(cell, options) {
  const { inputs, steps, time_major = false, mask = null, repeat_output = false } = options;
  cell._begin_sequence();
  if (inputs instanceof Tensor && cell._runs_sequences(mask !== null && repeat_output)) {
    cell._prepare(inputs);
    const { outputs, state } = cell._run_sequence({ ...options, inputs });
    return { outputs, state };
  }
  const axis = time_major ? 0 : 1;
  const apart = leaves_of(inputs).map((leaf) => unstack(leaf, { axis }));
  const step_inputs = Array.from({ length: steps }, (_, step) => {
    let leaf = 0;
    return map_structure(() => apart[leaf++][step], inputs);
  });
  const one_step = map_structure((leaf) => ({ shape: [options.batch, ...leaf.shape.slice(2)] }), inputs);
  const { outputs, state } = run_steps(cell, { ...options, one_step, step_inputs });
  const dtype = float_dtype_of(state) ?? 'float32';
  const before = time_major ? [0, options.batch] : [options.batch, 0];
  if (!outputs.length) return { outputs: zeros_of(cell.output_size, before, dtype), state };
  return { outputs: stack_structures(outputs, axis), state };
}

/**
 * The outputs of all steps stacked along the axis of time, in the structure of one step's output. There may be more steps than a
 * call takes arguments, so they stay in lists.
 * @param {Structure[]} outputs
 * @param {number} axis
 * @returns {Structure}
 */
const stack_structures = (outputs, axis) =>
  Array.isArray(outputs[0])
    ? outputs[0].map((_, i) =>
        stack_structures(
          outputs.map((output) => output[i]),
          axis,
        ),
      )
    : stack(outputs, { axis });

/**
 * The steps one after the other.
 * @param {Cell} cell
 * @param {Omit<RunOptions, 'inputs'> & { step_inputs: Structure[], one_step: any }} options the inputs of each step, and their
 *   shapes
 * @returns {{ outputs: any[], state: any }} the output of each step
 */
export function run_steps(cell, options) {
  const { step_inputs, one_step, batch, steps, time_major = false, mask = null } = options;
  const { repeat_output = false, initial_state } = options;
  const dtype = float_dtype_of(initial_state) ?? float_dtype_of(step_inputs) ?? 'float32';
  let state = initial_state;
  /** @type {any} */
  let previous = null;
  const outputs = step_inputs.map((inputs, step) => {
    const counts = mask && counting_rows(mask, step, { batch, steps, time_major });
    if (counts?.every((one) => one === 0)) {
      // Nothing to compute; which shape the output has is not known before the first call.
      return repeat_output ? previous : null;
    }
    const some = counts?.includes(0) ? counts : null;
    const x = some ? map_structure((leaf) => where(as_column(some, leaf), leaf, 0), inputs) : inputs;
    const [output, next] = cell._invoke(x, state);
    check_same_structure(`${cell.name}: the new state`, next, state);
    state = some ? map_structure((to, from) => where(as_column(some, to), to, from), next, state) : next;
    const otherwise = repeat_output && previous !== null ? previous : map_structure(() => 0, output);
    previous = some
      ? map_structure((to, from) => where(as_column(some, to), to, from), output, otherwise)
      : output;
    return previous;
  });
  // Where no step counts, the cell was not called.
  cell._build_for(one_step, dtype);
  const known = outputs.find((output) => output !== null);
  const zeros = known
    ? map_structure(({ data, shape, dtype: type }) => new Tensor(data.slice().fill(0), shape, type), known)
    : zeros_of(cell.output_size, [batch], dtype);
  return { outputs: outputs.map((output) => output ?? zeros), state };
}

/**
 * @param {Uint8Array} mask
 * @param {number} step
 * @param {{ batch: number, steps: number, time_major: boolean }} sizes
 * @returns {Uint8Array} [batch]
 */
const counting_rows = (mask, step, { batch, steps, time_major }) =>
  Uint8Array.from({ length: batch }, (_, row) => mask[time_major ? step * batch + row : row * steps + step]);

/**
 * One condition a row, to broadcast against a tensor.
 * @param {Uint8Array} rows
 * @param {Tensor} tensor
 */
const as_column = (rows, tensor) =>
  new Tensor(rows, [rows.length, ...new Array(tensor.rank - 1).fill(1)], 'bool');
