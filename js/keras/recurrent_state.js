// States passed to recurrent layers: one tensor, or lists of them.
import { cast_tensor } from '../gradient/cast_tensor.js';
import { tensor_of } from '../gradient/operands.js';
import { as_state, is_list_of_tensors, shape_of } from '../layers/structure.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, MAX_RANK } from '../runtime/tensor.js';

/** How deeply a list is nested, at most MAX_RANK. @param {unknown} list @param {number} [depth] @returns {number} */
const depth_of = (list, depth = 0) =>
  Array.isArray(list) && depth < MAX_RANK ? depth_of(list[0], depth + 1) : depth;

/**
 * @param {string} what the layer and the argument, for messages
 * @param {any} states the state, or a list of the states
 * @param {any} sizes the layer's `state_size`
 * @param {number | null} batch null: any
 * @param {import('../runtime/heap.js').FloatDtype} dtype
 * @returns {any} as the layer stores it: a tensor, or a list if `sizes` is one
 * @throws {ValueError} a wrong number of states, or a wrong shape
 */
export function read_state(what, states, sizes, batch, dtype) {
  const cast = cast_states(what, Array.isArray(sizes) ? states : one_state(what, states, sizes), dtype);
  let [size, first] = [sizes, cast];
  for (; Array.isArray(size); first = first?.[0]) [size] = size;
  return as_state(what, cast, sizes, batch ?? as_tensor(what, first, dtype).shape[0], dtype);
}

/**
 * @param {string} what
 * @param {any} states a state, or a list of one
 * @param {any} size
 * @returns {any}
 */
function one_state(what, states, size) {
  const rank = shape_of(size, [0]).length;
  // A list nested deeper than one state is a list of states.
  if (!is_list_of_tensors(states) && depth_of(states) <= rank) return states;
  if (states.length !== 1) throw new ValueError(`${what} must be one state, not ${states.length}`);
  return states[0];
}

/**
 * Tensors in the layer's dtype, as Keras casts them; nested lists of numbers as they are.
 * @param {string} what
 * @param {any} states
 * @param {import('../runtime/heap.js').FloatDtype} dtype
 * @returns {any}
 */
function cast_states(what, states, dtype) {
  if (is_list_of_tensors(states)) return states.map((state, i) => cast_states(`${what}[${i}]`, state, dtype));
  if (Array.isArray(states)) return states;
  return cast_tensor(tensor_of(what, states, dtype), dtype);
}
