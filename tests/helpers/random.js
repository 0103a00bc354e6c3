// Seeded numbers for tests: asymmetric, so that no two of them can be taken for one another.

/**
 * @param {number} seed
 * @returns {() => number} uniform in [0, 1)
 */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Numbers around `center`, on both sides unequally.
 * @param {number} count
 * @param {() => number} next
 * @param {number} [scale]
 * @param {number} [center]
 * @returns {number[]}
 */
export const numbers = (count, next, scale = 0.5, center = 0.07) =>
  Array.from({ length: count }, () => center + scale * (2 * next() - 1));
