// SavedSequence: what the forward pass saves on the heap for the backward pass.
import { element_bytes } from './dtypes.js';
import { loaded_heap } from './init.js';

/** @typedef {import('./recurrence.js').Recurrence} Recurrence */

/** The values of a sequence that its gradient needs. */
export class SavedSequence {
  /** @type {import('./heap.js').Block} */ #block;
  #offsets;
  #masked;

  /**
   * @param {Recurrence} recurrence
   * @param {{ batch: number, steps: number, time_major: boolean, mask: Uint8Array | null, repeat_output: boolean }} options
   */
  constructor(recurrence, { batch, steps, time_major, mask, repeat_output }) {
    this.batch = batch;
    this.steps = steps;
    this.time_major = time_major;
    this.repeat_output = repeat_output;
    this.#masked = mask !== null;
    const heap = loaded_heap();
    const { dtype } = recurrence;
    const { total, at } = heap.carve({
      inputs: batch * steps * recurrence.inputs * element_bytes(dtype),
      mask: mask ? batch * steps : 0,
      block: heap.kernels[dtype].saved_bytes(recurrence.address, batch, steps),
    });
    this.#offsets = at;
    this.#block = heap.own(
      this,
      total,
      `what training keeps of a sequence of ${steps} steps of ${batch} rows`,
    );
  }

  places() {
    const { address } = this.#block;
    const { inputs, mask, block } = this.#offsets;
    return { inputs: address + inputs, mask: this.#masked ? address + mask : 0, block: address + block };
  }

  dispose() {
    this.#block.dispose();
  }
}
