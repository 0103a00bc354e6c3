// Models of Keras's layers, evaluated plainly in float64: the golden values of tests of whole files.
//
// A value is one row of a batch: a list of steps, each a list of features, or one such list after the last step.
import { activation_function } from './activations.js';
import { from_cudnn, gru_sequence } from './gru.js';

/**
 * @typedef {{ shape: readonly number[], data: ArrayLike<number> }} Weight
 * @typedef {{ class_name: string, config: { [option: string]: any }, weights: Weight[], inputs?: string[] }} ReferenceLayer `config`: as
 *   Keras 2 has it; `inputs`: the names of the layers whose outputs it takes, default the layer before
 * @typedef {any} Value
 */

/** @param {Value} value */
const is_sequence = (value) => Array.isArray(value[0]);

/** @param {Value} value @param {(features: number[]) => number[]} map */
const each_step = (value, map) => (is_sequence(value) ? value.map(map) : map(value));

/** @param {number[]} features @param {Weight} kernel @param {Weight | undefined} bias */
function product(features, { shape, data }, bias) {
  const [rows, columns] = shape;
  if (features.length !== rows) throw new Error(`${features.length} features for a kernel of ${rows} rows`);
  return Array.from({ length: columns }, (_, column) =>
    features.reduce((sum, one, row) => sum + one * data[row * columns + column], bias?.data[column] ?? 0),
  );
}

/** @param {number[]} features @param {string | undefined} name */
function activate(features, name = 'linear') {
  if (name !== 'softmax') return features.map(activation_function(name));
  const exponentials = features.map((one) => Math.exp(one - Math.max(...features)));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((one) => one / sum);
}

/** @param {Value} steps @param {any} config @param {Weight[]} weights @param {string} class_name @returns {Value} every step, in the order of processing */
function gru(steps, config, [kernel, recurrent_kernel, bias], class_name) {
  const { units, go_backwards = false } = config;
  const [inputs] = kernel.shape;
  const is_cudnn = class_name === 'CuDNNGRU';
  const { outputs } = gru_sequence(
    {
      inputs,
      units,
      kernel: is_cudnn ? from_cudnn(kernel.data, inputs, units) : kernel.data,
      recurrent_kernel: is_cudnn ? from_cudnn(recurrent_kernel.data, units, units) : recurrent_kernel.data,
      bias: bias?.data ?? null,
      reset_after: is_cudnn || config.reset_after === true,
      activation: is_cudnn ? 'tanh' : config.activation,
      recurrent_activation: is_cudnn ? 'sigmoid' : config.recurrent_activation,
    },
    { batch: 1, steps: steps.length, x: steps.flat(), go_backwards },
  );
  return steps.map((/** @type {any} */ _, /** @type {number} */ step) =>
    outputs.slice(step * units, (step + 1) * units),
  );
}

/** @param {Value} steps @param {any} config @param {Weight[]} weights */
function conv_1d(steps, { strides, padding, activation }, [{ shape, data }, bias]) {
  const [length, channels, filters] = shape;
  const [stride] = [strides].flat();
  const count =
    padding === 'same' ? Math.ceil(steps.length / stride) : Math.ceil((steps.length - length + 1) / stride);
  const missing = padding === 'same' ? Math.max((count - 1) * stride + length - steps.length, 0) : 0;
  const before = padding === 'causal' ? length - 1 : Math.floor(missing / 2);
  const all = padding === 'causal' ? Math.ceil(steps.length / stride) : count;
  return Array.from({ length: all }, (_, step) =>
    activate(
      Array.from({ length: filters }, (_, filter) => {
        let sum = bias?.data[filter] ?? 0;
        for (let i = 0; i < length; i++) {
          const source = steps[step * stride + i - before];
          for (let c = 0; source && c < channels; c++)
            sum += source[c] * data[(i * channels + c) * filters + filter];
        }
        return sum;
      }),
      activation,
    ),
  );
}

/** @param {ReferenceLayer} layer @param {Value[]} values @returns {Value} */
function run_layer({ class_name, config, weights }, values) {
  const [value] = values;
  switch (class_name) {
    case 'Dense':
      return each_step(value, (features) =>
        activate(product(features, weights[0], weights[1]), config.activation),
      );
    case 'TimeDistributed':
      return run_layer({ ...config.layer, weights }, [value]);
    case 'Activation':
      return each_step(value, (features) => activate(features, config.activation));
    case 'BatchNormalization': {
      const [gamma, beta, mean, variance] = weights.map(({ data }) => data);
      return each_step(value, (features) =>
        features.map(
          (one, i) => (gamma[i] * (one - mean[i])) / Math.sqrt(variance[i] + config.epsilon) + beta[i],
        ),
      );
    }
    case 'Conv1D':
      return conv_1d(value, config, weights);
    case 'GRU':
    case 'CuDNNGRU': {
      const outputs = gru(value, config, weights, class_name);
      return config.return_sequences ? outputs : outputs[outputs.length - 1];
    }
    case 'Bidirectional': {
      const { layer, merge_mode } = config;
      const half = weights.length / 2;
      const forward = gru(value, layer.config, weights.slice(0, half), layer.class_name);
      const backward = gru(
        value,
        { ...layer.config, go_backwards: true },
        weights.slice(half),
        layer.class_name,
      );
      const join = (/** @type {number[]} */ a, /** @type {number[]} */ b) =>
        merge_mode === 'concat'
          ? [...a, ...b]
          : a.map((one, i) => (one + b[i]) / (merge_mode === 'ave' ? 2 : 1));
      const last = value.length - 1;
      return layer.config.return_sequences
        ? forward.map((/** @type {number[]} */ one, /** @type {number} */ step) =>
            join(one, backward[last - step]),
          )
        : join(forward[last], backward[last]);
    }
    case 'Concatenate':
      return value.map((/** @type {any} */ _, /** @type {number} */ step) =>
        values.flatMap((one) => one[step]),
      );
    case 'Add':
      return value.map((/** @type {number[]} */ one, /** @type {number} */ step) =>
        one.map((_, i) => values.reduce((sum, other) => sum + other[step][i], 0)),
      );
    case 'Dropout':
    case 'InputLayer':
      return value;
    default:
      throw new Error(class_name);
  }
}

/**
 * @param {ReferenceLayer[]} layers each after those whose outputs it takes
 * @param {Value} x
 * @returns {Map<string, Value>} the outputs of every layer by its name
 */
export function run_model(layers, x) {
  /** @type {Map<string, Value>} */
  const values = new Map();
  let before = x;
  for (const layer of layers) {
    const inputs = layer.inputs?.map((name) => values.get(name)) ?? [before];
    before = run_layer(layer, inputs);
    values.set(layer.config.name, before);
  }
  return values;
}
