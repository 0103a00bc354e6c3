// GatherStream: rows of a table by index, again and again on arrays of the wasm heap.
import { kernels_of } from './init.js';
import { StreamBlock } from './stream_block.js';

/** @typedef {import('./heap.js').Floats} Floats */

/** Fill `input` with checked ids, call `step()`, read `output`. A step allocates nothing. */
export class GatherStream {
  #table;
  #batch;
  /** @type {StreamBlock<'input' | 'output'>} */ #block;

  /**
   * @param {import('./variable.js').Variable} table not packed, of rank 2
   * @param {number} batch
   */
  constructor(table, batch) {
    this.#table = table;
    this.#batch = batch;
    this.#block = new StreamBlock({
      input: { dtype: 'int32', count: batch },
      output: { dtype: table.dtype, count: batch * table.shape[1] },
    });
  }

  /** [batch], each a row of the table. Read it again after any other computation. @returns {Int32Array} */
  get input() {
    return this.#block.view('input');
  }

  /** [batch * columns of the table]. Read it again after any other computation. @returns {Floats} */
  get output() {
    return this.#block.view('output');
  }

  /** @throws {FailedPreconditionError} the stream or the table was disposed of */
  step() {
    const ids = this.#block.address('input');
    const output = this.#block.address('output');
    const { dtype, shape, _address } = this.#table;
    kernels_of(dtype).gather(_address, shape[1], ids, this.#batch, output);
  }

  /** Frees the memory; a second call does nothing. */
  dispose() {
    this.#block.dispose();
  }
}
