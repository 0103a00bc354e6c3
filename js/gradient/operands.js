// The operands of operations: tensors, variables, numbers and nested lists; their common dtype; options and axes.
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { is_recording, record_operation } from './recording.js';

/**
 * @typedef {import('../runtime/tensor.js').Data} Data
 * @typedef {import('../runtime/tensor.js').Dtype} Dtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {TensorInput | Variable} Operand argument of an operation
 *
 * @typedef {object} Values an operand's values
 * @property {number[]} shape
 * @property {Dtype} dtype
 * @property {Data} data not to be written to
 * @property {Tensor | Variable | null} source the tensor or variable that its gradient belongs to; null: no gradient
 */

/** @param {unknown} value */
const is_plain = (value) => typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value);

/**
 * One operand.
 * @param {string} what the operation and the argument, for messages
 * @param {unknown} value
 * @param {Dtype | null} [dtype] of plain numbers and lists; default: float32, and bool for booleans
 * @returns {Values}
 * @throws {TypeError} not a tensor, a variable, a number or nested lists
 */
export function as_operand(what, value, dtype = null) {
  if (value instanceof Variable) {
    return { shape: [...value.shape], dtype: value.dtype, data: value.value.data, source: value };
  }
  const tensor = as_tensor(what, value, is_plain(value) ? dtype : null);
  return {
    shape: tensor.shape,
    dtype: tensor.dtype,
    data: tensor.data,
    source: value === tensor ? tensor : null,
  };
}

/**
 * An operand as a tensor; on the tape, a gradient of the tensor reaches the operand.
 * @param {string} what
 * @param {unknown} value
 * @param {Dtype | null} dtype of plain numbers and lists; default as {@link as_operand}
 * @returns {Tensor}
 * @throws {TypeError} not a tensor, a variable, a number or nested lists
 */
export function tensor_of(what, value, dtype) {
  if (value instanceof Tensor) return value;
  const operand = as_operand(what, value, dtype);
  return result_of([operand], operand.data, operand.shape, operand.dtype, (d) => [d]);
}

/**
 * Several operands in their common dtype: plain numbers and lists get that of the others; booleans become integers;
 * integers become floats if there is a float; float32 beside float64 becomes float64.
 * @param {string} name the operation's
 * @param {{ [argument: string]: unknown }} values
 * @returns {Values[]} of one dtype: int32, float32 or float64
 */
export function as_operands(name, values) {
  const entries = Object.entries(values);
  const typed = new Map(
    entries
      .filter(([, value]) => !is_plain(value))
      .map(([argument, value]) => [argument, as_operand(`${name}: ${argument}`, value)]),
  );
  const dtypes = [...typed.values()].map((operand) => operand.dtype);
  const float = dtypes.includes('float64') ? 'float64' : dtypes.includes('float32') ? 'float32' : null;
  const all = entries.map(
    ([argument, value]) => typed.get(argument) ?? as_operand(`${name}: ${argument}`, value, float),
  );
  // Whole numbers beside integers are integers.
  const stays_whole = all.every(
    ({ dtype, data }, i) =>
      !is_float(dtype) || (typed.size > 0 && is_plain(entries[i][1]) && data.every(Number.isInteger)),
  );
  const common = float ?? (stays_whole ? 'int32' : 'float32');
  return all.map((operand) => cast(operand, common));
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {Values & { data: Floats, dtype: FloatDtype }} integers as float32
 */
export function as_float_operand(what, value) {
  const operand = as_operand(what, value);
  const floats = is_float(operand.dtype) ? operand : cast(operand, 'float32');
  return /** @type {Values & { data: Floats, dtype: FloatDtype }} */ (floats);
}

/**
 * @param {Values} operand
 * @param {Dtype} dtype
 * @returns {Values} the gradient still reaches an operand of floats: the tape casts it
 */
export const cast = (operand, dtype) =>
  operand.dtype === dtype ? operand : { ...operand, dtype, data: array_of(dtype, operand.data) };

/**
 * The result of an operation, recorded if a tape is recording.
 * @param {readonly Values[]} operands
 * @param {Data} data
 * @param {readonly number[]} shape
 * @param {Dtype} dtype
 * @param {(d: Floats, needed: boolean[]) => (ArrayLike<number> | import('../runtime/heap_gradient.js').HeapGradient | null)[]} backward
 *   from the result's gradient to the operands'
 * @returns {Tensor}
 */
export function result_of(operands, data, shape, dtype, backward) {
  const output = new Tensor(data, shape, dtype);
  const inputs = operands.map(({ source }) => source);
  if (is_float(dtype) && is_recording(inputs)) {
    record_operation({
      inputs,
      outputs: [output],
      backward: ([d], needed) => backward(/** @type {Floats} */ (d), needed),
    });
  }
  return output;
}

/**
 * @param {string} what
 * @param {unknown} axis
 * @param {number} rank
 * @returns {number} from 0
 * @throws {ValueError} not an integer from -rank to rank - 1
 */
export function check_axis(what, axis, rank) {
  if (typeof axis !== 'number' || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ValueError(`${what} must be an integer from ${-rank} to ${rank - 1}, not ${show(axis)}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * @param {string} what
 * @param {unknown} axis one, a list of them, or null: all
 * @param {number} rank
 * @returns {number[]} each from 0
 * @throws {ValueError} an axis out of range, or named twice
 */
export function check_axes(what, axis, rank) {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  const axes = [axis].flat().map((one) => check_axis(what, one, rank));
  if (new Set(axes).size !== axes.length) {
    throw new ValueError(`${what} must name each axis once, not ${show(axis)}`);
  }
  return axes;
}

/**
 * Checked options, the first of which may also be given by itself: `sum(x, 1)` as `sum(x, { axis: 1 })`.
 * @template {object} O
 * @param {string} name the operation's
 * @param {O | unknown} options
 * @param {readonly string[]} known
 * @returns {O}
 * @throws {TypeError} not an object literal, a number, a list or null; an unknown option
 */
export function read_options(name, options, known) {
  const is_object = options !== null && typeof options === 'object' && !Array.isArray(options);
  const read = is_object ? options : { [known[0]]: options };
  check_options(name, read, known);
  return /** @type {O} */ (read);
}
