// Starts the binary that this run is about, and proves that it is the one that runs.
import { expect } from '@jest/globals';
import { set_random_seed } from '../../js/layers/random.js';
import { BINARIES } from '../../js/runtime/binaries.js';
import { init } from '../../js/runtime/init.js';

/** The binary under test, from the environment. */
export const SIMD = /** @type {import('../../js/runtime/binaries.js').Simd} */ (
  process.env.GRU_SIMD ?? BINARIES.at(-1)?.simd
);

export async function ready() {
  const { simd } = await init({ simd: SIMD });
  expect(simd).toBe(SIMD);
  // What a test does not seed itself is the same in every run all the same.
  set_random_seed(1);
}
