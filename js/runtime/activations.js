// Activations and softmax of whole arrays, on the heap.
import { element_bytes } from './dtypes.js';
import { kernels_of, loaded_heap } from './init.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./heap.js').FloatDtype} FloatDtype */

/** The names of the binary's activations. @returns {string[]} */
export const activation_names = () => Object.keys(loaded_heap().activations);

/**
 * @param {string} name
 * @param {ArrayLike<number>} x
 * @param {FloatDtype} dtype
 * @returns {Floats}
 */
export function activate(name, x, dtype) {
  const heap = loaded_heap();
  const count = kernels_of(dtype).whole_vectors(x.length);
  return heap.borrow({ x: count * element_bytes(dtype) }, `the activation ${name}`, (at) => {
    heap.write(at.x, x, dtype);
    kernels_of(dtype).activate(heap.activations[name], at.x, at.x, count);
    return heap.read(at.x, x.length, dtype);
  });
}

/**
 * dy * activation'(x)
 * @param {string} name
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y activation(x)
 * @param {ArrayLike<number>} dy
 * @param {FloatDtype} dtype
 * @returns {Floats}
 */
export function activate_gradient(name, x, y, dy, dtype) {
  const heap = loaded_heap();
  const count = kernels_of(dtype).whole_vectors(x.length);
  const bytes = count * element_bytes(dtype);
  return heap.borrow({ x: bytes, y: bytes, dy: bytes }, `the gradient of the activation ${name}`, (at) => {
    heap.write(at.x, x, dtype);
    heap.write(at.y, y, dtype);
    heap.write(at.dy, dy, dtype);
    kernels_of(dtype).activate_gradient(heap.activations[name], at.x, at.y, at.dy, at.dy, count);
    return heap.read(at.dy, x.length, dtype);
  });
}

/**
 * Softmax over rows, and the logarithm of each row's sum of exponentials.
 * @param {ArrayLike<number>} x [count, width]
 * @param {number} width
 * @param {FloatDtype} dtype
 * @returns {{ probabilities: Floats, log_sums: Floats }}
 */
export function softmax(x, width, dtype) {
  const heap = loaded_heap();
  const count = x.length / width;
  const sizes = { x: x.length * element_bytes(dtype), log_sums: count * element_bytes(dtype) };
  return heap.borrow(sizes, 'softmax', (at) => {
    heap.write(at.x, x, dtype);
    kernels_of(dtype).softmax(at.x, count, width, at.x, at.log_sums);
    return {
      probabilities: heap.read(at.x, x.length, dtype),
      log_sums: heap.read(at.log_sums, count, dtype),
    };
  });
}
