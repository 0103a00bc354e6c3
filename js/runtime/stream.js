// Stream: single steps on views of the wasm heap.

import { array_type, element_bytes } from './dtypes.js';
import { FailedPreconditionError } from './errors.js';
import { loaded_heap } from './init.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./recurrence.js').Recurrence} Recurrence */

/**
 * Runs a cell step by step. Input and state are views of the heap, and a step allocates nothing.
 *
 * Fill `input`, call `step()`, read `state`. Both can be written; `step()` updates `state` in place.
 */
export class Stream {
  /** @type {import('./heap.js').Block} */ #block;
  #recurrence;
  #kernel;
  #heap;
  #has_functions;
  /** @type {Record<'input' | 'state' | 'work', number>} */ #at;
  #cell;
  /** @type {Floats} */ #input;
  /** @type {Floats} */ #state;
  /** The heap's count of disposals at the last check that the cell is alive. */ #checked_disposals;

  /**
   * @param {Recurrence} recurrence
   * @param {number} batch
   */
  constructor(recurrence, batch) {
    this.batch = batch;
    const { inputs, units, dtype } = recurrence;
    const width = element_bytes(dtype);
    const heap = loaded_heap();
    const cell = recurrence.address;
    const { total, at } = heap.carve({
      input: batch * inputs * width,
      state: batch * units * width,
      work: heap.kernels[dtype].step_work(cell, batch),
    });
    this.#block = heap.own(this, total, 'a stream');
    for (const name of /** @type {const} */ (['input', 'state', 'work'])) at[name] += this.#block.address;
    heap.clear(at.input, at.work - at.input);
    this.#recurrence = recurrence;
    this.#heap = heap;
    this.#has_functions = recurrence.has_functions;
    this.#kernel = heap.kernels[dtype].step;
    this.#at = at;
    this.#cell = cell;
    this.#checked_disposals = heap.disposals;
    this.#input = this.#view(at.input, batch * inputs);
    this.#state = this.#view(at.state, batch * units);
  }

  /**
   * @param {number} address
   * @param {number} count
   * @returns {Floats}
   */
  #view(address, count) {
    return new (array_type(this.#recurrence.dtype))(
      /** @type {ArrayBuffer} */ (this.#heap.buffer),
      address,
      count,
    );
  }

  /** The features of the next step, [batch * input size]. Read this property again after any other computation, because the heap may have grown. */
  get input() {
    this.#check();
    // When the heap grows, older views get the length 0. Comparing the buffers instead would take 40 ns, a tenth of a step.
    if (this.#input.length === 0) {
      this.#input = this.#view(this.#at.input, this.batch * this.#recurrence.inputs);
    }
    return this.#input;
  }

  /** The state, [batch * units]. Read this property again after any other computation, because the heap may have grown. */
  get state() {
    this.#check();
    if (this.#state.length === 0) {
      this.#state = this.#view(this.#at.state, this.batch * this.#recurrence.units);
    }
    return this.#state;
  }

  /** Computes one step and updates `state`. If an activation function of the user throws, the state does not change. */
  step() {
    this.#check();
    if (this.#has_functions) this.#guarded_step();
    else this.#run_kernel();
  }

  #run_kernel() {
    const { input, state, work } = this.#at;
    this.#kernel(this.#cell, this.batch, input, state, state, work);
  }

  #guarded_step() {
    const before = this.state.slice();
    try {
      this.#heap.functions.guard(() => this.#run_kernel());
    } catch (error) {
      this.state.set(before);
      throw error;
    }
  }

  /** Sets the state to zeros. */
  reset() {
    this.state.fill(0);
  }

  /**
   * A step between arrays.
   * @param {ArrayLike<number>} inputs
   * @param {ArrayLike<number>} state
   * @returns {Floats}
   */
  run(inputs, state) {
    this.input.set(inputs);
    this.state.set(state);
    this.step();
    return this.state.slice();
  }

  #check() {
    if (this.#heap.disposals === this.#checked_disposals) return;
    if (this.#block.disposed)
      throw new FailedPreconditionError('this stream is used after it was disposed of');
    // The stream does not keep the cell alive, so the cell's memory may have been freed and reused.
    this.#recurrence.address;
    this.#checked_disposals = this.#heap.disposals;
  }

  /** Frees the memory; a second call does nothing. */
  dispose() {
    this.#block.dispose();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}
