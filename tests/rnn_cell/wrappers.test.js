// DropoutWrapper and ResidualWrapper: what they do to inputs, outputs and states.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ops } from '../../js/gradient/ops.js';
import {
  DropoutWrapper,
  dynamic_rnn,
  GRUCell,
  get_variable,
  MultiRNNCell,
  memory,
  ResidualWrapper,
  RNNCell,
  reset_default_graph,
  static_rnn,
  tensor,
  ValueError,
} from '../../js/index.js';
import { ready } from '../helpers/ready.js';
import { LSTMCell, SteppedGRUCell } from '../helpers/user_cells.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

/** Gives its input back; the state is [the sum of the inputs, the last input]. */
class Copy extends RNNCell {
  /** @param {number} units */
  constructor(units) {
    super();
    this.units = units;
  }
  get state_size() {
    return [this.units, this.units];
  }
  get output_size() {
    return this.units;
  }
  /** @param {any} x @param {any} state @returns {any} */
  call(x, [sum]) {
    return [x, [ops.add(sum, x), x]];
  }
}

const ones = (/** @type {number[]} */ ...shape) =>
  tensor(new Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape, 'float32');
const share = (/** @type {ArrayLike<number>} */ values) =>
  Array.from(values).filter((value) => value !== 0).length / values.length;
const kinds = (/** @type {ArrayLike<number>} */ values) => [...new Set(Array.from(values))].sort();

describe('DropoutWrapper', () => {
  test('keeps its share, scaled up, and says so by its seed', () => {
    const run = (/** @type {any} */ options) =>
      dynamic_rnn(new DropoutWrapper(new Copy(50), options), ones(20, 10, 50))[0];
    const actual = run({ input_keep_prob: 0.25, seed: 1 });
    expect(kinds(actual.data)).toEqual([0, 4]);
    expect(share(actual.data)).toBeCloseTo(0.25, 1);
    expect(run({ input_keep_prob: 0.25, seed: 1 }).data).toEqual(actual.data);
    expect(run({ input_keep_prob: 0.25, seed: 2 }).data).not.toEqual(actual.data);
    expect(run({ output_keep_prob: 0.25, seed: 1 }).data).not.toEqual(actual.data);
    expect(kinds(run({ input_keep_prob: 0.5, output_keep_prob: 0.5 }).data)).toEqual([0, 4]);
    expect(kinds(run({ output_keep_prob: 0 }).data)).toEqual([0]);
    // Every step and every row draws for itself.
    const steps = ops.unstack(actual, 1);
    expect(new Set(steps.map((step) => step.data.join())).size).toBe(10);
    expect(new Set(actual.array()[0].map(String)).size).toBe(10);
  });

  test('draws anew at every call', () => {
    const cell = new DropoutWrapper(new Copy(40), { input_keep_prob: 0.5, seed: 3 });
    const step = () => cell.apply(ones(1, 40), cell.zero_state(1))[0].data.join();
    expect(new Set([step(), step(), step()]).size).toBe(3);
  });

  test('with keep probabilities of 1 it is the cell inside', () => {
    const cell = new GRUCell(3);
    const wrapped = new DropoutWrapper(cell, { input_keep_prob: 1, seed: 1 });
    const [outputs] = dynamic_rnn(wrapped, ones(2, 3, 2));
    expect(outputs.data).toEqual(dynamic_rnn(cell, ones(2, 3, 2))[0].data);
    expect(cell.weights[0].name).toBe('rnn/gru_cell/gates/kernel:0');
    expect(wrapped.weights).toEqual(cell.weights);
    expect([wrapped.wrapped_cell, wrapped.state_size, wrapped.output_size]).toEqual([cell, 3, 3]);
    expect([wrapped.scope_name, wrapped.graph]).toEqual(['rnn/gru_cell', cell.graph]);
    const before = memory().blocks;
    wrapped.dispose();
    expect(memory().blocks).toBeLessThan(before);
    expect(() => cell.call([[1, 2]], [[1, 2, 3]])).toThrow(/disposed of/);
  });

  test('whole sequences and single steps draw the same', () => {
    const x = ones(3, 4, 2);
    const [inner, stepped] = [new GRUCell(2), new SteppedGRUCell(2)];
    dynamic_rnn(inner, x);
    dynamic_rnn(stepped, x, { scope: 'other' });
    stepped.set_weights(inner.get_weights());
    for (const time_major of [false, true]) {
      const [a, b] = [inner, stepped].map((cell) => {
        const options = { input_keep_prob: 0.5, output_keep_prob: 0.7, seed: 5 };
        return dynamic_rnn(new DropoutWrapper(cell, options), x, { time_major })[0].array().flat(2);
      });
      a.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
        expect(b[i]).toBeCloseTo(value, 6);
      });
      expect(share(a)).toBeLessThan(1);
    }
  });

  test('the state, and a visitor that spares parts of it', () => {
    const run = (/** @type {any} */ options) => {
      const cell = new DropoutWrapper(new Copy(200), { state_keep_prob: 0.5, seed: 2, ...options });
      return cell
        .apply(ones(1, 200), cell.zero_state(1))[1]
        .map((/** @type {any} */ part) => kinds(part.data));
    };
    expect(run({})).toEqual([
      [0, 2],
      [0, 2],
    ]);
    expect(
      run({
        dropout_state_filter_visitor: (/** @type {any} */ part) =>
          Array.isArray(part) ? [false, true] : true,
      }),
    ).toEqual([[1], [0, 2]]);
    expect(run({ dropout_state_filter_visitor: () => false })).toEqual([[1], [1]]);
    expect(() => run({ dropout_state_filter_visitor: () => 1 })).toThrow(TypeError);
    expect(() => run({ dropout_state_filter_visitor: () => [true] })).toThrow(/must give 2 booleans/);
  });

  test('variational: one mask for a sequence, another for the next', () => {
    const cell = new DropoutWrapper(new Copy(60), {
      input_keep_prob: 0.5,
      output_keep_prob: 0.9,
      state_keep_prob: 0.8,
      variational_recurrent: true,
      input_size: 60,
      dtype: 'float32',
      seed: 7,
    });
    const masks = [0, 1].map(() => {
      const [outputs] = dynamic_rnn(cell, ones(3, 4, 60));
      const rows = new Set(outputs.array().flat().map(String));
      expect(rows.size).toBe(1);
      return [...rows][0];
    });
    expect(masks[0]).not.toBe(masks[1]);
    const step = () => cell.apply(ones(1, 60), cell.zero_state(1))[0].data.join();
    const first = step();
    expect(step()).toBe(first);
    cell.reset_dropout_mask();
    expect(step()).not.toBe(first);
    expect(() => cell.apply(ones(1, 50), cell.zero_state(1))).toThrow(/input must have 60 features, not 50/);
  });

  test('a dropped NaN is zero', () => {
    const cell = new DropoutWrapper(new Copy(1), { input_keep_prob: 0 });
    expect(cell.apply([[Number.NaN]], cell.zero_state(1))[0].array()).toEqual([[0]]);
  });

  test('a probability that changes', () => {
    const keep = get_variable('keep', { shape: [], initializer: 'ones' });
    const cell = new DropoutWrapper(new Copy(9), { output_keep_prob: keep });
    expect(kinds(cell.apply(ones(1, 9), cell.zero_state(1))[0].data)).toEqual([1]);
    keep.assign(0);
    expect(kinds(cell.apply(ones(1, 9), cell.zero_state(1))[0].data)).toEqual([0]);
    keep.assign(2);
    expect(() => cell.apply(ones(1, 9), cell.zero_state(1))).toThrow(
      /output_keep_prob must be from 0 to 1, not 2/,
    );
  });

  test.each([
    [{ input_keep_prob: 1.5 }, ValueError, /input_keep_prob must be from 0 to 1, not 1.5/],
    [{ output_keep_prob: -0.1 }, ValueError, /output_keep_prob/],
    [{ state_keep_prob: Number.NaN }, ValueError, /state_keep_prob/],
    [{ state_keep_prob: [0.5] }, ValueError, /must be a scalar/],
    [{ input_keep_prob: 'half' }, TypeError, /input_keep_prob/],
    [{ variational_recurrent: true }, ValueError, /dtype is needed/],
    [
      { variational_recurrent: true, dtype: 'float32', input_keep_prob: 0.5 },
      ValueError,
      /input_size is needed/,
    ],
    [{ dtype: 'int32' }, ValueError, /dtype/],
    [{ seed: 0.5 }, ValueError, /seed must be an integer/],
    [{ dropout_state_filter_visitor: true }, TypeError, /must be a function/],
    [{ keep_prob: 1 }, TypeError, /no option 'keep_prob'/],
  ])('%j', (options, type, message) => {
    const make = () => new DropoutWrapper(new Copy(1), /** @type {any} */ (options));
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  test('not a cell', () => {
    expect(() => new DropoutWrapper(/** @type {any} */ (null))).toThrow(
      /DropoutWrapper: cell must be an RNNCell, not null/,
    );
  });
});

describe('ResidualWrapper', () => {
  test('adds the inputs to the outputs', () => {
    const cell = new GRUCell(2);
    const wrapped = new ResidualWrapper(cell);
    const x = [[1, 2]];
    const state = tensor([0.5, -0.5], [1, 2]);
    const [output, next] = wrapped.apply(x, state);
    const [plain, plain_next] = cell.call(x, state);
    expect(output.array()).toEqual(ops.add(plain, x).array());
    expect(next.data).toEqual(plain_next.data);
    expect(wrapped.scope_name).toBe('gru_cell');
  });

  test.each(['as an argument', 'as an option'])('a function of the user’s own, %s', (how) => {
    const scaled = (/** @type {any} */ x, /** @type {any} */ y) =>
      ops.add(ops.multiply(x, 10), ops.sum(y, { axis: 1, keepdims: true }));
    const cell = new Copy(3);
    const wrapped =
      how === 'as an option'
        ? new ResidualWrapper(cell, { residual_fn: scaled, name: 'r' })
        : new ResidualWrapper(cell, scaled, { name: 'r' });
    expect(wrapped.name).toBe('r');
    expect(dynamic_rnn(wrapped, [[[1, 2, 3]]], { sequence_length: [1] })[0].array()).toEqual([
      [[16, 26, 36]],
    ]);
  });

  test('outputs past a row’s length are zero', () => {
    for (const cell of [new GRUCell(2), new LSTMCell(2)]) {
      const [outputs] = static_rnn(new ResidualWrapper(cell), [ones(2, 2), ones(2, 2)], {
        sequence_length: [2, 1],
        scope: cell.name,
      });
      expect(outputs[1].array()[1]).toEqual([0, 0]);
      expect(outputs[1].array()[0][0]).not.toBe(0);
    }
  });

  test('wrong arguments', () => {
    const wrapped = new ResidualWrapper(new GRUCell(2));
    const before = memory();
    expect(() => dynamic_rnn(wrapped, [[[1, 2, 3]]])).toThrow(ValueError);
    wrapped.dispose();
    expect(memory()).toEqual(before);
    expect(() => new ResidualWrapper(new GRUCell(2)).apply([[1, 2, 3]], [[1, 2]])).toThrow(
      /inputs must have the shape of the cell's outputs, \[1, 2\], not \[1, 3\]/,
    );
    expect(() => new ResidualWrapper(new GRUCell(2), /** @type {any} */ ({ fn: 1 }))).toThrow(TypeError);
    expect(() => new ResidualWrapper(new GRUCell(2), { residual_fn: /** @type {any} */ (1) })).toThrow(
      /must be a function, not 1/,
    );
  });
});

test('wrappers around wrappers, in a stack', () => {
  const cell = () =>
    new DropoutWrapper(new ResidualWrapper(new GRUCell(3)), { output_keep_prob: 0.5, seed: 1 });
  const stack = new MultiRNNCell([cell(), cell()]);
  const [outputs, state] = dynamic_rnn(stack, ones(2, 3, 3), { sequence_length: [3, 1] });
  expect(outputs.array()[1].slice(1)).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(state.length).toBe(2);
  expect(stack.weights[4].name).toBe('rnn/multi_rnn_cell/cell_1/gru_cell/gates/kernel:0');
  expect(stack.weights.length).toBe(8);
});
