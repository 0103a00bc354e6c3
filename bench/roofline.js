// The least time that a work can take on this machine: the time to compute it at the peak rate of multiply-adds, or the time to
// read its weights at the bandwidth of the cache that they fit in, whichever is longer.

/** @typedef {import('./work.js').Shape} Shape */
/** @typedef {import('./machine.js').Caches} Caches */

/**
 * @typedef {object} Limits measured in one round
 * @property {number} peak floating-point operations per microsecond
 * @property {(bytes: number) => number} bandwidth bytes per microsecond from the smallest cache that fits `bytes`
 */

/**
 * @param {Record<string, number>} measured
 * @param {string} simd
 * @param {Caches} caches
 * @returns {Limits}
 */
export const limits_of = (measured, simd, caches) => ({
  peak: measured[simd],
  bandwidth: (bytes) => (bytes <= caches.l1 ? measured.l1 : bytes <= caches.l2 ? measured.l2 : measured.l3),
});

const FLOAT = 4;
const GATES = 3;

/**
 * Microseconds per step. A sequence has two phases: first the products of the inputs of all steps, which read their weights
 * once; then each step reads the recurrent weights. A single step reads both.
 *
 * @param {Shape} shape
 * @param {Limits} limits
 */
export function least_time({ inputs, units, batch, steps }, { peak, bandwidth }) {
  const layers = units.map((size, i) => ({ size, from: i ? units[i - 1] : inputs }));
  return layers.reduce((total, { size, from }) => {
    const recurrent_bytes = GATES * size * size * FLOAT;
    const input_bytes = GATES * size * from * FLOAT;
    const compute = (/** @type {number} */ depth) => (2 * GATES * size * depth * batch) / peak;
    if (steps === 1) {
      const bytes = recurrent_bytes + input_bytes;
      return total + Math.max(compute(from + size), bytes / bandwidth(bytes));
    }
    const reading = recurrent_bytes / bandwidth(recurrent_bytes);
    return total + compute(from) + Math.max(compute(size), reading);
  }, 0);
}
