// The Keras layers GRU and CuDNNGRU against the plain float64 evaluation, every option crossed with the others.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { memory, tensor } from '../../js/index.js';
import { CuDNNGRU, GRU, GradientTape } from '../../js/keras.js';
import { DTYPES, float32_numbers, TOLERANCE } from '../helpers/cells.js';
import { random_weights, set_weights } from '../helpers/keras_gru.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { cross } from '../helpers/tables.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { from_cudnn, gru_sequence, swap_time } from '../reference/gru.js';

beforeAll(ready);

const MASKS = {
  none: null,
  'to the right': [1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1],
  anywhere: [0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
};

describe.each(DTYPES)('GRU, %s', (dtype) => {
  const cases = cross({
    reset_after: [true, false],
    activations: [
      ['tanh', 'sigmoid'],
      ['relu', 'hard_sigmoid'],
    ],
    use_bias: [true, false],
    go_backwards: [false, true],
    time_major: [false, true],
    mask: Object.keys(MASKS),
    zero_output_for_mask: [false, true],
    return_sequences: [true, false],
  }).filter(({ mask, zero_output_for_mask }) => mask !== 'none' || !zero_output_for_mask);
  test(`${cases.length} combinations of options, odd sizes`, () => {
    const [batch, steps] = [3, 5];
    cases.forEach((options, i) => {
      const { activations, mask: mask_name, time_major, ...rest } = options;
      const next = generator(i + 1);
      const [inputs, units] = [1 + (i % 4), [1, 5, 17][i % 3]];
      const weights = random_weights({ inputs, units, ...options, next });
      const layer = new GRU(units, {
        ...rest,
        time_major,
        dtype,
        activation: activations[0],
        recurrent_activation: activations[1],
        return_state: true,
      });
      set_weights(layer, weights, dtype);
      const x = float32_numbers(batch * steps * inputs, next);
      const state = float32_numbers(batch * units, next, 0.8);
      const mask = MASKS[/** @type {keyof typeof MASKS} */ (mask_name)];
      const expected = gru_sequence(
        { ...weights, activation: activations[0], recurrent_activation: activations[1] },
        {
          batch,
          steps,
          x,
          state,
          mask,
          repeat_output: !rest.zero_output_for_mask,
          go_backwards: rest.go_backwards,
        },
      );
      const axes = time_major ? [steps, batch] : [batch, steps];
      const order = (/** @type {ArrayLike<number>} */ values) =>
        time_major ? swap_time(values, batch, steps, values.length / batch / steps) : values;
      const [output, final] = layer.call(tensor(/** @type {any} */ (order(x)), [...axes, inputs], dtype), {
        initial_state: tensor(state, [batch, units], dtype),
        mask: mask && tensor(/** @type {any} */ (order(mask)), axes, 'bool'),
      });
      const last = Array.from({ length: batch }, (_, row) =>
        expected.outputs.slice(((row + 1) * steps - 1) * units, (row + 1) * steps * units),
      ).flat();
      const expected_output = rest.return_sequences ? order(expected.outputs) : last;
      const what = JSON.stringify(options);
      expect([what, relative_difference(output.data, expected_output) < 3 * TOLERANCE[dtype]]).toEqual([
        what,
        true,
      ]);
      expect([what, relative_difference(final.data, expected.state) < 3 * TOLERANCE[dtype]]).toEqual([
        what,
        true,
      ]);
      layer.dispose();
    });
  });
});

describe('gradients', () => {
  const cases = cross({
    reset_after: [true, false],
    mask: Object.keys(MASKS),
    zero_output_for_mask: [false, true],
    go_backwards: [false, true],
  });
  test.each(cases)('%j', (options) => {
    const [batch, steps, inputs, units] = [3, 5, 2, 3];
    const next = generator(5);
    const weights = random_weights({ inputs, units, use_bias: true, ...options, next });
    const { mask: mask_name, ...rest } = options;
    const layer = new GRU(units, {
      .../** @type {any} */ (rest),
      dtype: 'float64',
      return_sequences: true,
      return_state: true,
    });
    set_weights(layer, weights, 'float64');
    const mask = MASKS[/** @type {keyof typeof MASKS} */ (mask_name)];
    const x = float32_numbers(batch * steps * inputs, next);
    const x_tensor = tensor(x, [batch, steps, inputs], 'float64');
    const tape = new GradientTape();
    tape.watch(x_tensor);
    const [output, final] = tape.record(() =>
      layer.call(x_tensor, { mask: mask && tensor(mask, [batch, steps], 'bool') }),
    );
    const weigh = (/** @type {number} */ i) => Math.sin(0.3 + 1.7 * i);
    const weights_of = (/** @type {any} */ { size, shape }) =>
      tensor(
        Float64Array.from({ length: size }, (_, i) => weigh(i)),
        shape,
      );
    const actual = tape.gradient([output, final], [...layer.weights, x_tensor], {
      output_gradients: [weights_of(output), weights_of(final)],
    });
    const loss = (/** @type {object} */ changed) => {
      const all = { ...weights, x, ...changed };
      const result = gru_sequence(all, {
        batch,
        steps,
        mask,
        repeat_output: !rest.zero_output_for_mask,
        x: all.x,
        go_backwards: rest.go_backwards,
      });
      const sum = (/** @type {number[]} */ values) =>
        values.reduce((total, value, i) => total + value * weigh(i), 0);
      return sum(result.outputs) + sum(result.state);
    };
    ['kernel', 'recurrent_kernel', 'bias', 'x'].forEach((name, i) => {
      const at = name === 'x' ? x : /** @type {any} */ (weights)[name];
      const expected = central_differences((values) => loss({ [name]: values }), at);
      expect([name, relative_difference(/** @type {any} */ (actual[i]).data, expected) < 1e-7]).toEqual([
        name,
        true,
      ]);
    });
    layer.dispose();
  });
  test('a persistent tape returns the same gradients twice', () => {
    const layer = new GRU(3, { dtype: 'float64' });
    const tape = new GradientTape({ persistent: true });
    const output = tape.record(() => layer.call([[[1], [2], [0.5]]]));
    const [first, second] = [0, 1].map(() =>
      tape.gradient(output, layer.weights).map((gradient) => gradient?.array()),
    );
    expect(second).toEqual(first);
    tape.dispose();
    layer.dispose();
  });
});

describe('CuDNNGRU', () => {
  test.each(
    cross({
      time_major: [false, true],
      go_backwards: [false, true],
      sizes: [
        [3, 4],
        [4, 3],
        [1, 1],
        [5, 5],
      ],
    }),
  )('%j', ({ sizes, ...options }) => {
    const [[inputs, units], batch, steps] = [sizes, 2, 4];
    const next = generator(inputs * 10 + units);
    const layer = new CuDNNGRU(units, {
      ...options,
      return_sequences: true,
      return_state: true,
      dtype: 'float64',
    });
    layer.build([null, null, inputs]);
    const stored = {
      kernel: float32_numbers(inputs * 3 * units, next),
      recurrent: float32_numbers(units * 3 * units, next),
      bias: float32_numbers(6 * units, next),
    };
    layer.set_weights([
      tensor(stored.kernel, [inputs, 3 * units], 'float64'),
      tensor(stored.recurrent, [units, 3 * units], 'float64'),
      tensor(stored.bias, [6 * units], 'float64'),
    ]);
    expect([...layer.get_weights()[0].data]).toEqual(stored.kernel);
    const x = float32_numbers(batch * steps * inputs, next);
    const expected = gru_sequence(
      {
        inputs,
        units,
        kernel: from_cudnn(stored.kernel, inputs, units),
        recurrent_kernel: from_cudnn(stored.recurrent, units, units),
        bias: stored.bias,
      },
      { batch, steps, x, go_backwards: options.go_backwards },
    );
    const order = (/** @type {ArrayLike<number>} */ values) =>
      options.time_major ? swap_time(values, batch, steps, values.length / batch / steps) : values;
    const axes = options.time_major ? [steps, batch] : [batch, steps];
    const [output, state] = layer.call(tensor(/** @type {any} */ (order(x)), [...axes, inputs], 'float64'));
    expect(relative_difference(output.data, order(expected.outputs))).toBeLessThan(1e-14);
    expect(relative_difference(state.data, expected.state)).toBeLessThan(1e-14);
    layer.dispose();
  });
  test('a gradient has the layout of the weights', () => {
    const layer = new CuDNNGRU(2, { dtype: 'float64' });
    const x = [
      [
        [1, 2, 3],
        [0.5, -1, 2],
      ],
    ];
    layer.call(x);
    const tape = new GradientTape();
    const output = tape.record(() => layer.call(x));
    const gradients = tape.gradient(output, layer.weights);
    layer.weights.forEach((variable, place) => {
      const start = variable.value.data;
      const expected = central_differences((values) => {
        variable.assign(tensor(Float64Array.from(values), variable.shape));
        return layer.call(x).data.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
      }, start);
      variable.assign(tensor(start, variable.shape));
      expect(relative_difference(/** @type {any} */ (gradients[place]).data, expected)).toBeLessThan(1e-7);
    });
    layer.dispose();
  });
  test.each(['activation', 'use_bias', 'dropout', 'unroll', 'reset_after', 'zero_output_for_mask'])(
    'has no option %s',
    (name) => {
      expect(() => new CuDNNGRU(2, /** @type {any} */ ({ [name]: true }))).toThrow(TypeError);
    },
  );
  test('a mask raises', () => {
    const layer = new CuDNNGRU(2);
    expect(() => layer.call([[[1]]], { mask: [[true]] })).toThrow(/does not support masking/);
    layer.dispose();
  });
});

describe('states', () => {
  test('a stateful layer continues from its stored state', () => {
    const next = generator(3);
    const weights = random_weights({ inputs: 2, units: 3, reset_after: true, use_bias: true, next });
    const layer = new GRU(3, { stateful: true });
    const plain = new GRU(3);
    for (const one of [layer, plain]) set_weights(one, weights, 'float32');
    const [first, second] = [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [[[5, 6]]],
    ];
    layer.call(first);
    expect(layer.call(second).array()).toEqual(plain.call([[...first[0], ...second[0]]]).array());
    expect(() => layer.call([...first, ...first])).toThrow(/batch size of the stored state, 1, not 2/);
    layer.reset_states();
    expect(layer.call(first).array()).toEqual(plain.call(first).array());
    layer.reset_states([[[0.5, 0.25, 0]]]);
    expect(layer.call(first).array()).toEqual(plain.call(first, { initial_state: [[0.5, 0.25, 0]] }).array());
    expect(() => plain.reset_states()).toThrow(/not stateful/);
    layer.dispose();
    plain.dispose();
  });
  test.each([
    [{ initial_state: [[0, 0]] }, /initial_state must have shape \[1, 3\], not \[1, 2\]/],
    [{ initial_state: [[[0, 0, 0]], [[0, 0, 0]]] }, /must be one state, not 2/],
    [{ mask: [[true, false]] }, /mask must have shape \[1, 1\]/],
    [{ state: 1 }, /no option 'state'/],
  ])('wrong: %j', (options, message) => {
    const layer = new GRU(3);
    expect(() => layer.call([[[1]]], /** @type {any} */ (options))).toThrow(message);
    layer.dispose();
  });
});

describe('dropout', () => {
  test('of the inputs: none without training; with training the same mask in all steps', () => {
    const layer = new GRU(4, { dropout: 0.5, seed: 3, return_sequences: true });
    const x = [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ];
    expect(layer.call(x).array()).toEqual(layer.call(x).array());
    expect(layer.call(x, { training: true }).array()).not.toEqual(layer.call(x).array());
    layer.dispose();
  });
  test.each([true, false])(
    'of the state: at rate 0 as without, with its gradient; reset_after %s',
    (reset_after) => {
      // A seed under which nothing is dropped does not exist for every rate, so the rate is as good as none.
      const options = { reset_after, dtype: /** @type {const} */ ('float64'), return_sequences: true };
      const layer = new GRU(3, { ...options, recurrent_dropout: 1e-15, seed: 1 });
      const plain = new GRU(3, options);
      const x = [
        [
          [1, 2],
          [3, -1],
          [0.5, 0],
        ],
        [
          [-1, 2],
          [0.25, 1],
          [2, 0],
        ],
      ];
      const mask = [
        [true, true, false],
        [false, true, true],
      ];
      layer.build([null, null, 2]);
      plain.build([null, null, 2]);
      plain.set_weights(layer.get_weights());
      const results = [layer, plain].map((one) => {
        const tape = new GradientTape();
        const output = tape.record(() => one.call(x, { mask, training: true }));
        return [output, ...tape.gradient(output, one.weights)];
      });
      results[0].forEach((actual, i) => {
        expect(relative_difference(actual.data, results[1][i].data)).toBeLessThan(1e-13);
      });
      layer.dispose();
      plain.dispose();
    },
  );
  test('of the state changes the outputs', () => {
    const layer = new GRU(8, { recurrent_dropout: 0.5, seed: 2 });
    const x = [[[1], [1], [1]]];
    expect(layer.call(x, { training: true }).array()).not.toEqual(layer.call(x).array());
    layer.dispose();
  });
});

test('from_config creates an equal layer; dispose frees all memory', () => {
  const before = memory();
  const layer = new GRU(3, {
    activation: 'relu',
    reset_after: false,
    kernel_constraint: 'max_norm',
    bias_regularizer: 'l2',
    go_backwards: true,
  });
  const again = GRU.from_config(JSON.parse(JSON.stringify(layer.get_config())));
  expect(again.get_config()).toEqual(layer.get_config());
  const cudnn = new CuDNNGRU(3, { stateful: true });
  expect(CuDNNGRU.from_config(JSON.parse(JSON.stringify(cudnn.get_config()))).get_config()).toEqual(
    cudnn.get_config(),
  );
  for (const one of [layer, again, cudnn]) {
    one.call([[[1, 2]]]);
    one.dispose();
  }
  expect(memory()).toEqual(before);
});
