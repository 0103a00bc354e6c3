// GRU's dropout as Keras draws it: which masks there are, that they stay the same in all steps, and their gradients.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { set_random_seed } from '../../js/index.js';
import { Bidirectional, GRU, GradientTape, ops } from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';

beforeAll(ready);

const ROWS = 400;

/** @param {object} options @param {number[][]} weights kernel, recurrent kernel */
function linear_unit(options, weights, reset_after = true) {
  const layer = new GRU(1, { activation: null, recurrent_activation: null, reset_after, ...options });
  layer.build([null, null, 1]);
  const bias = reset_after
    ? [
        [0, 1, 0],
        [0, 0, 0],
      ]
    : [0, 1, 0];
  layer.set_weights([[weights[0]], [weights[1]], bias]);
  return layer;
}

/** How often each value stands in a list. @param {number[]} values */
function counts_of(values) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const value of values) counts[value.toFixed(3)] = (counts[value.toFixed(3)] ?? 0) + 1;
  return counts;
}

describe.each([true, false])('recurrent_dropout, reset_after %s', (reset_after) => {
  // One linear unit, no input: z = 0.25 m_z h, r = 1, c = m_h h with masks 0 or 2.
  const KINDS = [
    [0, 0],
    [0, 2],
    [2, 0],
    [2, 2],
  ];
  const step = (/** @type {number} */ h, /** @type {number[]} */ [m_z, m_h]) => {
    const z = 0.25 * m_z * h;
    return z * h + (1 - z) * m_h * h;
  };
  /** Which pair of masks each row was given; -1: none explains its outputs. @param {GRU} layer */
  const kinds_of = (layer) => {
    const x = Array.from({ length: ROWS }, () => [[0], [0]]);
    const initial_state = Array.from({ length: ROWS }, () => [1]);
    const outputs = layer.call(x, { initial_state, training: true }).array();
    return outputs.map((/** @type {number[][]} */ [[first], [second]]) =>
      KINDS.findIndex(
        (masks) =>
          Math.abs(first - step(1, masks)) < 1e-5 && Math.abs(second - step(step(1, masks), masks)) < 1e-5,
      ),
    );
  };
  test('z and the candidate have separate masks, which are the same in all steps of a call', () => {
    set_random_seed(7);
    const layer = linear_unit(
      { recurrent_dropout: 0.5, return_sequences: true },
      [
        [0, 0, 0],
        [0.25, 0, 1],
      ],
      reset_after,
    );
    const kinds = kinds_of(layer);
    expect(kinds).not.toContain(-1);
    for (const kind of KINDS.keys())
      expect(kinds.filter((one) => one === kind).length).toBeGreaterThan(ROWS / 8);
    expect(kinds_of(layer)).not.toEqual(kinds);
    layer.dispose();
  });
  test('r and the candidate have separate masks', () => {
    // z = 0, c = r m_h with r = 1 + 0.5 m_r: 0, 2 where m_r is 0, 4 where it is 2.
    set_random_seed(9);
    const layer = linear_unit(
      { recurrent_dropout: 0.5 },
      [
        [0, 0, 0],
        [0, 0.5, 1],
      ],
      reset_after,
    );
    const x = Array.from({ length: ROWS }, () => [[0]]);
    const initial_state = Array.from({ length: ROWS }, () => [1]);
    const counts = counts_of(layer.call(x, { initial_state, training: true }).array().flat());
    expect(Object.keys(counts).sort()).toEqual(['0.000', '2.000', '4.000']);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(ROWS / 8);
    layer.dispose();
  });
});

test.each([
  // z = 0.25 m_z, c = m_h: 1 where all of them are kept or dropped together, 2 where only z is dropped.
  [0, ['0.000', '1.000']],
  [0.5, ['0.000', '1.000', '2.000']],
])('dropout beside recurrent_dropout %d: the input masks', (recurrent_dropout, expected) => {
  set_random_seed(11);
  const layer = linear_unit({ dropout: 0.5, recurrent_dropout }, [
    [0.25, 0, 1],
    [0, 0, 0],
  ]);
  const x = Array.from({ length: ROWS }, () => [[1]]);
  const counts = counts_of(layer.call(x, { training: true }).array().flat());
  expect(Object.keys(counts).sort()).toEqual(expected);
  layer.dispose();
});

describe.each([true, false])('gradients with both dropouts, reset_after %s', (reset_after) => {
  const [batch, steps, inputs, units] = [3, 4, 2, 3];
  const OPTIONS = {
    reset_after,
    dropout: 0.3,
    recurrent_dropout: 0.4,
    seed: 5,
    dtype: /** @type {const} */ ('float64'),
    return_sequences: true,
  };
  const MASK = [
    [true, true, false, true],
    [false, true, true, false],
    [false, false, false, false],
  ];
  /** The sum of squares of what a new layer gives, whose seed draws the same masks each time. */
  const run = (
    /** @type {ArrayLike<number>[]} */ values,
    /** @type {any} */ x,
    /** @type {object} */ extra = {},
  ) => {
    const layer = new GRU(units, { ...OPTIONS, ...extra });
    layer.build([null, null, inputs]);
    layer.set_weights(layer.weights.map(({ shape }, i) => ({ data: values[i], shape })));
    const tape = new GradientTape();
    const loss = tape.record(() =>
      ops.sum(
        ops.square(layer.call({ data: x, shape: [batch, steps, inputs] }, { mask: MASK, training: true })),
      ),
    );
    const gradients = tape
      .gradient(loss, layer.weights)
      .map((gradient) => [.../** @type {any} */ (gradient).data]);
    layer.dispose();
    return { loss: loss.data[0], gradients };
  };
  const next = generator(31);
  const sizes = [inputs * 3 * units, units * 3 * units, (reset_after ? 2 : 1) * 3 * units];
  const weights = sizes.map((size) => float32_numbers(size, next, 0.7));
  const x = Float64Array.from(float32_numbers(batch * steps * inputs, next, 1));

  test('agree with central differences', () => {
    const { gradients } = run(weights, x);
    weights.forEach((values, i) => {
      const numeric = central_differences(
        (at) =>
          run(
            weights.map((other, j) => (j === i ? at : other)),
            x,
          ).loss,
        values,
      );
      expect(relative_difference(gradients[i], numeric)).toBeLessThan(1e-7);
    });
  });
  test.each([{}, { go_backwards: true }, { zero_output_for_mask: true }])(
    'NaN in masked steps reaches neither outputs nor gradients: %j',
    (extra) => {
      const holed = x.slice();
      MASK.flat().forEach((counts, step) => {
        if (!counts) holed.fill(Number.NaN, step * inputs, (step + 1) * inputs);
      });
      const zeroed = holed.map((value) => (Number.isNaN(value) ? 0 : value));
      expect(run(weights, holed, extra)).toEqual(run(weights, zeroed, extra));
    },
  );
});

test('a seed gives the same masks in an equal layer, and other masks in the next call', () => {
  const x = [[[1], [0.5], [-1]]];
  const first = new GRU(6, { dropout: 0.3, recurrent_dropout: 0.3, seed: 4 });
  first.build([null, null, 1]);
  const second = GRU.from_config(first.get_config());
  second.build([null, null, 1]);
  second.set_weights(first.get_weights());
  const outputs = [first, second, first].map((layer) => layer.call(x, { training: true }).array());
  expect(outputs[1]).toEqual(outputs[0]);
  expect(outputs[2]).not.toEqual(outputs[0]);
  for (const layer of [first, second]) layer.dispose();
});

test('Bidirectional has separate masks for each direction', () => {
  set_random_seed(3);
  const layer = new Bidirectional(new GRU(40, { recurrent_dropout: 0.5 }), { merge_mode: null });
  layer.build([null, null, 1]);
  const values = layer.forward_layer.get_weights();
  layer.set_weights([...values, ...values]);
  const [forward, backward] = layer.call([[[1], [0.5], [1]]], { training: true });
  expect(forward.array()).not.toEqual(backward.array());
  layer.dispose();
});
