// The wasm heap: blocks with an owner, blocks for the length of a call, and views that are made anew after it has grown.

import { Functions } from './activation_functions.js';
import { parse_call_fields, write_arguments } from './calls.js';
import { array_type, element_bytes, kernel_suffix } from './dtypes.js';
import { FailedPreconditionError, ResourceExhaustedError } from './errors.js';

/**
 * @typedef {import('../../dist/glue.node.js').MainModule} Module
 * @typedef {import('./dtypes.js').Dtype} Dtype
 * @typedef {import('./dtypes.js').Floats} Floats
 * @typedef {import('./dtypes.js').FloatDtype} FloatDtype
 */

/**
 * The functions of the binary for one dtype, without their suffix.
 * @template {string} S
 * @typedef {{ [K in keyof Module as K extends `${infer Name}_${S}` ? Name : never]: Module[K] }} Suffixed
 */
/** @typedef {Suffixed<'f32'>} Kernels */

/** Bytes that WebAssembly can address, less what it needs for itself. */
export const HEAP_LIMIT = 2 ** 32 - 2 ** 16;

/**
 * @param {Module} module
 * @param {FloatDtype} dtype
 * @returns {Kernels}
 */
function kernels_of(module, dtype) {
  const suffix = kernel_suffix(dtype);
  /** @type {Record<string, unknown>} */
  const kernels = {};
  for (const [name, value] of Object.entries(module)) {
    if (name.endsWith(suffix)) kernels[name.slice(0, -suffix.length)] = value;
  }
  return /** @type {Kernels} */ (/** @type {unknown} */ (kernels));
}

export class Heap {
  /** @type {Module} */ #module;
  /** What blocks are aligned to, and how many bytes each has beyond what was asked for: kernels read whole vectors. */
  #alignment;
  /** @type {Record<string, string[]>} */ #call_fields;
  /** Of the block of arguments. */ #call_address;
  #blocks = 0;
  /** How many blocks with an owner have been disposed of. While it stays the same, what was alive is. */
  disposals = 0;
  #bytes = 0;
  /** @type {Record<FloatDtype, Kernels>} */ kernels;
  /** The numbers that the binary has for the activations' names. @type {Record<string, number>} */ activations =
    {};
  /** @type {ArrayBufferLike | null} */ #buffer = null;
  /** The whole memory, for each dtype that was asked for. @type {Partial<Record<Dtype, import('./tensor.js').Data>>} */ #views =
    {};
  /** @type {FinalizationRegistry<HeldBlock>} */
  #forgotten = new FinalizationRegistry((held) => this.#release(held));

  /** @param {Module} module */
  constructor(module) {
    this.#module = module;
    this.#alignment = module.alignment();
    /** The activations that are functions of JavaScript. */
    this.functions = new Functions(this, module.first_external());
    Object.assign(module, { run_activation: this.functions.run.bind(this.functions) });
    this.kernels = {
      float32: kernels_of(module, 'float32'),
      /** Bound when first asked for, and a plain property from then on. */
      get float64() {
        module.bind_float64();
        const value = kernels_of(module, 'float64');
        Object.defineProperty(this, 'float64', { value });
        return value;
      },
    };
    /** The name of the binary in the table of binaries. */
    this.binary_name = this.#text(module.binary_name());
    this.#call_fields = parse_call_fields(this.#text(module.call_fields()));
    const most = Math.max(...Object.values(this.#call_fields).map(({ length }) => length));
    this.#call_address = module.allocate(most * Int32Array.BYTES_PER_ELEMENT);
    this.#text(module.activation_names())
      .trim()
      .split(' ')
      .forEach((name, number) => {
        this.activations[name] = number;
      });
  }

  /**
   * Characters of ASCII that end with a zero.
   * @param {number} address
   */
  #text(address) {
    const bytes = new Uint8Array(this.buffer, address);
    return Array.from(bytes.subarray(0, bytes.indexOf(0)), (code) => String.fromCharCode(code)).join('');
  }

  statistics() {
    return {
      bytes: this.#bytes,
      blocks: this.#blocks,
      heap_bytes: this.#module.wasmMemory.buffer.byteLength,
    };
  }

  /** The memory as it is now; a view that was made before an allocation may be of no use after it. */
  get buffer() {
    return /** @type {ArrayBufferLike} */ (this.#module.wasmMemory.buffer);
  }

  /**
   * The whole memory as one typed array; of no use once the memory has grown.
   * @param {Dtype} dtype
   */
  #view(dtype) {
    const buffer = this.buffer;
    if (buffer !== this.#buffer) this.#views = {};
    this.#buffer = buffer;
    this.#views[dtype] ??= new (array_type(dtype))(/** @type {ArrayBuffer} */ (buffer));
    return this.#views[dtype];
  }

  /**
   * Writes the arguments of a kernel that takes them in a block. The kernel copies them before it does anything else.
   * @template {import('./calls.js').CallName} N
   * @param {N} name
   * @param {import('./calls.js').CallArguments[N]} values
   * @returns {number} the address of the block
   */
  arguments(name, values) {
    const words = /** @type {Int32Array} */ (this.#view('int32'));
    write_arguments(this.#call_fields[name], values, words, this.#call_address / 4);
    return this.#call_address;
  }

  /**
   * Copies numbers to the heap.
   * @param {number} address
   * @param {ArrayLike<number>} values
   * @param {Dtype} dtype
   */
  write(address, values, dtype) {
    this.#view(dtype).set(values, address / element_bytes(dtype));
  }

  /**
   * A copy of numbers on the heap.
   * @param {number} address
   * @param {number} count
   * @param {FloatDtype} dtype
   * @returns {Floats}
   */
  read(address, count, dtype) {
    const first = address / element_bytes(dtype);
    return /** @type {Floats} */ (this.#view(dtype).slice(first, first + count));
  }

  /**
   * A copy of rows that do not lie side by side.
   * @param {number} address
   * @param {number} count
   * @param {number} columns
   * @param {number} stride elements from a row to the next
   * @param {FloatDtype} dtype
   * @returns {Floats}
   */
  read_rows(address, count, columns, stride, dtype) {
    const view = this.#view(dtype);
    const rows = view.slice(0, count * columns);
    for (let row = 0, start = address / element_bytes(dtype); row < count; row++, start += stride)
      rows.set(view.subarray(start, start + columns), row * columns);
    return /** @type {Floats} */ (rows);
  }

  /**
   * Copies rows to where they do not lie side by side.
   * @param {number} address
   * @param {ArrayLike<number>} rows
   * @param {number} columns
   * @param {number} stride
   * @param {FloatDtype} dtype
   */
  write_rows(address, rows, columns, stride, dtype) {
    const view = this.#view(dtype);
    const first = address / element_bytes(dtype);
    for (let i = 0; i < rows.length; i++)
      view[first + Math.floor(i / columns) * stride + (i % columns)] = rows[i];
  }

  /**
   * @param {number} address
   * @param {number} bytes
   */
  clear(address, bytes) {
    this.#view('bool').fill(0, address, address + bytes);
  }

  /**
   * @param {number} bytes
   * @param {string} purpose what the block is for, as an error would say it
   * @returns {number} its address, a multiple of 64
   * @throws {ResourceExhaustedError} there is not so much
   */
  #allocate(bytes, purpose) {
    const all = bytes + this.#alignment;
    // The binary's addresses are signed.
    const address = all <= HEAP_LIMIT ? this.#module.allocate(all) >>> 0 : 0;
    if (!address) {
      throw new ResourceExhaustedError(
        `${purpose} needs ${bytes} bytes on the WebAssembly heap, which cannot be had (it ends at 4 GiB)`,
      );
    }
    this.#blocks += 1;
    this.#bytes += bytes;
    return address;
  }

  /** @param {HeldBlock} held */
  #release(held) {
    this.#module.release(held.address);
    this.#blocks -= 1;
    this.#bytes -= held.bytes;
  }

  /**
   * A block that belongs to an object: freed by `dispose()`, or when the object is forgotten.
   * @param {object} owner
   * @param {number} bytes
   * @param {string} purpose
   */
  own(owner, bytes, purpose) {
    const held = { address: this.#allocate(bytes, purpose), bytes };
    this.#forgotten.register(owner, held, held);
    return new Block(held, purpose, () => {
      this.#forgotten.unregister(held);
      this.disposals += 1;
      this.#release(held);
    });
  }

  /**
   * Places pieces one after the other, each aligned and followed by slack.
   * @template {string} K
   * @param {Record<K, number>} sizes in bytes
   * @returns {{ total: number, at: Record<K, number> }} offsets; zero for empty pieces
   */
  carve(sizes) {
    const at = /** @type {Record<K, number>} */ ({});
    let total = 0;
    for (const name in sizes) {
      at[name] = sizes[name] ? total : 0;
      if (sizes[name]) total += (Math.ceil(sizes[name] / this.#alignment) + 1) * this.#alignment;
    }
    return { total, at };
  }

  /**
   * Pieces of one block for the length of a call, in bytes; pieces of zero bytes have the address zero, which the binary
   * takes for "not wanted".
   *
   * @template {string} K
   * @template R
   * @param {Record<K, number>} sizes
   * @param {string} purpose
   * @param {(at: Record<K, number>) => R} body
   * @returns {R}
   */
  borrow(sizes, purpose, body) {
    const { total, at } = this.carve(sizes);
    const held = { address: this.#allocate(total, purpose), bytes: total };
    try {
      for (const name in at) if (sizes[name]) at[name] += held.address;
      return body(at);
    } finally {
      this.#release(held);
    }
  }
}

/** @typedef {{ address: number, bytes: number }} HeldBlock */

/** A block of the heap with an owner. */
export class Block {
  /** @type {HeldBlock | null} */ #held;
  #purpose;
  #free;

  /**
   * @param {HeldBlock} held
   * @param {string} purpose
   * @param {() => void} free
   */
  constructor(held, purpose, free) {
    this.#held = held;
    this.#purpose = purpose;
    this.#free = free;
  }

  /** @returns {number} */
  get address() {
    if (!this.#held) throw new FailedPreconditionError(`${this.#purpose} is used after it was disposed of`);
    return this.#held.address;
  }

  get disposed() {
    return this.#held === null;
  }

  dispose() {
    if (!this.#held) return;
    this.#held = null;
    this.#free();
  }
}
