// Seeded random numbers for weights and inputs, the same in every run.

/** A seeded generator of numbers in [0, 1). @param {number} seed @returns {() => number} */
export function random_numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Uniform in [center - spread, center + spread).
 * @param {() => number} next
 * @param {number} count
 * @param {number} spread
 * @param {number} [center]
 */
export const uniform = (next, count, spread, center = 0) =>
  Float32Array.from({ length: count }, () => center + spread * (2 * next() - 1));
