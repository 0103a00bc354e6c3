// The GRUs in files of Keras, under the names that its versions give them, each made into a layer of its own.
import { beforeAll, expect, test } from '@jest/globals';
import { read_weights, write_weights } from '../../js/formats.js';
import { tensor } from '../../js/index.js';
import { Bidirectional, GRU } from '../../js/keras.js';
import { keras_model, recording_of, tfjs_files } from '../goldens/whole_models.js';
import { keras_1_h5, keras_h5, keras_zip } from '../helpers/keras_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const [INPUTS, UNITS] = [2, 3];
const X = [
  [
    [0.3, -0.2],
    [0.9, 0.4],
    [-0.7, 0.1],
  ],
];

/** @param {number} seed @param {readonly number[] | null} bias */
function weights_of(seed, bias = [2, 3 * UNITS]) {
  const next = generator(seed);
  const make = (/** @type {readonly number[]} */ shape) =>
    tensor(
      numbers(
        shape.reduce((a, b) => a * b, 1),
        next,
      ),
      shape,
      'float32',
    );
  return [make([INPUTS, 3 * UNITS]), make([UNITS, 3 * UNITS]), ...(bias ? [make(bias)] : [])];
}

/** @param {any} layer @param {any[]} weights */
function outputs_of(layer, weights) {
  layer.build([null, null, INPUTS]);
  layer.set_weights(weights);
  return layer.call(X);
}

test.each([
  [
    'Keras 2',
    ['gru_1/gru_1/kernel:0', 'gru_1/gru_1/recurrent_kernel:0', 'gru_1/gru_1/bias:0'],
    'gru_1/gru_1',
  ],
  [
    'TensorFlow 2',
    ['gru/gru/gru_cell_3/kernel:0', 'gru/gru/gru_cell_3/recurrent_kernel:0', 'gru/gru/gru_cell_3/bias:0'],
    'gru/gru/gru_cell_3',
  ],
  [
    'Keras 3',
    ['layers/gru_1/cell/vars/0', 'layers/gru_1/cell/vars/1', 'layers/gru_1/cell/vars/2'],
    'layers/gru_1/cell',
  ],
])('%s', async (_, names, name) => {
  const weights = weights_of(1);
  const { grus } = await read_weights(
    await write_weights(Object.fromEntries(names.map((one, i) => [one, weights[i]]))),
  );
  expect(grus.map((gru) => [gru.name, gru.reset_after, gru.bidirectional])).toEqual([[name, true, false]]);
  expect(grus[0].create().call(X)).toEqual(outputs_of(new GRU(UNITS), weights));
});

test.each([
  ['Keras 2', 'b/b/forward_gru_1', 'b/b/backward_gru_1', 'b/b'],
  ['TensorFlow 2', 'b/b/forward_gru/gru_cell_4', 'b/b/backward_gru/gru_cell_5', 'b/b'],
  [
    'Keras 3',
    'layers/bidirectional/forward_layer/cell',
    'layers/bidirectional/backward_layer/cell',
    'layers/bidirectional',
  ],
])('both directions of %s', async (_, forward, backward, name) => {
  const all = [...weights_of(1), ...weights_of(2)];
  const parts = forward.endsWith('cell')
    ? ['vars/0', 'vars/1', 'vars/2']
    : ['kernel', 'recurrent_kernel', 'bias'];
  const names = [forward, backward].flatMap((prefix) => parts.map((part) => `${prefix}/${part}`));
  // In the order of the alphabet, as HDF5 has it.
  const entries = names.map((one, i) => [one, all[i]]).sort(([a], [b]) => (a < b ? -1 : 1));
  const { grus } = await read_weights(await write_weights(Object.fromEntries(entries)));
  expect(grus.map((gru) => [gru.name, gru.reset_after, gru.bidirectional])).toEqual([[name, true, true]]);
  expect(grus[0].create().call(X)).toEqual(outputs_of(new Bidirectional(new GRU(UNITS)), all));
});

test('Keras 1: the weights of each gate', async () => {
  const [kernel, recurrent, bias] = weights_of(3, [3 * UNITS]);
  const columns = (/** @type {any} */ { shape, data }, /** @type {number} */ gate) => {
    const rows = shape.length > 1 ? shape[0] : 1;
    const values = Array.from(
      { length: rows * UNITS },
      (_, i) => data[Math.floor(i / UNITS) * 3 * UNITS + gate * UNITS + (i % UNITS)],
    );
    return tensor(values, shape.length > 1 ? [rows, UNITS] : [UNITS], 'float32');
  };
  const entries = [kernel, recurrent, bias].flatMap((weight, i) =>
    [...'zrh'].map((gate, g) => [`gru_1/gru_1_${'WUb'[i]}_${gate}`, columns(weight, g)]),
  );
  const { grus } = await read_weights(await write_weights(Object.fromEntries(entries)));
  expect(grus.map((gru) => [gru.name, gru.reset_after])).toEqual([['gru_1/gru_1', false]]);
  expect(grus[0].create({ recurrent_activation: 'hard_sigmoid' }).call(X)).toEqual(
    outputs_of(new GRU(UNITS, { reset_after: false, recurrent_activation: 'hard_sigmoid' }), [
      kernel,
      recurrent,
      bias,
    ]),
  );
});

test('weights without a configuration: a warning where the activation may be another one', async () => {
  const model = keras_model(recording_of('stacked'));
  const { grus, warnings } = await read_weights(keras_h5(model, { weights_only: true }));
  expect(grus.map(({ name }) => name)).toEqual(['gru_GRU1/gru_GRU1', 'gru_GRU2/gru_GRU2']);
  expect(warnings).toEqual([expect.stringContaining('hard_sigmoid')]);
  expect((await read_weights(keras_h5(model))).warnings).toEqual([]);
});

// Each GRU takes what the one before gives, with the options of the file's configuration.
test.each(['stacked', 'embedding, mask and both directions', 'cells'])(
  'with the options of the file: %s',
  async (name) => {
    const recording = recording_of(name);
    const model = keras_model(recording);
    const files = [tfjs_files(recording), keras_h5(model), keras_zip(model, { version: '2.15.0' })];
    if (name === 'stacked') files.push(/** @type {any} */ (keras_1_h5(model)));
    const layers = model.layers.filter(({ class_name }) => /GRU|RNN|Bidirectional/.test(class_name));
    const stated = layers.flatMap(
      ({ config }) =>
        config.cell?.config.cells ?? config.cell ?? { config: { ...config.layer?.config, ...config } },
    );
    for (const file of files) {
      const { grus } = await read_weights(file);
      expect(grus).toHaveLength(stated.length);
      grus.forEach((gru, i) => {
        const {
          activation,
          recurrent_activation,
          go_backwards = false,
          use_bias,
          merge_mode,
        } = stated[i].config;
        const layer = gru.create();
        const config = layer.get_config();
        const inner = config.layer?.config ?? config;
        expect(inner).toMatchObject({
          activation,
          recurrent_activation,
          go_backwards,
          use_bias,
          reset_after: false,
        });
        if (merge_mode) expect(config.merge_mode).toBe(merge_mode);
        layer.dispose();
      });
    }
  },
);

test("an activation of the author's: creating the GRU is refused", async () => {
  const weights = weights_of(1).map(({ shape, data }, i) => ({
    name: `g/${['kernel', 'recurrent_kernel', 'bias'][i]}:0`,
    shape,
    data,
  }));
  const config = {
    name: 'g',
    units: UNITS,
    batch_input_shape: [null, 3, INPUTS],
    activation: 'my_tanh',
    reset_after: true,
  };
  const bytes = keras_h5({ layers: [{ class_name: 'GRU', config }], weights: [weights] });
  const { grus } = await read_weights(bytes);
  expect(() => grus[0].create()).toThrow('my_tanh');
  grus[0].create({ activation: 'tanh' }).dispose();
});
