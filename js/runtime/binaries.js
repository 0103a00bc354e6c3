// The WebAssembly binaries of this package: the one table of them. The build, the tests and the benchmark read it too.

/** The values of an option of `init` that chooses among binaries, and the binary's value of it. @typedef {{ simd: Simd }} Axes */
/** @typedef {(typeof BINARIES)[number]['name']} BinaryName */
/** @typedef {(typeof BINARIES)[number]['simd']} Simd */

/**
 * One row for each binary; of those that an engine runs, `init` takes the first. `name` is its file, `dist/gru.<name>.wasm`, and
 * what the binary calls itself. `simd` is its value of the option of that name; another axis, such as threads, is another
 * column. `flags` are the compiler's. `probe` is a module of one function with one instruction that the binary needs. Bundlers
 * look for exactly this form of URL.
 */
export const BINARIES = /** @type {const} */ ([
  {
    name: 'relaxed',
    simd: 'relaxed',
    flags: '-msimd128 -mrelaxed-simd',
    url: () => new URL('../../dist/gru.relaxed.wasm', import.meta.url),
    probe: [
      0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65,
      2, 253, 15, 253, 128, 2, 11,
    ],
  },
  {
    name: 'baseline',
    simd: 'baseline',
    flags: '-msimd128',
    url: () => new URL('../../dist/gru.baseline.wasm', import.meta.url),
    probe: [
      0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253,
      98, 11,
    ],
  },
]);

/** The values of `init`'s option `simd` beside `'auto'`. */
export const SIMD_NAMES = /** @type {Simd[]} */ ([...new Set(BINARIES.map(({ simd }) => simd))]);

/** Whether this engine can run a binary. @param {{ probe: readonly number[] }} binary */
export const can_run = ({ probe }) => WebAssembly.validate(new Uint8Array(probe));
