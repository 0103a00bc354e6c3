// AffineStream: x @ kernel + bias and an activation, again and again on arrays of the wasm heap.
import { loaded_heap } from './init.js';
import { StreamBlock } from './stream_block.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./variable.js').Variable} Variable */

/** Fill `input`, call `step()`, read `output`. A step allocates nothing. */
export class AffineStream {
  #kernel;
  #bias;
  #batch;
  #activation;
  #rows;
  #columns;
  #heap = loaded_heap();
  #kernels;
  /** @type {StreamBlock<'input' | 'output' | 'log_sums'>} */ #block;

  /**
   * @param {Variable} kernel packed, of rank 2
   * @param {Variable | null} bias packed
   * @param {number} batch
   * @param {string} activation a name, `softmax` included
   */
  constructor(kernel, bias, batch, activation) {
    const { dtype, shape } = kernel;
    const kernels = this.#heap.kernels[dtype];
    const padded = kernels.whole_vectors(batch * kernels.padded_columns(shape[1]));
    this.#kernel = kernel;
    this.#bias = bias;
    this.#batch = batch;
    this.#activation = activation;
    this.#rows = shape[0];
    this.#columns = shape[1];
    this.#kernels = kernels;
    this.#block = new StreamBlock({
      input: { dtype, count: batch * shape[0] },
      output: { dtype, count: batch * shape[1], padded },
      log_sums: { dtype, count: batch },
    });
  }

  /** [batch * inputs]. Read it again after any other computation, because the heap may have grown. @returns {Floats} */
  get input() {
    return this.#block.view('input');
  }

  /** [batch * units]. Read it again after any other computation, because the heap may have grown. @returns {Floats} */
  get output() {
    return this.#block.view('output');
  }

  /** @throws {FailedPreconditionError} the stream or a variable was disposed of */
  step() {
    const block = this.#block;
    const kernels = this.#kernels;
    const batch = this.#batch;
    const columns = this.#columns;
    const input = block.address('input');
    const output = block.address('output');
    const bias = this.#bias?._address ?? 0;
    kernels.affine(input, batch, this.#kernel._address, this.#rows, columns, bias, output);
    if (this.#activation === 'softmax')
      kernels.softmax(output, batch, columns, output, block.address('log_sums'));
    else if (this.#activation !== 'linear') {
      const count = kernels.whole_vectors(batch * columns);
      kernels.activate(this.#heap.activations[this.#activation], output, output, count);
    }
  }

  /** Frees the memory; a second call does nothing. */
  dispose() {
    this.#block.dispose();
  }
}
