// Variable: a weight on the wasm heap, in the layout that the kernels read.
import { check_one_of, check_options, same_shape, show, show_shape, size_of } from './check.js';
import { element_bytes, FLOAT_DTYPES } from './dtypes.js';
import { ValueError } from './errors.js';
import { loaded_heap } from './init.js';
import { as_tensor, check_shape, Tensor } from './tensor.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./heap.js').FloatDtype} FloatDtype */

/**
 * The layout of a variable on the heap, packed for matrix products: a matrix of `rows` rows and `groups` groups (the gates of a cell) of
 * `columns` columns each. `order`: for each element of that matrix its flat index in the variable's value, if they differ.
 * @typedef {{ rows: number, groups: number, columns: number, order?: Int32Array }} Packing
 */

/**
 * The packing of a matrix, or of a vector as a matrix of one row.
 * @param {readonly number[]} shape
 * @param {number} [groups]
 * @returns {Packing}
 */
export function packing_of(shape, groups = 1) {
  const columns = /** @type {number} */ (shape.at(-1));
  return { rows: size_of(shape) / columns, groups, columns: columns / groups };
}

/** A weight (`tf.Variable`). `assign` changes its value. */
export class Variable {
  /** @type {string} */ name;
  /** @type {readonly number[]} */ shape;
  /** @type {FloatDtype} */ dtype;
  /** Whether training changes it. @type {boolean} */ trainable;
  /** Constraint that is applied to the value after each training step; null: none. @type {((value: Tensor) => Tensor) | null} */
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
   * @param {Packing | null} [options.packing] null: row-major order
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

  /** A copy of the current value. @returns {Tensor} */
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
    const tensor =
      value instanceof Variable ? value.value : as_tensor(`assign to ${this.name}: value`, value, null);
    if (!same_shape(tensor.shape, this.shape)) {
      throw new ValueError(
        `assign to ${this.name}: value must have shape ${show_shape(this.shape)}, not ${show_shape(tensor.shape)}`,
      );
    }
    this._write(tensor.data);
    return this;
  }

  get disposed() {
    return this.#block.disposed;
  }

  /** Counts one more user of this variable; each user calls `_release()` in the end. @internal */
  _retain() {
    this.#holders += 1;
    return this;
  }

  /** Counts one user less; after the last one the memory is freed. @internal */
  _release() {
    if (this.#holders > 0 && --this.#holders === 0) this.#block.dispose();
  }

  /** Frees the memory, even if others use the variable; a second call does nothing. */
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

  // The following members are for js/runtime only.

  /** The layout on the heap; null: row-major order. @internal */
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
   * Reads a block with this variable's layout, in row-major order.
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
   * Sets the value, or writes another block with this variable's layout.
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
