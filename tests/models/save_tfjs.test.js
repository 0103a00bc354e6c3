// Models and weights written for TensorFlow.js. What its own files have was recorded; ours must have the same names, shapes and options.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights, write_weights } from '../../js/formats.js';
import { GRUCell, reset_default_graph, tensor, ValueError } from '../../js/index.js';
import {
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  GRU,
  Input,
  Model,
  RNN,
  Sequential,
  Subtract,
} from '../../js/keras.js';
import { greatest_difference } from '../goldens/recordings.js';
import { GRAPHS, RECORDINGS, tfjs_files } from '../goldens/whole_models.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** @param {Uint8Array} bytes */
const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** Options that TensorFlow.js writes and does not need: what initial values were, and what has no effect. */
const NOT_NEEDED = /_initializer$|^(implementation|unroll|input_length|data_format|build_input_shape|dtype)$/;

/** The options that a configuration has and the other lacks or has otherwise. @param {any} expected @param {any} actual @param {string} path @returns {string[]} */
function missing(expected, actual, path) {
  // A list of one number is that number.
  if (Array.isArray(expected) && typeof actual === 'number') return missing(expected[0], actual, path);
  if (Array.isArray(expected))
    return expected.flatMap((one, i) => missing(one, actual?.[i], `${path}[${i}]`));
  if (typeof expected === 'object' && expected !== null)
    return Object.entries(expected).flatMap(([key, value]) => {
      // An RNN repeats its cell's options.
      if (expected.cell && key !== 'name' && Object.hasOwn(expected.cell.config, key)) return [];
      if (NOT_NEEDED.test(key) || value === null || value === 0 || value === false) return [];
      return missing(value, actual?.[key], `${path}.${key}`);
    });
  return expected === actual ? [] : [`${path}: ${expected}, not ${actual}`];
}

test.each(RECORDINGS)('what TensorFlow.js saved, saved again: $name', async (recording) => {
  const model = await load_model(tfjs_files(recording));
  const files = await model.save({ format: 'tfjs' });
  model.dispose();
  expect(Object.keys(files)).toEqual(['model.json', 'weights.bin']);
  const { modelTopology, weightsManifest, format } = parse(files['model.json']);
  expect(format).toBe('layers-model');
  expect(
    missing(recording.model_json.modelTopology.config.layers, modelTopology.config.layers, 'layers'),
  ).toEqual([]);
  const [expected] = recording.model_json.weightsManifest;
  const by_name = (/** @type {any} */ { name: a }, /** @type {any} */ { name: b }) => (a < b ? -1 : 1);
  const facts = (/** @type {any[]} */ weights) =>
    weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })).sort(by_name);
  expect(facts(weightsManifest[0].weights)).toEqual(facts(expected.weights));
  const [before, after] = [await read_weights(tfjs_files(recording)), await read_weights(files)];
  for (const [name, { data }] of before.tensors)
    expect([name, after.tensors.get(name)?.data]).toEqual([name, data]);
});

test.each(GRAPHS)('a graph that TensorFlow.js saved, saved again: $name', async (recording) => {
  const model = await load_model(tfjs_files(recording));
  const files = await model.save({ format: 'tfjs' });
  model.dispose();
  const { modelTopology, weightsManifest } = parse(files['model.json']);
  const { class_name, config: expected } = recording.model_json.modelTopology;
  expect(modelTopology.class_name).toBe(class_name);
  const { config } = modelTopology;
  expect([config.input_layers, config.output_layers]).toEqual([
    expected.input_layers,
    expected.output_layers,
  ]);
  // The order of the layers says nothing.
  const layer = (/** @type {any} */ { layers }, /** @type {string} */ name) =>
    layers.find((/** @type {any} */ one) => one.name === name);
  expect(config.layers).toHaveLength(expected.layers.length);
  for (const one of expected.layers) {
    // An Embedding states a shape of its own input, which nobody reads.
    if (one.class_name !== 'InputLayer') delete one.config.batch_input_shape;
    expect(missing(one, layer(config, one.name), one.name)).toEqual([]);
    expect(layer(config, one.name).inbound_nodes).toEqual(one.inbound_nodes);
  }
  const names = (/** @type {any} */ [{ weights }]) =>
    weights.map((/** @type {any} */ { name }) => name).sort();
  expect(names(weightsManifest)).toEqual(names(recording.model_json.weightsManifest));
  const again = await load_model(files);
  const x = recording.inputs.map(({ shape, data }) => tensor(data, shape, 'float32'));
  [again.predict(x)].flat().forEach(({ data }, i) => {
    expect(greatest_difference(data, recording.outputs[i].data)).toBeLessThan(2e-6);
  });
  again.dispose();
});

test('models in models', async () => {
  const x = Input({ shape: [4, 2], name: 'x' });
  const z = Input({ shape: [4, 2], name: 'z' });
  const inner = new Model(z, new GRU(3, { reset_after: false, name: 'g' }).apply(z), { name: 'inner' });
  const head = new Sequential([new Dense(2, { name: 'd' })], { name: 'head' });
  const model = new Model(x, head.apply(inner.apply(x)));
  const files = await model.save({ format: 'tfjs' });
  const [, , outer] = parse(files['model.json']).modelTopology.config.layers;
  expect(outer.config.layers[0].config).toMatchObject({ name: 'd', batch_input_shape: [null, 3] });
  const again = await load_model(files);
  const data = tensor(
    Array.from({ length: 16 }, (_, i) => Math.sin(i)),
    [2, 4, 2],
    'float32',
  );
  expect(again.predict(data)).toEqual(model.predict(data));
  model.dispose();
  again.dispose();
});

test.each(
  /** @type {[string, (x: any) => any, RegExp][]} */ ([
    [
      'stateful',
      (x) => new GRU(2, { reset_after: false, stateful: true }).apply(x),
      /batch size of a stateful model/,
    ],
    ['reset_after', (x) => new GRU(2).apply(x), /has reset_after/],
    ['a class', (x) => new Subtract().apply([x, x]), /Subtract, which TensorFlow.js does not have/],
  ]),
)('a functional model that TensorFlow.js does not have: %s', async (_, apply, message) => {
  const x = Input({ batch_shape: [2, 3, 2] });
  const model = new Model(x, apply(x));
  await expect(model.save({ format: 'tfjs' })).rejects.toThrow(message);
  await expect(model.save({ format: 'tfjs' })).rejects.toThrow(ValueError);
  model.dispose();
});

test('a stateful model keeps its batch size; metadata', async () => {
  const layer = new GRU(2, { reset_after: false, stateful: true, name: 'g', kernel_regularizer: 'l2' });
  const model = new Sequential([layer]);
  model.build([4, 3, 2]);
  const files = await model.save({ format: 'tfjs', metadata: { labels: ['a', 'b'] } });
  const { modelTopology, userDefinedMetadata } = parse(files['model.json']);
  expect(modelTopology.config.layers[0].config).toMatchObject({
    batch_input_shape: [4, 3, 2],
    stateful: true,
    kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.01 } },
  });
  expect(userDefinedMetadata).toEqual({ labels: ['a', 'b'] });
  model.dispose();
});

test('write_weights: weights alone', async () => {
  const tensors = { a: { shape: [2], data: [1.5, -2] }, ids: new Int32Array([7, -1]), flags: [true, false] };
  const files = await write_weights(/** @type {any} */ (tensors), { format: 'tfjs', metadata: { by: 'me' } });
  expect(parse(files['model.json'])).toMatchObject({ format: 'weights', userDefinedMetadata: { by: 'me' } });
  const read = await read_weights(files);
  expect(read.format).toBe('tfjs');
  expect([...read.tensors].map(([name, { shape, dtype, data }]) => [name, shape, dtype, [...data]])).toEqual([
    ['a', [2], 'float32', [1.5, -2]],
    ['ids', [2], 'int32', [7, -1]],
    ['flags', [2], 'bool', [1, 0]],
  ]);
  expect(read.metadata.userDefinedMetadata).toEqual({ by: 'me' });
});

describe('refused', () => {
  const before = { reset_after: false };
  test.each(
    /** @type {[string, () => any, RegExp][]} */ ([
      ['a GRU with reset_after', () => new GRU(2, { name: 'g' }), /the layer "g" has reset_after/],
      ['CuDNNGRU', () => new CuDNNGRU(2, { name: 'g' }), /the layer "g" is of the class CuDNNGRU/],
      ["TensorFlow 1's cell", () => new RNN(new GRUCell(2)), /is of the class GRUCell/],
      [
        'an unknown activation',
        () => new Dense(2, { activation: 'leaky_relu', name: 'd' }),
        /the layer "d": activation is "leaky_relu"/,
      ],
      ['a function', () => new Activation((x) => x * x, { name: 'a' }), /the layer "a": activation is/],
      [
        'a regularizer that is a function',
        () => new Dense(2, { kernel_regularizer: /** @type {any} */ (() => 0) }),
        /kernel_regularizer is a function/,
      ],
      [
        'directions that differ',
        () =>
          new Bidirectional(new GRU(2, before), {
            backward_layer: new GRU(2, { ...before, go_backwards: true, activation: 'relu' }),
          }),
        /has two layers with other options/,
      ],
      ['float64', () => new GRU(2, { ...before, dtype: 'float64' }), /is of float64/],
    ]),
  )('%s', async (_, make, message) => {
    const model = new Sequential([make()]);
    model.build([null, 3, 2]);
    await expect(model.save({ format: 'tfjs' })).rejects.toThrow(message);
    await expect(model.save({ format: 'tfjs' })).rejects.toThrow(ValueError);
    model.dispose();
    reset_default_graph();
  });

  test('an unknown format, and a model that is not built', async () => {
    const model = new Sequential([new Dense(2)]);
    await expect(model.save({ format: /** @type {any} */ ('h5') })).rejects.toThrow(
      /save: format must be one of 'safetensors', 'tfjs', 'onnx', not "h5"/,
    );
    await expect(model.save({ format: 'tfjs' })).rejects.toThrow(/is not built/);
    model.dispose();
  });
});
