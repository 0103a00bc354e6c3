// Every kind of cell over sequences, against the plain float64 evaluation; and what must agree with what.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ops } from '../../js/gradient/ops.js';
import {
  bidirectional_dynamic_rnn,
  dynamic_rnn,
  GRUCell,
  MultiRNNCell,
  memory,
  RNNCell,
  reset_default_graph,
  static_rnn,
  tensor,
  ValueError,
} from '../../js/index.js';
import { DTYPES, float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { LSTMCell, MinimalCell, PAIRS, random_states, SteppedGRUCell } from '../helpers/user_cells.js';
import { by_tensor, cell_sequence } from '../reference/cells.js';
import { relative_difference } from '../reference/differences.js';
import { reverse_sequence, swap_time } from '../reference/gru.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

const [BATCH, STEPS, INPUTS] = [3, 5, 3];

/** @param {any} state @returns {any} its tensors' numbers */
const numbers_of = (state) => (Array.isArray(state) ? state.map(numbers_of) : state.data);

/** @param {any} actual @param {any} expected @param {number} tolerance */
function expect_state(actual, expected, tolerance) {
  if (Array.isArray(actual)) {
    expect(actual.length).toBe(expected.length);
    actual.forEach((part, i) => {
      expect_state(part, expected[i], tolerance);
    });
  } else {
    expect(relative_difference(actual.data, expected)).toBeLessThan(tolerance);
  }
}

describe.each(DTYPES)('%s', (dtype) => {
  const tolerance = 4 * TOLERANCE[dtype];
  describe.each(Object.keys(PAIRS))('%s', (name) => {
    const set_up = () => {
      const pair = PAIRS[name]({ dtype });
      const next = generator(17);
      const x = float32_numbers(BATCH * STEPS * INPUTS, next);
      const { states, tensors } = random_states(pair.sizes, BATCH, next, dtype);
      /** @type {(lengths: number[] | null, from?: number[]) => { outputs: number[], state: any }} */
      const expected = (lengths, from = x) => {
        const step = pair.step_of(pair.parameters);
        const sizes = { batch: BATCH, steps: STEPS, outputs: pair.outputs };
        const result = cell_sequence(step, { ...sizes, x: from, states, lengths });
        return { outputs: result.outputs, state: by_tensor(result.states) };
      };
      return { ...pair, x, tensors, expected, inputs: tensor(x, [BATCH, STEPS, INPUTS], dtype) };
    };

    test.each([[null], [[5, 2, 4]], [[0, 3, 1]], [[0, 0, 0]]])('dynamic_rnn, lengths %j', (lengths) => {
      const { cell, inputs, tensors, expected, x, outputs: size } = set_up();
      const reference = expected(lengths);
      const [outputs, state] = dynamic_rnn(cell, inputs, {
        sequence_length: lengths,
        initial_state: tensors,
        parallel_iterations: 8,
        swap_memory: true,
      });
      expect([outputs.shape, outputs.dtype]).toEqual([[BATCH, STEPS, size], dtype]);
      expect(relative_difference(outputs.data, reference.outputs)).toBeLessThan(tolerance);
      expect_state(state, reference.state, tolerance);
      const turned = tensor(swap_time(x, BATCH, STEPS, INPUTS), [STEPS, BATCH, INPUTS], dtype);
      const [by_time, last] = dynamic_rnn(cell, turned, {
        sequence_length: lengths,
        initial_state: tensors,
        time_major: true,
      });
      expect(by_time.shape).toEqual([STEPS, BATCH, size]);
      expect(swap_time(by_time.data, STEPS, BATCH, size)).toEqual([...outputs.data]);
      expect(numbers_of(last)).toEqual(numbers_of(state));
      cell.dispose();
    });

    test('static_rnn is dynamic_rnn of a list', () => {
      const { cell, inputs, tensors, outputs: size } = set_up();
      const options = { sequence_length: [5, 0, 3], initial_state: tensors };
      const [outputs, state] = static_rnn(cell, ops.unstack(inputs, 1), options);
      const [together, last] = dynamic_rnn(cell, inputs, options);
      expect(outputs.map((output) => output.shape)).toEqual(new Array(STEPS).fill([BATCH, size]));
      expect(ops.stack(outputs, 1).data).toEqual(together.data);
      expect(numbers_of(state)).toEqual(numbers_of(last));
      cell.dispose();
    });

    test('step by step is dynamic_rnn', () => {
      const { cell, inputs, tensors } = set_up();
      const [outputs, last] = dynamic_rnn(cell, inputs, { initial_state: tensors });
      let state = tensors;
      ops.unstack(inputs, 1).forEach((x, step) => {
        const [output, next] = cell.apply(x, state);
        expect(output.data).toEqual(ops.unstack(outputs, 1)[step].data);
        state = next;
      });
      expect(numbers_of(state)).toEqual(numbers_of(last));
      cell.dispose();
    });

    test.each([[null], [[5, 2, 0]]])('bidirectional_dynamic_rnn, lengths %j', (lengths) => {
      const { cell, inputs, tensors, expected, x, outputs: size } = set_up();
      const turned = expected(lengths, reverse_sequence(x, BATCH, STEPS, INPUTS, lengths));
      const reference = expected(lengths);
      const [outputs, states] = bidirectional_dynamic_rnn(cell, cell, inputs, {
        sequence_length: lengths,
        initial_state_fw: tensors,
        initial_state_bw: tensors,
      });
      const backwards = reverse_sequence(turned.outputs, BATCH, STEPS, size, lengths);
      expect(relative_difference(outputs[0].data, reference.outputs)).toBeLessThan(tolerance);
      expect(relative_difference(outputs[1].data, backwards)).toBeLessThan(tolerance);
      expect_state(states[0], reference.state, tolerance);
      expect_state(states[1], turned.state, tolerance);
      const by_time = tensor(swap_time(x, BATCH, STEPS, INPUTS), [STEPS, BATCH, INPUTS], dtype);
      const [[fw, bw]] = bidirectional_dynamic_rnn(cell, cell, by_time, {
        sequence_length: lengths,
        initial_state_fw: tensors,
        initial_state_bw: tensors,
        time_major: true,
      });
      expect(swap_time(fw.data, STEPS, BATCH, size)).toEqual([...outputs[0].data]);
      expect(swap_time(bw.data, STEPS, BATCH, size)).toEqual([...outputs[1].data]);
      cell.dispose();
    });

    test('NaN past a row’s length has no effect', () => {
      const { cell, x } = set_up();
      const lengths = [5, 2, 0];
      const spoilt = x.map((value, i) =>
        Math.floor(i / INPUTS) % STEPS < lengths[Math.floor(i / INPUTS / STEPS)] ? value : Number.NaN,
      );
      const [clean, clean_state] = dynamic_rnn(cell, tensor(x, [BATCH, STEPS, INPUTS], dtype), {
        sequence_length: lengths,
      });
      const [outputs, state] = dynamic_rnn(cell, tensor(spoilt, [BATCH, STEPS, INPUTS], dtype), {
        sequence_length: lengths,
      });
      expect(outputs.data).toEqual(clean.data);
      expect(numbers_of(state)).toEqual(numbers_of(clean_state));
      cell.dispose();
    });

    test('no steps: no outputs, and the initial state', () => {
      const { cell, tensors, outputs: size } = set_up();
      const [outputs, state] = dynamic_rnn(cell, tensor([], [BATCH, 0, INPUTS], dtype), {
        initial_state: tensors,
      });
      expect(outputs.shape).toEqual([BATCH, 0, size]);
      expect(numbers_of(state)).toEqual(numbers_of(tensors));
      cell.dispose();
    });
  });
});

test('a whole stack at once is the stack step by step', () => {
  const make = (/** @type {typeof GRUCell} */ Cell) => new MultiRNNCell([new Cell(6), new Cell(3)]);
  const [whole, stepped] = [make(GRUCell), make(SteppedGRUCell)];
  const x = tensor(float32_numbers(2 * 7 * 4, generator(5)), [2, 7, 4], 'float32');
  const options = { sequence_length: [7, 3] };
  dynamic_rnn(whole, x, options);
  dynamic_rnn(stepped, x, { ...options, scope: 'other' });
  stepped.set_weights(whole.get_weights());
  const [a, state_a] = dynamic_rnn(whole, x, options);
  const [b, state_b] = dynamic_rnn(stepped, x, options);
  expect(relative_difference(b.data, a.data)).toBeLessThan(1e-6);
  state_a.forEach((/** @type {any} */ state, /** @type {number} */ i) => {
    expect(relative_difference(state_b[i].data, state.data)).toBeLessThan(1e-6);
  });
});

describe('scopes', () => {
  const names = (/** @type {RNNCell} */ cell) => cell.weights.map((variable) => variable.name);
  const x = () => tensor([1, 2], [1, 1, 2], 'float32');

  test('of a stack', () => {
    const stack = new MultiRNNCell([new GRUCell(2), new MinimalCell(2), new LSTMCell(2)]);
    dynamic_rnn(stack, x());
    expect(stack.scope_name).toBe('rnn/multi_rnn_cell');
    expect(names(stack)).toEqual([
      'rnn/multi_rnn_cell/cell_0/gru_cell/gates/kernel:0',
      'rnn/multi_rnn_cell/cell_0/gru_cell/gates/bias:0',
      'rnn/multi_rnn_cell/cell_0/gru_cell/candidate/kernel:0',
      'rnn/multi_rnn_cell/cell_0/gru_cell/candidate/bias:0',
      'rnn/multi_rnn_cell/cell_1/minimal_cell/kernel:0',
      'rnn/multi_rnn_cell/cell_1/minimal_cell/bias:0',
      'rnn/multi_rnn_cell/cell_2/lstm_cell/kernel:0',
      'rnn/multi_rnn_cell/cell_2/lstm_cell/bias:0',
    ]);
  });

  test('of both directions', () => {
    const [fw, bw] = [new GRUCell(2), new LSTMCell(2)];
    bidirectional_dynamic_rnn(fw, bw, x());
    expect(names(fw)[0]).toBe('bidirectional_rnn/fw/gru_cell/gates/kernel:0');
    expect(names(bw)[0]).toBe('bidirectional_rnn/bw/lstm_cell/kernel:0');
    const other = new MultiRNNCell([new GRUCell(2)]);
    bidirectional_dynamic_rnn(other, other, x(), { scope: 'encoder' });
    expect(names(other)[0]).toBe('encoder/fw/multi_rnn_cell/cell_0/gru_cell/gates/kernel:0');
  });

  test('of static_rnn', () => {
    const cell = new MinimalCell(2, { name: 'mine' });
    static_rnn(cell, [[[1, 2]], [[3, 4]]]);
    expect(names(cell)).toEqual(['rnn/mine/kernel:0', 'rnn/mine/bias:0']);
    static_rnn(cell, [[[1, 2]]], { scope: 'elsewhere' });
    expect(names(cell)).toEqual(['rnn/mine/kernel:0', 'rnn/mine/bias:0']);
    expect(() => static_rnn(new MinimalCell(2, { name: 'mine' }), [[[1, 2]]])).toThrow(
      /rnn\/mine\/kernel:0 already exists/,
    );
  });
});

describe('lists of inputs and of outputs', () => {
  /** Swaps its two inputs, and adds up the first. */
  class Swap extends RNNCell {
    get state_size() {
      return 2;
    }
    get output_size() {
      return [3, 2];
    }
    /** @param {any} inputs @param {any} sum @returns {any} */
    call([a, b], sum) {
      return [[b, a], ops.add(sum, a)];
    }
  }
  test.each([[null], [[2, 1]], [[0, 0]]])('lengths %j', (lengths) => {
    const a = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2], 'float64');
    const b = tensor(
      Float64Array.from({ length: 12 }, (_, i) => i / 4),
      [2, 2, 3],
      'float64',
    );
    const [[first, second], sum] = dynamic_rnn(new Swap(), [a, b], { sequence_length: lengths });
    const counts = (/** @type {number} */ row, /** @type {number} */ step) => !lengths || step < lengths[row];
    expect(first.array()).toEqual(
      b
        .array()
        .map((/** @type {number[][]} */ rows, /** @type {number} */ row) =>
          rows.map((values, step) => (counts(row, step) ? values : [0, 0, 0])),
        ),
    );
    expect(second.shape).toEqual([2, 2, 2]);
    expect(sum.array()).toEqual(
      lengths
        ? lengths[0]
          ? [
              [4, 6],
              [5, 6],
            ]
          : [
              [0, 0],
              [0, 0],
            ]
        : [
            [4, 6],
            [12, 14],
          ],
    );
  });
});

describe('wrong arguments', () => {
  const stack = () => new MultiRNNCell([new GRUCell(2), new LSTMCell(2)]);
  test.each([
    [
      () => dynamic_rnn(stack(), [[[1]]], { initial_state: [[[1, 2]]] }),
      ValueError,
      /initial_state must be a list of 2 states/,
    ],
    [
      () => dynamic_rnn(stack(), [[[1]]], { initial_state: [[[1, 2]], [[[1, 2]], [[1]]]] }),
      ValueError,
      /initial_state\[1\]\[1\] must have shape \[1, 2\], not \[1, 1\]/,
    ],
    [() => dynamic_rnn(stack(), [1]), ValueError, /inputs must have rank 2 or more/],
    [
      () => dynamic_rnn(new MinimalCell(2, { dtype: 'float64' }), tensor([1], [1, 1, 1], 'float32')),
      ValueError,
      /dtype float64, not float32/,
    ],
    [() => static_rnn(stack(), []), ValueError, /at least one step/],
    [
      () => static_rnn(stack(), /** @type {any} */ (tensor([1], [1, 1, 1]))),
      TypeError,
      /must be a list of steps/,
    ],
    [
      () => static_rnn(stack(), [[[1]], [[1, 2]]]),
      ValueError,
      /inputs\[1\] must have shape \[1, 1\] .*not \[1, 2\]/,
    ],
    [
      () => bidirectional_dynamic_rnn(stack(), /** @type {any} */ (null), [[[1]]]),
      TypeError,
      /cell_bw must be an RNNCell/,
    ],
    [
      () => bidirectional_dynamic_rnn(stack(), stack(), [[[1]]], /** @type {any} */ ({ initial_state: [] })),
      TypeError,
      /no option 'initial_state'/,
    ],
  ])('%s', (run, type, message) => {
    const before = memory();
    expect(run).toThrow(type);
    expect(run).toThrow(message);
    expect(memory()).toEqual(before);
  });

  test('a cell that returns something else, or a state of another shape', () => {
    class Wrong extends MinimalCell {
      /** @param {any} x @param {any} h */
      call(_x, h) {
        return this.units === 1 ? h : [h, ops.concatenate([h, h], 1)];
      }
    }
    expect(() => dynamic_rnn(new Wrong(1, { name: 'a' }), [[[1]]])).toThrow(
      /call must return the list \[output, new state\]/,
    );
    expect(() => dynamic_rnn(new Wrong(2, { name: 'b' }), [[[1]]])).toThrow(
      /the new state must have shape \[1, 2\].*not \[1, 4\]/,
    );
  });
});

test('a long run frees all memory', () => {
  const nothing = memory();
  const stack = new MultiRNNCell([new GRUCell(3), new LSTMCell(3)]);
  const x = tensor(float32_numbers(2 * 6 * 2, generator(1)), [2, 6, 2], 'float32');
  dynamic_rnn(stack, x);
  const before = memory();
  for (let i = 0; i < 5; i++) bidirectional_dynamic_rnn(stack, stack, x, { sequence_length: [6, i] });
  expect(memory()).toEqual(before);
  stack.dispose();
  expect(memory()).toEqual(nothing);
});
