// The optimizers' steps on variables, in the order in which their numbers lie on the heap.
import { clear_padding } from './gradient_arithmetic.js';
import { HeapGradient } from './heap_gradient.js';
import { loaded_heap } from './init.js';

/** @typedef {import('./variable.js').Variable} Variable */

/** An optimizer's slots of a variable: `count` arrays of its size and layout, zeros at first. */
export class Slots {
  #variable;
  /** @type {import('./heap.js').Block} */ #block;

  /**
   * @param {Variable} variable
   * @param {number} count
   */
  constructor(variable, count) {
    this.#variable = variable;
    const heap = loaded_heap();
    this.#block = heap.own(this, count * variable._bytes, `the optimizer's slots of ${variable.name}`);
    heap.clear(this.#block.address, count * variable._bytes);
  }

  /** @param {number} index */
  address(index) {
    return this.#block.address + index * this.#variable._bytes;
  }

  /** @param {number} index @returns {import('./heap.js').Floats} in row-major order */
  read(index) {
    return this.#variable._read(this.address(index));
  }

  /** @param {number} index @param {ArrayLike<number>} values */
  write(index, values) {
    this.#variable._write(values, this.address(index));
  }

  dispose() {
    this.#block.dispose();
  }
}

/**
 * @typedef {object} Update
 * @property {Variable} variable
 * @property {ArrayLike<number> | HeapGradient} gradient an array in row-major order, or the variable's gradient on the heap
 * @property {Slots | null} slots
 */

/**
 * All gradients are copied to the heap before the first variable changes, so that out of memory leaves all variables unchanged.
 * @param {readonly Update[]} updates
 * @param {(kernels: import('./heap.js').Kernels, update: Update, gradient: number) => void} step
 */
function each(updates, step) {
  const heap = loaded_heap();
  const sizes = Object.fromEntries(
    updates.map(({ variable, gradient }, i) => [i, gradient instanceof HeapGradient ? 0 : variable._bytes]),
  );
  heap.borrow(sizes, 'the gradients of a training step', (at) => {
    const addresses = updates.map(({ variable, gradient }, i) => {
      if (gradient instanceof HeapGradient) {
        clear_padding(gradient);
        return gradient.address;
      }
      heap.clear(at[i], variable._bytes);
      variable._write(gradient, at[i]);
      return at[i];
    });
    updates.forEach((update, i) => {
      step(heap.kernels[update.variable.dtype], update, addresses[i]);
    });
  });
}

/**
 * Gradient descent; with `slots` (one) with momentum.
 * @param {readonly Update[]} updates
 * @param {{ rate: number, momentum: number, nesterov: boolean }} options
 */
export function descend(updates, { rate, momentum, nesterov }) {
  each(updates, (kernels, { variable, slots }, gradient) => {
    const velocity = slots?.address(0) ?? 0;
    kernels.descend(variable._address, velocity, gradient, variable._elements, rate, momentum, nesterov);
  });
}

/**
 * Adam; `slots`: two, the running means of the gradient and of its square.
 * @param {readonly Update[]} updates
 * @param {{ rate: number, beta_1: number, beta_2: number, epsilon: number }} options `rate` corrected for the means' bias
 */
export function adam(updates, { rate, beta_1, beta_2, epsilon }) {
  each(updates, (kernels, { variable, slots }, gradient) => {
    const [first, second] = [0, 1].map((index) => /** @type {Slots} */ (slots).address(index));
    kernels.adam(
      variable._address,
      first,
      second,
      gradient,
      variable._elements,
      rate,
      beta_1,
      beta_2,
      epsilon,
    );
  });
}

/**
 * RMSprop; `slots`: the running mean of the gradient's square, and with momentum the velocity.
 * @param {readonly Update[]} updates
 * @param {{ rate: number, rho: number, momentum: number, epsilon: number }} options
 */
export function rmsprop(updates, { rate, rho, momentum, epsilon }) {
  each(updates, (kernels, { variable, slots }, gradient) => {
    const [second, velocity] = [0, momentum ? 1 : null].map((index) =>
      index === null ? 0 : /** @type {Slots} */ (slots).address(index),
    );
    const { _address: address, _elements: elements } = variable;
    kernels.rmsprop(address, second, velocity, gradient, elements, rate, rho, momentum, epsilon);
  });
}
