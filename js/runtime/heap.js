// The wasm heap: blocks with an owner, blocks for the duration of a call, and views that are created again after it has grown.

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

/** Maximum bytes of a block: WebAssembly's address space without the memory of the module itself. */
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
  /** Alignment of blocks, and the extra bytes after each, because kernels read whole vectors. */
  #alignment;
  /** @type {Record<string, string[]>} */ #call_fields;
  /** Address of the block of arguments. */ #call_address;
  #blocks = 0;
  /** Counts disposed blocks: while it does not change, no block has been freed. */
  disposals = 0;
  #bytes = 0;
  /** @type {Record<FloatDtype, Kernels>} */ kernels;
  /** The binary's numbers of the activations, by name. @type {Record<string, number>} */ activations = {};
  /** @type {ArrayBufferLike | null} */ #buffer = null;
  /** Views of the whole memory, by dtype. @type {Partial<Record<Dtype, import('./tensor.js').Data>>} */ #views =
    {};
  /** @type {FinalizationRegistry<Allocation>} */
  #registry = new FinalizationRegistry((allocation) => this.#release(allocation));

  /** @param {Module} module */
  constructor(module) {
    this.#module = module;
    this.#alignment = module.alignment();
    /** The activations that are functions of JavaScript. */
    this.functions = new Functions(this, module.first_external());
    Object.assign(module, { run_activation: this.functions.run.bind(this.functions) });
    this.kernels = {
      float32: kernels_of(module, 'float32'),
      /** Bound at the first use, then a plain property. */
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
    const max_fields = Math.max(...Object.values(this.#call_fields).map(({ length }) => length));
    this.#call_address = module.allocate(max_fields * Int32Array.BYTES_PER_ELEMENT);
    this.#text(module.activation_names())
      .trim()
      .split(' ')
      .forEach((name, number) => {
        this.activations[name] = number;
      });
  }

  /**
   * A zero-terminated ASCII string.
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

  /** The current memory. An allocation may replace it, which makes views of it invalid. */
  get buffer() {
    return /** @type {ArrayBufferLike} */ (this.#module.wasmMemory.buffer);
  }

  /**
   * The whole memory as a typed array; invalid after the memory has grown.
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
   * Writes the arguments of a kernel into the block of arguments, from which the kernel copies them first.
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
   * A copy of rows with a stride.
   * @param {number} address
   * @param {number} count
   * @param {number} columns
   * @param {number} stride elements between the starts of two rows
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
   * Copies rows to rows with a stride.
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
   * @param {string} purpose of the block, for the error message
   * @returns {number} its address, a multiple of 64
   * @throws {ResourceExhaustedError} out of memory
   */
  #allocate(bytes, purpose) {
    const all = bytes + this.#alignment;
    // The binary's addresses are signed.
    const address = all <= HEAP_LIMIT ? this.#module.allocate(all) >>> 0 : 0;
    if (!address) {
      throw new ResourceExhaustedError(
        `${purpose} needs ${bytes} bytes on the WebAssembly heap: out of memory (its limit is 4 GiB)`,
      );
    }
    this.#blocks += 1;
    this.#bytes += bytes;
    return address;
  }

  /** @param {Allocation} allocation */
  #release({ address, bytes }) {
    this.#module.release(address);
    this.#blocks -= 1;
    this.#bytes -= bytes;
  }

  /**
   * A block that belongs to an object: freed by `dispose()`, or when the object is garbage collected.
   * @param {object} owner
   * @param {number} bytes
   * @param {string} purpose
   */
  own(owner, bytes, purpose) {
    const allocation = { address: this.#allocate(bytes, purpose), bytes };
    this.#registry.register(owner, allocation, allocation);
    return new Block(allocation, purpose, () => {
      this.#registry.unregister(allocation);
      this.disposals += 1;
      this.#release(allocation);
    });
  }

  /**
   * Offsets of pieces of one block, each aligned and followed by extra bytes.
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
   * Allocates a block for the duration of a call, divided into pieces. A piece of zero bytes has the address 0, which tells the
   * binary that it is absent.
   *
   * @template {string} K
   * @template R
   * @param {Record<K, number>} sizes in bytes
   * @param {string} purpose
   * @param {(at: Record<K, number>) => R} body
   * @returns {R}
   */
  borrow(sizes, purpose, body) {
    const { total, at } = this.carve(sizes);
    const allocation = { address: this.#allocate(total, purpose), bytes: total };
    try {
      for (const name in at) if (sizes[name]) at[name] += allocation.address;
      return body(at);
    } finally {
      this.#release(allocation);
    }
  }
}

/** @typedef {{ address: number, bytes: number }} Allocation */

/** A block of the heap with an owner. */
export class Block {
  /** null: disposed. @type {Allocation | null} */ #allocation;
  #purpose;
  #free;

  /**
   * @param {Allocation} allocation
   * @param {string} purpose
   * @param {() => void} free
   */
  constructor(allocation, purpose, free) {
    this.#allocation = allocation;
    this.#purpose = purpose;
    this.#free = free;
  }

  /** @returns {number} */
  get address() {
    if (!this.#allocation)
      throw new FailedPreconditionError(`${this.#purpose} is used after it was disposed of`);
    return this.#allocation.address;
  }

  get disposed() {
    return this.#allocation === null;
  }

  dispose() {
    if (!this.#allocation) return;
    this.#allocation = null;
    this.#free();
  }
}
