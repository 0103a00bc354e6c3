// The WebAssembly binaries of this package: the one table of them. The build, the tests and the benchmark read it too.

/** The options of `init` that select a binary, with the values of one binary. @typedef {{ simd: Simd }} Axes */
/** @typedef {(typeof BINARIES)[number]['name']} BinaryName */
/** @typedef {(typeof BINARIES)[number]['simd']} Simd */

/**
 * One row for each binary. `init` loads the first one that the engine can run. `name`: of the file `dist/gru.<name>.wasm`; the binary
 * returns it too. `simd`: its value of `init`'s option of that name; another axis, such as threads, would be another column. `flags`:
 * compiler flags. `probe`: a module with one instruction that the binary needs. `url`: bundlers recognise exactly this form.
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

/** The values of `init`'s option `simd` besides `'auto'`. */
export const SIMD_NAMES = /** @type {Simd[]} */ ([...new Set(BINARIES.map(({ simd }) => simd))]);

/** Whether this engine can run a binary. @param {{ probe: readonly number[] }} binary */
export const can_run = ({ probe }) => WebAssembly.validate(new Uint8Array(probe));
