// MultiRNNCell: names, states, weights, configuration. What it computes is in tests/rnn/cells.test.js.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AUTO_REUSE,
  DropoutWrapper,
  dynamic_rnn,
  GRUCell,
  MultiRNNCell,
  memory,
  ResidualWrapper,
  reset_default_graph,
  tensor,
  ValueError,
  variable_scope,
} from '../../js/index.js';
import { GradientTape, ops } from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { LSTMCell, MinimalCell } from '../helpers/user_cells.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

const x = () => tensor([1, 2, 3, 4], [2, 2], 'float32');

test('names as TensorFlow gives them', () => {
  const first = new MultiRNNCell([new GRUCell(2), new DropoutWrapper(new GRUCell(3))]);
  const second = new MultiRNNCell([new GRUCell(2, { name: 'mine' })]);
  expect([first.name, second.name]).toEqual(['multi_rnn_cell_1', 'multi_rnn_cell_2']);
  expect(() => first.scope_name).toThrow(ValueError);
  first.call(x(), first.zero_state(2));
  second.build([null, 2]);
  expect(first.weights.map(({ name }) => name.split('/').slice(0, 3).join('/'))).toEqual([
    ...new Array(4).fill('multi_rnn_cell/cell_0/gru_cell'),
    ...new Array(4).fill('multi_rnn_cell/cell_1/gru_cell'),
  ]);
  expect(second.weights[0].name).toBe('multi_rnn_cell_1/cell_0/mine/gates/kernel:0');
  const inside = new MultiRNNCell([new GRUCell(2)]);
  variable_scope('root', () => inside.apply(x(), inside.zero_state(2)));
  expect(inside.scope_name).toBe('root/multi_rnn_cell');
  const scoped_stack = new MultiRNNCell([new GRUCell(2)]);
  scoped_stack.apply(x(), scoped_stack.zero_state(2), { scope: 'there' });
  expect(scoped_stack.weights[0].name).toBe('there/cell_0/gru_cell/gates/kernel:0');
});

test('stacks that share their variables', () => {
  const [a, b] = [
    new MultiRNNCell([new GRUCell(2), new LSTMCell(2)]),
    new MultiRNNCell([new GRUCell(2), new LSTMCell(2)]),
  ];
  const options = { scope: 'shared' };
  variable_scope('all', { reuse: AUTO_REUSE }, () => {
    a.apply(x(), a.zero_state(2), options);
    b.apply(x(), b.zero_state(2), options);
  });
  expect(b.weights).toEqual(a.weights);
  const state = a.zero_state(2);
  a.weights[5].assign(new Array(8).fill(0.5));
  expect(b.call(x(), state)[0].data).toEqual(a.call(x(), state)[0].data);
});

test('states are lists, one for each cell', () => {
  const stack = new MultiRNNCell([new GRUCell(2), new LSTMCell(3), new MultiRNNCell([new GRUCell(1)])]);
  expect(stack.state_size).toEqual([2, [3, 3], [1]]);
  expect(stack.output_size).toBe(1);
  const shapes = (/** @type {any} */ state) =>
    Array.isArray(state) ? state.map(shapes) : [state.dtype, ...state.shape];
  const f = 'float64';
  expect(shapes(stack.zero_state(4, f))).toEqual([
    [f, 4, 2],
    [
      [f, 4, 3],
      [f, 4, 3],
    ],
    [[f, 4, 1]],
  ]);
  expect(shapes(stack.get_initial_state({ inputs: tensor([1], [1, 1], f) }))).toEqual([
    [f, 1, 2],
    [
      [f, 1, 3],
      [f, 1, 3],
    ],
    [[f, 1, 1]],
  ]);
});

test('one tensor as the state of all', () => {
  const [parts, joined] = [true, false].map(
    (state_is_tuple) => new MultiRNNCell([new GRUCell(2), new GRUCell(3)], { state_is_tuple }),
  );
  expect(joined.state_size).toBe(5);
  expect(joined.zero_state(2).shape).toEqual([2, 5]);
  parts.build([null, 2]);
  joined.build([null, 2]);
  joined.set_weights(parts.get_weights());
  const [output, state] = joined.call(x(), [
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
  ]);
  const [expected, [first, second]] = parts.call(x(), [
    [
      [1, 2],
      [6, 7],
    ],
    [
      [3, 4, 5],
      [8, 9, 10],
    ],
  ]);
  expect(output.data).toEqual(expected.data);
  expect(state.array()).toEqual(
    first
      .array()
      .map((/** @type {number[]} */ row, /** @type {number} */ i) => [...row, ...second.array()[i]]),
  );
  const steps = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2], 'float32');
  expect(dynamic_rnn(joined, steps)[0].array()).toEqual(dynamic_rnn(parts, steps)[0].array());
});

test('weights, training and disposal are the cells’', () => {
  const before = memory();
  const [lower, upper] = [new GRUCell(2), new MinimalCell(3)];
  const stack = new MultiRNNCell([lower, upper], {});
  expect(stack.weights).toEqual([]);
  expect(stack.dtype).toBe(null);
  stack.call(tensor([1, 2], [1, 2], 'float64'), stack.zero_state(1, 'float64'));
  expect([stack.dtype, stack.built, stack.weights.length]).toEqual(['float64', true, 6]);
  expect(stack.cells).toEqual([lower, upper]);
  expect(stack.trainable_variables).toEqual([...lower.weights, ...upper.weights]);
  lower.trainable = false;
  expect(stack.trainable_weights).toEqual(upper.weights);
  expect(stack.non_trainable_weights).toEqual(lower.weights);
  stack.trainable = false;
  expect(stack.trainable_weights).toEqual([]);
  expect(stack.count_params()).toBe(3 * 2 * 4 + 6 + 5 * 6 + 6);
  stack.dispose();
  stack.dispose();
  expect(memory()).toEqual(before);
  expect(() => stack.call(x(), [])).toThrow(/after it was disposed of/);
  expect(() => lower.call(x(), [[0, 0]])).toThrow(/after it was disposed of/);
});

test('a scope’s regularizer', () => {
  const stack = new MultiRNNCell([new GRUCell(1), new GRUCell(1)]);
  variable_scope('a', { regularizer: 'l2' }, () => stack.build([null, 1]));
  expect(stack.losses.length).toBe(8);
  expect(stack.get_losses_for(null).length).toBe(8);
});

test('from_config creates an equal stack', () => {
  const stack = new MultiRNNCell([
    new GRUCell(2, { activation: 'relu' }),
    new ResidualWrapper(new DropoutWrapper(new GRUCell(2), { input_keep_prob: 0.5, seed: 4 })),
  ]);
  const again = MultiRNNCell.from_config(JSON.parse(JSON.stringify(stack.get_config())));
  expect(again.get_config().cells).toEqual(stack.get_config().cells);
  expect(again.built).toBe(false);
  again.build([null, 2]);
  const own = { class_name: 'Mine', config: {} };
  class Mine extends GRUCell {
    static from_config() {
      return new Mine(3);
    }
  }
  expect(MultiRNNCell.from_config({ cells: [own] }, { Mine }).output_size).toBe(3);
  expect(() => MultiRNNCell.from_config({ cells: [own] })).toThrow(
    /cells\[0\]: the class "Mine" is not known.*GRUCell/,
  );
});

describe('a cell that is twice in a stack shares its weights, as in compat.v1', () => {
  const numbers = generator(17);
  /** @param {number} layers how often the cell stands in the stack */
  const make = (layers) => {
    const shared = new GRUCell(3);
    shared.build([null, 3]);
    shared.set_weights(
      shared.weights.map(({ shape }) => ({
        data: float32_numbers(
          shape.reduce((a, b) => a * b, 1),
          numbers,
        ),
        shape,
      })),
    );
    return { shared, stack: new MultiRNNCell(new Array(layers).fill(shared)) };
  };
  const inputs = () => tensor(float32_numbers(6, numbers), [2, 3]);

  test('one step, the weights once, a state for each place', () => {
    const { shared, stack } = make(3);
    const [x, ...states] = [inputs(), inputs(), inputs(), inputs()];
    const [output, next] = stack.call(x, states);
    let below = x;
    states.forEach((state, i) => {
      [below] = shared.call(below, state);
      expect(next[i].data).toEqual(below.data);
    });
    expect(output.data).toEqual(below.data);
    expect(stack.weights).toEqual(shared.weights);
    expect(stack.trainable_weights.length).toBe(4);
    expect(stack.count_params()).toBe(shared.count_params());
  });

  test('sequences, and the gradient of both places', () => {
    const { shared, stack } = make(2);
    const x = tensor(float32_numbers(2 * 4 * 3, numbers), [2, 4, 3]);
    const run = (/** @type {() => any} */ forward) => {
      const tape = new GradientTape();
      const loss = tape.record(() => ops.sum(ops.square(forward())));
      return [loss, ...tape.gradient(loss, shared.weights)].map((value) => [
        .../** @type {any} */ (value).data,
      ]);
    };
    const together = run(() => dynamic_rnn(stack, x)[0]);
    const apart = run(() => dynamic_rnn(shared, dynamic_rnn(shared, x)[0])[0]);
    expect(together).toEqual(apart);
  });

  test('inputs with another number of features than units raise', () => {
    const stack = new MultiRNNCell(new Array(2).fill(new GRUCell(3)));
    expect(() => stack.call([[1, 2]], stack.zero_state(1))).toThrow(ValueError);
  });

  test('from_config keeps the sharing', () => {
    const { stack } = make(2);
    const copy = MultiRNNCell.from_config(JSON.parse(JSON.stringify(stack.get_config())));
    copy.build([null, 3]);
    expect(copy.cells[0]).toBe(copy.cells[1]);
    copy.set_weights(stack.get_weights());
    const [x, a, b] = [inputs(), inputs(), inputs()];
    expect(copy.call(x, [a, b])[0].data).toEqual(stack.call(x, [a, b])[0].data);
  });

  test('disposing of the stack frees everything once', () => {
    const before = memory();
    const { stack } = make(2);
    stack.dispose();
    expect(memory()).toEqual(before);
  });
});

describe('wrong arguments change nothing', () => {
  const cell = () => new GRUCell(2);
  test.each([
    [() => new MultiRNNCell([]), ValueError, /at least one cell/],
    [() => new MultiRNNCell(/** @type {any} */ (cell())), TypeError, /must be a list of cells/],
    [() => new MultiRNNCell([/** @type {any} */ (2)]), TypeError, /cells\[0\] must be an RNNCell, not 2/],
    [() => new MultiRNNCell([new LSTMCell(2)], { state_is_tuple: false }), ValueError, /cells\[0\]/],
    [() => new MultiRNNCell([cell()], /** @type {any} */ ({ name: 'a' })), TypeError, /no option 'name'/],
  ])('%s', (run, type, message) => {
    expect(run).toThrow(type);
    expect(run).toThrow(message);
  });

  test('a state of another structure, an input of another width', () => {
    const stack = new MultiRNNCell([cell(), cell()]);
    const before = memory();
    expect(() => stack.call(x(), undefined)).toThrow(TypeError);
    expect(() => stack.call(x(), [[[0, 0]]])).toThrow(/state must be a list of 2 states/);
    expect(() => stack.call(x(), [[[0, 0]], [[0, 0]]])).toThrow(
      /state\[0\] must have shape \[2, 2\], not \[1, 2\]/,
    );
    expect(() => stack.build([null, null])).toThrow(/last dimension/);
    expect([memory(), stack.built]).toEqual([before, false]);
    stack.build([null, 2]);
    expect(stack.scope_name).toBe('multi_rnn_cell');
    expect(() => dynamic_rnn(stack, [[[1, 2, 3]]])).toThrow(/2 features, not 3/);
  });

  test('a build that fails leaves the other cells unchanged', () => {
    const upper = cell();
    upper.build([null, 5]);
    const lower = cell();
    const stack = new MultiRNNCell([lower, upper]);
    const before = memory();
    const state = stack.zero_state(2);
    expect(() => stack.call(x(), state)).toThrow(/\[\?, 5\], not \[2, 2\]/);
    expect([memory(), lower.built, upper.built]).toEqual([before, false, true]);
  });
});
