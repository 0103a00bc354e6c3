// Keeping gradients small, as TensorFlow does it.
/** @typedef {import('../runtime/heap.js').Floats} Floats */

/** @param {Floats} values */
function sum_of_squares(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/**
 * A loop of its own: `map` with a function takes twelve times as long, a tenth of a training step.
 * @param {Floats} values
 * @param {number} factor
 * @returns {Floats}
 */
function scaled(values, factor) {
  const result = values.slice();
  for (let i = 0; i < result.length; i++) result[i] *= factor;
  return result;
}

/**
 * Each gradient scaled down to a norm (`tf.clip_by_norm`).
 * @param {Floats[]} gradients
 * @param {number} norm
 */
export const clip_by_norm = (gradients, norm) =>
  gradients.map((values) => {
    const own = Math.sqrt(sum_of_squares(values));
    return own <= norm ? values : scaled(values, norm / own);
  });

/**
 * All gradients scaled down together (`tf.clip_by_global_norm`): where their norm is not finite all become NaN.
 * @param {Floats[]} gradients
 * @param {number} norm
 */
export function clip_by_global_norm(gradients, norm) {
  const own = Math.sqrt(gradients.reduce((sum, values) => sum + sum_of_squares(values), 0));
  if (own <= norm) return gradients;
  const scale = Number.isFinite(own) ? norm / own : Number.NaN;
  return gradients.map((values) => scaled(values, scale));
}

/**
 * Each value within [-limit, limit] (`tf.clip_by_value`).
 * @param {Floats[]} gradients
 * @param {number} limit
 */
export const clip_by_value = (gradients, limit) =>
  gradients.map((values) => values.map((value) => Math.min(Math.max(value, -limit), limit)));
