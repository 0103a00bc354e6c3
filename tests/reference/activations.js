// The activations of Keras on one float64 number, by name.

/**
 * 1 - erf(x) in float64: a series of terms of one sign near 0, a continued fraction where erfc is small.
 * @param {number} x
 * @returns {number}
 */
export function erfc(x) {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfc(-x);
  if (x > 30) return 0;
  if (x < 2) {
    // erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum of (2 x^2)^n x / (1 * 3 * ... * (2 n + 1))
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-18; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  // erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...))))
  let fraction = x;
  for (let n = 200; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/**
 * @param {number} x
 * @returns {number}
 */
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/**
 * @param {number} x
 * @param {number} lowest
 * @param {number} highest
 * @returns {number}
 */
const clip = (x, lowest, highest) => Math.min(Math.max(x, lowest), highest);

/** @type {Record<string, (x: number) => number>} */
export const activations = {
  linear: (x) => x,
  tanh: Math.tanh,
  sigmoid,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clip(x, 0, 6),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  exponential: Math.exp,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x) => x / (1 + Math.abs(x)),
  silu: (x) => x * sigmoid(x),
  hard_sigmoid: (x) => clip(0.2 * x + 0.5, 0, 1),
  hard_sigmoid_v3: (x) => clip(x / 6 + 0.5, 0, 1),
  gelu: (x) => 0.5 * x * erfc(-x / Math.SQRT2),
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

/**
 * @param {string | ((x: number) => number)} activation
 * @returns {(x: number) => number}
 */
export function activation_function(activation) {
  if (typeof activation === 'function') return activation;
  const activation_function = activations[activation];
  if (!activation_function) throw new Error(`no reference for the activation ${activation}`);
  return activation_function;
}
