// Files of Keras as well-known programs wrote them, with small weights of this project: Mycroft Precise's wake words, RNNoise's training,
// medaka's polishing of consensus sequences, basecallers, recognizers of speech with CTC, trigger words.
import { keras_h5 } from './keras_files.js';
import { generator, numbers } from './random.js';

/**
 * @typedef {import('../reference/keras_model.js').ReferenceLayer} ReferenceLayer
 * @typedef {{ bytes: Uint8Array, layers: ReferenceLayer[], outputs: string[], features: number, steps: number }} FieldModel `outputs`: names of
 *   layers
 */

const VARIANCE_SCALING = {
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
};
const ZEROS = { class_name: 'Zeros', config: {} };
const ORTHOGONAL = { class_name: 'Orthogonal', config: { gain: 1, seed: null } };

/** The options that Keras 2.1 writes for a Dense. @param {string} name @param {number} units @param {any} [options] */
export const dense = (name, units, options = {}) => ({
  class_name: 'Dense',
  config: {
    name,
    trainable: true,
    units,
    activation: 'linear',
    use_bias: true,
    kernel_initializer: VARIANCE_SCALING,
    bias_initializer: ZEROS,
    kernel_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    bias_constraint: null,
    ...options,
  },
});

/** The options that Keras 2.1 writes for a GRU; it has no `reset_after`. @param {string} name @param {number} units @param {any} [options] */
export const gru = (name, units, options = {}) => ({
  class_name: 'GRU',
  config: {
    name,
    trainable: true,
    return_sequences: true,
    return_state: false,
    go_backwards: false,
    stateful: false,
    unroll: false,
    units,
    activation: 'tanh',
    recurrent_activation: 'hard_sigmoid',
    use_bias: true,
    kernel_initializer: VARIANCE_SCALING,
    recurrent_initializer: ORTHOGONAL,
    bias_initializer: ZEROS,
    kernel_regularizer: null,
    recurrent_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    recurrent_constraint: null,
    bias_constraint: null,
    dropout: 0,
    recurrent_dropout: 0,
    implementation: 1,
    ...options,
  },
});

/** @param {string} name @param {number} units @param {any} [options] */
const cudnn_gru = (name, units, options = {}) => ({
  class_name: 'CuDNNGRU',
  config: {
    name,
    trainable: true,
    return_sequences: true,
    return_state: false,
    go_backwards: false,
    stateful: false,
    units,
    kernel_initializer: VARIANCE_SCALING,
    recurrent_initializer: ORTHOGONAL,
    bias_initializer: ZEROS,
    kernel_regularizer: null,
    recurrent_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    recurrent_constraint: null,
    bias_constraint: null,
    ...options,
  },
});

/** @param {string} name @param {any} layer @param {any} [options] */
const bidirectional = (name, layer, options = {}) => ({
  class_name: 'Bidirectional',
  config: { name, trainable: true, layer, merge_mode: 'concat', ...options },
});

/** Makes random weights of layers. */
class Weights {
  #next;

  /** @param {number} seed @param {boolean} cell_names whether the cell's name is in those of its weights, as since TensorFlow 2 */
  constructor(seed, cell_names = false) {
    this.#next = generator(seed);
    this.cell_names = cell_names;
    this.cells = 0;
  }

  /** @param {string} name @param {number[]} shape @param {number} [center] */
  make(name, shape, center) {
    const count = shape.reduce((a, b) => a * b, 1);
    return { name: `${name}:0`, shape, data: Float32Array.from(numbers(count, this.#next, 0.4, center)) };
  }

  /** @param {any} layer @param {number} features @param {string} [prefix] @returns {{ weights: any[], features: number }} those after the layer */
  of({ class_name, config }, features, prefix = config.name) {
    const { units } = config;
    switch (class_name) {
      case 'Dense':
        return {
          weights: [this.make(`${prefix}/kernel`, [features, units]), this.make(`${prefix}/bias`, [units])],
          features: units,
        };
      case 'GRU':
      case 'CuDNNGRU': {
        const place = this.cell_names ? `${prefix}/gru_cell${this.cells ? `_${this.cells}` : ''}` : prefix;
        this.cells += 1;
        const width = 3 * units;
        const bias = class_name === 'CuDNNGRU' ? [2 * width] : config.reset_after ? [2, width] : [width];
        const weights = [
          this.make(`${place}/kernel`, [features, width]),
          this.make(`${place}/recurrent_kernel`, [units, width]),
          ...(config.use_bias === false ? [] : [this.make(`${place}/bias`, bias)]),
        ];
        return { weights, features: units };
      }
      case 'Bidirectional': {
        const both = ['forward', 'backward'].map((direction) =>
          this.of(config.layer, features, `${prefix}/${direction}_${config.layer.config.name}`),
        );
        const joined = config.merge_mode === 'concat' ? 2 : 1;
        return { weights: both.flatMap((one) => one.weights), features: joined * both[0].features };
      }
      case 'TimeDistributed':
        return this.of(config.layer, features, prefix);
      case 'Conv1D': {
        const [length] = [config.kernel_size].flat();
        const weights = [
          this.make(`${prefix}/kernel`, [length, features, config.filters]),
          this.make(`${prefix}/bias`, [config.filters]),
        ];
        return { weights, features: config.filters };
      }
      case 'BatchNormalization': {
        const weights = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) =>
          this.make(`${prefix}/${name}`, [features], name === 'moving_variance' ? 1 : 0.1),
        );
        return { weights, features };
      }
      default:
        return { weights: [], features };
    }
  }
}

/**
 * A Sequential in a file.
 * @param {any[]} layers the first with `batch_input_shape`
 * @param {any} [options] of {@link keras_h5}; and `cell_names`; `config`: makes what the file says of the layers
 * @returns {FieldModel}
 */
function sequential(layers, { cell_names = false, seed = 1, steps = 6, ...options } = {}) {
  const shape = layers[0].config.batch_input_shape ?? layers[0].config.layer.config.batch_input_shape;
  const make = new Weights(seed, cell_names);
  let features = shape[2];
  const weights = layers.map((layer) => {
    const result = make.of(layer, features);
    features = result.features;
    return result.weights;
  });
  const { config = (/** @type {any[]} */ all) => all, ...others } = options;
  const bytes = keras_h5({ layers, weights }, { ...others, config: config(layers) });
  return {
    bytes,
    layers: layers.map((layer, i) => ({ ...layer, weights: weights[i] })),
    outputs: [layers[layers.length - 1].config.name],
    features: shape[2],
    steps: shape[1] ?? steps,
  };
}

/**
 * A functional model in a file.
 * @param {{ layer: any, inputs: string[] }[]} nodes the first is the InputLayer
 * @param {string[]} outputs
 * @param {any} [options]
 * @returns {FieldModel}
 */
function functional(
  nodes,
  outputs,
  { cell_names = false, seed = 1, steps = 6, class_name = 'Model', ...options } = {},
) {
  const make = new Weights(seed, cell_names);
  const [, , features] = nodes[0].layer.config.batch_input_shape;
  /** @type {Map<string, number>} */
  const widths = new Map();
  const weights = nodes.map(({ layer, inputs }) => {
    const { name } = layer.config;
    const widths_in = inputs.map((input) => /** @type {number} */ (widths.get(input)));
    const joined =
      layer.class_name === 'Concatenate' ? widths_in.reduce((a, b) => a + b, 0) : (widths_in[0] ?? features);
    const result = make.of(layer, joined);
    widths.set(name, result.features);
    return result.weights;
  });
  const layers = nodes.map(({ layer, inputs }) => ({
    name: layer.config.name,
    ...layer,
    inbound_nodes: inputs.length ? [inputs.map((name) => [name, 0, 0, {}])] : [],
  }));
  const config = {
    name: 'model_1',
    layers,
    input_layers: [[nodes[0].layer.config.name, 0, 0]],
    output_layers: outputs.map((name) => [name, 0, 0]),
  };
  return {
    bytes: keras_h5({ layers, weights }, { ...options, config, class_name }),
    layers: nodes.map(({ layer, inputs }, i) => ({
      ...layer,
      weights: weights[i],
      ...(inputs.length && { inputs }),
    })),
    outputs,
    features,
    steps: nodes[0].layer.config.batch_input_shape[1] ?? steps,
  };
}

/** @param {number[]} sizes of one input @param {string} [name] */
const input_layer = (sizes, name = 'input_1') => ({
  class_name: 'InputLayer',
  config: { batch_input_shape: [null, ...sizes], dtype: 'float32', sparse: false, name },
});

/** A wake word of Mycroft Precise: `.net`, of Keras 2.1. @param {any} [options] */
export const precise = (options = {}) =>
  sequential(
    [
      gru('net', 20, {
        batch_input_shape: [null, 29, 13],
        dtype: 'float32',
        return_sequences: false,
        activation: 'linear',
        dropout: 0.2,
      }),
      dense('dense_1', 1, { activation: 'sigmoid' }),
    ],
    {
      version: '2.1.5',
      training_config: {
        optimizer_config: { class_name: 'RMSprop', config: { lr: 0.001, rho: 0.9, decay: 0, epsilon: 1e-7 } },
        loss: 'weighted_log_loss',
        metrics: ['accuracy', 'false_pos', 'false_neg'],
        sample_weight_mode: null,
        loss_weights: null,
      },
      ...options,
    },
  );

/** What RNNoise's training saves. @param {any} [options] `gru`: of each GRU */
export function rnnoise({ gru: more = {}, ...options } = {}) {
  const clip = { class_name: 'WeightClip', config: { name: 'WeightClip', c: 0.499 } };
  const l2 = { class_name: 'L1L2', config: { l1: 0, l2: 9.999999974752427e-7 } };
  const in_dense = { kernel_constraint: clip, bias_constraint: clip };
  const in_gru = {
    activation: 'relu',
    recurrent_activation: 'sigmoid',
    kernel_regularizer: l2,
    recurrent_regularizer: l2,
    kernel_constraint: clip,
    recurrent_constraint: clip,
    bias_constraint: clip,
    ...more,
  };
  const concatenate = (/** @type {string} */ name) => ({
    class_name: 'Concatenate',
    config: { name, trainable: true, axis: -1 },
  });
  return functional(
    [
      { layer: input_layer([null, 42], 'main_input'), inputs: [] },
      { layer: dense('input_dense', 24, { activation: 'tanh', ...in_dense }), inputs: ['main_input'] },
      { layer: gru('vad_gru', 24, in_gru), inputs: ['input_dense'] },
      { layer: concatenate('concatenate_1'), inputs: ['input_dense', 'vad_gru', 'main_input'] },
      { layer: gru('noise_gru', 48, in_gru), inputs: ['concatenate_1'] },
      { layer: concatenate('concatenate_2'), inputs: ['vad_gru', 'noise_gru', 'main_input'] },
      { layer: gru('denoise_gru', 96, in_gru), inputs: ['concatenate_2'] },
      { layer: dense('denoise_output', 22, { activation: 'sigmoid', ...in_dense }), inputs: ['denoise_gru'] },
      { layer: dense('vad_output', 1, { activation: 'sigmoid', ...in_dense }), inputs: ['vad_gru'] },
    ],
    ['denoise_output', 'vad_output'],
    {
      version: '2.1.4',
      training_config: {
        optimizer_config: {
          class_name: 'Adam',
          config: { lr: 0.001, beta_1: 0.9, beta_2: 0.999, decay: 0, epsilon: 1e-7 },
        },
        loss: ['mycost', 'my_crossentropy'],
        metrics: ['msse'],
        sample_weight_mode: null,
        loss_weights: [10, 0.5],
      },
      ...options,
    },
  );
}

/**
 * A model of medaka.
 * @param {any} [options] `cudnn`: as trained on a GPU with Keras 2.2; `tensorflow_2`: of tf.keras; `time_distributed`; `weights_only`
 */
export function medaka({ cudnn = false, tensorflow_2 = false, time_distributed = false, ...options } = {}) {
  const features = 10;
  const one = (/** @type {string} */ name, /** @type {any} */ more) =>
    cudnn
      ? cudnn_gru(name, 16, more)
      : gru(name, 16, { reset_after: true, recurrent_activation: 'sigmoid', ...more });
  const prefix = tensorflow_2 ? ['bidirectional', 'bidirectional_1'] : ['bidirectional_1', 'bidirectional_2'];
  const shape = { batch_input_shape: [null, null, features] };
  // The last one states a shape that is not that of its inputs.
  const classify = dense('classify', 5, {
    activation: 'softmax',
    batch_input_shape: [null, null, 2 * features],
  });
  return sequential(
    [
      bidirectional(prefix[0], one('gru1', tensorflow_2 ? {} : shape), {
        ...shape,
        ...(tensorflow_2 && { dtype: 'float32' }),
      }),
      bidirectional(prefix[1], one('gru2', {})),
      time_distributed
        ? {
            class_name: 'TimeDistributed',
            config: { name: 'time_distributed_1', trainable: true, layer: classify },
          }
        : classify,
    ],
    { version: tensorflow_2 ? '2.4.0' : '2.2.4', cell_names: tensorflow_2, ...options },
  );
}

/** A basecaller whose layers run backwards and forwards in turn. @param {any} [options] `gru`: of each GRU */
export const basecaller = ({ gru: more = {}, ...options } = {}) =>
  sequential(
    [
      {
        class_name: 'Conv1D',
        config: {
          name: 'conv1d_1',
          trainable: true,
          batch_input_shape: [null, 30, 1],
          dtype: 'float32',
          filters: 8,
          kernel_size: [11],
          strides: [2],
          padding: 'same',
          data_format: 'channels_last',
          dilation_rate: [1],
          activation: 'tanh',
          use_bias: true,
        },
      },
      ...[1, 2, 3, 4, 5].map((number) =>
        gru(`gru_${number}`, 8, { go_backwards: number % 2 === 1, ...more }),
      ),
      dense('dense_1', 5, { activation: 'softmax' }),
    ],
    { version: '2.2.4', ...options },
  );

/** The recurrent part of Keras's example `image_ocr`, which many recognizers with CTC follow. @param {{ ctc?: boolean } & { [option: string]: any }} [options] `ctc`: with the loss in the model, as it is trained */
export function recognizer({ ctc = false, ...options } = {}) {
  const node = (/** @type {any} */ layer, /** @type {string[]} */ ...inputs) => ({ layer, inputs });
  const loss = {
    class_name: 'Lambda',
    config: {
      name: 'ctc',
      trainable: true,
      function: ['4wQAAAA=', null, null],
      function_type: 'lambda',
      output_shape: [1],
    },
  };
  return functional(
    [
      node(input_layer([12, 7], 'the_input')),
      node(dense('dense1', 9, { activation: 'relu' }), 'the_input'),
      node(gru('gru1', 8), 'dense1'),
      node(gru('gru1_b', 8, { go_backwards: true }), 'dense1'),
      node({ class_name: 'Add', config: { name: 'add_1', trainable: true } }, 'gru1', 'gru1_b'),
      node(gru('gru2', 8), 'add_1'),
      node(gru('gru2_b', 8, { go_backwards: true }), 'add_1'),
      node(
        { class_name: 'Concatenate', config: { name: 'concatenate_1', trainable: true, axis: -1 } },
        'gru2',
        'gru2_b',
      ),
      node(dense('dense2', 6), 'concatenate_1'),
      node(
        { class_name: 'Activation', config: { name: 'softmax', trainable: true, activation: 'softmax' } },
        'dense2',
      ),
      ...(ctc ? [node(loss, 'softmax')] : []),
    ],
    [ctc ? 'ctc' : 'softmax'],
    { version: '2.2.4', ...options },
  );
}

/** The model of trigger words of a well-known course. @param {any} [options] */
export function trigger_word({ gru: more = {}, ...options } = {}) {
  const dropout = (/** @type {string} */ name) => ({
    class_name: 'Dropout',
    config: { name, trainable: true, rate: 0.8, noise_shape: null, seed: null },
  });
  const normalization = (/** @type {string} */ name) => ({
    class_name: 'BatchNormalization',
    config: { name, trainable: true, axis: -1, momentum: 0.99, epsilon: 0.001, center: true, scale: true },
  });
  const convolution = {
    class_name: 'Conv1D',
    config: {
      name: 'conv1d_1',
      trainable: true,
      filters: 12,
      kernel_size: [15],
      strides: [4],
      padding: 'valid',
      dilation_rate: [1],
      activation: 'linear',
      use_bias: true,
    },
  };
  const chain = [
    convolution,
    normalization('batch_normalization_1'),
    { class_name: 'Activation', config: { name: 'activation_1', trainable: true, activation: 'relu' } },
    dropout('dropout_1'),
    gru('gru_1', 8, more),
    dropout('dropout_2'),
    normalization('batch_normalization_2'),
    gru('gru_2', 8, more),
    dropout('dropout_3'),
    normalization('batch_normalization_3'),
    dropout('dropout_4'),
    {
      class_name: 'TimeDistributed',
      config: {
        name: 'time_distributed_1',
        trainable: true,
        layer: dense('dense_1', 1, { activation: 'sigmoid' }),
      },
    },
  ];
  const nodes = chain.map((layer, i) => ({ layer, inputs: [i ? chain[i - 1].config.name : 'input_1'] }));
  return functional([{ layer: input_layer([51, 10]), inputs: [] }, ...nodes], ['time_distributed_1'], {
    version: '2.0.7',
    ...options,
  });
}

/** A suppressor of noise that is GRUs and a mask. @param {any} [options] */
export const noise_suppressor = (options = {}) =>
  sequential(
    [
      gru('gru', 12, {
        batch_input_shape: [null, null, 9],
        dtype: 'float32',
        reset_after: true,
        recurrent_activation: 'sigmoid',
        time_major: false,
      }),
      gru('gru_1', 12, {
        dtype: 'float32',
        reset_after: true,
        recurrent_activation: 'sigmoid',
        time_major: false,
      }),
      dense('dense', 9, { dtype: 'float32', activation: 'sigmoid' }),
    ],
    { version: '2.3.0-tf', cell_names: true, ...options },
  );
