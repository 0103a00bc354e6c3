// HeapGradient: the gradient of a variable, on the wasm heap in the same order as the variable's value.
import { loaded_heap } from './init.js';
import { Tensor } from './tensor.js';

/**
 * @typedef {import('./variable.js').Variable} Variable
 * @typedef {import('./tensor.js').Data} Data
 */

/** The property `data` while the values are on the heap. One object for all gradients: new functions for each cost 2 µs. */
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
 * Gradient kernels write this form and optimizer kernels read it, so a training step does not convert gradients to row-major order
 * and back (10 % of a step with one sequence). For everyone else it is a tensor: the first read of `data` copies the values and frees
 * the memory on the heap. The padding is undefined until `clear_padding()`.
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

  /** False after `data` was read, and after `dispose()`. */
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
 * Creates a zero gradient for each variable and calls a function that fills them.
 * @template R
 * @param {readonly Variable[]} variables
 * @param {(gradients: HeapGradient[]) => R} fill
 * @returns {R} the result of `fill`; if it throws, the gradients are freed
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
