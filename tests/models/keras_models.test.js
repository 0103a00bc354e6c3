// load_model of files of Keras and TensorFlow.js. What the models predict was recorded by TensorFlow.js.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import { InvalidArgumentError, memory, tensor } from '../../js/index.js';
import { GRU, Model } from '../../js/keras.js';
import { greatest_difference } from '../goldens/recordings.js';
import { GRAPHS, keras_model, RECORDINGS, recording_of, tfjs_files } from '../goldens/whole_models.js';
import { add_dataset, hdf5_file } from '../helpers/hdf5_files.js';
import { functional_config_of_keras_3, keras_1_h5, keras_h5, keras_zip } from '../helpers/keras_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** TensorFlow.js computes in float32. */
const TOLERANCE = 2e-6;

/**
 * @param {any} source
 * @param {import('../goldens/whole_models.js').Recording} recording
 */
async function expect_prediction(source, { input, output }) {
  const before = memory();
  const model = await load_model(source);
  const x = tensor(input.data, input.shape, 'float32');
  const y = model.predict(x);
  expect(y.shape).toEqual(output.shape);
  expect(greatest_difference(y.data, output.data)).toBeLessThan(TOLERANCE);
  const { warnings } = model;
  model.dispose();
  expect(memory()).toEqual(before);
  return warnings;
}

describe.each(RECORDINGS)('$name', (recording) => {
  test('model.json', async () => {
    expect(await expect_prediction(tfjs_files(recording), recording)).toEqual([]);
  });

  test('Keras 2, HDF5', async () => {
    expect(await expect_prediction(keras_h5(keras_model(recording)), recording)).toEqual([]);
  });

  // In a .keras file the layers of a model in the model have groups of their own.
  if (recording.name !== 'a model in a model') {
    test.each([{}, { list: '_layer_checkpoint_dependencies' }])(
      'TensorFlow 2, .keras: %j',
      async (options) => {
        const bytes = keras_zip(keras_model(recording), { version: '2.15.0', ...options });
        expect(await expect_prediction(bytes, recording)).toEqual([]);
      },
    );
  }
});

describe.each(GRAPHS)('functional: $name', (recording) => {
  const { config } = recording.model_json.modelTopology;
  const model = keras_model(recording);
  // Keras 3 means another function by hard_sigmoid.
  const version = recording.name === 'layers side by side' ? '3.5.0' : '2.15.0';
  test.each(
    /** @type {[string, () => any][]} */ ([
      ['model.json', () => tfjs_files(recording)],
      ['Keras 2, HDF5', () => keras_h5(model, { class_name: 'Model', config })],
      ['TensorFlow 2, HDF5', () => keras_h5(model, { class_name: 'Functional', config, version: '2.9.0' })],
      [
        'TensorFlow 2, .keras',
        () => keras_zip(model, { version: '2.15.0', config: { class_name: 'Functional', config } }),
      ],
      ['Keras 3, .keras', () => keras_zip(model, { version, config: functional_config_of_keras_3(config) })],
    ]),
  )('%s', async (_, make) => {
    const before = memory();
    const loaded = await load_model(make());
    expect(loaded).toBeInstanceOf(Model);
    expect(loaded.warnings).toEqual([]);
    const x = recording.inputs.map(({ shape, data }) => tensor(data, shape, 'float32'));
    for (const inputs of [
      x.length === 1 ? x[0] : x,
      Object.fromEntries(x.map((one, i) => [loaded.input_names[i], one])),
    ]) {
      const y = [loaded.predict(inputs, { batch_size: 2 })].flat();
      expect(y.map(({ shape }) => shape)).toEqual(recording.outputs.map(({ shape }) => shape));
      y.forEach(({ data }, i) => {
        expect(greatest_difference(data, recording.outputs[i].data)).toBeLessThan(TOLERANCE);
      });
    }
    loaded.dispose();
    expect(memory()).toEqual(before);
  });

  test("saved as this package's file", async () => {
    const loaded = await load_model(tfjs_files(recording));
    const again = await load_model(await loaded.save());
    const x = recording.inputs.map(({ shape, data }) => tensor(data, shape, 'float32'));
    const inputs = x.length === 1 ? x[0] : x;
    expect(again.predict(inputs)).toEqual(loaded.predict(inputs));
    expect(again.summary({ print_fn() {} })).toBe(loaded.summary({ print_fn() {} }));
    await expect(loaded.save({ format: 'onnx' })).rejects.toThrow('only a Sequential');
    loaded.dispose();
    again.dispose();
  });
});

test.each(['stacked', 'embedding, mask and both directions', 'masking and every step'])(
  'Keras 1: %s',
  async (name) => {
    const recording = recording_of(name);
    const model = keras_model(recording);
    // Keras 1 has no layers without a bias.
    if (model.layers.some(({ config }) => config.layer?.config.use_bias === false)) {
      model.layers[2].config.layer.config.use_bias = true;
      const [kernel, recurrent, ...backward] = model.weights[2];
      const bias = (/** @type {string} */ prefix) => ({
        name: `${prefix}/bias`,
        shape: [15],
        data: new Float32Array(15),
      });
      model.weights[2] = [kernel, recurrent, bias('forward'), ...backward, bias('backward')];
    }
    expect(await expect_prediction(keras_1_h5(model), recording)).toEqual([]);
  },
);

test('Bidirectional whose two layers are both in the configuration, as in Keras 3', async () => {
  const recording = recording_of('embedding, mask and both directions');
  const { layers, weights } = keras_model(recording);
  const both = layers.map((layer) => {
    if (layer.class_name !== 'Bidirectional') return layer;
    const { class_name, config } = layer.config.layer;
    const named = (/** @type {string} */ direction, /** @type {boolean} */ go_backwards) => ({
      class_name,
      config: { ...config, name: `${direction}_${config.name}`, go_backwards },
    });
    const inner = { layer: named('forward', false), backward_layer: named('backward', true) };
    return { ...layer, config: { ...layer.config, ...inner } };
  });
  for (const bytes of [
    keras_h5({ layers: both, weights }),
    keras_zip({ layers: both, weights }, { version: '2.15.0' }),
  ])
    expect(await expect_prediction(bytes, recording)).toEqual([]);
});

describe('what files of Keras say', () => {
  const x = [
    [
      [0.3, -0.2],
      [0.9, 0.4],
      [-0.7, 0.1],
    ],
  ];
  const next = generator(5);
  const gru = (/** @type {any} */ options = {}) => ({
    class_name: 'GRU',
    config: {
      name: 'gru_1',
      units: 3,
      batch_input_shape: [null, 3, 2],
      recurrent_activation: 'sigmoid',
      ...options,
    },
  });
  const weight = (/** @type {string} */ name, /** @type {number[]} */ shape) => ({
    name: `gru_1/${name}:0`,
    shape,
    data: Float32Array.from(
      numbers(
        shape.reduce((a, b) => a * b, 1),
        next,
      ),
    ),
  });
  const kernels = [weight('kernel', [2, 9]), weight('recurrent_kernel', [3, 9])];
  const before = [...kernels, weight('bias', [9])];
  const after = [...kernels, weight('bias', [2, 9])];

  /** What our GRU computes with these weights. @param {any} options @param {any[]} weights */
  function expected(options, weights) {
    const layer = new GRU(3, options);
    layer.build([null, 3, 2]);
    layer.set_weights(weights);
    const { data } = layer.call(x);
    layer.dispose();
    return Array.from(data);
  }

  /** @param {Uint8Array} bytes @param {any} [options] */
  async function predicted(bytes, options) {
    const model = await load_model(bytes, options);
    const data = Array.from(model.predict(x).data);
    const { warnings } = model;
    model.dispose();
    return { data, warnings };
  }

  test.each([
    ['2.1.4', {}, before, { reset_after: false, recurrent_activation: 'sigmoid' }],
    [
      '2.1.4',
      { recurrent_activation: undefined },
      before,
      { reset_after: false, recurrent_activation: 'hard_sigmoid' },
    ],
    ['2.4.0', { reset_after: true }, after, { reset_after: true }],
    [
      '2.15.0',
      { reset_after: true, recurrent_activation: 'hard_sigmoid' },
      after,
      { recurrent_activation: 'hard_sigmoid' },
    ],
    [
      '3.5.0',
      { reset_after: true, recurrent_activation: 'hard_sigmoid' },
      after,
      { recurrent_activation: 'hard_sigmoid_v3' },
    ],
    ['3.5.0', { reset_after: true, activation: 'hard_sigmoid' }, after, { activation: 'hard_sigmoid_v3' }],
    ['2.4.0', { reset_after: true, activation: 'linear' }, after, { activation: 'linear' }],
    [
      '2.4.0',
      { reset_after: true, activation: { class_name: 'function', config: 'relu' } },
      after,
      { activation: 'relu' },
    ],
    [
      '2.4.0',
      { reset_after: true, go_backwards: true, use_bias: false },
      kernels,
      { go_backwards: true, use_bias: false },
    ],
  ])('Keras %s: %j', async (version, options, weights, ours) => {
    const bytes = keras_h5({ layers: [gru(options)], weights: [weights] }, { version });
    expect(await predicted(bytes)).toEqual({
      data: expected({ recurrent_activation: 'sigmoid', ...ours }, weights),
      warnings: [],
    });
    if (!version.startsWith('2.1')) {
      const zip = keras_zip({ layers: [gru(options)], weights: [weights] }, { version });
      expect((await predicted(zip)).data).toEqual(
        expected({ recurrent_activation: 'sigmoid', ...ours }, weights),
      );
    }
  });

  test('CuDNNGRU: the blocks of its kernels are transposed', async () => {
    const { class_name, config } = gru();
    expect(class_name).toBe('GRU');
    const transposed = (/** @type {any} */ { name, shape, data }) => {
      const [rows, columns] = shape;
      const units = columns / 3;
      const result = new Float32Array(data.length);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const gate = Math.floor(column / units);
          // In the block of [rows, units] the elements are those of [units, rows].
          const place = (column % units) * rows + row;
          result[Math.floor(place / units) * columns + gate * units + (place % units)] =
            data[row * columns + column];
        }
      return { name, shape, data: result };
    };
    const weights = [transposed(after[0]), transposed(after[1]), { ...after[2], shape: [18] }];
    const { recurrent_activation: _, ...options } = config;
    const bytes = keras_h5({ layers: [{ class_name: 'CuDNNGRU', config: options }], weights: [weights] });
    const { data } = await predicted(bytes);
    expect(greatest_difference(data, expected({ reset_after: true }, after))).toBeLessThan(1e-7);
  });

  test('the chain of a functional model', async () => {
    const layers = [
      {
        class_name: 'InputLayer',
        name: 'in',
        config: { name: 'in', batch_input_shape: [null, 3, 2] },
        inbound_nodes: [],
      },
      { ...gru(), name: 'gru_1', inbound_nodes: [[['in', 0, 0, {}]]] },
      {
        class_name: 'Activation',
        name: 'act',
        config: { name: 'act', activation: 'linear' },
        inbound_nodes: [[['gru_1', 0, 0, {}]]],
      },
    ];
    const config = {
      name: 'model',
      layers: [layers[2], layers[0], layers[1]],
      input_layers: [['in', 0, 0]],
      output_layers: [['act', 0, 0]],
    };
    const model_config = { class_name: 'Model', config };
    const make = (/** @type {any} */ changed) =>
      hdf5_file((file) => {
        file.create_attribute('model_config', JSON.stringify(changed));
        file.create_group('model_weights').create_attribute('layer_names', ['gru_1']);
        for (const { name, shape, data } of before)
          add_dataset(file, `model_weights/gru_1/${name}`, data, shape);
        file.get('model_weights/gru_1').create_attribute(
          'weight_names',
          before.map(({ name }) => name),
        );
      });
    const ours = { reset_after: false, recurrent_activation: 'sigmoid' };
    expect((await predicted(make(model_config))).data).toEqual(expected(ours, before));
    layers[2].inbound_nodes = [
      [
        ['gru_1', 0, 0, {}],
        ['in', 0, 0, {}],
      ],
    ];
    await expect(load_model(make(model_config))).rejects.toThrow(/act.*input_shape/);
  });

  test('a constraint of the author, regularizers, and options that are not known', async () => {
    const options = {
      kernel_constraint: { class_name: 'WeightClip', config: { name: 'WeightClip', c: 0.499 } },
      kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 1e-6 } },
      recurrent_regularizer: 'orthogonal_to_all',
      new_option: 3,
    };
    const bytes = keras_h5({ layers: [gru(options)], weights: [before] });
    const { data, warnings } = await predicted(bytes);
    expect(data).toEqual(expected({ reset_after: false, recurrent_activation: 'sigmoid' }, before));
    expect(warnings).toEqual([
      'the layer "gru_1": the kernel_constraint "WeightClip" is not known and left out; it has no effect on predictions',
      'the layer "gru_1": the recurrent_regularizer "orthogonal_to_all" is not known and left out; it has no effect on predictions',
      'the layer "gru_1": the option new_option = 3 is not known and left out',
    ]);
    const model = await load_model(bytes);
    expect(model.layers[0].get_config().kernel_regularizer.config.l2).toBe(1e-6);
    model.dispose();
  });

  test("an activation of the author's needs a function", async () => {
    const layers = [gru({ activation: 'my_tanh' })];
    const bytes = keras_h5({ layers, weights: [before] });
    await expect(load_model(bytes)).rejects.toThrow(InvalidArgumentError);
    await expect(load_model(bytes)).rejects.toThrow(/'tanh'.*my_tanh/);
    const { data } = await predicted(bytes, { custom_objects: { my_tanh: Math.tanh } });
    expect(
      greatest_difference(data, expected({ reset_after: false, recurrent_activation: 'sigmoid' }, before)),
    ).toBeLessThan(1e-6);
  });

  test.each([
    [
      'a layer that is not known',
      [{ class_name: 'LSTM', config: { name: 'lstm_4', units: 3 } }],
      /the layer "lstm_4" is of the class "LSTM"/,
    ],
    [
      'a layer without weights',
      [gru({ name: 'other' })],
      /the layer "other" has the weights .*kernel \[2, 9\].* but in the file none/,
    ],
    [
      'weights of other shapes',
      [gru({ units: 2 })],
      /the layer "gru_1" has the weights .*\[2, 6\].* but in the file .*\[2, 9\]/,
    ],
    [
      'an option that changes the layer',
      [gru(), { class_name: 'BatchNormalization', config: { name: 'bn', mode: 2 } }],
      /"bn": mode must be 0, not 2/,
    ],
    [
      'no shape of the inputs',
      [
        { class_name: 'Dropout', config: { rate: 0.2, name: 'd' } },
        { class_name: 'Activation', config: { activation: 'relu', name: 'a' } },
      ],
      /does not say the shape/,
    ],
    [
      'layers without end',
      [
        Array.from({ length: 20 }).reduce(
          (inner) => ({ class_name: 'TimeDistributed', config: { name: 't', layer: inner } }),
          gru(),
        ),
      ],
      /deeper than 16/,
    ],
    ['a layer that is none', [7], /a layer must be \{ class_name, config \}, not 7/],
  ])('%s', async (_, layers, message) => {
    const bytes = hdf5_file((file) => {
      file.create_attribute(
        'model_config',
        JSON.stringify({ class_name: 'Sequential', config: layers }),
        null,
        'S',
      );
      const root = file.create_group('model_weights');
      root.create_attribute('layer_names', ['gru_1']);
      for (const { name, shape, data } of before)
        add_dataset(file, `model_weights/gru_1/${name}`, data, shape);
      root.get('gru_1').create_attribute(
        'weight_names',
        before.map(({ name }) => name),
      );
    });
    const heap = memory();
    await expect(load_model(bytes)).rejects.toThrow(message);
    await expect(load_model(bytes)).rejects.toThrow(InvalidArgumentError);
    expect(memory()).toEqual(heap);
  });
});
