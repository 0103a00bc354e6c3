// RNN over cells of any kind against their plain float64 evaluation: states, masks, directions, gradients, configurations.
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  DropoutWrapper,
  GRUCell,
  MultiRNNCell,
  memory,
  ResidualWrapper,
  RNNCell,
  tensor,
} from '../../js/index.js';
import { GradientTape, ops, RNN, Sequential } from '../../js/keras.js';
import { float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { ConfiguredCell } from '../helpers/configured_cell.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { cross } from '../helpers/tables.js';
import { LSTMCell, PAIRS, random_states } from '../helpers/user_cells.js';
import { by_tensor } from '../reference/cells.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { swap_time } from '../reference/gru.js';

beforeAll(ready);

const [BATCH, STEPS, INPUTS] = [3, 4, 3];
/** One row begins with a step that does not count, and one has none that does. */
const MASK = [1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0];

const leaves = (/** @type {any} */ structure) => [structure].flat(9);

/**
 * A step over sequences, as Keras runs a cell.
 * @param {import('../reference/cells.js').Step} step
 * @param {object} options
 * @param {ArrayLike<number>} options.x [batch, steps, inputs]
 * @param {any[]} options.states of each row
 * @param {ArrayLike<number> | null} options.mask
 * @param {boolean} [options.zero_output_for_mask]
 * @param {boolean} [options.go_backwards]
 * @param {number} options.size of the output
 */
function evaluate(step, { x, states, mask, zero_output_for_mask = false, go_backwards = false, size }) {
  /** @type {number[]} */
  const outputs = [];
  const final = states.map((first, row) => {
    let state = first;
    let output = new Array(size).fill(0);
    for (let i = 0; i < STEPS; i++) {
      const at = row * STEPS + (go_backwards ? STEPS - 1 - i : i);
      if (!mask || mask[at]) {
        [output, state] = step(Array.from(x).slice(at * INPUTS, (at + 1) * INPUTS), state);
        outputs.push(...output);
      } else {
        outputs.push(...(zero_output_for_mask ? new Array(size).fill(0) : output));
      }
    }
    return state;
  });
  return { outputs, states: leaves_of_rows(final) };
}

/** @param {any[]} rows @returns {number[][]} one list for each tensor of the state */
const leaves_of_rows = (rows) => {
  const actual = by_tensor(rows);
  const walk = (/** @type {any} */ one) => (typeof one[0] === 'number' ? [one] : one.flatMap(walk));
  return walk(actual);
};

describe.each(/** @type {const} */ (['float32', 'float64']))('%s', (dtype) => {
  const cases = cross({
    go_backwards: [false, true],
    time_major: [false, true],
    masked: [false, true],
    zero_output_for_mask: [false, true],
    return_sequences: [true, false],
    with_state: [true, false],
  });
  test.each(Object.keys(PAIRS))('%s', (name) => {
    const { cell, parameters, step_of, sizes, outputs: size } = PAIRS[name]({ dtype });
    cases.forEach((options, i) => {
      const { masked, time_major, with_state, ...rest } = options;
      const layer = new RNN(cell, { ...rest, time_major, return_state: true });
      const next = generator(i + 1);
      const x = float32_numbers(BATCH * STEPS * INPUTS, next);
      const { states, tensors } = random_states(sizes, BATCH, next, dtype);
      /** @type {(one: any) => any} */
      const zero = (one) => (Array.isArray(one) ? one.map(zero) : 0);
      const mask = masked ? MASK : null;
      const expected = evaluate(step_of(parameters), {
        ...rest,
        x,
        states: with_state ? states : states.map(zero),
        mask,
        size,
      });
      const axes = time_major ? [STEPS, BATCH] : [BATCH, STEPS];
      const order = (/** @type {ArrayLike<number>} */ values) =>
        Array.from(time_major ? swap_time(values, BATCH, STEPS, values.length / BATCH / STEPS) : values);
      const [output, ...actual] = layer.call(tensor(order(x), [...axes, INPUTS], dtype), {
        initial_state: with_state ? tensors : null,
        mask: mask && tensor(order(mask), axes, 'bool'),
      });
      const last = Array.from({ length: BATCH }, (_, row) =>
        expected.outputs.slice(((row + 1) * STEPS - 1) * size, (row + 1) * STEPS * size),
      ).flat();
      const what = JSON.stringify(options);
      const near = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) =>
        relative_difference(a, b) < 4 * TOLERANCE[dtype];
      expect([what, near(output.data, rest.return_sequences ? order(expected.outputs) : last)]).toEqual([
        what,
        true,
      ]);
      expect(leaves(actual).map((one, at) => near(one.data, expected.states[at]))).toEqual(
        expected.states.map(() => true),
      );
      const shapes = (/** @type {any} */ all) => (typeof all[0] === 'number' ? [all] : all.flatMap(shapes));
      expect(leaves([output, ...actual]).map(({ shape }) => shape)).toEqual(
        shapes(layer.compute_output_shape([...axes, INPUTS])),
      );
    });
    cell.dispose();
  });
});

describe('gradients', () => {
  test.each(Object.keys(PAIRS))('%s, with a mask, backwards', (name) => {
    const { cell, parameters, step_of, sizes, outputs: size } = PAIRS[name]({ dtype: 'float64' });
    const layer = new RNN(cell, { go_backwards: true });
    const next = generator(3);
    const x = float32_numbers(BATCH * STEPS * INPUTS, next);
    const { states, tensors } = random_states(sizes, BATCH, next, 'float64');
    const inputs = tensor(x, [BATCH, STEPS, INPUTS], 'float64');
    const tape = new GradientTape();
    tape.watch([inputs, ...leaves(tensors)]);
    const output = tape.record(() =>
      layer.call(inputs, { initial_state: tensors, mask: tensor(MASK, [BATCH, STEPS], 'bool') }),
    );
    const weigh = (/** @type {number} */ i) => Math.sin(0.3 + 1.7 * i);
    const actual = tape.gradient(output, [...layer.weights, inputs], {
      output_gradients: tensor(
        Float64Array.from({ length: BATCH * size }, (_, i) => weigh(i)),
        [BATCH, size],
      ),
    });
    const at = [...parameters, x];
    at.forEach((start, place) => {
      const expected = central_differences((changed) => {
        const all = at.map((one, i) => (i === place ? changed : one));
        const { outputs } = evaluate(step_of(all.slice(0, -1)), {
          x: /** @type {any} */ (all.at(-1)),
          states,
          mask: MASK,
          go_backwards: true,
          size,
        });
        let sum = 0;
        for (let row = 0; row < BATCH; row++) {
          for (let j = 0; j < size; j++)
            sum += outputs[((row + 1) * STEPS - 1) * size + j] * weigh(row * size + j);
        }
        return sum;
      }, start);
      const near = relative_difference(/** @type {any} */ (actual[place]).data, expected) < 1e-7;
      expect([place, near]).toEqual([place, true]);
    });
    layer.dispose();
  });
});

describe('stateful', () => {
  test('a list of states is continued, set and reset', () => {
    const { cell } = PAIRS['stack of many kinds']({ dtype: 'float64' });
    const layer = new RNN(cell, { stateful: true, return_state: true });
    const plain = new RNN(cell, { return_state: true });
    const next = generator(5);
    const x = float32_numbers(2 * 4 * INPUTS, next);
    const whole = tensor(x, [2, 4, INPUTS], 'float64');
    const part = (/** @type {number} */ from) =>
      tensor(
        whole.array().map((/** @type {any} */ row) => row.slice(from, from + 2)),
        null,
        'float64',
      );
    layer.call(part(0));
    const [output, ...states] = layer.call(part(2));
    const [expected, ...expected_states] = plain.call(whole);
    expect(output.array()).toEqual(expected.array());
    const values = (/** @type {any} */ all) => leaves(all).map((one) => one.array());
    expect(values(states)).toEqual(values(expected_states));
    expect(values(layer.states)).toEqual(values(expected_states));
    layer.reset_states();
    expect(layer.states).toBe(null);
    layer.reset_states(states);
    expect(values(layer.call(part(0)))).toEqual(values(plain.call(part(0), { initial_state: states })));
    expect(() => layer.reset_states(states.slice(1))).toThrow(/states must be a list of 3 states/);
    layer.dispose();
  });
  test('no gradient flows from a call into the stored state of the previous one', () => {
    const layer = new RNN(new GRUCell(2), { stateful: true });
    const x = tensor([1, 2], [1, 1, 2]);
    const tape = new GradientTape();
    tape.watch(x);
    const second = tensor([3, 1], [1, 1, 2]);
    const output = tape.record(() => {
      layer.call(x);
      return layer.call(second);
    });
    expect(tape.gradient(output, x)).toBe(null);
    layer.dispose();
  });
});

describe('cells', () => {
  test('a list of cells is a stack', () => {
    const layer = new RNN([new GRUCell(3), new GRUCell(2)], { name: 'stack', return_state: true });
    expect(layer.cell).toBeInstanceOf(MultiRNNCell);
    layer.build([null, null, 4]);
    expect(layer.weights.map(({ name }) => name).filter((name) => name.endsWith('gates/kernel:0'))).toEqual([
      'stack/multi_rnn_cell/cell_0/gru_cell/gates/kernel:0',
      'stack/multi_rnn_cell/cell_1/gru_cell/gates/kernel:0',
    ]);
    expect(layer.compute_output_shape([5, 6, 4])).toEqual([
      [5, 2],
      [5, 3],
      [5, 2],
    ]);
    layer.dispose();
  });
  test('features of more than one dimension, a state of two', () => {
    class Sum extends RNNCell {
      get state_size() {
        return /** @type {any} */ ({ shape: [2, 2] });
      }
      get output_size() {
        return 2;
      }
      /** @param {any} x @param {any} state @returns {any} */
      call(x, state) {
        const next = ops.add(x, state);
        return [ops.sum(next, { axis: 1 }), next];
      }
    }
    const layer = new RNN(new Sum(), { return_sequences: true, return_state: true });
    const x = [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [10, 20],
          [30, 40],
        ],
      ],
    ];
    const [output, state] = layer.call(x, { mask: [[true, true]] });
    expect(output.array()).toEqual([
      [
        [4, 6],
        [44, 66],
      ],
    ]);
    expect(state.array()).toEqual([
      [
        [11, 22],
        [33, 44],
      ],
    ]);
    expect(layer.call(x, { initial_state: [state] })[1].array()[0][1]).toEqual([66, 88]);
    expect(layer.compute_output_shape([null, 5, 2, 2])).toEqual([
      [null, 5, 2],
      [null, 2, 2],
    ]);
    expect(() => layer.call([[[1, 2]]])).toThrow(/inputs must have \[2, 2\] features, not \[2\]/);
    expect(() => new RNN(new Sum()).call([[1, 2]])).toThrow(/rank 3 or more/);
    layer.dispose();
  });
  test('variables that a cell creates in call exist after build', () => {
    const layer = new RNN(new LSTMCell(3), { name: 'deep', return_state: true });
    layer.build([null, null, 2]);
    expect(layer.weights.map(({ name }) => name)).toEqual([
      'deep/lstm_cell/kernel:0',
      'deep/lstm_cell/bias:0',
    ]);
    const [output, c, h] = layer.call([[[1, 2]]]);
    expect(output.array()).toEqual(h.array());
    expect(c.shape).toEqual([1, 3]);
    layer.dispose();
    expect(() => new RNN(new LSTMCell(3)).build([null, null, null])).toThrow(
      /with the third and later ones known/,
    );
  });
  test('a cell that raises leaves nothing built', () => {
    const before = memory();
    class Broken extends LSTMCell {
      /** @param {any} x @param {any} state @returns {any} */
      call(x, state) {
        super.call(x, state);
        throw new RangeError('broken');
      }
    }
    const layer = new RNN([new GRUCell(3), new Broken(3)]);
    expect(() => layer.build([null, null, 2])).toThrow('broken');
    expect([layer.built, layer.cell.built, layer.weights]).toEqual([false, false, []]);
    expect(memory()).toEqual(before);
  });
});

describe('configurations', () => {
  test.each([
    () => new RNN([new GRUCell(3), new ResidualWrapper(new GRUCell(3))], { stateful: true }),
    () => new RNN(new DropoutWrapper(new GRUCell(2), { input_keep_prob: 0.5, seed: 3 })),
    () => new RNN(new MultiRNNCell([new GRUCell(2, { activation: 'relu' })])),
  ])('get_config and from_config, %#', (make) => {
    const layer = make();
    const again = RNN.from_config(JSON.parse(JSON.stringify(layer.get_config())));
    // A stack's own name is no option of it.
    const [config, actual] = [layer, again].map((one) => {
      const all = one.get_config();
      if (one.cell instanceof MultiRNNCell) delete all.cell.config.name;
      return all;
    });
    expect(actual).toEqual(config);
  });
  test('a cell of the user through custom_objects, inside a model too', () => {
    const model = new Sequential([new RNN([new GRUCell(3), new ConfiguredCell(2)])]);
    model.build([null, null, 2]);
    const config = JSON.parse(JSON.stringify(model.get_config()));
    expect(() => Sequential.from_config(config)).toThrow(/class "ConfiguredCell" is not known/);
    const again = Sequential.from_config(config, { ConfiguredCell });
    again.set_weights(model.get_weights());
    const x = [[[1, 2]]];
    expect(again.predict(x).array()).toEqual(model.predict(x).array());
    model.dispose();
    again.dispose();
  });
});

test('dispose frees all memory', () => {
  const before = memory();
  const makes = [
    () => new RNN([new GRUCell(3), new GRUCell(2)]),
    () => new RNN(new LSTMCell(3)),
    () => new RNN(new DropoutWrapper(new ResidualWrapper(new GRUCell(2)), { output_keep_prob: 0.5 })),
    () => new RNN(new ConfiguredCell(3)),
  ];
  for (const make of makes) {
    const layer = make();
    const tape = new GradientTape();
    const output = tape.record(() => layer.call([[[1, 2]]], { mask: [[true]] }));
    tape.gradient(output, layer.weights);
    layer.dispose();
  }
  expect(memory()).toEqual(before);
});
