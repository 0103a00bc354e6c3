// RNN: every option against the plain evaluation of the recurrence.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, set_random_seed, tensor } from '../../js/index.js';
import { RNN } from '../../js/keras.js';
import { float32_numbers, random_cell } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { relative_difference } from '../reference/differences.js';
import { gru_sequence, swap_time } from '../reference/gru.js';

beforeAll(ready);

describe('RNN', () => {
  const [BATCH, STEPS, INPUTS, UNITS] = [3, 4, 2, 5];
  /** @param {object} [options] */
  const make = (options) => {
    const { cell, weights, next } = random_cell({ inputs: INPUTS, units: UNITS, dtype: 'float64', seed: 6 });
    const layer = new RNN(cell, options);
    const x = float32_numbers(BATCH * STEPS * INPUTS, next);
    return { layer, weights, x, inputs: tensor(x, [BATCH, STEPS, INPUTS], 'float64') };
  };
  const near = (/** @type {ArrayLike<number>} */ actual, /** @type {ArrayLike<number>} */ expected) =>
    expect(relative_difference(actual, expected)).toBeLessThan(1e-13);

  test('outputs, the last one, states', () => {
    const { layer, weights, x, inputs } = make({ return_sequences: true, return_state: true });
    const expected = gru_sequence(weights, { batch: BATCH, steps: STEPS, x });
    const [outputs, state] = layer.call(inputs);
    expect([outputs.shape, state.shape]).toEqual([
      [BATCH, STEPS, UNITS],
      [BATCH, UNITS],
    ]);
    near(outputs.data, expected.outputs);
    near(state.data, expected.state);
    expect(layer.compute_output_shape([3, 4, 2])).toEqual([
      [3, 4, 5],
      [3, 5],
    ]);
    const last = new RNN(layer.cell);
    near(last.call(inputs).data, expected.state);
    expect(last.compute_output_shape([null, null, 2])).toEqual([null, 5]);
    layer.dispose();
  });

  test('go_backwards returns the outputs in the order of processing', () => {
    const { layer, weights, x, inputs } = make({ return_sequences: true, go_backwards: true });
    const expected = gru_sequence(weights, { batch: BATCH, steps: STEPS, x, go_backwards: true });
    near(layer.call(inputs).data, expected.outputs);
    layer.dispose();
  });

  test('time_major', () => {
    const { layer, weights, x } = make({ return_sequences: true, time_major: true });
    const turned = swap_time(x, BATCH, STEPS, INPUTS);
    const { outputs } = gru_sequence(weights, { batch: BATCH, steps: STEPS, x });
    const actual = layer.call(tensor(turned, [STEPS, BATCH, INPUTS], 'float64'));
    expect(actual.shape).toEqual([STEPS, BATCH, UNITS]);
    near(actual.data, swap_time(outputs, BATCH, STEPS, UNITS));
    layer.dispose();
  });

  test.each([
    { go_backwards: false, zero_output_for_mask: false },
    { go_backwards: false, zero_output_for_mask: true },
    { go_backwards: true, zero_output_for_mask: false },
  ])('masked steps: %o', (options) => {
    const { layer, weights, x, inputs } = make({ return_sequences: true, return_state: true, ...options });
    const mask = [
      [true, true, false, true],
      [false, true, true, false],
      [false, false, false, false],
    ];
    const [outputs, state] = layer.call(inputs, { mask });
    const { go_backwards, zero_output_for_mask } = options;
    const expected = gru_sequence(weights, {
      batch: BATCH,
      steps: STEPS,
      x,
      mask: mask.flat(),
      go_backwards,
      repeat_output: !zero_output_for_mask,
    });
    near(outputs.data, expected.outputs);
    near(state.data, expected.state);
    layer.dispose();
  });

  test('initial_state, and a stateful layer', () => {
    const { layer, weights, x, inputs } = make({ stateful: true });
    const h = float32_numbers(BATCH * UNITS, generator(1));
    const first = gru_sequence(weights, { batch: BATCH, steps: STEPS, x, state: h }).state;
    const second = gru_sequence(weights, { batch: BATCH, steps: STEPS, x, state: first }).state;
    near(layer.call(inputs, { initial_state: tensor(h, [BATCH, UNITS], 'float64') }).data, first);
    near(layer.call(inputs).data, second);
    expect(() => layer.call(tensor([1, 2], [1, 1, 2], 'float64'))).toThrow(
      /the batch size of the stored state, 3, not 1/,
    );
    layer.reset_states([tensor(h, [BATCH, UNITS], 'float64')]);
    near(layer.call(inputs).data, first);
    layer.reset_states();
    expect(layer.states).toBe(null);
    near(layer.call(inputs).data, gru_sequence(weights, { batch: BATCH, steps: STEPS, x }).state);
    expect(() => new RNN(layer.cell).reset_states()).toThrow(/not stateful/);
    layer.dispose();
  });

  test('two layers of one name can exist', () => {
    const layers = [1, 2].map(() => new RNN(new GRUCell(3), { name: 'same' }));
    for (const layer of layers) {
      layer.build([null, null, 2]);
      expect(layer.weights.map(({ name }) => name)).toEqual([
        'same/gru_cell/gates/kernel:0',
        'same/gru_cell/gates/bias:0',
        'same/gru_cell/candidate/kernel:0',
        'same/gru_cell/candidate/bias:0',
      ]);
    }
    for (const layer of layers) layer.dispose();
  });
});

test('own variables are those of the layer without its cell', () => {
  const [layer, other] = [1, 2].map((seed) => {
    set_random_seed(seed);
    const rnn = new RNN(new GRUCell(2), { trainable_initial_state: true });
    rnn.call([[[1, 2]]]);
    return rnn;
  });
  const [state, ...cell_weights] = other.get_weights();
  other.set_weights([[0.5, -0.25], ...cell_weights]);
  expect(state.shape).toEqual([2]);
  /** @type {Record<string, any>} */
  const store = {};
  other.save_own_variables(store);
  expect(Object.keys(store)).toEqual(['0']);
  const before = layer.get_weights();
  layer.load_own_variables(store);
  expect(layer.get_weights()[0].array()).toEqual([0.5, -0.25]);
  expect(layer.get_weights().slice(1)).toEqual(before.slice(1));
  layer.dispose();
  other.dispose();
});
