// Activations that are JavaScript functions. The binary calls them in the middle of a step.
import { show } from './check.js';
import { ValueError } from './errors.js';

/**
 * @typedef {import('./heap.js').Floats} Floats
 * @typedef {import('./heap.js').FloatDtype} FloatDtype
 *
 * @typedef {(x: number) => number} NumberFunction
 * @typedef {object} ArrayFunction
 * @property {(x: Floats) => ArrayLike<number>} call one value for each of x, in its order
 * @property {(x: Floats, y: Floats, dy: Floats) => ArrayLike<number>} [gradient] dy times the derivative at x, where y =
 *   call(x); training needs it
 *
 * @typedef {NumberFunction | ArrayFunction} ActivationFunction an elementwise function. It must not depend on how the
 *   values are divided into arrays; the arrays are copies, which it may keep or change.
 */

/** @param {unknown} value @returns {value is ActivationFunction} */
export const is_activation_function = (value) =>
  typeof value === 'function' ||
  (value !== null && typeof value === 'object' && 'call' in value && typeof value.call === 'function');

/** @param {ActivationFunction} activation */
export const has_gradient = (activation) =>
  typeof activation !== 'function' && typeof activation.gradient === 'function';

/**
 * @param {ActivationFunction} activation
 * @param {Floats} x
 * @returns {ArrayLike<number>}
 * @throws {TypeError} the function returned something else than a number or an array
 * @throws {ValueError} it returned an array of another length
 */
export function evaluate(activation, x) {
  if (typeof activation !== 'function') return check_values('call', activation.call(x), x.length);
  const y = x.slice();
  for (let i = 0; i < x.length; i++) {
    const value = activation(x[i]);
    if (typeof value !== 'number') {
      throw new TypeError(`activation: the function must return a number, not ${show(value)}`);
    }
    y[i] = value;
  }
  return y;
}

/**
 * @param {ActivationFunction} activation
 * @param {Floats} x
 * @param {Floats} y
 * @param {Floats} dy
 * @returns {ArrayLike<number>}
 * @throws {ValueError} it has no gradient, or the gradient returned an array of another length
 * @throws {TypeError} the gradient did not return an array
 */
export function evaluate_gradient(activation, x, y, dy) {
  check_gradient(activation);
  const { gradient } = /** @type {Required<ArrayFunction>} */ (activation);
  return check_values('gradient', gradient.call(activation, x, y, dy), dy.length);
}

/**
 * @param {ActivationFunction} activation
 * @throws {ValueError} it has no gradient
 */
export function check_gradient(activation) {
  if (has_gradient(activation)) return;
  throw new ValueError(
    `activation: ${show(activation)} has no gradient, so nothing can be trained through it: give { call, gradient }, functions of whole arrays`,
  );
}

/**
 * @param {string} name
 * @param {unknown} values
 * @param {number} count
 * @returns {ArrayLike<number>}
 */
function check_values(name, values, count) {
  const list =
    Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values)
      ? /** @type {ArrayLike<number>} */ (values)
      : null;
  if (!list) throw new TypeError(`activation: ${name} must return an array of numbers, not ${show(values)}`);
  if (list.length !== count) {
    throw new ValueError(
      `activation: ${name} must give ${count} values, as many as it got, not ${list.length}`,
    );
  }
  return list;
}

/** The functions that the binary calls by number. */
export class Functions {
  #heap;
  #next;
  /**
   * Weak, because a function may refer to the cell that uses it; the owner keeps the function alive.
   * @type {Map<number, WeakRef<ActivationFunction>>}
   */
  #functions = new Map();
  /** @type {FinalizationRegistry<number>} */
  #forgotten = new FinalizationRegistry((number) => this.#functions.delete(number));
  /** The first error that a function threw while the binary was running. @type {{ error: unknown } | null} */ #failure =
    null;

  /**
   * @param {import('./heap.js').Heap} heap
   * @param {number} first the first number that means a function
   */
  constructor(heap, first) {
    this.#heap = heap;
    this.#next = first;
  }

  /** The number of functions. */
  get size() {
    return this.#functions.size;
  }

  /**
   * Gives a function a number, until it is released or its owner is garbage collected.
   * @param {object} owner keeps the function alive
   * @param {ActivationFunction} activation
   */
  add(owner, activation) {
    const number = this.#next++;
    this.#functions.set(number, new WeakRef(activation));
    this.#forgotten.register(owner, number);
    return number;
  }

  /** @param {number} number */
  release(number) {
    this.#functions.delete(number);
  }

  /**
   * Runs code in which the binary may call functions. An error cannot pass through the binary, so the first one is thrown after
   * it returns, and no function is called after the error.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  guard(body) {
    const outer = this.#failure;
    this.#failure = null;
    try {
      const result = body();
      const failure = /** @type {{ error: unknown } | null} */ (this.#failure);
      if (failure) throw failure.error;
      return result;
    } finally {
      this.#failure = outer;
    }
  }

  /**
   * Called by the binary: computes y = activation(x) if `dy` is 0; otherwise replaces dy by the gradient.
   *
   * @param {number} number
   * @param {number} width bytes of an element
   * @param {number} count rows
   * @param {number} columns
   * @param {number} x address; `x_stride`: elements between rows
   * @param {number} x_stride
   * @param {number} y
   * @param {number} y_stride
   * @param {number} dy
   * @param {number} dy_stride
   */
  run(number, width, count, columns, x, x_stride, y, y_stride, dy, dy_stride) {
    if (this.#failure) return;
    const dtype = width === 4 ? 'float32' : 'float64';
    const read = (/** @type {number} */ address, /** @type {number} */ stride) =>
      this.#heap.read_rows(address, count, columns, stride, dtype);
    try {
      const activation = /** @type {ActivationFunction} */ (this.#functions.get(number)?.deref());
      if (dy) {
        const values = evaluate_gradient(
          activation,
          read(x, x_stride),
          read(y, y_stride),
          read(dy, dy_stride),
        );
        this.#heap.write_rows(dy, values, columns, dy_stride, dtype);
      } else {
        this.#heap.write_rows(y, evaluate(activation, read(x, x_stride)), columns, y_stride, dtype);
      }
    } catch (error) {
      this.#failure = { error };
    }
  }
}
