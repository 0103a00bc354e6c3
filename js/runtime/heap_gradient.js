// HeapGradient: the gradient of a variable, on the wasm heap in the same order as the variable's value.
import { loaded_heap } from './init.js';
import { Tensor } from './tensor.js';

/**
 * @typedef {import('./variable.js').Variable} Variable
 * @typedef {import('./tensor.js').Data} Data
 */

/** `data` while the values are on the heap. One object for all: an engine takes 2 microseconds for new functions each time. */
const DATA = {
  /** @this {HeapGradient} */
  get() {
    this.data = this.read();
    return this.data;
  },
  /** @this {HeapGradient} @param {Data} value */
  set(value) {
    this.dispose();
    Object.defineProperty(this, 'data', { value, writable: true });
  },
};

/**
 * The kernels that compute a variable's gradient write this form and those of the optimizers read it, so that a step of
 * training need not bring gradients into row-major order and back (a tenth of such a step on one sequence). It is a tensor
 * for all others: the first read of `data` copies the values and frees the memory on the heap. What is in the padding is
 * undefined until `clear_padding()`.
 */
export class HeapGradient extends Tensor {
  /** @type {import('./heap.js').Block} */ #block;
  #variable;

  /** All zeros. @param {Variable} variable */
  constructor(variable) {
    super(/** @type {any} */ (null), variable.shape, variable.dtype);
    Object.defineProperty(this, 'data', DATA);
    const heap = loaded_heap();
    this.#variable = variable;
    this.#block = heap.own(this, variable._bytes, `the gradient of ${variable.name}`);
    heap.clear(this.address, variable._bytes);
  }

  get variable() {
    return this.#variable;
  }

  get address() {
    return this.#block.address;
  }

  /** False once `data` was read, or after `dispose()`. */
  get on_heap() {
    return !this.#block.disposed;
  }

  /** A copy of the values in row-major order; they stay on the heap. @returns {import('./heap.js').Floats} */
  read() {
    return this.variable._read(this.address);
  }

  dispose() {
    this.#block.dispose();
  }
}

/**
 * Makes a gradient of zeros for each variable and lets a function fill them.
 * @template R
 * @param {readonly Variable[]} variables
 * @param {(gradients: HeapGradient[]) => R} fill
 * @returns {R} what `fill` returns; where it throws, the gradients' memory is freed
 */
export function with_gradients(variables, fill) {
  /** @type {HeapGradient[]} */
  const gradients = [];
  try {
    for (const variable of variables) gradients.push(new HeapGradient(variable));
    return fill(gradients);
  } catch (error) {
    for (const gradient of gradients) gradient.dispose();
    throw error;
  }
}
