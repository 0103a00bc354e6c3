// Bidirectional against the plain float64 evaluation: every option over every kind of layer; states, masks, gradients, configurations.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, memory, ResidualWrapper } from '../../js/index.js';
import { Bidirectional, CuDNNGRU, Dense, GRU, GradientTape, ops, RNN } from '../../js/keras.js';
import { DTYPES, float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { ConfiguredCell } from '../helpers/configured_cell.js';
import { bidirectional, KINDS, make_bidirectional, randomize, to_input } from '../helpers/directions.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { cross } from '../helpers/tables.js';

import { central_differences, relative_difference } from '../reference/differences.js';
import { swap_time } from '../reference/gru.js';

beforeAll(ready);

const [BATCH, STEPS] = [3, 5];
const MODES = ['concat', 'sum', 'mul', 'ave', null];
/** The last row has nothing that counts. */
const MASK = [1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0];

describe.each(DTYPES)('%s', (dtype) => {
  const cases = cross({
    merge_mode: MODES,
    return_sequences: [true, false],
    go_backwards: [false, true],
    time_major: [false, true],
    masked: [false, true],
    with_state: [false, true],
  });
  test.each(Object.keys(KINDS))(`%s: ${cases.length} combinations of options`, (kind) => {
    cases.forEach((options, i) => {
      const { merge_mode, time_major, masked, with_state, ...rest } = options;
      if (masked && kind === 'CuDNNGRU') return;
      const next = generator(i + 1);
      const sizes = { inputs: 1 + (i % 4), units: [1, 5, 17][i % 3], batch: BATCH, steps: STEPS };
      const { inputs, units } = sizes;
      const { layer, values } = make_bidirectional(
        kind,
        { ...sizes, dtype, merge_mode, layer: { ...rest, time_major, return_state: true } },
        next,
      );
      const x = float32_numbers(BATCH * STEPS * inputs, next);
      const states = [0, 1].map(() => (with_state ? float32_numbers(BATCH * units, next, 0.8) : null));
      const mask = masked ? MASK : null;
      const expected = bidirectional(kind, values, { ...sizes, ...rest, merge_mode, x, states, mask });
      const axes = time_major ? [STEPS, BATCH] : [BATCH, STEPS];
      const order = (/** @type {ArrayLike<number>} */ all) =>
        time_major ? swap_time(all, BATCH, STEPS, all.length / BATCH / STEPS) : all;
      const actual = layer.call(to_input(order(x), [...axes, inputs], dtype), {
        initial_state: with_state
          ? states.map((state) => to_input(/** @type {any} */ (state), [BATCH, units], dtype))
          : null,
        mask: mask && to_input(order(mask), axes, 'bool'),
      });
      const expected_results = [
        ...expected.outputs.map((output) => (rest.return_sequences ? order(output) : output)),
        ...expected.states,
      ];
      const what = JSON.stringify(options);
      expect([what, actual.length]).toEqual([what, expected_results.length]);
      expect([what, actual.map((/** @type {any} */ one) => one.shape)]).toEqual([
        what,
        layer.compute_output_shape([...axes, inputs]),
      ]);
      actual.forEach((/** @type {any} */ one, /** @type {number} */ place) => {
        const near = relative_difference(one.data, expected_results[place]) < 4 * TOLERANCE[dtype];
        expect([what, place, near]).toEqual([what, place, true]);
      });
      layer.dispose();
    });
  });
});

describe('gradients', () => {
  test.each(cross({ kind: Object.keys(KINDS), merge_mode: MODES, return_sequences: [true, false] }))(
    '%j',
    ({ kind, merge_mode, return_sequences }) => {
      const next = generator(9);
      const sizes = { inputs: 2, units: 3, batch: BATCH, steps: STEPS };
      const { layer, values } = make_bidirectional(
        kind,
        { ...sizes, dtype: 'float64', merge_mode, layer: { return_sequences, return_state: true } },
        next,
      );
      const x = float32_numbers(BATCH * STEPS * 2, next);
      const states = [0, 1].map(() => float32_numbers(BATCH * 3, next, 0.8));
      const mask = kind === 'CuDNNGRU' ? null : MASK;
      const weigh = (/** @type {number} */ i) => Math.sin(0.3 + 1.7 * i);
      const inputs = to_input(x, [BATCH, STEPS, 2], 'float64');
      const initial_state = states.map((state) => to_input(state, [BATCH, 3], 'float64'));
      const tape = new GradientTape();
      tape.watch([inputs, ...initial_state]);
      const actual = tape.record(() =>
        layer.call(inputs, { initial_state, mask: mask && to_input(mask, [BATCH, STEPS], 'bool') }),
      );
      const gradients = tape.gradient(actual, [...layer.weights, inputs, ...initial_state], {
        output_gradients: actual.map((/** @type {any} */ { size, shape }) =>
          to_input(
            Array.from({ length: size }, (_, i) => weigh(i)),
            shape,
            'float64',
          ),
        ),
      });
      const at = [...values, x, ...states];
      at.forEach((start, place) => {
        const expected = central_differences((changed) => {
          const all = at.map((one, i) => (i === place ? changed : one));
          const [inputs_values, ...first] = all.slice(values.length);
          const options = { ...sizes, merge_mode, return_sequences, mask, x: inputs_values, states: first };
          const result = bidirectional(kind, all.slice(0, values.length), options);
          return [...result.outputs, ...result.states].reduce(
            (sum, one) => sum + one.reduce((total, value, i) => total + value * weigh(i), 0),
            0,
          );
        }, start);
        const near = relative_difference(/** @type {any} */ (gradients[place]).data, expected) < 1e-7;
        expect([place, near]).toEqual([place, true]);
      });
      layer.dispose();
    },
  );
});

describe('stateful', () => {
  test.each(Object.keys(KINDS))('%s: each direction continues from its stored state', (kind) => {
    const next = generator(4);
    const sizes = { inputs: 2, units: 3, batch: 2, steps: 4, merge_mode: /** @type {const} */ ('concat') };
    const { layer, values } = make_bidirectional(
      kind,
      { ...sizes, dtype: 'float64', layer: { stateful: true } },
      next,
    );
    const x = float32_numbers(16, next);
    const inputs = to_input(x, [2, 4, 2], 'float64');
    /** @type {(number[] | null)[]} */
    let states = [null, null];
    for (let call = 0; call < 3; call++) {
      const expected = bidirectional(kind, values, { ...sizes, x, states });
      expect(relative_difference(layer.call(inputs).data, expected.outputs[0])).toBeLessThan(1e-13);
      states = expected.states;
    }
    layer.states?.forEach((state, i) => {
      expect(relative_difference(state.data, /** @type {any} */ (states[i]))).toBeLessThan(1e-13);
    });
    const states_values = [0, 1].map(() => float32_numbers(6, next));
    layer.reset_states(states_values.map((state) => to_input(state, [2, 3], 'float64')));
    const first = bidirectional(kind, values, { ...sizes, x, states: states_values });
    expect(relative_difference(layer.call(inputs).data, first.outputs[0])).toBeLessThan(1e-13);
    const before = layer.states;
    const wrong = [to_input(states_values[0], [2, 3], 'float64'), to_input([1, 2], [2, 1], 'float64')];
    expect(() => layer.reset_states(wrong)).toThrow(/states must have shape \[2, 3\], not \[2, 1\]/);
    expect(layer.states?.map((state) => state.array())).toEqual(before?.map((state) => state.array()));
    expect(() => layer.reset_states([wrong[0]])).toThrow(/states must be a list of 2 states/);
    layer.reset_states();
    expect(layer.states).toBe(null);
    layer.dispose();
  });
  test('a layer that is not stateful raises', () => {
    expect(() => new Bidirectional(new GRU(2)).reset_states()).toThrow(/not stateful/);
  });
});

describe('names and weights', () => {
  test('names and the order of the weights', () => {
    const layer = new Bidirectional(new GRU(2, { name: 'gru' }), { name: 'both' });
    layer.build([null, null, 3]);
    expect([layer.name, layer.forward_layer.name, layer.backward_layer.name]).toEqual([
      'both',
      'forward_gru',
      'backward_gru',
    ]);
    expect(layer.weights.map(({ name }) => name)).toEqual(
      ['forward_gru', 'backward_gru'].flatMap((name) =>
        ['kernel', 'recurrent_kernel', 'bias'].map((part) => `${name}/gru_cell/${part}`),
      ),
    );
    expect([layer.forward_layer.go_backwards, layer.backward_layer.go_backwards]).toEqual([false, true]);
    expect(layer.count_params()).toBe(2 * (3 * 6 + 2 * 6 + 12));
    layer.trainable = false;
    expect([layer.trainable_weights.length, layer.non_trainable_weights.length]).toEqual([0, 6]);
    layer.dispose();
  });
  test('set_weights sets the forward layer first', () => {
    const plain = new Bidirectional(new GRU(2));
    plain.build([null, null, 3]);
    randomize(plain, generator(1));
    const layer = new Bidirectional(new GRU(2), { weights: plain.get_weights() });
    layer.build([null, null, 3]);
    expect(layer.get_weights().map((one) => one.array())).toEqual(
      plain.get_weights().map((one) => one.array()),
    );
    plain.dispose();
    layer.dispose();
  });
  test('a backward_layer is used without a copy', () => {
    const backward = new GRU(4, { go_backwards: true, activation: 'relu', name: 'other' });
    const initial_weights = backward.build([null, null, 1]).get_weights();
    const layer = new Bidirectional(new GRU(2), { backward_layer: backward });
    expect(layer.backward_layer).toBe(backward);
    expect(backward.name).toBe('backward_other');
    expect(layer.call([[[1], [2]]]).shape).toEqual([1, 6]);
    expect(layer.compute_output_shape([null, null, 1])).toEqual([null, 6]);
    expect(layer.weights.length).toBe(6);
    expect(layer.get_weights().slice(3)).toEqual(initial_weights);
    const again = Bidirectional.from_config(JSON.parse(JSON.stringify(layer.get_config())));
    expect(again.get_config()).toEqual(layer.get_config());
    layer.dispose();
    expect(backward.disposed).toBe(true);
  });
  test('the layer passed to the constructor is not used', () => {
    const original = new GRU(2);
    original.build([null, null, 1]);
    const layer = new Bidirectional(original);
    original.dispose();
    expect(layer.call([[[1], [2]]]).shape).toEqual([1, 4]);
    layer.dispose();
  });
});

describe('masks', () => {
  const mask = [[true, false]];
  test.each([
    [{ return_sequences: true }, 'concat', mask],
    [{ return_sequences: true }, null, [mask, mask]],
    [{ return_sequences: false }, 'sum', null],
    [{ return_sequences: false }, null, [null, null]],
    [{ return_sequences: true, return_state: true }, 'ave', [mask, null, null]],
    [{ return_sequences: true, return_state: true }, null, [mask, mask, null, null]],
  ])('compute_mask %j %s', (options, merge_mode, expected) => {
    const layer = new Bidirectional(new GRU(2, options), { merge_mode: /** @type {any} */ (merge_mode) });
    expect(layer.compute_mask([[[1], [2]]], mask)).toEqual(expected);
  });
  test('outputs of masked steps are zeros for every zero_output_for_mask', () => {
    const layer = new Bidirectional(new GRU(2, { return_sequences: true, zero_output_for_mask: false }));
    const output = layer.call([[[1], [2], [3]]], { mask: [[true, false, true]] }).array();
    expect(output[0][1]).toEqual([0, 0, 0, 0]);
    expect(output[0][0]).not.toContain(0);
    layer.dispose();
  });
  test('CuDNNGRU raises', () => {
    const layer = new Bidirectional(new CuDNNGRU(2));
    expect(() => layer.call([[[1], [2]]], { mask })).toThrow(/does not support masking/);
    layer.dispose();
  });
});

describe('with cells of the user', () => {
  test('a user cell, and a stack with a list of states', () => {
    const layer = new Bidirectional(
      new RNN([new GRUCell(3), new ConfiguredCell(2)], { return_state: true }),
      {
        merge_mode: 'concat',
      },
    );
    const x = [
      [
        [1, 2],
        [0.5, -1],
      ],
    ];
    const [output, ...states] = layer.call(x);
    expect(output.shape).toEqual([1, 4]);
    expect(states.map((/** @type {any} */ { shape }) => shape)).toEqual([
      [1, 3],
      [1, 2],
      [1, 3],
      [1, 2],
    ]);
    const again = layer.call(x, { initial_state: states });
    expect(again[0].array()).not.toEqual(output.array());
    expect(() => layer.call(x, { initial_state: states.slice(0, 2) })).toThrow(/must be a list of 4 states/);
    const config = JSON.parse(JSON.stringify(layer.get_config()));
    expect(() => Bidirectional.from_config(config)).toThrow(/class "ConfiguredCell" is not known/);
    layer.dispose();
  });
});

test('copies of a wrapper have its function', () => {
  const residual_fn = (/** @type {any} */ x, /** @type {any} */ y) => ops.subtract(y, x);
  const [plain, turned] = [{}, { residual_fn }].map((options) => {
    const layer = new Bidirectional(new RNN(new ResidualWrapper(new GRUCell(2), options)));
    layer.build([null, null, 2]);
    randomize(layer, generator(3));
    const output = layer.call([[[1, 2]]]).data;
    layer.dispose();
    return output;
  });
  // y + x and y - x
  [1, 2, 1, 2].forEach((x, i) => {
    expect(plain[i] - turned[i]).toBeCloseTo(2 * x, 5);
  });
});

describe('configurations', () => {
  test.each(cross({ kind: Object.keys(KINDS), merge_mode: MODES }))(
    '%j goes round',
    ({ kind, merge_mode }) => {
      const layer = new Bidirectional(KINDS[kind].make(3, { return_sequences: true, name: 'inner' }), {
        merge_mode,
        name: 'both',
      });
      const config = JSON.parse(JSON.stringify(layer.get_config()));
      const again = Bidirectional.from_config(config);
      expect(again.get_config()).toEqual(layer.get_config());
      layer.build([null, null, 2]);
      again.build([null, null, 2]);
      again.set_weights(layer.get_weights());
      const x = to_input(float32_numbers(8, generator(2)), [1, 4, 2], 'float32');
      expect([again.call(x)].flat().map((one) => one.array())).toEqual(
        [layer.call(x)].flat().map((one) => one.array()),
      );
      layer.dispose();
      again.dispose();
    },
  );
});

test.each([
  [() => new Bidirectional(/** @type {any} */ (new Dense(2))), /layer must be a recurrent layer/],
  [
    () => new Bidirectional(new GRU(2), { merge_mode: /** @type {any} */ ('max') }),
    /merge_mode must be one of/,
  ],
  [() => new Bidirectional(new GRU(2), { backward_layer: new GRU(2) }), /opposite go_backwards/],
  [
    () =>
      new Bidirectional(new GRU(2), { backward_layer: new GRU(2, { go_backwards: true, stateful: true }) }),
    /must have stateful = false/,
  ],
  [
    () =>
      new Bidirectional(new GRU(2), {
        merge_mode: 'sum',
        backward_layer: new GRU(1, { go_backwards: true }),
      }),
    /backward_layer must have 2 units/,
  ],
  [() => new Bidirectional(new GRU(2, { dtype: 'float64' }), { dtype: 'float32' }), /dtype is float32/],
  [() => new Bidirectional(new GRU(2)).call([[1]]), /must have three dimensions/],
  [
    () => new Bidirectional(new GRU(2)).call([[[1]]], { initial_state: [[[0, 0]]] }),
    /initial_state must be a list of 2 states/,
  ],
])('error %#', (wrong, message) => {
  expect(wrong).toThrow(message);
});

test('dispose frees all memory', () => {
  const before = memory();
  for (const kind of Object.keys(KINDS)) {
    const { layer } = make_bidirectional(
      kind,
      { inputs: 2, units: 3, dtype: 'float32', merge_mode: 'sum', layer: {} },
      generator(1),
    );
    const tape = new GradientTape();
    const output = tape.record(() => layer.call([[[1, 2]]]));
    tape.gradient(output, layer.weights);
    layer.dispose();
  }
  expect(memory()).toEqual(before);
});
