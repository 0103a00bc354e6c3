// RNNCell as a base class: a user's own cells, their variables, scopes and failures.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ops } from '../../js/gradient/ops.js';
import { Adam } from '../../js/gradient/optimizers.js';
import { GradientTape } from '../../js/gradient/tape.js';
import {
  AUTO_REUSE,
  dynamic_rnn,
  GRUCell,
  get_variable,
  MultiRNNCell,
  memory,
  RNNCell,
  reset_default_graph,
  tensor,
  ValueError,
  variable_scope,
} from '../../js/index.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { LSTMCell, MinimalCell } from '../helpers/user_cells.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

const x = [[1, 2]];

describe('variables', () => {
  test('of build and of call lie in the cell’s own scope', () => {
    const [built, called] = [new MinimalCell(3), new LSTMCell(2)];
    built.apply(x, built.zero_state(1));
    called.apply(x, called.zero_state(1));
    expect([built.name, built.scope_name]).toEqual(['minimal_cell_1', 'minimal_cell']);
    expect(built.weights.map(({ name }) => name)).toEqual(['minimal_cell/kernel:0', 'minimal_cell/bias:0']);
    expect(called.weights.map(({ name }) => name)).toEqual(['lstm_cell/kernel:0', 'lstm_cell/bias:0']);
    expect(called.count_params()).toBe(4 * 8 + 8);
    called.apply(x, called.zero_state(1));
    expect(called.weights.length).toBe(2);
    const second = new LSTMCell(2);
    variable_scope('outer', () => second.apply(x, second.zero_state(1)));
    const third = new LSTMCell(2);
    third.apply(x, third.zero_state(1), { scope: 'given' });
    expect([second.weights[0].name, third.weights[0].name]).toEqual([
      'outer/lstm_cell/kernel:0',
      'given/kernel:0',
    ]);
  });

  test('are freed with the cell', () => {
    const before = memory();
    for (const cell of [new MinimalCell(3), new LSTMCell(2)]) {
      for (let i = 0; i < 3; i++) cell.apply(x, cell.zero_state(1));
      cell.dispose();
      expect(memory()).toEqual(before);
      expect(() => cell.apply(x, cell.zero_state(1))).toThrow(/disposed of/);
    }
  });

  test('are shared by name, and not by accident', () => {
    const make = (/** @type {any} */ options) => new LSTMCell(2, { name: 'cell', ...options });
    const run = (/** @type {LSTMCell} */ cell) => variable_scope('s', () => dynamic_rnn(cell, [x]));
    const first = make({});
    run(first);
    expect(() => run(make({}))).toThrow(/s\/rnn\/cell\/kernel:0 already exists/);
    const shared = make({ reuse: true });
    run(shared);
    expect(shared.weights).toEqual(first.weights);
    run(make({ reuse: AUTO_REUSE }));
    expect(() => dynamic_rnn(make({ reuse: true }), [x])).toThrow(/does not exist/);
    first.dispose();
    expect(shared.weights[0].disposed).toBe(false);
  });

  test('follow the cell’s dtype, its scope’s initializer and its regularizer', () => {
    const cell = new LSTMCell(1);
    variable_scope('s', { initializer: 'ones', regularizer: 'l2' }, () =>
      cell.apply(tensor([1], [1, 1], 'float64'), cell.zero_state(1, 'float64')),
    );
    expect(cell.dtype).toBe('float64');
    expect(cell.weights.map(({ dtype }) => dtype)).toEqual(['float64', 'float64']);
    expect([...cell.weights[0].value.data]).toEqual(new Array(8).fill(1));
    expect(cell.losses.length).toBe(2);
    expect(() => cell.apply([[1]], tensor([1], [1, 1], 'float32'))).toThrow(ValueError);
  });

  test('of layers that the cell keeps are the cell’s', () => {
    class Outer extends RNNCell {
      inner = new GRUCell(3);
      more = [new MinimalCell(3)];
      get state_size() {
        return [3, 3];
      }
      get output_size() {
        return 3;
      }
      /** @param {any} inputs @param {any} state @returns {any} */
      call(inputs, [a, b]) {
        const [output, next] = this.inner.apply(inputs, a);
        const [last, after] = this.more[0].apply(output, b);
        return [ops.add(output, last), [next, after]];
      }
    }
    const before = memory();
    const cell = new Outer();
    dynamic_rnn(cell, [x]);
    expect(cell.weights.map(({ name }) => name)).toEqual([
      'rnn/outer/gru_cell/gates/kernel:0',
      'rnn/outer/gru_cell/gates/bias:0',
      'rnn/outer/gru_cell/candidate/kernel:0',
      'rnn/outer/gru_cell/candidate/bias:0',
      'rnn/outer/minimal_cell/kernel:0',
      'rnn/outer/minimal_cell/bias:0',
    ]);
    cell.dispose();
    expect(memory()).toEqual(before);
  });
});

describe('build', () => {
  class Bare extends RNNCell {
    builds = 0;
    get state_size() {
      return { shape: [2, 3] };
    }
    get output_size() {
      return 1;
    }
    /** @param {any} input_shape @returns {any} */
    build(input_shape) {
      this.builds += 1;
      this.shape = input_shape;
      this.scale = this.add_weight('scale', { shape: [], initializer: 'ones' });
      if (this.name === 'says') this.built = true;
    }
    /** @param {any} inputs @param {any} state @returns {any} */
    call(inputs, state) {
      return [
        ops.sum(inputs, { axis: 1, keepdims: true }),
        ops.multiply(state, /** @type {any} */ (this.scale)),
      ];
    }
  }
  test.each(['says', 'does not say'])('a build that %s that it is done is called once', (name) => {
    const cell = new Bare({ name });
    const state = cell.zero_state(2);
    expect(state.shape).toEqual([2, 2, 3]);
    const [outputs, last] = dynamic_rnn(cell, [[[1, 2]], [[3, 4]]], { initial_state: state });
    dynamic_rnn(cell, [[[1, 2]]]);
    expect([cell.builds, cell.built, cell.shape]).toEqual([1, true, [2, 2]]);
    expect(outputs.array()).toEqual([[[3]], [[7]]]);
    expect(last.shape).toEqual([2, 2, 3]);
  });
});

describe('what fails leaves the cell as it was', () => {
  class Fails extends LSTMCell {
    broken = true;
    /** @param {any} inputs @param {any} state @returns {any} */
    call(inputs, state) {
      const result = super.call(inputs, state);
      if (this.broken) throw new RangeError('broken');
      return result;
    }
  }
  test('a first call', () => {
    const before = memory();
    const cell = new Fails(2);
    for (const run of [() => cell.apply(x, cell.zero_state(1)), () => dynamic_rnn(cell, [x])]) {
      expect(run).toThrow('broken');
      expect([memory(), cell.built, cell.weights.length]).toEqual([before, false, 0]);
      expect(() => cell.scope_name).toThrow(ValueError);
    }
    cell.broken = false;
    dynamic_rnn(cell, [x]);
    expect(cell.scope_name).toBe('rnn/fails');
    cell.broken = true;
    expect(() => dynamic_rnn(cell, [x])).toThrow('broken');
    expect(cell.weights.length).toBe(2);
  });

  test('arguments that do not fit', () => {
    const cell = new MinimalCell(2);
    const before = memory();
    expect(() => cell.apply(x, null)).toThrow(TypeError);
    expect(() => cell.apply(x, [[1]])).toThrow(/state must have shape \[1, 2\], not \[1, 1\]/);
    expect(() => cell.apply(x, [[1, 2]], /** @type {any} */ ({ reuse: true }))).toThrow(/no option 'reuse'/);
    expect(() => cell.apply(tensor(x, null, 'float32'), tensor([1, 2], [1, 2], 'float64'))).toThrow(
      /dtype float32, not float64/,
    );
    expect([memory(), cell.built]).toEqual([before, false]);
    expect(() => new RNNCell().state_size).toThrow(ValueError);
  });
});

test('an activity regularizer', () => {
  const cell = new MinimalCell(2, { activity_regularizer: 'l2' });
  const [output] = cell.apply(
    [
      [1, 2],
      [3, 4],
    ],
    cell.zero_state(2),
  );
  const [loss] = cell.losses;
  expect(/** @type {any} */ (loss).data[0]).toBeCloseTo((0.01 * ops.sum(ops.square(output)).data[0]) / 2, 6);
});

test('a state that is learned', () => {
  const cell = new MinimalCell(3, { dtype: 'float64' });
  const start = get_variable('start', { shape: [1, 3], dtype: 'float64', initializer: 'ones' });
  const tape = new GradientTape();
  const [, last] = tape.record(() => dynamic_rnn(cell, [x], { initial_state: start }));
  expect(tape.gradient(last, start)?.shape).toEqual([1, 3]);
});

test('a stack of own cells learns', () => {
  const stack = new MultiRNNCell([new MinimalCell(8), new LSTMCell(8), new GRUCell(1)]);
  const inputs = tensor(float32_numbers(16 * 4 * 2, generator(6)), [16, 4, 2], 'float32');
  const target = ops.multiply(ops.mean(inputs, [1, 2]), 0.8);
  dynamic_rnn(stack, inputs);
  const seeded = generator(8);
  stack.set_weights(
    stack.weights.map(({ shape }) => ({
      shape,
      data: float32_numbers(
        shape.reduce((a, b) => a * b, 1),
        seeded,
        0.4,
      ),
    })),
  );
  const optimizer = new Adam({ learning_rate: 0.02 });
  const losses = Array.from({ length: 60 }, () => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const [, state] = dynamic_rnn(stack, inputs);
      return ops.mean(ops.square(ops.subtract(ops.reshape(state[2], [16]), target)));
    });
    const gradients = tape.gradient(loss, stack.trainable_variables);
    optimizer.apply_gradients(gradients.map((gradient, i) => [gradient, stack.trainable_variables[i]]));
    return loss.data[0];
  });
  expect(losses[59]).toBeLessThan(losses[0] / 10);
  optimizer.dispose();
  stack.dispose();
});
