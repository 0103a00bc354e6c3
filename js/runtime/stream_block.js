// StreamBlock: arrays on the wasm heap that live as long as a stream.
import { array_type, element_bytes } from './dtypes.js';
import { loaded_heap } from './init.js';

/**
 * @typedef {import('./heap.js').Floats} Floats
 * @typedef {{ dtype: 'float32' | 'float64' | 'int32', count: number, padded?: number }} ArraySpec `padded`: the elements that the
 *   binary may write, `count` or more
 */

/**
 * One block of the heap, divided into arrays. All are zeros at first.
 * @template {string} K
 */
export class StreamBlock {
  #heap = loaded_heap();
  #block;
  #specs;
  /** @type {Record<K, number>} */ #offsets;
  /** @type {Partial<Record<K, any>>} */ #views = {};

  /** @param {Record<K, ArraySpec>} specs the arrays by name */
  constructor(specs) {
    const sizes = /** @type {Record<K, number>} */ ({});
    for (const name in specs)
      sizes[name] = (specs[name].padded ?? specs[name].count) * element_bytes(specs[name].dtype);
    const { total, at } = this.#heap.carve(sizes);
    this.#specs = specs;
    this.#offsets = at;
    this.#block = this.#heap.own(this, total, 'a stream');
    this.#heap.clear(this.#block.address, total);
  }

  /**
   * @param {K} name
   * @returns {number}
   * @throws {FailedPreconditionError} disposed of
   */
  address(name) {
    return this.#block.address + this.#offsets[name];
  }

  /**
   * A view of an array, made anew after the heap has grown.
   * @param {K} name
   * @returns {any}
   * @throws {FailedPreconditionError} disposed of
   */
  view(name) {
    const address = this.address(name);
    const view = this.#views[name];
    // When the heap grows, older views get the length 0.
    if (view?.length) return view;
    const { dtype, count } = this.#specs[name];
    const { buffer } = this.#heap;
    this.#views[name] = new (array_type(dtype))(/** @type {ArrayBuffer} */ (buffer), address, count);
    return this.#views[name];
  }

  /** Frees the memory; a second call does nothing. */
  dispose() {
    this.#block.dispose();
  }
}
