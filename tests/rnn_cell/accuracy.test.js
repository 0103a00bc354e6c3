// The README's sentence on accuracy, for all sizes of cells and of weights: one step beside a float64 evaluation.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, tensor } from '../../js/index.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

const SIZES = [
  [1, 1],
  [8, 16],
  [64, 128],
  [256, 512],
  [512, 1024],
];
/** Weights are drawn up to this: as glorot_uniform draws them, or much larger. */
const SCALES = {
  'as glorot_uniform': (/** @type {number} */ inputs, /** @type {number} */ units) =>
    Math.sqrt(6 / (inputs + 2 * units)),
  'up to 1': () => 1,
};

/**
 * The greatest sum of magnitudes, |bias| + sum of |input * weight|, behind one gate of one row: what rounding in a sum is
 * proportional to.
 * @param {ArrayLike<number>} row the inputs and the state
 * @param {ArrayLike<number>} kernel
 * @param {ArrayLike<number>} bias
 */
function greatest_sum(row, kernel, bias) {
  const sums = Float64Array.from(bias, Math.abs);
  for (let i = 0; i < row.length; i++) {
    for (let j = 0; j < sums.length; j++) sums[j] += Math.abs(row[i] * kernel[i * sums.length + j]);
  }
  return sums.reduce((a, b) => Math.max(a, b));
}

/** @param {number} inputs @param {number} units @param {number} scale */
function measure(inputs, units, scale) {
  const next = generator(211 + units);
  const draw = (/** @type {number} */ count, up_to = scale) => float32_numbers(count, next, up_to);
  const weights = [
    draw((inputs + units) * 2 * units),
    draw(2 * units),
    draw((inputs + units) * units),
    draw(units),
  ];
  const [x, h] = [draw(inputs, 1), draw(units, 1)];
  const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = weights;
  const { state } = gru_sequence(
    { inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias },
    { batch: 1, steps: 1, x, state: h },
  );
  const cell = new GRUCell(units);
  cell.build([null, inputs]);
  cell.set_weights(weights.map((data, i) => ({ data, shape: cell.weights[i].shape })));
  const [, ours] = cell.call(tensor(x, [1, inputs]), tensor(h, [1, units]));
  cell.dispose();
  const error = ours.data.reduce(
    (/** @type {number} */ worst, value, i) => Math.max(worst, Math.abs(value - state[i])),
    0,
  );
  const magnitude = state.reduce((/** @type {number} */ worst, value) => Math.max(worst, Math.abs(value)), 0);
  const row = [...x, ...h];
  const sum = Math.max(
    greatest_sum(row, gates_kernel, gates_bias),
    greatest_sum(row, candidate_kernel, candidate_bias),
  );
  return { error: error / magnitude, sum };
}

describe.each(Object.entries(SCALES))('float32, weights %s', (name, scale) => {
  test.each(SIZES)('%d inputs, %d units', (inputs, units) => {
    const { error, sum } = measure(inputs, units, scale(inputs, units));
    expect(error).toBeLessThan(1e-7 * Math.max(1, sum));
    if (name === 'as glorot_uniform' && units <= 512) expect(error).toBeLessThan(1e-6);
  });
});
