// Records whole models of TensorFlow.js: the files that it saves, and what the models predict.
//
//   npm install --no-save @tensorflow/tfjs@4.22.0        in a folder of your own
//   node generate_models.js /path/to/that/folder > models.json
//
// Weights and inputs are random, seeded and asymmetric, also the moving means and variances.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { generator, numbers } from '../../helpers/random.js';

console.warn = () => {};
const tf = createRequire(join(process.argv[2] ?? '.', 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');
const { layers } = tf;

const next = generator(77);
const count_of = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);

/** @typedef {{ name: string, input: number[] | { ids: number, shape: number[] }, layers: any[] }} Case */

/** @type {Case[]} */
const CASES = [
  {
    name: 'stacked',
    input: [2, 6, 3],
    layers: [
      layers.gru({ units: 5, returnSequences: true, inputShape: [6, 3] }),
      layers.gru({ units: 4, recurrentActivation: 'sigmoid', activation: 'relu', goBackwards: true }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  },
  {
    name: 'embedding, mask and both directions',
    input: { ids: 9, shape: [3, 7] },
    layers: [
      layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true, inputLength: 7 }),
      layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true }), mergeMode: 'concat' }),
      layers.bidirectional({ layer: layers.gru({ units: 5, useBias: false }), mergeMode: 'ave' }),
      layers.dense({ units: 2, useBias: false }),
      layers.activation({ activation: 'tanh' }),
    ],
  },
  {
    name: 'masking and every step',
    input: [2, 5, 3],
    layers: [
      layers.masking({ maskValue: -1, inputShape: [5, 3] }),
      layers.gru({ units: 4, returnSequences: true, recurrentActivation: 'sigmoid' }),
      layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'sigmoid' }) }),
    ],
  },
  {
    name: 'cells',
    input: [2, 4, 3],
    layers: [
      layers.rnn({ cell: layers.gruCell({ units: 4 }), returnSequences: true, inputShape: [4, 3] }),
      layers.rnn({
        cell: layers.stackedRNNCells({
          cells: [layers.gruCell({ units: 3, recurrentActivation: 'sigmoid' }), layers.gruCell({ units: 5 })],
        }),
      }),
    ],
  },
  {
    name: 'convolution before a GRU',
    input: [2, 12, 3],
    layers: [
      layers.zeroPadding1d?.({ padding: [1, 2], inputShape: [12, 3] }) ??
        layers.conv1d({ filters: 3, kernelSize: 1, inputShape: [12, 3] }),
      layers.conv1d({ filters: 4, kernelSize: 3, strides: 1, padding: 'same', activation: 'relu' }),
      layers.batchNormalization({ epsilon: 0.01 }),
      layers.maxPooling1d({ poolSize: 2, strides: 2 }),
      layers.conv1d({ filters: 5, kernelSize: 2, padding: 'valid', dilationRate: 2, useBias: false }),
      layers.averagePooling1d({ poolSize: 2, strides: 1, padding: 'same' }),
      layers.gru({ units: 4 }),
    ],
  },
  {
    name: 'shapes',
    input: [2, 4, 3],
    layers: [
      layers.flatten({ inputShape: [4, 3] }),
      layers.dense({ units: 6 }),
      layers.repeatVector({ n: 3 }),
      layers.gru({ units: 4, returnSequences: true }),
      layers.layerNormalization({ epsilon: 0.02 }),
      layers.reshape({ targetShape: [4, 3] }),
      layers.spatialDropout1d?.({ rate: 0.2 }) ?? layers.dropout({ rate: 0.2 }),
      layers.globalAveragePooling1d({}),
    ],
  },
  {
    name: 'activations',
    input: [2, 5, 3],
    layers: [
      layers.dense({ units: 4, inputShape: [5, 3] }),
      layers.leakyReLU({ alpha: 0.15 }),
      layers.dense({ units: 4 }),
      layers.elu({}),
      layers.dense({ units: 4 }),
      layers.prelu({ sharedAxes: [1] }),
      layers.dense({ units: 4 }),
      layers.thresholdedReLU({ theta: 0.1 }),
      layers.gru({ units: 3, returnSequences: true }),
      layers.reLU({ maxValue: 0.4 }),
      layers.globalMaxPooling1d({}),
      layers.softmax({}),
    ],
  },
  {
    name: 'a model in a model',
    input: [2, 4, 3],
    layers: [
      tf.sequential({
        name: 'inner',
        layers: [
          layers.dense({ units: 4, inputShape: [4, 3], name: 'inner_dense' }),
          layers.gru({ units: 3, name: 'inner_gru' }),
        ],
      }),
      layers.dense({ units: 2, activation: 'hardSigmoid' }),
    ],
  },
];

/** Models whose layers are no chain. @type {{ name: string, make: () => { inputs: any[], outputs: any[], shapes: any[] } }[]} */
const GRAPHS = [
  {
    // As noise suppressors are: what a GRU reads is what other layers read and gave.
    name: 'layers side by side',
    make() {
      const x = tf.input({ shape: [5, 6], name: 'main_input' });
      const tmp = layers.dense({ units: 4, activation: 'tanh', name: 'input_dense' }).apply(x);
      const vad = layers
        .gru({ units: 3, returnSequences: true, recurrentActivation: 'sigmoid', name: 'vad_gru' })
        .apply(tmp);
      const vad_output = layers.dense({ units: 1, activation: 'sigmoid', name: 'vad_output' }).apply(vad);
      const noise_input = layers.concatenate({ name: 'noise_input' }).apply([tmp, vad, x]);
      const noise = layers
        .gru({
          units: 4,
          activation: 'relu',
          recurrentActivation: 'sigmoid',
          returnSequences: true,
          name: 'noise_gru',
        })
        .apply(noise_input);
      const both = layers.concatenate({ axis: -1 }).apply([vad, noise, x]);
      const output = layers.dense({ units: 2, activation: 'sigmoid', name: 'denoise_output' }).apply(both);
      return { inputs: [x], outputs: [output, vad_output], shapes: [[2, 5, 6]] };
    },
  },
  {
    name: 'an encoder and a decoder',
    make() {
      const embedding = layers.embedding({ inputDim: 8, outputDim: 3, name: 'shared' });
      const from = tf.input({ shape: [5], name: 'from', dtype: 'int32' });
      const to = tf.input({ shape: [4], name: 'to', dtype: 'int32' });
      const [, state] = layers
        .gru({ units: 4, returnState: true, name: 'encoder' })
        .apply(embedding.apply(from));
      const decoded = layers
        .gru({ units: 4, returnSequences: true, name: 'decoder' })
        .apply(embedding.apply(to), { initialState: state });
      const output = layers
        .timeDistributed({ layer: layers.dense({ units: 3, activation: 'softmax' }) })
        .apply(decoded);
      return {
        inputs: [from, to],
        outputs: [output],
        shapes: [
          { ids: 8, shape: [3, 5] },
          { ids: 8, shape: [3, 4] },
        ],
      };
    },
  },
  {
    name: 'merged by value',
    make() {
      const x = tf.input({ shape: [4, 3], name: 'x' });
      const a = layers.gru({ units: 3, returnSequences: true, name: 'a' }).apply(x);
      const b = layers.dense({ units: 3, name: 'b' }).apply(x);
      const sum = layers.add().apply([a, b, x]);
      const product = layers.multiply().apply([sum, a]);
      const mean = layers.average().apply([product, b]);
      const most = layers.maximum().apply([mean, x]);
      const least = layers.minimum().apply([most, a]);
      return { inputs: [x], outputs: [least, layers.flatten().apply(mean)], shapes: [[2, 4, 3]] };
    },
  },
];

/** @param {any} input @returns {any} */
function random_input(input) {
  if (!Array.isArray(input)) {
    const ids = Array.from({ length: count_of(input.shape) }, (_, i) =>
      // The second row ends in padding.
      i >= input.shape[1] * 2 - 3 && i < input.shape[1] * 2 ? 0 : 1 + Math.floor(next() * (input.ids - 1)),
    );
    return tf.tensor(ids, input.shape);
  }
  const data = numbers(count_of(input), next, 0.9);
  // Two steps that Masking leaves out.
  const [, steps, width] = input;
  for (const step of [1, steps + steps - 1]) data.fill(-1, step * width, (step + 1) * width);
  return tf.tensor(data, input);
}

/** Weights, and what the model saves. @param {any} model */
async function fill_and_save(model) {
  const weights = model.weights.map((/** @type {any} */ { name: weight, shape }) => {
    const values = numbers(count_of(shape), next, 0.6);
    return tf.tensor(
      /variance|gamma/.test(weight) ? values.map((value) => Math.abs(value) + 0.3) : values,
      shape,
    );
  });
  model.setWeights(weights);
  /** @type {any} */
  let saved;
  await model.save(
    tf.io.withSaveHandler(async (/** @type {any} */ artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData, format, generatedBy } = saved;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  return {
    model_json: { format, generatedBy, convertedBy: null, modelTopology, weightsManifest },
    weights: Buffer.from(tf.io.CompositeArrayBuffer?.join(weightData) ?? weightData).toString('base64'),
  };
}
const written = (/** @type {any} */ tensor) => ({ shape: tensor.shape, data: Array.from(tensor.dataSync()) });

const models = [];
for (const { name, input, layers: list } of CASES) {
  const model = tf.sequential({ name: 'model', layers: list });
  const files = await fill_and_save(model);
  const x = random_input(input);
  models.push({ name, ...files, input: written(x), output: written(model.predict(x)) });
}
const graphs = [];
for (const { name, make } of GRAPHS) {
  const { inputs, outputs, shapes } = make();
  const model = tf.model({ inputs, outputs, name: 'model' });
  const files = await fill_and_save(model);
  const x = shapes.map(random_input);
  const y = [model.predict(x.length === 1 ? x[0] : x)].flat();
  graphs.push({ name, ...files, inputs: x.map(written), outputs: y.map(written) });
}
process.stdout.write(
  `${JSON.stringify({ about: 'made by generate_models.js', tfjs: tf.version.tfjs, models, graphs })}\n`,
);
