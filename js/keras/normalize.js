// Values brought to mean 0 and variance 1, group by group, then scaled and shifted; recorded on the tape.
import { is_recording, record_operation } from '../gradient/recording.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/variable.js').Variable} Variable
 *
 * @typedef {object} Places
 * @property {number} groups how many groups there are
 * @property {(i: number) => number} group_of the group of the value at i
 * @property {(i: number) => number} parameter_of the place of its scale and shift
 *
 * @typedef {{ mean: Float64Array, variance: Float64Array }} Moments of each group
 */

/**
 * Means and variances of groups.
 * @param {Tensor} x
 * @param {Places} places
 * @returns {Moments}
 * @internal
 */
export function moments_of(x, { groups, group_of }) {
  const [mean, variance] = [new Float64Array(groups), new Float64Array(groups)];
  const count = x.size / groups;
  for (let i = 0; i < x.size; i++) mean[group_of(i)] += x.data[i] / count;
  for (let i = 0; i < x.size; i++) variance[group_of(i)] += (x.data[i] - mean[group_of(i)]) ** 2 / count;
  return { mean, variance };
}

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta
 * @param {Tensor} x of floats
 * @param {Places} places
 * @param {{ gamma: Variable | null, beta: Variable | null, epsilon: number, moments: Moments, is_fixed: boolean }} options `is_fixed`:
 *   whether the moments do not depend on x
 * @returns {Tensor} of the same shape
 * @internal
 */
export function normalize(x, places, { gamma, beta, epsilon, moments, is_fixed }) {
  const { group_of, parameter_of } = places;
  const scales = moments.variance.map((variance) => 1 / Math.sqrt(variance + epsilon));
  const [gammas, betas] = [gamma?.value.data, beta?.value.data];
  const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
  const normal = (/** @type {number} */ i) => (x.data[i] - moments.mean[group_of(i)]) * scales[group_of(i)];
  const data = array_of(dtype, x.size);
  for (let i = 0; i < data.length; i++) {
    const parameter = parameter_of(i);
    data[i] = normal(i) * (gammas ? gammas[parameter] : 1) + (betas ? betas[parameter] : 0);
  }
  const output = new Tensor(data, x.shape, dtype);
  const inputs = [x, gamma, beta];
  if (is_recording(inputs)) {
    const backward = (/** @type {Floats} */ d) => {
      const dx = array_of(dtype, x.size);
      const d_gamma = gamma && array_of(gamma.dtype, gammas?.length ?? 0);
      const d_beta = beta && array_of(beta.dtype, betas?.length ?? 0);
      const [sums, products] = [new Float64Array(places.groups), new Float64Array(places.groups)];
      for (let i = 0; i < d.length; i++) {
        const [parameter, group] = [parameter_of(i), group_of(i)];
        if (d_gamma) d_gamma[parameter] += d[i] * normal(i);
        if (d_beta) d_beta[parameter] += d[i];
        const d_normal = d[i] * (gammas ? gammas[parameter] : 1);
        sums[group] += d_normal;
        products[group] += d_normal * normal(i);
        dx[i] = d_normal * scales[group];
      }
      const count = x.size / places.groups;
      if (!is_fixed)
        for (let i = 0; i < dx.length; i++) {
          const group = group_of(i);
          dx[i] -= (scales[group] * (sums[group] + normal(i) * products[group])) / count;
        }
      return [dx, d_gamma, d_beta];
    };
    record_operation({
      inputs,
      outputs: [output],
      backward: ([d]) => (d ? backward(/** @type {Floats} */ (d)) : [null, null, null]),
    });
  }
  return output;
}
