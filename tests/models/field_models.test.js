// Files of Keras as well-known programs wrote them: they predict what a plain evaluation in float64 says, and what is not known in them is
// named.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights } from '../../js/formats.js';
import { InvalidArgumentError, memory, tensor } from '../../js/index.js';
import {
  basecaller,
  medaka,
  noise_suppressor,
  precise,
  recognizer,
  rnnoise,
  trigger_word,
} from '../helpers/field_models.js';
import { add_dataset } from '../helpers/hdf5_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { run_model } from '../reference/keras_model.js';

beforeAll(ready);

/** @typedef {import('../helpers/field_models.js').FieldModel} FieldModel */

/** @param {ArrayLike<number>} actual @param {number[]} expected */
function expect_close(actual, expected) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
  });
}

/** @param {FieldModel} field @returns {number[][]} one row of inputs */
function inputs_of({ features, steps }) {
  const next = generator(77);
  return Array.from({ length: steps }, () => numbers(features, next, 0.9).map(Math.fround));
}

/** @param {FieldModel} field @param {any} [options] @returns {Promise<string[]>} the warnings */
async function expect_prediction(field, options) {
  const before = memory();
  const model = await load_model(field.bytes, options);
  const x = inputs_of(field);
  const expected = run_model(field.layers, x);
  const outputs = [model.predict(tensor([x], [1, field.steps, field.features], 'float32'))].flat();
  field.outputs.forEach((name, i) => {
    expect_close(outputs[i].data, [expected.get(name)].flat(2));
  });
  model.dispose();
  expect(memory()).toEqual(before);
  return model.warnings;
}

/** The GRUs of a file, one by one, beside the plain evaluation of their layers. @param {FieldModel} field */
async function expect_grus(field) {
  const { grus } = await read_weights(field.bytes);
  const layers = field.layers.filter(({ class_name }) => /GRU|Bidirectional/.test(class_name));
  expect(grus).toHaveLength(layers.length);
  grus.forEach((gru, i) => {
    const [{ shape }] = layers[i].weights;
    const x = inputs_of({ ...field, features: shape[0] });
    const layer = gru.create({ return_sequences: true });
    const config = layers[i].config.layer
      ? { ...layers[i].config, layer: { ...layers[i].config.layer } }
      : { ...layers[i].config };
    (config.layer ? config.layer.config : config).return_sequences = true;
    const expected = run_model([{ ...layers[i], config, inputs: undefined }], x).get(config.name);
    expect_close(layer.call(tensor([x], [1, field.steps, shape[0]], 'float32')).data, expected.flat());
    layer.dispose();
  });
}

/** Layers of which one has another option. @param {any[]} layers @param {number} place @param {string} option @param {any} value */
const with_option = (layers, place, option, value) =>
  layers.map((layer, i) =>
    i === place ? { ...layer, config: { ...layer.config, [option]: value } } : layer,
  );

/** @type {[string, (options?: any) => FieldModel, string[]][]} */
const FIELD = [
  ['Mycroft Precise', precise, ['the file\'s loss "weighted_log_loss" is not known']],
  [
    'RNNoise',
    rnnoise,
    ['kernel_constraint "WeightClip"', 'the file\'s loss "mycost"', 'the file\'s loss "my_crossentropy"'],
  ],
  ['medaka', medaka, []],
  ['medaka, CuDNNGRU', (options) => medaka({ cudnn: true, ...options }), []],
  ['medaka, TensorFlow 2', (options) => medaka({ tensorflow_2: true, ...options }), []],
  ['medaka, TimeDistributed', (options) => medaka({ time_distributed: true, ...options }), []],
  ['a basecaller', basecaller, []],
  ['a recognizer with CTC', recognizer, []],
  ['trigger words', trigger_word, []],
  ['a suppressor of noise', noise_suppressor, []],
];

describe.each(FIELD)('%s', (_, make, expected_warnings) => {
  test('predicts', async () => {
    const warnings = await expect_prediction(make());
    for (const part of expected_warnings) expect(warnings).toContainEqual(expect.stringContaining(part));
    if (!expected_warnings.length) expect(warnings).toEqual([]);
  });

  test('its GRUs alone', async () => {
    await expect_grus(make());
  });

  test('without a configuration of the training', async () => {
    const warnings = await expect_prediction(make({ training_config: null }));
    expect(warnings.filter((warning) => warning.includes('loss'))).toEqual([]);
  });

  test('as HDF5 since 1.10 writes it', async () => {
    await expect_prediction(make({ hdf5: { libver: 'latest' } }));
  });

  test('the weights alone: the GRUs are found', async () => {
    const field = make({ weights_only: true });
    await expect(load_model(field.bytes)).rejects.toThrow(InvalidArgumentError);
    const { grus } = await read_weights(field.bytes);
    const layers = field.layers.filter(({ class_name }) => /GRU|Bidirectional/.test(class_name));
    expect(grus.map(({ units, input_size, bidirectional }) => [units, input_size, bidirectional])).toEqual(
      layers.map(({ class_name, config, weights }) => [
        (config.layer?.config ?? config).units,
        weights[0].shape[0],
        class_name === 'Bidirectional',
      ]),
    );
  });
});

test.each([
  ['2.0.6', {}, {}],
  ['2.1.4', { implementation: 2 }, {}],
  ['2.2.4', { reset_after: false }, {}],
  ['2.3.1', { reset_after: true }, {}],
  ['2.4.0', { reset_after: true, time_major: false }, { cell_names: true, class_name: 'Functional' }],
])('RNNoise with Keras %s', async (version, gru, options) => {
  await expect_prediction(rnnoise({ version, gru, ...options }));
});

test('metadata of the program in the same file', async () => {
  const add = (/** @type {any} */ file) => {
    // A pickle as a string of bytes, a list of labels, and what the program says of itself.
    const group = file.create_group('meta');
    group.create_dataset({
      name: 'model_function',
      data: '\u0080\u0003cfunctools\npartial\nq',
      dtype: 'S40',
    });
    group.create_dataset({ name: 'label_scheme', data: ['A', 'C', 'G', 'T'], dtype: 'S4' });
    add_dataset(file, 'meta/counts', [1, 2, 3], [3], { dtype: '<q' });
    file.create_attribute('medaka_model_name', 'two_layer_bidirectional_CuDNNGRU');
  };
  await expect_prediction(medaka({ add }));
});

test('layers that are not known are named with their class', async () => {
  await expect(load_model(recognizer({ ctc: true }).bytes)).rejects.toThrow(
    /the layer "ctc" is of the class "Lambda"/,
  );
});

test.each([
  [
    'more units than the weights',
    () => noise_suppressor({ config: (/** @type {any[]} */ layers) => with_option(layers, 1, 'units', 500) }),
    /the layer "gru_1", of the class GRU, has 500 units and reset_after true, but its weights in the file are \[12, 36\], \[12, 36\], \[2, 36\]/,
  ],
  [
    'the reset gate before the product',
    () => precise({ config: (/** @type {any[]} */ layers) => with_option(layers, 0, 'reset_after', true) }),
    /the layer "net", of the class GRU, has 20 units and reset_after true, but its weights in the file are \[13, 60\], \[20, 60\], \[60\]/,
  ],
  [
    'a Dense of more units',
    () => precise({ config: (/** @type {any[]} */ layers) => with_option(layers, 1, 'units', 1000) }),
    /the layer "dense_1", of the class Dense, has 1000 units, but its weights in the file are \[20, 1\], \[1\]/,
  ],
])('a configuration that does not fit the weights: %s', async (_, make, message) => {
  const before = memory();
  await expect(load_model(make().bytes)).rejects.toThrow(message);
  expect(memory()).toEqual(before);
});

test("a loss as Keras's versions state it", async () => {
  const warnings_of = async (/** @type {any} */ loss) => {
    const model = await load_model(precise({ training_config: { loss } }).bytes);
    model.dispose();
    return model.warnings;
  };
  for (const loss of [
    'binary_crossentropy',
    'mse',
    ['mean_squared_error', null],
    { dense_1: 'mae' },
    null,
    7,
    {
      class_name: 'BinaryCrossentropy',
      config: { reduction: 'auto', name: 'binary_crossentropy', from_logits: false },
    },
    { class_name: 'LossFunctionWrapper', config: { fn: 'mean_squared_error', name: 'x' } },
    {
      module: 'builtins',
      class_name: 'function',
      config: 'binary_crossentropy',
      registered_name: 'function',
    },
  ])
    expect(await warnings_of(loss)).toEqual([]);
  const unknown = (/** @type {string} */ name) => [
    `the file's loss "${name}" is not known; it has no effect on predictions, and compile takes a function of yours in its place`,
  ];
  expect(await warnings_of({ a: 'mse', b: 'focal' })).toEqual(unknown('focal'));
  expect(await warnings_of({ class_name: 'FocalLoss', config: { gamma: 2 } })).toEqual(unknown('FocalLoss'));
  expect(await warnings_of({ module: 'builtins', class_name: 'function', config: 'focal' })).toEqual(
    unknown('focal'),
  );
});
