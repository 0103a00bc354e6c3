// Elementwise arithmetic on gradients that are on the heap.
import { array_type } from './dtypes.js';
import { HeapGradient } from './heap_gradient.js';
import { loaded_heap } from './init.js';

/**
 * A view of all elements, padding included. It is invalid after the heap has grown.
 * @param {HeapGradient} gradient
 */
function elements_of({ variable, address }) {
  const buffer = /** @type {ArrayBuffer} */ (loaded_heap().buffer);
  return new (array_type(variable.dtype))(buffer, address, variable._elements);
}

/**
 * sum += gradient
 * @param {HeapGradient} sum
 * @param {HeapGradient} gradient of the same variable
 */
export function add_gradient(sum, gradient) {
  const to = elements_of(sum);
  const from = elements_of(gradient);
  for (let i = 0; i < to.length; i++) to[i] += from[i];
}

/**
 * @param {HeapGradient} gradient
 * @param {number} factor
 * @returns {HeapGradient} gradient * factor
 */
export function scaled_gradient(gradient, factor) {
  const result = new HeapGradient(gradient.variable);
  const [to, from] = [elements_of(result), elements_of(gradient)];
  for (let i = 0; i < to.length; i++) to[i] = from[i] * factor;
  return result;
}

/**
 * @param {HeapGradient} gradient
 * @param {number} limit
 * @returns {HeapGradient} each value within [-limit, limit]
 */
export function limited_gradient(gradient, limit) {
  const result = new HeapGradient(gradient.variable);
  const [to, from] = [elements_of(result), elements_of(gradient)];
  for (let i = 0; i < to.length; i++) to[i] = Math.min(Math.max(from[i], -limit), limit);
  return result;
}

/**
 * Sets the padding to zero.
 * @param {HeapGradient} gradient
 */
export function clear_padding({ variable, address }) {
  const { _packing: packing, dtype } = variable;
  const heap = loaded_heap();
  const kernels = heap.kernels[dtype];
  if (!packing || kernels.padded_columns(packing.columns) === packing.columns) return;
  const { rows, groups, columns } = packing;
  heap.borrow({ dense: variable._bytes }, `the gradient of ${variable.name}`, (at) => {
    kernels.unpack(address, rows, groups, columns, at.dense);
    kernels.pack(at.dense, rows, groups, columns, address);
  });
}
