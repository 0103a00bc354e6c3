// Weights in JSON: models of RTNeural against recorded outputs of TensorFlow and PyTorch, state_dicts, damaged files.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights } from '../../js/formats.js';
import { memory, tensor } from '../../js/index.js';
import { greatest_difference, read_bytes, read_json, read_lines } from '../goldens/recordings.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const encode = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));

test.each(['gru', 'gru_1d'])('the model %s of RTNeural gives the recorded outputs', async (name) => {
  const before = memory();
  const bytes = read_bytes(`rtneural/${name}.json`);
  const model = await load_model(bytes);
  const x = read_lines(`rtneural/${name}_x_python.csv`);
  const { data } = model.predict(tensor(x, [1, x.length, 1]));
  expect(greatest_difference(data, read_lines(`rtneural/${name}_y_python.csv`))).toBeLessThan(3e-7);
  model.dispose();
  expect(memory()).toEqual(before);
  const { format, grus, tensors, metadata } = await read_weights(bytes);
  expect([format, metadata]).toEqual(['JSON', { in_shape: [null, null, 1] }]);
  expect(grus).toMatchObject([{ units: 8, reset_after: true, layers: 1 }]);
  expect(
    [...tensors.keys()].filter((key) => key.includes('/gru/')).map((key) => key.split('/').at(-1)),
  ).toEqual(['kernel', 'recurrent_kernel', 'bias']);
});

test('dense, causal conv1d with dilation, activation', async () => {
  const [steps, width, dilation] = [6, 2, 2];
  const layers = [
    {
      type: 'conv1d',
      activation: '',
      kernel_size: [width],
      dilation: [dilation],
      weights: [
        [
          [[1], [2]],
          [[3], [4]],
        ],
        [0.5],
      ],
    },
    { type: 'activation', activation: 'tanh' },
    { type: 'dense', activation: '', weights: [[[2]], [1]] },
  ];
  const model = await load_model(encode({ in_shape: [null, null, 2], layers }));
  const x = Array.from({ length: steps }, (_, i) => [i / 10, -i / 20]);
  const at = (/** @type {number} */ i) => x[i] ?? [0, 0];
  const expected = x.map(
    (_, i) =>
      2 * Math.tanh(at(i - dilation)[0] + 2 * at(i - dilation)[1] + 3 * at(i)[0] + 4 * at(i)[1] + 0.5) + 1,
  );
  expect(greatest_difference(model.predict([x]).data, expected)).toBeLessThan(1e-6);
  model.dispose();
});

test('a state_dict alone, and as Automated-GuitarAmpModelling writes it', async () => {
  const state_dict = read_json('rtneural/gru_torch.json');
  for (const content of [
    state_dict,
    { model_data: { unit_type: 'GRU', hidden_size: 8, skip: 1 }, state_dict },
  ]) {
    const { grus, metadata } = await read_weights(encode(content));
    expect(grus.map(({ name, layers }) => [name, layers])).toEqual([
      ['gru', 1],
      ['gru2', 3],
    ]);
    expect(metadata).toEqual(content === state_dict ? null : { model_data: content.model_data });
  }
});

describe('guitar amplifiers', () => {
  const state_dict = {
    'rec.weight_ih_l0': [[0.1], [0.2], [-0.3], [0.4], [0.5], [-0.6]],
    'rec.weight_hh_l0': [
      [0.1, -0.2],
      [0.3, 0.4],
      [-0.5, 0.6],
      [0.7, 0.1],
      [0.2, -0.3],
      [0.4, 0.5],
    ],
    'rec.bias_ih_l0': [0.1, 0.2, 0.3, -0.1, -0.2, -0.3],
    'rec.bias_hh_l0': [0.3, -0.1, 0.2, 0.1, 0.4, -0.2],
    'lin.weight': [[0.7, -0.4]],
    'lin.bias': [0.05],
  };
  const x = [0.5, -1, 0.25, 0.8];

  /** The equations of PyTorch in float64, without the input that is added. */
  function outputs() {
    const sigmoid = (/** @type {number} */ value) => 1 / (1 + Math.exp(-value));
    let h = [0, 0];
    return x.map((value) => {
      const from_input = state_dict['rec.weight_ih_l0'].map(
        ([w], i) => w * value + state_dict['rec.bias_ih_l0'][i],
      );
      const from_state = state_dict['rec.weight_hh_l0'].map(
        ([a, b], i) => a * h[0] + b * h[1] + state_dict['rec.bias_hh_l0'][i],
      );
      h = [0, 1].map((i) => {
        const [r, z] = [i, 2 + i].map((row) => sigmoid(from_input[row] + from_state[row]));
        return z * h[i] + (1 - z) * Math.tanh(from_input[4 + i] + r * from_state[4 + i]);
      });
      return 0.7 * h[0] - 0.4 * h[1] + 0.05;
    });
  }

  test.each([0, 1])(
    "Automated-GuitarAmpModelling, skip %d: the model gives PyTorch's results",
    async (skip) => {
      const before = memory();
      const model_data = { model: 'SimpleRNN', unit_type: 'GRU', input_size: 1, hidden_size: 2, skip };
      const model = await load_model(encode({ model_data, state_dict }));
      const expected = outputs().map((value, i) => value + skip * x[i]);
      expect(greatest_difference(model.predict(tensor(x, [1, 4, 1])).data, expected)).toBeLessThan(1e-6);
      expect(model.metadata).toEqual({ model_data });
      model.dispose();
      expect(memory()).toEqual(before);
    },
  );

  test.each([
    [{ unit_type: 'LSTM' }, /unit_type must be GRU, not "LSTM"/],
    [{ model: 'RecNet' }, /the model must be a SimpleRNN, not "RecNet"/],
    [{ skip: 2 }, /skip must be 1 or the 1 outputs/],
  ])('%j is an error', async (model_data, message) => {
    await expect(load_model(encode({ model_data, state_dict }))).rejects.toThrow(message);
  });

  test('a .nam file is named', async () => {
    const content = { version: '0.5.0', architecture: 'WaveNet', config: {}, weights: [1, 2] };
    await expect(read_weights(encode(content))).rejects.toThrow(
      'a model of NeuralAmpModeler (.nam) with the architecture "WaveNet"',
    );
  });

  test('RTNeural: in_skip, PReLU and batch normalization', async () => {
    const layers = [
      { type: 'dense', activation: '', weights: [[[2, -1]], [0.5, 0]] },
      {
        type: 'batchnorm',
        epsilon: 0.01,
        weights: [
          [1, 2],
          [0, 1],
          [0.5, 0.2],
          [0.99, 3.99],
        ],
      },
      { type: 'prelu', weights: [[0.1, 0.2]] },
      { type: 'dense', activation: '', weights: [[[1], [-2]], [0.25]] },
    ];
    const model = await load_model(encode({ in_shape: [null, null, 1], in_skip: 1, in_gain: -3, layers }));
    const leak = (/** @type {number} */ value, /** @type {number} */ alpha) =>
      value < 0 ? alpha * value : value;
    const expected = x.map((value) => {
      const [a, b] = [2 * value + 0.5 - 0.5, (2 * (-value - 0.2)) / 2 + 1];
      return leak(a, 0.1) - 2 * leak(b, 0.2) + 0.25 + value;
    });
    expect(greatest_difference(model.predict(tensor(x, [1, 4, 1])).data, expected)).toBeLessThan(1e-6);
    expect(model.warnings).toEqual(["The model's in_gain (in decibels) is not applied."]);
    model.dispose();
  });
});

describe('errors', () => {
  test.each(
    /** @type {[unknown, RegExp][]} */ ([
      [
        { state_dict: { weight_ih: [[1, 2], [3]] } },
        /"weight_ih" is not nested lists of numbers of one shape/,
      ],
      [{ state_dict: { weight_ih: [1, 'a'] } }, /not nested lists of numbers/],
      [{ state_dict: {} }, /it has no lists of numbers/],
      [{ layers: [{ weights: [] }] }, /the layer 0 is .*, without a type/],
      [{ layers: [{ type: 'gru', weights: 3 }] }, /the weights of the layer 0 are 3/],
    ]),
  )('%j', async (content, message) => {
    await expect(read_weights(encode(content))).rejects.toThrow(message);
  });

  test('a layer that is not known is named', async () => {
    const content = {
      in_shape: [null, null, 1],
      layers: [{ type: 'lstm', activation: 'tanh', weights: [[[1, 2, 3, 4]], [[1, 2, 3, 4]], [1, 2, 3, 4]] }],
    };
    await expect(load_model(encode(content))).rejects.toThrow(
      'the layer 0 of the model has the type "lstm"; known are dense, gru',
    );
  });

  test('JSON of something else', async () => {
    await expect(read_weights(encode({ a: 1 }))).rejects.toThrow(
      /JSON: it has neither "weights", "state_dict"/,
    );
  });
});

test('damaged copies', async () => {
  const bytes = encode({
    layers: [
      {
        type: 'gru',
        activation: 'tanh',
        weights: [
          [[1, 2, 3]],
          [[1, 2, 3]],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
      },
    ],
  });
  for (const read of [read_weights, load_model]) {
    const { refused } = await read_damaged_copies(bytes, {
      read: async (copy) => {
        const result = /** @type {any} */ (await read(copy));
        result.dispose?.();
      },
    });
    expect(refused).toBeGreaterThan(50);
  }
});
