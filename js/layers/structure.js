// Structures: a tensor, or a list of structures. What cells take as inputs and states.
import { tensor_of } from '../gradient/operands.js';
import { same_shape, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, is_float, MAX_RANK, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Dtype} Dtype
 * @typedef {any} Structure a Tensor or a list of structures
 * @typedef {any} Sizes of a state or an output without its batch: a number; `{ shape }` where it has more dimensions; a list of
 *   sizes where it is a list
 */

/**
 * @param {(leaf: any, ...others: any[]) => any} f
 * @param {Structure} first
 * @param {...Structure} others of the same structure
 * @returns {Structure}
 */
export const map_structure = (f, first, ...others) =>
  Array.isArray(first)
    ? first.map((item, i) => map_structure(f, item, ...others.map((other) => other[i])))
    : f(first, ...others);

/** Lists in lists that a structure may have. */
const MOST_LEVELS = 1000;

/**
 * @param {Structure} structure
 * @param {readonly any[]} [around] the lists that it is in
 * @returns {any[]} its leaves
 * @throws {ValueError} a list that holds itself, or more than a thousand levels
 */
export function leaves_of(structure, around = []) {
  if (!Array.isArray(structure)) return [structure];
  if (around.includes(structure) || around.length >= MOST_LEVELS)
    throw new ValueError(
      'a structure of tensors must not hold itself, nor have more than 1000 levels of lists',
    );
  const lists = [...around, structure];
  return structure.flatMap((item) => leaves_of(item, lists));
}

/**
 * Whether a list is a list of tensors, and not the numbers of one.
 * @param {unknown} value
 * @returns {value is any[]}
 */
export function is_list_of_tensors(value) {
  let first = value;
  // A list that holds itself has no end.
  for (let depth = 0; Array.isArray(first) && depth < MAX_RANK; depth++) first = first[0];
  return Array.isArray(value) && first !== null && typeof first === 'object' && 'shape' in first;
}

/**
 * Inputs as tensors.
 * @param {string} what
 * @param {unknown} value a tensor, nested lists of numbers, or a list of such
 * @param {FloatDtype | null} dtype what floats must have; null: whatever they have
 * @returns {Structure}
 * @throws {ValueError} another dtype
 */
export function as_inputs(what, value, dtype) {
  if (is_list_of_tensors(value)) return value.map((item, i) => as_inputs(`${what}[${i}]`, item, dtype));
  const tensor = tensor_of(what, value, dtype);
  if (dtype && is_float(tensor.dtype) && tensor.dtype !== dtype) {
    throw new ValueError(`${what} must have dtype ${dtype}, not ${tensor.dtype}`);
  }
  return tensor;
}

/** @param {Structure} structure @returns {FloatDtype | null} the dtype of the first leaf of floats */
export const float_dtype_of = (structure) =>
  leaves_of(structure).find((leaf) => is_float(leaf?.dtype))?.dtype ?? null;

/**
 * @template {number | null} D
 * @param {Sizes} sizes of one tensor
 * @param {readonly D[]} before
 * @returns {D[]}
 */
export const shape_of = (sizes, before) => [
  ...before,
  ...(typeof sizes === 'number' ? [sizes] : sizes.shape),
];

/**
 * A state as tensors, of the structure and the shapes that a cell asks for.
 * @param {string} what
 * @param {unknown} value
 * @param {Sizes} sizes the cell's `state_size`
 * @param {number} batch
 * @param {FloatDtype} dtype
 * @returns {Structure}
 * @throws {ValueError} another structure, shape or dtype
 */
export function as_state(what, value, sizes, batch, dtype) {
  if (Array.isArray(sizes)) {
    if (!Array.isArray(value) || value.length !== sizes.length) {
      throw new ValueError(`${what} must be a list of ${sizes.length} states, not ${show(value)}`);
    }
    return sizes.map((size, i) => as_state(`${what}[${i}]`, value[i], size, batch, dtype));
  }
  const tensor = tensor_of(what, value, dtype);
  const shape = shape_of(sizes, [batch]);
  if (!same_shape(tensor.shape, shape)) {
    throw new ValueError(`${what} must have shape ${show_shape(shape)}, not ${show_shape(tensor.shape)}`);
  }
  if (tensor.dtype !== dtype) throw new ValueError(`${what} must have dtype ${dtype}, not ${tensor.dtype}`);
  return tensor;
}

/**
 * @param {Sizes} sizes
 * @param {readonly number[]} before the dimensions that come first
 * @param {FloatDtype} dtype
 * @returns {Structure}
 */
export const zeros_of = (sizes, before, dtype) =>
  map_structure((size) => {
    const shape = shape_of(size, before);
    return new Tensor(
      array_of(
        dtype,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
      dtype,
    );
  }, sizes);

/**
 * @param {string} what
 * @param {Structure} structure
 * @param {Structure} expected
 * @throws {ValueError} they differ in structure, or in the shape or the dtype of a tensor
 */
export function check_same_structure(what, structure, expected) {
  if (Array.isArray(expected)) {
    if (!Array.isArray(structure) || structure.length !== expected.length) {
      throw new ValueError(`${what} must be a list of ${expected.length}, not ${show(structure)}`);
    }
    expected.forEach((item, i) => {
      check_same_structure(`${what}[${i}]`, structure[i], item);
    });
    return;
  }
  if (!(structure instanceof Tensor))
    throw new ValueError(`${what} must be a Tensor, not ${show(structure)}`);
  if (!same_shape(structure.shape, expected.shape) || structure.dtype !== expected.dtype) {
    throw new ValueError(
      `${what} must have shape ${show_shape(expected.shape)} and dtype ${expected.dtype}, not ${show_shape(structure.shape)} and ${structure.dtype}`,
    );
  }
}
