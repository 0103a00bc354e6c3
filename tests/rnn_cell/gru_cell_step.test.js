// One step of GRUCell against the plain float64 evaluation.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, initializers, tensor } from '../../js/index.js';
import { DTYPES, float32_numbers, random_cell, TOLERANCE } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { activations } from '../reference/activations.js';
import { relative_difference } from '../reference/differences.js';
import { gru_batch_step } from '../reference/gru.js';

beforeAll(ready);

test.each([
  [[[1, 1]], 0.175991],
  [[[1, 1, 1]], 0.156736],
])("TensorFlow's own test of the cell: x = %j", (x, expected) => {
  const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
  const [output, state] = cell.call(x, [[0.1, 0.1]]);
  expect(output).toBe(state);
  expect(output.shape).toEqual([1, 2]);
  for (const value of output.data) expect(Math.abs(value - expected)).toBeLessThan(5e-7);
  cell.dispose();
});

const SIZES = [
  [1, 1, 1],
  [3, 2, 1],
  [8, 16, 1],
  [5, 17, 2],
  [10, 154, 3],
  [7, 60, 4],
  [64, 76, 5],
  [2, 9, 6],
  [33, 128, 7],
  [4, 12, 13],
  [6, 20, 32],
];

describe.each(DTYPES)('%s', (dtype) => {
  test.each(SIZES)('%i inputs, %i units, batch %i', (inputs, units, batch) => {
    const { cell, weights, next } = random_cell({ inputs, units, dtype, seed: inputs + units + batch });
    const x = float32_numbers(batch * inputs, next);
    const h = float32_numbers(batch * units, next);
    const [output] = cell.call(tensor(x, [batch, inputs], dtype), tensor(h, [batch, units], dtype));
    expect(output.dtype).toBe(dtype);
    expect(relative_difference(output.data, gru_batch_step(weights, batch, x, h))).toBeLessThan(
      TOLERANCE[dtype],
    );
    cell.dispose();
  });

  test.each(Object.keys(activations))('activation %s', (activation) => {
    const { cell, weights, next } = random_cell({ inputs: 5, units: 11, dtype, activation, seed: 3 });
    const x = float32_numbers(3 * 5, next, 3);
    const h = float32_numbers(3 * 11, next, 2);
    const [output] = cell.call(tensor(x, [3, 5], dtype), tensor(h, [3, 11], dtype));
    expect(relative_difference(output.data, gru_batch_step(weights, 3, x, h))).toBeLessThan(TOLERANCE[dtype]);
    cell.dispose();
  });
});

test.each(SIZES)(
  'stream and call agree to the last bit: %i inputs, %i units, batch %i',
  (inputs, units, batch) => {
    const { cell, next } = random_cell({ inputs, units });
    const stream = cell.stream(batch);
    let state = cell.zero_state(batch);
    for (let step = 0; step < 5; step++) {
      const x = float32_numbers(batch * inputs, next);
      stream.input.set(x);
      stream.step();
      [, state] = cell.call(tensor(x, [batch, inputs]), state);
      expect(stream.state).toEqual(state.data);
    }
    stream.dispose();
    cell.dispose();
  },
);

test('a row has the same result alone and in a batch, to the bit', () => {
  const { cell, next } = random_cell({ inputs: 6, units: 21 });
  const x = float32_numbers(9 * 6, next);
  const h = float32_numbers(9 * 21, next);
  const [all] = cell.call(tensor(x, [9, 6]), tensor(h, [9, 21]));
  for (let row = 0; row < 9; row++) {
    const [one] = cell.call(
      tensor(x.slice(row * 6, row * 6 + 6), [1, 6]),
      tensor(h.slice(row * 21, row * 21 + 21), [1, 21]),
    );
    expect(one.data).toEqual(all.data.slice(row * 21, row * 21 + 21));
  }
  cell.dispose();
});

describe('data that is not finite', () => {
  test('NaN affects only the results that depend on it', () => {
    const { cell } = random_cell({ inputs: 3, units: 5 });
    const [output] = cell.call(
      [
        [1, Number.NaN, 1],
        [1, 2, 3],
      ],
      cell.zero_state(2),
    );
    expect([...output.data.slice(0, 5)].every(Number.isNaN)).toBe(true);
    expect([...output.data.slice(5)].some(Number.isNaN)).toBe(false);
    cell.dispose();
  });

  test('infinite inputs saturate the gates', () => {
    const cell = new GRUCell(1, { kernel_initializer: initializers.constant(1) });
    const up = cell.call([[Number.POSITIVE_INFINITY]], [[0.25]])[0].data[0];
    expect(up).toBe(0.25); // u is one: the state stays
    const down = cell.call([[Number.NEGATIVE_INFINITY]], [[0.25]])[0].data[0];
    expect(down).toBe(-1); // u is zero: the candidate, tanh(-infinity)
    cell.dispose();
  });
});
