// Keeping gradients small, as TensorFlow does it.
import { limited_gradient, scaled_gradient } from '../runtime/gradient_arithmetic.js';
import { HeapGradient } from '../runtime/heap_gradient.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */
/** @typedef {Floats | HeapGradient} Gradient in row-major order, or on the heap; not to be changed */

/** @param {Gradient} gradient summed in row-major order in either form, so that the sum is the same */
function sum_of_squares(gradient) {
  const values = gradient instanceof HeapGradient ? gradient.read() : gradient;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/**
 * A loop instead of `map`, whose function takes twelve times as long, a tenth of a training step.
 * @param {Gradient} gradient
 * @param {number} factor
 * @returns {Gradient}
 */
function scaled(gradient, factor) {
  const on_heap = gradient instanceof HeapGradient;
  // Padding must stay zero, which zero times NaN is not.
  if (on_heap && Number.isFinite(factor)) return scaled_gradient(gradient, factor);
  const result = on_heap ? gradient.read() : gradient.slice();
  for (let i = 0; i < result.length; i++) result[i] *= factor;
  return result;
}

/**
 * Each gradient scaled down to a norm (`tf.clip_by_norm`).
 * @param {Gradient[]} gradients
 * @param {number} norm
 * @returns {Gradient[]}
 */
export const clip_by_norm = (gradients, norm) =>
  gradients.map((gradient) => {
    const its_norm = Math.sqrt(sum_of_squares(gradient));
    return its_norm <= norm ? gradient : scaled(gradient, norm / its_norm);
  });

/**
 * All gradients scaled down together (`tf.clip_by_global_norm`): where their norm is not finite all become NaN.
 * @param {Gradient[]} gradients
 * @param {number} norm
 * @returns {Gradient[]}
 */
export function clip_by_global_norm(gradients, norm) {
  const global_norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + sum_of_squares(gradient), 0));
  if (global_norm <= norm) return gradients;
  const factor = Number.isFinite(global_norm) ? norm / global_norm : Number.NaN;
  return gradients.map((gradient) => scaled(gradient, factor));
}

/**
 * Each value within [-limit, limit] (`tf.clip_by_value`).
 * @param {Gradient[]} gradients
 * @param {number} limit
 * @returns {Gradient[]}
 */
export const clip_by_value = (gradients, limit) =>
  gradients.map((gradient) =>
    gradient instanceof HeapGradient
      ? limited_gradient(gradient, limit)
      : gradient.map((value) => Math.min(Math.max(value, -limit), limit)),
  );
