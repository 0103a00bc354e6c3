// Records what TensorFlow.js computes: GRU layers, Bidirectional, gradients, losses and training.
//
//   npm install --no-save @tensorflow/tfjs@4.22.0        in a folder of your own
//   node generate.js /path/to/that/folder > recordings.json
//
// Weights and inputs are random, seeded and asymmetric. TensorFlow.js computes in float32; each number is written with the fewest
// digits that give the same float32. It has only the form in which the reset gate acts before the recurrent product.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { generator, numbers } from '../../helpers/random.js';

console.warn = () => {};
const tf = createRequire(join(process.argv[2] ?? '.', 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');

const next = generator(2024);
const count_of = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);
const random = (/** @type {number[]} */ shape, scale = 0.8) =>
  tf.tensor(numbers(count_of(shape), next, scale), shape);

/** The shortest decimal of a float32. @param {number} value */
function shortest(value) {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}
const written = (/** @type {any} */ tensor) => ({
  shape: tensor.shape,
  data: Array.from(tensor.dataSync(), shortest),
});
const all_written = (/** @type {any[]} */ tensors) => tensors.map(written);

/** Our names of options as TensorFlow.js spells them. @param {Record<string, any>} options */
const camel_case = (options) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_./g, (match) => match[1].toUpperCase()),
      value === 'hard_sigmoid' ? 'hardSigmoid' : value,
    ]),
  );

/** Replaces a built layer's weights by random ones. @param {any} layer_or_model */
function randomize(layer_or_model) {
  const weights = layer_or_model.getWeights().map((/** @type {any} */ { shape }) => random(shape));
  layer_or_model.setWeights(weights);
  return all_written(weights);
}

const MASK = [
  [1, 1, 1, 1, 1],
  [1, 0, 1, 1, 0],
  [0, 0, 1, 0, 0],
];
const [BATCH, STEPS, INPUTS, UNITS] = [3, 5, 4, 3];

/**
 * A call, and the gradients of the sum of the output times coefficients.
 * @param {any} layer @param {number} states @param {{ mask?: boolean, initial_state?: boolean, zero_masked?: boolean, calls?: number }} use
 */
function record_layer(
  layer,
  states,
  { mask = false, initial_state = false, zero_masked = false, calls = 1 },
) {
  const inputs = Array.from({ length: calls }, () => random([BATCH, STEPS, INPUTS]));
  layer.build([BATCH, STEPS, INPUTS]);
  const weights = randomize(layer);
  const keyword_arguments = () => ({
    ...(mask && { mask: tf.tensor(MASK, [BATCH, STEPS], 'bool') }),
    ...(initial_state && { initialState: initial_states }),
  });
  const initial_states = Array.from({ length: initial_state ? states : 0 }, () => random([BATCH, UNITS]));
  const run = (/** @type {any} */ x) => {
    const results = [layer.call(x, keyword_arguments())].flat();
    return zero_masked ? [tf.mul(results[0], tf.tensor(MASK, [BATCH, STEPS, 1]))] : results;
  };
  const outputs = inputs.map(run);
  const record = {
    weights,
    inputs: all_written(inputs),
    mask: mask ? MASK : null,
    initial_state: initial_state ? all_written(initial_states) : null,
    outputs: outputs.map(all_written),
  };
  if (calls > 1) return record;
  const coefficients = outputs[0].map((/** @type {any} */ { shape }) => random(shape));
  const value = (/** @type {any} */ x) =>
    run(x)
      .map((output, i) => tf.sum(tf.mul(output, coefficients[i])))
      .reduce(tf.add);
  const variables = layer.trainableWeights.map((/** @type {any} */ weight) => weight.val);
  const { grads } = tf.variableGrads(() => value(inputs[0]), variables);
  return {
    ...record,
    coefficients: all_written(coefficients),
    weight_gradients: all_written(variables.map((/** @type {any} */ { name }) => grads[name])),
    input_gradient: written(tf.grad(value)(inputs[0])),
  };
}

/** @type {[Record<string, any>, Record<string, any>][]} */
const LAYERS = [
  [{}, {}],
  [{ recurrent_activation: 'sigmoid' }, {}],
  [{ recurrent_activation: 'sigmoid', return_sequences: true }, { initial_state: true }],
  [{ recurrent_activation: 'hard_sigmoid', return_sequences: true, go_backwards: true }, {}],
  [{ recurrent_activation: 'sigmoid', return_sequences: true }, { mask: true }],
  [{ recurrent_activation: 'sigmoid', return_state: true, go_backwards: true }, { mask: true }],
  [{ recurrent_activation: 'sigmoid', use_bias: false, activation: 'relu', return_sequences: true }, {}],
  [{ recurrent_activation: 'sigmoid', activation: 'softsign', return_state: true }, { initial_state: true }],
  [
    { recurrent_activation: 'hard_sigmoid', activation: 'elu' },
    { mask: true, initial_state: true },
  ],
  [{ recurrent_activation: 'sigmoid', return_sequences: true, stateful: true }, { calls: 3 }],
  [
    { recurrent_activation: 'hard_sigmoid', stateful: true, go_backwards: true },
    { calls: 2, mask: true },
  ],
];
const layers = LAYERS.map(([options, use]) => {
  const layer = tf.layers.gru({
    units: UNITS,
    ...camel_case({ recurrent_activation: 'hard_sigmoid', ...options }),
    ...(options.stateful && { batchInputShape: [BATCH, STEPS, INPUTS] }),
  });
  return { options: { recurrent_activation: 'hard_sigmoid', ...options }, ...record_layer(layer, 1, use) };
});

/** @type {[Record<string, any>, Record<string, any>, Record<string, any>][]} */
const BIDIRECTIONAL = [
  ...['concat', 'sum', 'mul', 'ave', null].flatMap((merge_mode) => [
    /** @type {any} */ ([{ merge_mode }, { return_sequences: true, recurrent_activation: 'sigmoid' }, {}]),
    /** @type {any} */ ([{ merge_mode }, { recurrent_activation: 'hard_sigmoid' }, {}]),
  ]),
  // Keras gives zeros for masked steps here (zero_output_for_mask); TensorFlow.js repeats the output of the step before.
  [
    { merge_mode: 'concat' },
    { return_sequences: true, recurrent_activation: 'sigmoid' },
    { mask: true, zero_masked: true },
  ],
  [
    { merge_mode: 'concat' },
    { return_state: true, recurrent_activation: 'sigmoid' },
    { initial_state: true },
  ],
];
const bidirectional = BIDIRECTIONAL.map(([options, layer_options, use]) => {
  const layer = tf.layers.bidirectional({
    layer: tf.layers.gru({ units: UNITS, ...camel_case(layer_options) }),
    mergeMode: options.merge_mode,
  });
  return { options, layer_options, ...record_layer(layer, 2, use) };
});

const softmax_rows = tf.softmax(random([4, 5], 2));
const sigmoid_rows = tf.sigmoid(random([4, 3], 2));
const one_hot = tf.oneHot(tf.tensor1d([2, 0, 4, 1], 'int32'), 5).toFloat();
const binary = tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1], [4, 3]);
const losses = [
  {
    name: 'mean_squared_error',
    loss: tf.metrics.meanSquaredError,
    y_true: random([4, 3]),
    y_pred: random([4, 3]),
  },
  {
    name: 'mean_absolute_error',
    loss: tf.metrics.meanAbsoluteError,
    y_true: random([4, 3]),
    y_pred: random([4, 3]),
  },
  { name: 'binary_crossentropy', loss: tf.metrics.binaryCrossentropy, y_true: binary, y_pred: sigmoid_rows },
  {
    name: 'categorical_crossentropy',
    loss: tf.metrics.categoricalCrossentropy,
    y_true: one_hot,
    y_pred: softmax_rows,
  },
].map(({ name, loss, y_true, y_pred }) => ({
  name,
  y_true: written(y_true),
  y_pred: written(y_pred),
  values: written(loss(y_true, y_pred)),
  gradient: written(tf.grad((/** @type {any} */ y) => tf.sum(loss(y_true, y)))(y_pred)),
}));

const IDS = 6;
const make_optimizers = () => [
  { name: 'SGD', options: { learning_rate: 0.1 }, optimizer: tf.train.sgd(0.1) },
  { name: 'SGD', options: { learning_rate: 0.05, momentum: 0.9 }, optimizer: tf.train.momentum(0.05, 0.9) },
  {
    name: 'SGD',
    options: { learning_rate: 0.05, momentum: 0.8, nesterov: true },
    optimizer: tf.train.momentum(0.05, 0.8, true),
  },
  {
    name: 'RMSprop',
    options: { learning_rate: 0.01, rho: 0.9, epsilon: 1e-7 },
    optimizer: tf.train.rmsprop(0.01, 0.9, 0, 1e-7),
  },
  {
    name: 'RMSprop',
    options: { learning_rate: 0.01, rho: 0.8, momentum: 0.5, epsilon: 1e-5 },
    optimizer: tf.train.rmsprop(0.01, 0.8, 0.5, 1e-5),
  },
  {
    // TensorFlow.js keeps the powers of beta in float32, where 1 - 0.999 has an error of 1e-5: these two are exact in float32.
    name: 'Adam',
    options: { learning_rate: 0.02, beta_1: 0.875, beta_2: 0.9375, epsilon: 1e-8 },
    optimizer: tf.train.adam(0.02, 0.875, 0.9375, 1e-8),
  },
];
// Five steps with random gradients. None is near zero: Adam divides a gradient by its own size, and the error of a tiny one counts in full.
const optimizer_steps = make_optimizers().map(({ name, options, optimizer }, number) => {
  const variable = tf.variable(random([3, 4]), true, `variable_${number}`);
  const before = written(variable);
  const gradients = Array.from({ length: 5 }, () => {
    const signs = tf.sign(random([3, 4], 1));
    return tf.mul(signs, tf.add(random([3, 4], 0.3), 0.5));
  });
  const after = gradients.map((gradient) => {
    optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
    return written(variable);
  });
  return { name, options, before, gradients: all_written(gradients), after };
});

const training = [];
for (const { name, options, optimizer } of make_optimizers().filter(({ name }) => name !== 'Adam')) {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: IDS, outputDim: 4, inputLength: STEPS, maskZero: true }),
      tf.layers.gru({ units: 5, returnSequences: true, recurrentActivation: 'sigmoid' }),
      tf.layers.gru({ units: 4, recurrentActivation: 'hardSigmoid' }),
      tf.layers.dense({ units: IDS, activation: 'softmax' }),
    ],
  });
  const before = randomize(model);
  // Ids from 1 on, with padding of zeros at the end of some rows.
  const rows = Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: STEPS }, (_, step) =>
      step < STEPS - (row % 3) ? 1 + Math.floor(next() * (IDS - 1)) : 0,
    ),
  );
  const classes = Array.from({ length: 8 }, () => Math.floor(next() * IDS));
  const x = tf.tensor2d(rows);
  const y = tf.oneHot(tf.tensor1d(classes, 'int32'), IDS).toFloat();
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const prediction = written(model.predict(x));
  const steps = [];
  for (let step = 0; step < 4; step++) {
    steps.push(shortest(Math.fround(await model.trainOnBatch(x, y))));
  }
  training.push({
    name,
    options,
    before,
    ids: rows,
    classes,
    prediction,
    losses: steps,
    after: all_written(model.getWeights()),
  });
}

process.stdout.write(
  `${JSON.stringify({
    about: 'made by generate.js',
    versions: tf.version,
    backend: tf.getBackend(),
    layers,
    bidirectional,
    losses,
    optimizer_steps,
    training,
  })}\n`,
);
