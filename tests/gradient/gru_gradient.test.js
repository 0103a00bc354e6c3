// Gradients of the cell and of sequences against central differences of the float64 evaluation.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import { dynamic_rnn, memory, tensor } from '../../js/index.js';
import { float32_numbers, random_cell } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

const NAMES = /** @type {const} */ (['gates_kernel', 'gates_bias', 'candidate_kernel', 'candidate_bias']);

/** Weights of a scalar that depends on every output and on the state, all different. */
const weigh = (/** @type {ArrayLike<number>} */ values, /** @type {number} */ from) =>
  Array.from(values, (value, i) => value * Math.sin(from + 1.7 * i)).reduce((a, b) => a + b, 0);
const weights_of = (/** @type {number} */ count, /** @type {number} */ from) =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(from + 1.7 * i));

/** @param {{ inputs: number, units: number, batch: number, steps: number, lengths: number[] | null, activation: string, dtype?: 'float32' | 'float64' }} options */
function check({ inputs, units, batch, steps, lengths, activation, dtype = 'float64' }) {
  const { cell, weights, next } = random_cell({ inputs, units, activation, dtype, seed: 7 * units + steps });
  const x = float32_numbers(batch * steps * inputs, next);
  const h = float32_numbers(batch * units, next, 0.7);
  const [inputs_tensor, state_tensor] = [
    tensor(x, [batch, steps, inputs], dtype),
    tensor(h, [batch, units], dtype),
  ];
  const tape = new GradientTape();
  tape.watch([inputs_tensor, state_tensor]);
  const [outputs, final] = tape.record(() =>
    dynamic_rnn(cell, inputs_tensor, { initial_state: state_tensor, sequence_length: lengths }),
  );
  const gradients = tape.gradient(
    [outputs, final],
    [...cell.trainable_weights, inputs_tensor, state_tensor],
    {
      output_gradients: [
        tensor(weights_of(outputs.size, 0.3), outputs.shape, dtype),
        tensor(weights_of(final.size, 2.1), final.shape, dtype),
      ],
    },
  );
  /** @type {(changed: object) => number} */
  const loss = (changed) => {
    const { x: values, state, ...rest } = { x, state: h, ...weights, ...changed };
    const result = gru_sequence({ ...rest }, { batch, steps, x: values, state, lengths });
    return weigh(result.outputs, 0.3) + weigh(result.state, 2.1);
  };
  const tolerance = dtype === 'float64' ? 1e-7 : 2e-5;
  [...NAMES, 'x', 'state'].forEach((name, i) => {
    const at = name === 'x' ? x : name === 'state' ? h : /** @type {any} */ (weights)[name];
    const expected = central_differences((values) => loss({ [name]: values }), at);
    expect([name, relative_difference(/** @type {any} */ (gradients[i]).data, expected)]).toEqual([
      name,
      expect.any(Number),
    ]);
    expect(relative_difference(/** @type {any} */ (gradients[i]).data, expected)).toBeLessThan(tolerance);
  });
  cell.dispose();
}

const SMOOTH = [
  'tanh',
  'sigmoid',
  'linear',
  'softsign',
  'softplus',
  'gelu',
  'gelu_tanh',
  'exponential',
  'silu',
];
const WITH_KINKS = ['relu', 'elu', 'selu', 'hard_sigmoid', 'hard_sigmoid_v3', 'leaky_relu', 'relu6'];

test.each([...SMOOTH, ...WITH_KINKS])('activation %s', (activation) => {
  check({ inputs: 3, units: 5, batch: 2, steps: 3, lengths: null, activation });
});

test.each([
  { inputs: 4, units: 3, batch: 1, steps: 1, lengths: null },
  { inputs: 1, units: 1, batch: 1, steps: 7, lengths: null },
  { inputs: 2, units: 9, batch: 3, steps: 4, lengths: [4, 0, 2] },
  { inputs: 5, units: 8, batch: 7, steps: 3, lengths: [3, 1, 2, 0, 3, 2, 1] },
])('$inputs inputs, $units units, batch $batch, $steps steps, lengths $lengths', (size) => {
  check({ ...size, activation: 'tanh' });
});

test('in float32', () => {
  check({ inputs: 3, units: 6, batch: 2, steps: 4, lengths: [4, 2], activation: 'tanh', dtype: 'float32' });
});

test('the cell called twice has the gradients of a sequence of two steps', () => {
  const { cell, next } = random_cell({ inputs: 3, units: 4, dtype: 'float64' });
  const x = float32_numbers(2 * 2 * 3, next);
  const by_hand = new GradientTape();
  const first = tensor([...x.slice(0, 3), ...x.slice(6, 9)], [2, 3], 'float64');
  const second = tensor([...x.slice(3, 6), ...x.slice(9, 12)], [2, 3], 'float64');
  const last = by_hand.record(() => cell.call(second, cell.call(first, cell.zero_state(2))[1])[1]);
  const expected = by_hand.gradient(last, cell.weights);
  const tape = new GradientTape();
  const [, final] = tape.record(() => dynamic_rnn(cell, tensor(x, [2, 2, 3], 'float64')));
  tape.gradient(final, cell.weights).forEach((gradient, i) => {
    expect(
      relative_difference(/** @type {any} */ (gradient).data, /** @type {any} */ (expected[i]).data),
    ).toBeLessThan(1e-14);
  });
  cell.dispose();
});

describe('steps past the length', () => {
  test('NaN past a row’s length reaches no gradient', () => {
    const { cell } = random_cell({ inputs: 1, units: 3, dtype: 'float64' });
    const x = tensor([1, 2, Number.NaN, 3, Number.NaN, Number.NaN], [2, 3, 1], 'float64');
    const tape = new GradientTape();
    tape.watch(x);
    const [outputs] = tape.record(() => dynamic_rnn(cell, x, { sequence_length: [2, 1] }));
    const gradients = tape.gradient(outputs, [...cell.weights, x]);
    for (const gradient of gradients)
      expect([.../** @type {any} */ (gradient).data].some(Number.isNaN)).toBe(false);
    expect(/** @type {any} */ (gradients[4]).array()[1].slice(1)).toEqual([[0], [0]]);
    cell.dispose();
  });
});

test('the tape frees its memory', () => {
  const { cell } = random_cell({ inputs: 2, units: 3 });
  dynamic_rnn(cell, [[[1, 2]]]);
  const before = memory();
  for (let i = 0; i < 50; i++) {
    const tape = new GradientTape();
    const [outputs] = tape.record(() =>
      dynamic_rnn(cell, [
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    );
    if (i % 2) tape.gradient(outputs, cell.weights);
    else tape.dispose();
  }
  expect(memory()).toEqual(before);
  cell.dispose();
});
