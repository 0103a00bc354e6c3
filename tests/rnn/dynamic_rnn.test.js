// dynamic_rnn against the plain float64 evaluation.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamic_rnn, GRUCell, memory, tensor, ValueError } from '../../js/index.js';
import { DTYPES, float32_numbers, random_cell, TOLERANCE } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

/** [batch, steps, width] as [steps, batch, width], or the other way. */
function swap(
  /** @type {ArrayLike<number>} */ values,
  /** @type {number} */ outer,
  /** @type {number} */ inner,
) {
  const width = values.length / outer / inner;
  const swapped = new Array(values.length);
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      for (let k = 0; k < width; k++)
        swapped[(j * outer + i) * width + k] = values[(i * inner + j) * width + k];
    }
  }
  return swapped;
}

const CASES = [
  { inputs: 3, units: 4, batch: 1, steps: 1, lengths: null },
  { inputs: 2, units: 17, batch: 2, steps: 9, lengths: [9, 4] },
  { inputs: 10, units: 154, batch: 1, steps: 25, lengths: null },
  { inputs: 5, units: 60, batch: 7, steps: 6, lengths: [0, 1, 2, 3, 6, 5, 0] },
  { inputs: 1, units: 1, batch: 3, steps: 12, lengths: [12, 0, 7] },
  { inputs: 7, units: 33, batch: 13, steps: 5, lengths: null },
];

describe.each(DTYPES)('%s', (dtype) => {
  describe.each([false, true])('time_major %s', (time_major) => {
    test.each(CASES)('$inputs inputs, $units units, batch $batch, $steps steps, lengths $lengths', (size) => {
      const { inputs, units, batch, steps, lengths } = size;
      const { cell, weights, next } = random_cell({ inputs, units, dtype, seed: units });
      const x = float32_numbers(batch * steps * inputs, next);
      const state = float32_numbers(batch * units, next, 0.8);
      const expected = gru_sequence(weights, { batch, steps, x, state, lengths });
      const ordered_inputs = time_major
        ? tensor(swap(x, batch, steps), [steps, batch, inputs], dtype)
        : tensor(x, [batch, steps, inputs], dtype);
      const [outputs, final] = dynamic_rnn(cell, ordered_inputs, {
        sequence_length: lengths,
        initial_state: tensor(state, [batch, units], dtype),
        time_major,
      });
      expect(outputs.shape).toEqual(time_major ? [steps, batch, units] : [batch, steps, units]);
      const actual = time_major ? swap(outputs.data, steps, batch) : outputs.data;
      expect(relative_difference(actual, expected.outputs)).toBeLessThan(3 * TOLERANCE[dtype]);
      expect(relative_difference(final.data, expected.state)).toBeLessThan(3 * TOLERANCE[dtype]);
      lengths?.forEach((length, row) => {
        const past = actual.slice((row * steps + length) * units, (row + 1) * steps * units);
        expect([...past].every((value) => value === 0)).toBe(true);
      });
      cell.dispose();
    });
  });
});

test('a sequence is its steps, to the last bit, however long', () => {
  const { cell, next } = random_cell({ inputs: 4, units: 19 });
  const steps = 4000;
  const x = float32_numbers(steps * 4, next);
  const [outputs, final] = dynamic_rnn(cell, tensor(x, [1, steps, 4]));
  const stream = cell.stream(1);
  for (let step = 0; step < steps; step++) {
    stream.input.set(x.slice(step * 4, step * 4 + 4));
    stream.step();
    expect(outputs.data.slice(step * 19, step * 19 + 19)).toEqual(stream.state);
  }
  expect(final.data).toEqual(stream.state);
  stream.dispose();
  cell.dispose();
});

test('steps past sequence_length have no effect, even if they are NaN', () => {
  const { cell } = random_cell({ inputs: 1, units: 3 });
  const nan = Number.NaN;
  const [outputs, final] = dynamic_rnn(
    cell,
    [
      [[1], [2], [nan]],
      [[3], [nan], [nan]],
    ],
    { sequence_length: [2, 1] },
  );
  const [alone] = dynamic_rnn(cell, [[[1], [2]]]);
  expect(outputs.array()[0].slice(0, 2)).toEqual(alone.array()[0]);
  expect([...outputs.data, ...final.data].some(Number.isNaN)).toBe(false);
  cell.dispose();
});

test('no steps: no outputs, and the initial state', () => {
  const { cell } = random_cell({ inputs: 2, units: 2 });
  const [outputs, final] = dynamic_rnn(cell, tensor([], [1, 0, 2], 'float32'), {
    initial_state: [[0.5, 0.25]],
  });
  expect(outputs.shape).toEqual([1, 0, 2]);
  expect(final.array()).toEqual([[0.5, 0.25]]);
  cell.dispose();
});

test('builds the cell in the scope rnn; a second unnamed cell raises', () => {
  const cell = new GRUCell(2);
  dynamic_rnn(cell, [[[1]]]);
  expect(cell.weights[0].name).toBe('rnn/gru_cell/gates/kernel:0');
  expect(() => dynamic_rnn(new GRUCell(2), [[[1]]])).toThrow(
    /rnn\/gru_cell\/gates\/kernel:0 already exists.*scope/,
  );
  const other = new GRUCell(2);
  dynamic_rnn(other, [[[1]]], { scope: 'decoder' });
  expect(other.scope_name).toBe('decoder/gru_cell');
  dynamic_rnn(cell, [[[1]]]);
  cell.dispose();
  other.dispose();
  const again = new GRUCell(2);
  dynamic_rnn(again, [[[1]]]);
  expect(again.scope_name).toBe('rnn/gru_cell');
  again.dispose();
});

describe('wrong arguments change nothing', () => {
  /** @type {[any, any, any, RegExp][]} */
  const wrong = [
    [[[1, 2]], {}, ValueError, /inputs must have rank 3/],
    [[[[1, 2, 3]]], {}, ValueError, /2 features, not 3/],
    [{ shape: [1, 1, 2], data: new Float64Array(2) }, {}, ValueError, /dtype/],
    [{ shape: [1, 1, 2], data: new Int32Array(2) }, {}, ValueError, /dtype/],
    [[[[1, 2]]], { sequence_length: [0.5] }, ValueError, /integers/],
    [[[[1, 2]]], { sequence_length: [1, 1] }, ValueError, /sequence_length must have shape \[1\]/],
    [
      [[[1, 2]]],
      { initial_state: [[1]] },
      ValueError,
      /initial_state must have shape \[1, 3\], not \[1, 1\]/,
    ],
    [[[[1, 2]]], { dtype: 'float64' }, ValueError, /dtype/],
    [[[[1, 2]]], { lengths: [1] }, TypeError, /no option 'lengths'/],
  ];
  test.each(wrong)('%j, %j', (inputs, options, type, message) => {
    const { cell } = random_cell({ inputs: 2, units: 3 });
    const before = memory();
    expect(() => dynamic_rnn(cell, inputs, options)).toThrow(type);
    expect(() => dynamic_rnn(cell, inputs, options)).toThrow(message);
    expect(memory()).toEqual(before);
    cell.dispose();
  });
  test('not a cell', () => {
    expect(() => dynamic_rnn(/** @type {any} */ ({}), [[[1]]])).toThrow(/cell must be an RNNCell/);
  });
});
