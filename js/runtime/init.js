// Selects, loads and starts the WebAssembly binary, once for the whole program.
import { create_module, fetch_binary, packed_binary } from '#platform';
import { BINARIES, can_run, SIMD_NAMES } from './binaries.js';
import { compile_error, missing_binary } from './binary_errors.js';
import { check_one_of, check_options, is_address, is_plain_object, show } from './check.js';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  UnimplementedError,
  ValueError,
} from './errors.js';
import { Heap } from './heap.js';

/**
 * @typedef {import('./binaries.js').Simd} Simd
 * @typedef {import('./binaries.js').BinaryName} BinaryName
 * @typedef {string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module} WasmSource
 * @typedef {object} InitOptions
 * @property {'auto' | Simd} [simd] `'relaxed'` uses fused multiply-add if the machine has it and needs an engine with relaxed
 *   SIMD; `'baseline'` runs on every engine with SIMD; `'auto'` (default) is the first of them that this engine can run.
 * @property {WasmSource | Promise<WasmSource> | { [B in BinaryName]?: WasmSource | Promise<WasmSource> }} [wasm] the address of the binary,
 *   or the binary itself, or either for each binary, of which one is taken as `simd` says: `{ relaxed, baseline }`; default: the file
 *   beside this script.
 * @typedef {object} InitInfo
 * @property {Simd} simd of the binary that was loaded
 * @property {WebAssembly.Module} module the compiled binary: post it to workers, which start from it by `init({ wasm: module })`
 *   without compiling again
 */

/** @type {Promise<InitInfo> | null} */
let loading = null;
/** @type {Heap | null} */
let heap = null;

/**
 * Loads the WebAssembly binary. Call it once before any computation. Concurrent calls share one load; after a failure it can be
 * called again.
 *
 * @param {InitOptions} [options]
 * @returns {Promise<InitInfo>}
 * @throws {ValueError} an unknown `simd`, or not that of the binary that is already loaded
 * @throws {UnimplementedError} this engine lacks the SIMD instructions asked for, or refuses to compile WebAssembly
 * @throws {NotFoundError} the binary cannot be read or fetched
 * @throws {InvalidArgumentError} `wasm` or the fetched file is not this package's binary
 * @throws {TypeError} an unknown option, or a `wasm` of another type
 */
export async function init(options = {}) {
  check_options('init', options, ['simd', 'wasm']);
  const { simd = 'auto', wasm } = options;
  check_one_of('init: simd', simd, ['auto', ...SIMD_NAMES]);
  loading ??= load(simd, wasm).catch((error) => {
    loading = null;
    throw error;
  });
  const loaded = await loading;
  if (simd !== 'auto' && simd !== loaded.simd) {
    throw new ValueError(
      `init: simd '${simd}' was asked for, but the ${loaded.simd} binary is already loaded`,
    );
  }
  return { ...loaded };
}

/**
 * @param {'auto' | Simd} simd
 * @param {InitOptions['wasm']} wasm
 * @returns {Promise<InitInfo>}
 */
async function load(simd, wasm) {
  const sources = is_plain_object(wasm) ? check_sources(wasm) : null;
  const binary = choose_binary('init', simd, sources);
  const source = await Promise.resolve(sources ? sources[binary.name] : wasm).catch((cause) => {
    throw new NotFoundError(`init: the binary cannot be read: ${cause?.message}`, { cause });
  });
  const module = await ((source ?? null) === null ? compile_default(binary) : compile(source));
  const loaded_heap = new Heap(await start(module));
  const loaded = BINARIES.find(({ name }) => name === loaded_heap.binary_name);
  if (!loaded)
    throw new InvalidArgumentError(`init: wasm holds an unknown binary, ${loaded_heap.binary_name}`);
  if (simd !== 'auto' && loaded.simd !== simd) {
    throw new ValueError(`init: wasm holds the ${loaded.name} binary, but simd is '${simd}'`);
  }
  heap = loaded_heap;
  return { simd: loaded.simd, module };
}

/** @typedef {{ [B in BinaryName]?: any }} Sources */

/** @param {object} sources @returns {Sources} */
function check_sources(sources) {
  const names = BINARIES.map(({ name }) => name);
  check_options('init: wasm', sources, names);
  if (!Object.keys(sources).length)
    throw new ValueError(`init: wasm must have a binary, ${names.join(' or ')}, but is empty`);
  return sources;
}

/**
 * The first binary with this `simd` that the engine can run.
 * @param {string} caller
 * @param {'auto' | Simd} simd
 * @param {Sources | null} [sources] of the binaries that can be had; null: of all
 */
function choose_binary(caller, simd, sources = null) {
  const matching = BINARIES.filter(
    (binary) => (simd === 'auto' || binary.simd === simd) && (!sources || binary.name in sources),
  );
  if (!matching.length)
    throw new ValueError(
      `${caller}: wasm has no binary for simd '${simd}', only ${show(Object.keys(sources ?? {}))}`,
    );
  const binary = matching.find(can_run);
  if (binary) return binary;
  const names = matching.map(({ name }) => name).join(' or the ');
  throw new UnimplementedError(
    `${caller}: this JavaScript engine cannot run the ${names} binary: it lacks its SIMD instructions`,
  );
}

/**
 * The address of the binary that `init({ simd })` loads in this engine, for who fetches it himself: to post its bytes to an
 * AudioWorklet, to cache it, or to show the progress of the download.
 *
 * @param {'auto' | Simd} [simd] as in `init`
 * @returns {URL}
 * @throws {ValueError} an unknown `simd`
 * @throws {UnimplementedError} this engine lacks the SIMD instructions asked for
 * @throws {NotFoundError} where there is no `URL`, in an AudioWorklet
 */
export function binary_url(simd = 'auto') {
  check_one_of('binary_url: simd', simd, ['auto', ...SIMD_NAMES]);
  return default_url('binary_url', choose_binary('binary_url', simd));
}

/** @param {string} caller @param {(typeof BINARIES)[number]} binary */
function default_url(caller, binary) {
  // In an AudioWorklet.
  if (typeof URL === 'undefined') {
    throw new NotFoundError(
      `${caller}: the binary cannot be fetched here, where there is no URL: pass it as wasm, as bytes or as a WebAssembly.Module`,
    );
  }
  try {
    return binary.url();
  } catch (cause) {
    // A bundle in a format without import.meta.
    throw new NotFoundError(
      `${caller}: the binary's address is not known here: pass it as wasm, or import gru-wasm/inline, which has the binary in it`,
      { cause },
    );
  }
}

/**
 * The binary beside this script, or the one in the package's JavaScript, where a bundler for servers has not brought the file.
 * @param {(typeof BINARIES)[number]} binary
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile_default(binary) {
  try {
    return await compile(default_url('init', binary));
  } catch (error) {
    const bytes = error instanceof NotFoundError && (await packed_binary(binary.name));
    if (!bytes) throw error;
    return compile_bytes(bytes, 'in gru-wasm/dist/binaries.js');
  }
}

/**
 * @param {WasmSource} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (is_address(source)) {
    const address = String(source);
    const shown = address.length > 200 ? `${address.slice(0, 200)}…` : address;
    const fetched = await fetch_binary(source).catch((cause) => {
      throw new NotFoundError(`init: the binary ${shown} cannot be read: ${cause.message}`, { cause });
    });
    return fetched instanceof Uint8Array ? compile_bytes(fetched, shown) : compile_response(fetched, shown);
  }
  if (typeof Response !== 'undefined' && source instanceof Response)
    return compile_response(source, source.url || 'in wasm');
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return compile_bytes(source, 'in wasm');
  throw new TypeError(
    `init: wasm must be a URL, bytes, a Response or a WebAssembly.Module, not ${show(source)}`,
  );
}

/**
 * @param {Response} response
 * @param {string} shown
 */
async function compile_response(response, shown) {
  if (!response.ok) throw missing_binary(shown, response.status);
  // Streaming compilation requires the content type application/wasm, which not every server sends.
  if (WebAssembly.compileStreaming && response.headers.get('content-type')?.startsWith('application/wasm')) {
    return WebAssembly.compileStreaming(response).catch((cause) => {
      throw compile_error(shown, cause);
    });
  }
  return compile_bytes(await response.arrayBuffer(), shown);
}

/**
 * @param {ArrayBuffer | ArrayBufferView} bytes
 * @param {string} shown
 */
function compile_bytes(bytes, shown) {
  // Not every engine takes a DataView.
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(/** @type {ArrayBuffer} */ (bytes.buffer), bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return WebAssembly.compile(view).catch((cause) => {
    throw compile_error(shown, cause, view);
  });
}

/**
 * @param {WebAssembly.Module} compiled
 * @returns {Promise<import('./heap.js').Module>}
 */
async function start(compiled) {
  // The glue waits for ever when its hook fails, so the failure is carried past it.
  return new Promise((resolve, reject) => {
    const failed = (/** @type {unknown} */ cause) =>
      reject(
        new InvalidArgumentError(
          `init: the binary is not this package's: ${/** @type {Error} */ (cause).message}`,
          { cause },
        ),
      );
    create_module({
      /**
       * @param {WebAssembly.Imports} imports
       * @param {(instance: WebAssembly.Instance, module: WebAssembly.Module) => void} done
       */
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(compiled, imports)
          .then((instance) => done(instance, compiled))
          .catch(failed);
        return {};
      },
    }).then(resolve, failed);
  });
}

/**
 * The heap of the binary that is loaded.
 * @returns {Heap}
 * @throws {FailedPreconditionError} before `init`
 */
export function loaded_heap() {
  if (!heap)
    throw new FailedPreconditionError(
      'gru-wasm is not ready: call `await init()` once before anything that computes',
    );
  return heap;
}

/**
 * The functions of the binary for a dtype.
 * @param {import('./heap.js').FloatDtype} dtype
 */
export const kernels_of = (dtype) => loaded_heap().kernels[dtype];

/**
 * What the WebAssembly heap holds: `bytes` and `blocks` that variables, cells, streams and optimizers own at the moment, and
 * `heap_bytes`, the size the heap has grown to.
 *
 * @returns {{ bytes: number, blocks: number, heap_bytes: number }}
 * @throws {FailedPreconditionError} before `init`
 */
export const memory = () => loaded_heap().statistics();
