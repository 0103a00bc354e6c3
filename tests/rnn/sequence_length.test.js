// sequence_length outside 0 to the steps, as compat.v1 takes it.
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  bidirectional_dynamic_rnn,
  dynamic_rnn,
  GRUCell,
  InvalidArgumentError,
  static_rnn,
  tensor,
} from '../../js/index.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { MinimalCell } from '../helpers/user_cells.js';

beforeAll(ready);

const STEPS = 3;
const x = tensor(float32_numbers(2 * STEPS * 2, generator(5)), [2, STEPS, 2]);

/** @param {any} cell @param {any} sequence_length */
const run = (cell, sequence_length, options = {}) => {
  const [outputs, state] = dynamic_rnn(cell, x, { sequence_length, ...options });
  return [outputs.array(), state.array()];
};

describe.each([
  ['GRUCell', () => new GRUCell(4)],
  ['a cell written by the user', () => new MinimalCell(2)],
])('dynamic_rnn of %s', (_, make) => {
  test.each([
    [[7, 3], null],
    [
      [7, 2],
      [3, 2],
    ],
    [tensor([100, 9], [2], 'int32'), null],
    [
      [-1, 3],
      [0, 3],
    ],
    [Float64Array.of(2, 2 ** 40), [2, 3]],
  ])('lengths %j are as %j', (lengths, equal) => {
    const cell = make();
    expect(run(cell, lengths)).toEqual(run(cell, equal));
    cell.dispose();
  });
});

test('static_rnn runs all steps too', () => {
  const cell = new GRUCell(4);
  const list = [0, 1, 2].map((step) => x.array().map((/** @type {number[][]} */ row) => row[step]));
  const [all, long] = [null, [7, 4]].map((sequence_length) =>
    static_rnn(cell, list, { sequence_length })[0].map((/** @type {any} */ output) => output.array()),
  );
  expect(long).toEqual(all);
});

test.each([[[7, 3]], [[-1, 3]]])(
  'bidirectional_dynamic_rnn reverses within %j, which TensorFlow refuses',
  (lengths) => {
    const options = { sequence_length: lengths };
    expect(() => bidirectional_dynamic_rnn(new GRUCell(4), new GRUCell(4), x, options)).toThrow(
      InvalidArgumentError,
    );
  },
);
