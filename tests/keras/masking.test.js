// Masks: where they come from, what layers make of them, and how they go through a model.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { memory, tensor } from '../../js/index.js';
import {
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  Dropout,
  Embedding,
  GRU,
  GradientTape,
  Layer,
  Masking,
  Sequential,
  TimeDistributed,
} from '../../js/keras.js';
import { float32_numbers } from '../helpers/cells.js';
import { KINDS, randomize } from '../helpers/directions.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';

beforeAll(ready);

describe('Masking', () => {
  test('steps whose features all equal mask_value are masked and become zeros', () => {
    const layer = new Masking({ mask_value: -1 });
    const x = [
      [
        [-1, 2],
        [-1, -1],
        [0, 0],
      ],
    ];
    expect(layer.compute_mask(x).array()).toEqual([[true, false, true]]);
    expect(layer.call(x).array()).toEqual([
      [
        [-1, 2],
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(new Masking().compute_mask(x).array()).toEqual([[true, true, false]]);
  });
  test.each(/** @type {const} */ (['float32', 'float64']))(
    'a value that %s does not hold exactly',
    (dtype) => {
      const layer = new Masking({ mask_value: 0.1 });
      const x = tensor([0.1, 0.1, 0.1, 0.2], [1, 2, 2], dtype);
      expect(layer.compute_mask(x).array()).toEqual([[false, true]]);
      expect(layer.call(x).array()[0][0]).toEqual([0, 0]);
    },
  );
  test('NaN is data; an infinite mask_value works', () => {
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
    const actual = new Masking({ mask_value: inf }).call([
      [
        [inf, inf],
        [nan, inf],
      ],
    ]);
    expect(actual.array()).toEqual([
      [
        [0, 0],
        [nan, inf],
      ],
    ]);
  });
  test('gradients of masked steps are zero', () => {
    const x = tensor([0, 0, 1, 2], [1, 2, 2]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => new Masking().call(x));
    expect(tape.gradient(y, x)?.array()).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
    ]);
  });
  test('get_config and from_config', () => {
    const layer = new Masking({ mask_value: 3 });
    expect(Masking.from_config(layer.get_config()).get_config()).toEqual(layer.get_config());
    expect(() => new Masking({ mask_value: /** @type {any} */ ('0') })).toThrow(
      /mask_value must be a number/,
    );
    expect(() => new Masking().call([1, 2])).toThrow(/features in a last dimension/);
  });
});

describe('through a model', () => {
  const [IDS, WIDTH, UNITS, LAST] = [5, 3, 4, 2];
  const X = [
    [1, 2, 0, 0],
    [0, 3, 4, 0],
    [2, 0, 1, 3],
    [0, 0, 0, 0],
  ];
  const [BATCH, STEPS] = [X.length, X[0].length];

  const make = () => {
    const model = new Sequential([
      new Embedding(IDS, WIDTH, { mask_zero: true, dtype: 'float64' }),
      new GRU(UNITS, { return_sequences: true }),
      new Dropout(0.5),
      new GRU(LAST, { reset_after: false }),
      new Dense(1),
    ]);
    model.build([null, null]);
    return { model, values: randomize(model, generator(7)) };
  };

  /** @param {ArrayLike<number>[]} values */
  const evaluate = (values) => {
    const [table, kernel, recurrent, bias, kernel_2, recurrent_2, bias_2, dense, shift] = values;
    const mask = X.flat().map((id) => id !== 0);
    const options = { batch: BATCH, steps: STEPS, mask, repeat_output: true };
    const x = X.flat().flatMap((id) => Array.from(table).slice(id * WIDTH, (id + 1) * WIDTH));
    const first = gru_sequence(
      KINDS.GRU.weights_of({ inputs: WIDTH, units: UNITS }, [kernel, recurrent, bias]),
      { ...options, x },
    );
    const second = gru_sequence(
      {
        inputs: UNITS,
        units: LAST,
        kernel: kernel_2,
        recurrent_kernel: recurrent_2,
        bias: bias_2,
        reset_after: false,
      },
      { ...options, x: first.outputs },
    );
    return Array.from({ length: BATCH }, (_, row) => {
      let sum = shift[0];
      // The last output, not the state: a row of which nothing counts gives zeros.
      for (let j = 0; j < LAST; j++) sum += second.outputs[((row + 1) * STEPS - 1) * LAST + j] * dense[j];
      return sum;
    });
  };

  test('Embedding with mask_zero, GRU, Dropout, GRU, Dense', () => {
    const { model, values } = make();
    const actual = model.predict(X);
    expect(relative_difference(actual.data, evaluate(values))).toBeLessThan(1e-13);
    expect(model.compute_mask(X)).toBe(null);
    model.dispose();
  });
  test('gradients', () => {
    const { model, values } = make();
    const tape = new GradientTape();
    const output = tape.record(() => model.call(X));
    const weights = tensor([0.5, -1, 2, 3], [BATCH, 1], 'float64');
    const actual = tape.gradient(output, model.weights, { output_gradients: weights });
    values.forEach((start, place) => {
      const expected = central_differences((changed) => {
        const all = values.map((one, i) => (i === place ? changed : one));
        return evaluate(all).reduce((sum, value, row) => sum + value * weights.data[row], 0);
      }, start);
      const near = relative_difference(/** @type {any} */ (actual[place]).data, expected) < 1e-7;
      expect([place, near]).toEqual([place, true]);
    });
    model.dispose();
  });
  test('padding after a sequence has no effect', () => {
    const model = new Sequential([
      new Embedding(IDS, WIDTH, { mask_zero: true }),
      new Bidirectional(new GRU(UNITS, { return_sequences: true })),
      new Activation('tanh'),
      new TimeDistributed(new Dense(3)),
      new Bidirectional(new GRU(LAST), { merge_mode: 'sum' }),
    ]);
    const short = model.predict([[1, 2, 3]]).array();
    for (const padded of [
      [1, 2, 3, 0, 0],
      [0, 0, 1, 2, 3],
      [1, 0, 2, 0, 3],
    ]) {
      expect(relative_difference(model.predict([padded]).data, short[0])).toBeLessThan(1e-6);
    }
    model.dispose();
  });
  test('a model inside a model gets the mask and returns its own', () => {
    const inner = new Sequential([
      new Embedding(IDS, WIDTH, { mask_zero: true }),
      new GRU(2, { return_sequences: true }),
    ]);
    const outer = new Sequential([inner, new GRU(3, { return_sequences: true })]);
    const flat = new Sequential([
      new Embedding(IDS, WIDTH, { mask_zero: true }),
      new GRU(2, { return_sequences: true }),
      new GRU(3, { return_sequences: true }),
    ]);
    flat.build([null, null]);
    outer.build([null, null]);
    flat.set_weights(outer.get_weights());
    expect(outer.predict(X).array()).toEqual(flat.predict(X).array());
    expect(outer.compute_mask(X).array()).toEqual(X.map((row) => row.map((id) => id !== 0)));
    outer.dispose();
    flat.dispose();
  });
  test('Masking before a GRU', () => {
    const layers = () => new Sequential([new Masking(), new GRU(3)]);
    const model = layers();
    const [short, long] = [
      [
        [1, 2],
        [0.5, 0],
      ],
      [
        [0, 0],
        [1, 2],
        [0, 0],
        [0.5, 0],
        [0, 0],
      ],
    ];
    expect(model.predict([long]).array()).toEqual(model.predict([short]).array());
    model.dispose();
  });
  test('fit: masked steps are not in the loss', async () => {
    const results = [0, 5].map(async (target_of_padding) => {
      const model = new Sequential([
        new Embedding(IDS, WIDTH, { mask_zero: true, embeddings_initializer: 'ones' }),
        new GRU(UNITS, { return_sequences: true, kernel_initializer: 'ones', recurrent_initializer: 'ones' }),
        new Dense(1, { kernel_initializer: 'ones' }),
      ]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      const y = X.map((row) => row.map((id) => [id || target_of_padding]));
      const { history } = await model.fit(X, y, { epochs: 3, batch_size: 4, shuffle: false });
      const weights = model.get_weights().map((one) => one.array());
      model.dispose();
      return { history, weights };
    });
    const [first, second] = await Promise.all(results);
    expect(second).toEqual(first);
    expect(first.history.loss[2]).toBeLessThan(first.history.loss[0]);
  });
  test('a layer that does not support masking raises', () => {
    class Plain extends Layer {
      /** @param {any} x */
      call(x) {
        return x;
      }
    }
    const masked = () => new Embedding(IDS, WIDTH, { mask_zero: true });
    expect(() => new Sequential([masked(), new Plain()]).predict(X)).toThrow(/does not support masking/);
    expect(() => new Sequential([masked(), new CuDNNGRU(2)]).predict(X)).toThrow(/does not support masking/);
  });
});

describe('a sequence with all steps masked', () => {
  const x = tensor(float32_numbers(6, generator(1)), [1, 3, 2], 'float64');
  const mask = [[false, false, false]];
  const initial_state = [[0.5, -0.25, 1]];
  test.each([
    [{ return_sequences: false }, [[0, 0, 0]]],
    [
      { return_sequences: true },
      [
        [
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
    ],
    [
      { return_sequences: true, go_backwards: true },
      [
        [
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
    ],
  ])('%j: the outputs are zeros, the state stays', (options, expected) => {
    for (const kind of ['GRU', 'GRU, reset before', 'RNN(GRUCell)']) {
      const layer = KINDS[kind].make(3, { ...options, return_state: true, dtype: 'float64' });
      const [output, state] = layer.call(x, { mask, initial_state });
      expect([output.array(), state.array()]).toEqual([expected, initial_state]);
      layer.dispose();
    }
  });
});

describe('TimeDistributed', () => {
  test('applies a layer to every step', () => {
    const layer = new TimeDistributed(new Dense(2, { activation: 'tanh' }));
    const x = tensor(float32_numbers(2 * 3 * 4, generator(2)), [2, 3, 4]);
    const output = layer.call(x);
    const rows = tensor(x.data, [6, 4]);
    expect([output.shape, [...output.data]]).toEqual([[2, 3, 2], [...layer.layer.call(rows).data]]);
    expect(layer.compute_output_shape([null, 7, 4])).toEqual([null, 7, 2]);
    expect(layer.weights.map(({ shape }) => [...shape])).toEqual([[4, 2], [2]]);
    layer.dispose();
  });
  test('a sequence in every step, with a mask for it', () => {
    const gru = new GRU(2);
    const layer = new TimeDistributed(gru);
    const x = tensor(float32_numbers(2 * 3 * 4 * 2, generator(3)), [2, 3, 4, 2]);
    const mask = Uint8Array.from({ length: 24 }, (_, i) => (i % 5 ? 1 : 0)).fill(0, 8, 12);
    const output = layer.call(x, { mask: tensor(mask, [2, 3, 4], 'bool') });
    const expected = gru.call(tensor(x.data, [6, 4, 2]), { mask: tensor(mask, [6, 4], 'bool') });
    expect([...output.data]).toEqual([...expected.data]);
    const all = layer.compute_mask(x, tensor(mask, [2, 3, 4], 'bool'));
    expect(all?.array()).toEqual([
      [true, true, false],
      [true, true, true],
    ]);
    layer.dispose();
  });
  test('words of characters: the mask of an inner Embedding', () => {
    const words = [
      [
        [1, 2, 0],
        [0, 0, 0],
      ],
    ];
    const model = new Sequential([
      new TimeDistributed(new Embedding(4, 2, { mask_zero: true })),
      new TimeDistributed(new GRU(3)),
      new GRU(2),
    ]);
    expect(model.layers[0].compute_mask(words)?.array()).toEqual([
      [
        [true, true, false],
        [false, false, false],
      ],
    ]);
    expect(model.layers[0].call(tensor(words.flat(2), [1, 2, 3], 'int32')).shape).toEqual([1, 2, 3, 2]);
    const actual = model.predict(words).array();
    expect(model.predict([[[1, 2]]]).array()).toEqual(actual);
    model.dispose();
  });
  test('passes training to the layer, and gradients back', () => {
    const layer = new TimeDistributed(new Dropout(0.5, { seed: 1 }));
    const x = tensor(new Float32Array(24).fill(1), [2, 3, 4]);
    expect(layer.call(x).array()).toEqual(x.array());
    const tape = new GradientTape();
    tape.watch(x);
    const output = tape.record(() => layer.call(x, { training: true }));
    expect(tape.gradient(output, x)?.array()).toEqual(output.array());
    expect(new Set(output.data)).toEqual(new Set([0, 2]));
  });
  test('a model as the inner layer; get_config and from_config', () => {
    const layer = new TimeDistributed(new Sequential([new GRU(2), new Dense(1)]), { name: 'each' });
    const x = tensor(float32_numbers(24, generator(4)), [2, 3, 2, 2]);
    expect(layer.call(x).shape).toEqual([2, 3, 1]);
    const again = TimeDistributed.from_config(JSON.parse(JSON.stringify(layer.get_config())));
    again.build([null, null, 2, 2]);
    again.set_weights(layer.get_weights());
    expect(again.call(x).array()).toEqual(layer.call(x).array());
    expect(again.get_config()).toMatchObject({ name: 'each', layer: { class_name: 'Sequential' } });
    layer.dispose();
    again.dispose();
  });
  test.each([
    [() => new TimeDistributed(new Dense(2)).call([[1, 2]]), /three dimensions or more/],
    [() => new TimeDistributed(new GRU(2, { return_state: true })).call([[[[1]]]]), /must return one tensor/],
    [
      () => new TimeDistributed(new Dense(2)).call([[[1]]], { mask: [[true, true]] }),
      /mask must have shape \[1, 1\]/,
    ],
  ])('error %#', (wrong, message) => {
    expect(wrong).toThrow(message);
  });
});

test('dispose frees all memory', () => {
  const before = memory();
  const layers = [new TimeDistributed(new Dense(3)), new TimeDistributed(new GRU(2)), new Masking()];
  layers[0].call([[[1, 2]]]);
  layers[1].call([[[[1, 2]]]]);
  layers[2].call([[[1, 2]]]);
  for (const layer of layers) layer.dispose();
  expect(memory()).toEqual(before);
});
