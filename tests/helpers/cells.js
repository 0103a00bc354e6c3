// Cells with random weights, and the same weights as the reference takes them.
import { GRUCell } from '../../js/index.js';
import { generator, numbers } from './random.js';

/**
 * @param {object} options
 * @param {number} options.inputs
 * @param {number} options.units
 * @param {'float32' | 'float64'} [options.dtype]
 * @param {string} [options.activation]
 * @param {number} [options.seed]
 */
export function random_cell({ inputs, units, dtype = 'float32', activation = 'tanh', seed = 1 }) {
  const next = generator(seed);
  const scale = 1 / Math.sqrt(inputs + units);
  // Of float32 values, so that the reference computes from the very same numbers.
  const draw = (/** @type {number} */ count, /** @type {number} */ center) =>
    numbers(count, next, scale, center).map(Math.fround);
  const weights = {
    inputs,
    units,
    activation,
    gates_kernel: draw((inputs + units) * 2 * units, 0.03),
    gates_bias: draw(2 * units, 0.4),
    candidate_kernel: draw((inputs + units) * units, -0.02),
    candidate_bias: draw(units, 0.1),
  };
  const cell = new GRUCell(units, { dtype, activation });
  cell.build([null, inputs]);
  cell.set_weights([
    { shape: [inputs + units, 2 * units], data: weights.gates_kernel },
    { shape: [2 * units], data: weights.gates_bias },
    { shape: [inputs + units, units], data: weights.candidate_kernel },
    { shape: [units], data: weights.candidate_bias },
  ]);
  return { cell, weights, next };
}

/** Numbers that float32 holds exactly. @param {number} count @param {() => number} next @param {number} [scale] */
export const float32_numbers = (count, next, scale = 1) => numbers(count, next, scale).map(Math.fround);

/** How far a dtype may be from float64, as a part of the values' scale. */
export const TOLERANCE = { float32: 1e-6, float64: 1e-14 };

export const DTYPES = /** @type {const} */ (['float32', 'float64']);
