// Variable: numbers that live on the wasm heap, in the form that the kernels read.
import { check_one_of, check_options, same_shape, show, show_shape, size_of } from './check.js';
import { element_bytes, FLOAT_DTYPES } from './dtypes.js';
import { ValueError } from './errors.js';
import { loaded_heap } from './init.js';
import { as_tensor, check_shape, Tensor } from './tensor.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./heap.js').FloatDtype} FloatDtype */

/**
 * How a variable lies on the heap: packed for products, as a matrix of so many rows and of groups of columns side by side (the
 * gates of a cell), or as it is. `order`: where the shape has its numbers in another order than that matrix, the place in the shape of
 * each number of the matrix.
 * @typedef {{ rows: number, groups: number, columns: number, order?: Int32Array }} Packing
 */

/**
 * A matrix, or a vector as a matrix of one row, whose columns are so many groups.
 * @param {readonly number[]} shape
 * @param {number} [groups]
 * @returns {Packing}
 */
export function packing_of(shape, groups = 1) {
  const columns = /** @type {number} */ (shape.at(-1));
  return { rows: size_of(shape) / columns, groups, columns: columns / groups };
}

/** A model's weight (`tf.Variable`): it keeps its place, `assign` changes its value. */
export class Variable {
  /** @type {string} */ name;
  /** @type {readonly number[]} */ shape;
  /** @type {FloatDtype} */ dtype;
  /** Whether training changes it. @type {boolean} */ trainable;
  /** What the value is brought back to after a step of training; null: nothing. @type {((value: Tensor) => Tensor) | null} */
  constraint = null;
  /** @type {Packing | null} */ #packing;
  /** @type {import('./heap.js').Block} */ #block;
  #elements;
  #holders = 1;

  /**
   * @param {object} options
   * @param {string} options.name
   * @param {readonly number[]} options.shape
   * @param {FloatDtype} options.dtype
   * @param {ArrayLike<number>} options.value in row-major order
   * @param {boolean} [options.trainable]
   * @param {Packing | null} [options.packing] null: as it is
   * @throws {ValueError} a dtype that is not a float, or values that do not fill the shape
   */
  constructor(options) {
    check_options('Variable', options, ['name', 'shape', 'dtype', 'value', 'trainable', 'packing']);
    const { name, dtype, value, trainable = true, packing = null } = options;
    const shape = check_shape(`Variable ${show(name)}: shape`, options.shape);
    if (typeof value?.length !== 'number')
      throw new TypeError(`Variable ${show(name)}: value must be an array of numbers, not ${show(value)}`);
    check_one_of(`Variable ${show(name)}: dtype`, dtype, FLOAT_DTYPES);
    if (value.length !== size_of(shape)) {
      throw new ValueError(
        `Variable ${name}: value must have ${size_of(shape)} numbers for the shape ${show_shape(shape)}, not ${value.length}`,
      );
    }
    this.name = name;
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
    this.trainable = trainable;
    this.#packing = packing;
    const heap = loaded_heap();
    this.#elements = packing
      ? heap.kernels[dtype].packed_elements(packing.rows, packing.groups, packing.columns)
      : heap.kernels[dtype].whole_vectors(size_of(shape));
    this.#block = heap.own(this, this._bytes, `the variable '${name}' of shape ${show_shape(shape)}`);
    try {
      heap.clear(this.#block.address, this._bytes);
      this._write(value);
    } catch (error) {
      this.#block.dispose();
      throw error;
    }
  }

  /** The value now, as a tensor of its own. @returns {Tensor} */
  get value() {
    return new Tensor(this._read(this._address), this.shape, this.dtype);
  }

  /**
   * Sets the value.
   * @param {import('./tensor.js').TensorInput | Variable} value cast to the variable's dtype
   * @returns {this}
   * @throws {ValueError} another shape
   */
  assign(value) {
    const given =
      value instanceof Variable ? value.value : as_tensor(`assign to ${this.name}: value`, value, null);
    if (!same_shape(given.shape, this.shape)) {
      throw new ValueError(
        `assign to ${this.name}: value must have shape ${show_shape(this.shape)}, not ${show_shape(given.shape)}`,
      );
    }
    this._write(given.data);
    return this;
  }

  get disposed() {
    return this.#block.disposed;
  }

  /** One more object uses this variable; each gives it back with `release()`. @internal */
  _retain() {
    this.#holders += 1;
    return this;
  }

  /** The memory is freed when the last holder has let go. @internal */
  _release() {
    if (this.#holders > 0 && --this.#holders === 0) this.#block.dispose();
  }

  /** Frees the memory, whoever else uses the variable; a second time is nothing. */
  dispose() {
    this.#holders = 0;
    this.#block.dispose();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }

  toString() {
    return `Variable(name=${this.name}, shape=${show_shape(this.shape)}, dtype=${this.dtype})`;
  }

  // What follows is for the files of this folder.

  /** How it lies on the heap; null: in row-major order. @internal */
  get _packing() {
    return this.#packing;
  }
  /** Elements on the heap, padding included. @internal */
  get _elements() {
    return this.#elements;
  }
  /** @internal */
  get _bytes() {
    return this.#elements * element_bytes(this.dtype);
  }
  /** @internal */
  get _address() {
    return this.#block.address;
  }

  /**
   * Numbers that lie as this variable does, in row-major order.
   * @param {number} address
   * @returns {Floats}
   * @internal
   */
  _read(address) {
    const heap = loaded_heap();
    const size = size_of(this.shape);
    if (!this.#packing) return heap.read(address, size, this.dtype);
    const { rows, groups, columns, order } = this.#packing;
    const matrix = heap.borrow({ dense: this._bytes }, `reading ${this.name}`, (at) => {
      heap.kernels[this.dtype].unpack(address, rows, groups, columns, at.dense);
      return heap.read(at.dense, size, this.dtype);
    });
    if (!order) return matrix;
    const values = matrix.slice();
    order.forEach((place, i) => {
      values[place] = matrix[i];
    });
    return values;
  }

  /**
   * Sets the value, or writes numbers of the same shape elsewhere on the heap so that they lie as the value does.
   * @param {ArrayLike<number>} values in row-major order
   * @param {number} [address]
   * @internal
   */
  _write(values, address = this._address) {
    const heap = loaded_heap();
    if (!this.#packing) return heap.write(address, values, this.dtype);
    const { rows, groups, columns, order } = this.#packing;
    heap.borrow({ dense: this._bytes }, `writing ${this.name}`, (at) => {
      heap.write(at.dense, order ? Array.from(order, (place) => values[place]) : values, this.dtype);
      heap.kernels[this.dtype].pack(at.dense, rows, groups, columns, address);
    });
  }
}
