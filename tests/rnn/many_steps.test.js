// More steps than a call takes arguments: no engine takes 130 000 of them.
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ops } from '../../js/gradient/ops.js';
import { GradientTape } from '../../js/gradient/tape.js';
import {
  DropoutWrapper,
  dynamic_rnn,
  MultiRNNCell,
  RNNCell,
  reset_default_graph,
  static_rnn,
  tensor,
} from '../../js/index.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);
beforeEach(reset_default_graph);

const STEPS = 130_000;

/** The output is the input; the state stays. */
class PassingCell extends RNNCell {
  get state_size() {
    return 1;
  }
  get output_size() {
    return 1;
  }
  /** @param {any} x @param {any} h @returns {any} */
  call(x, h) {
    return [x, h];
  }
}

const numbers = Float32Array.from({ length: STEPS }, (_, i) => (i % 97) / 7);

test('cells that a user wrote, wrapped and stacked, in dynamic_rnn: outputs, and the gradient of the inputs', () => {
  const stack = new MultiRNNCell([
    new DropoutWrapper(new PassingCell(), { state_keep_prob: 0.5 }),
    new PassingCell(),
  ]);
  const x = tensor(numbers, [1, STEPS, 1]);
  const tape = new GradientTape();
  const [outputs, loss] = tape.record(() => {
    tape.watch(x);
    const [sequence] = dynamic_rnn(stack, x);
    return [sequence, ops.sum(ops.multiply(sequence, 3))];
  });
  expect(outputs.data).toEqual(numbers);
  const gradient = tape.gradient(loss, x)?.data;
  expect(gradient?.length).toBe(STEPS);
  expect(gradient?.every((value) => value === 3)).toBe(true);
});

test('static_rnn with a list of that length', () => {
  const [outputs, state] = static_rnn(
    new PassingCell(),
    Array.from(numbers, (value) => tensor([value], [1, 1])),
  );
  expect(outputs.length).toBe(STEPS);
  expect(Float32Array.from(outputs, ({ data }) => data[0])).toEqual(numbers);
  expect(state.array()).toEqual([[0]]);
});
