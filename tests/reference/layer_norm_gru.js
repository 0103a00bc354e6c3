// The equations of the gated recurrent unit with layer normalization (Ba et al. 2016), evaluated plainly in float64.
import { activation_function } from './activations.js';

/**
 * @typedef {ArrayLike<number>} Numbers flat, row-major
 *
 * @typedef {object} LayerNormWeights columns z, r, h; row 0 of bias and gamma is the inputs', row 1 the state's
 * @property {number} inputs
 * @property {number} units
 * @property {Numbers} kernel [inputs, 3 units]
 * @property {Numbers} recurrent_kernel [units, 3 units]
 * @property {Numbers | null} [bias] [2, 3 units]
 * @property {Numbers} gamma [2, 3 units]
 * @property {number} [epsilon] 0.001
 * @property {string} [activation] tanh
 * @property {string} [recurrent_activation] sigmoid
 */

/**
 * @param {number[]} values
 * @param {number} epsilon
 * @returns {number[]} of mean 0 and variance 1
 */
function layer_norm(values, epsilon) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}

/**
 * LN(v W) * gamma + bias, with the columns of z and r normalized together and those of the candidate alone.
 * @param {LayerNormWeights} weights
 * @param {Numbers} v
 * @param {Numbers} matrix
 * @param {number} row of bias and gamma
 * @returns {number[]} [3 units]
 */
function normalized_product({ units, bias = null, gamma, epsilon = 1e-3 }, v, matrix, row) {
  const columns = 3 * units;
  const product = Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < v.length; i++) sum += v[i] * matrix[i * columns + j];
    return sum;
  });
  const normal = [
    ...layer_norm(product.slice(0, 2 * units), epsilon),
    ...layer_norm(product.slice(2 * units), epsilon),
  ];
  return normal.map((value, j) => value * gamma[row * columns + j] + (bias ? bias[row * columns + j] : 0));
}

/**
 * One step of one row: the new state.
 * @param {LayerNormWeights} weights
 * @param {Numbers} x [inputs]
 * @param {Numbers} h [units]
 * @returns {number[]} [units]
 */
export function layer_norm_step(weights, x, h) {
  const { units } = weights;
  const activation = activation_function(weights.activation ?? 'tanh');
  const gate = activation_function(weights.recurrent_activation ?? 'sigmoid');
  const a = normalized_product(weights, x, weights.kernel, 0);
  const b = normalized_product(weights, h, weights.recurrent_kernel, 1);
  return Array.from({ length: units }, (_, j) => {
    const z = gate(a[j] + b[j]);
    const r = gate(a[units + j] + b[units + j]);
    const candidate = activation(a[2 * units + j] + r * b[2 * units + j]);
    return z * h[j] + (1 - z) * candidate;
  });
}
