// The layers of Keras that a file may name, and which of their options matter.

/**
 * @typedef {object} LayerKind
 * @property {string[]} options that this package's layer of the same name takes, as they are
 * @property {string[]} [activations] options that name activations
 * @property {string[]} [weights] prefixes of regularizers and constraints
 * @property {string[]} [layers] options that hold a layer or a cell
 * @property {string[]} [lists] options that hold lists of them
 * @property {string[]} [repeated] options that repeat what another one says
 */

const RECURRENT = [
  'return_sequences',
  'return_state',
  'go_backwards',
  'stateful',
  'time_major',
  'zero_output_for_mask',
];
const GRU = ['units', 'use_bias', 'reset_after', 'dropout', 'recurrent_dropout', 'seed'];
const GRU_WEIGHTS = ['kernel', 'recurrent', 'bias'];
const GRU_ACTIVATIONS = ['activation', 'recurrent_activation'];
const POOLING = ['pool_size', 'strides', 'padding', 'data_format'];
const NORMALIZATION = ['axis', 'epsilon', 'center', 'scale'];

/** By the name of the class. @type {{ [class_name: string]: LayerKind }} */
export const KERAS_LAYERS = {
  Add: { options: [] },
  Activation: { options: [], activations: ['activation'] },
  Average: { options: [] },
  AveragePooling1D: { options: POOLING },
  BatchNormalization: { options: [...NORMALIZATION, 'momentum'], weights: ['beta', 'gamma'] },
  Bidirectional: { options: ['merge_mode'], layers: ['layer', 'backward_layer'] },
  Concatenate: { options: ['axis'] },
  Conv1D: {
    options: [
      'filters',
      'kernel_size',
      'strides',
      'padding',
      'data_format',
      'dilation_rate',
      'groups',
      'use_bias',
    ],
    activations: ['activation'],
    weights: ['kernel', 'bias'],
  },
  CuDNNGRU: { options: ['units', ...RECURRENT], weights: GRU_WEIGHTS },
  Dense: { options: ['units', 'use_bias'], activations: ['activation'], weights: ['kernel', 'bias'] },
  Dropout: { options: ['rate', 'noise_shape', 'seed'] },
  ELU: { options: ['alpha'] },
  Embedding: { options: ['input_dim', 'output_dim', 'mask_zero'], weights: ['embeddings'] },
  Flatten: { options: ['data_format'] },
  GRU: { options: [...GRU, ...RECURRENT], activations: GRU_ACTIVATIONS, weights: GRU_WEIGHTS },
  GRUCell: { options: GRU, activations: GRU_ACTIVATIONS, weights: GRU_WEIGHTS },
  GlobalAveragePooling1D: { options: ['data_format', 'keepdims'] },
  GlobalMaxPooling1D: { options: ['data_format', 'keepdims'] },
  LayerNormalization: { options: NORMALIZATION, weights: ['beta', 'gamma'] },
  LeakyReLU: { options: ['negative_slope'] },
  Masking: { options: ['mask_value'] },
  Maximum: { options: [] },
  MaxPooling1D: { options: POOLING },
  Minimum: { options: [] },
  Multiply: { options: [] },
  PReLU: { options: ['shared_axes'], weights: ['alpha'] },
  // TensorFlow.js writes the cell's options here too.
  RNN: { options: RECURRENT, layers: ['cell'], repeated: ['cells', ...GRU, ...GRU_ACTIVATIONS] },
  ReLU: { options: ['max_value', 'negative_slope', 'threshold'] },
  RepeatVector: { options: ['n'] },
  Reshape: { options: ['target_shape'] },
  Sequential: { options: [], lists: ['layers'] },
  Softmax: { options: ['axis'] },
  SpatialDropout1D: { options: ['rate', 'seed'] },
  Subtract: { options: [] },
  StackedRNNCells: { options: [], lists: ['cells'] },
  ThresholdedReLU: { options: ['theta'] },
  TimeDistributed: { options: [], layers: ['layer'] },
  ZeroPadding1D: { options: ['padding', 'data_format'] },
};

/** Layers that do nothing in a prediction, and that this package does not have. */
export const ONLY_IN_TRAINING = [
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
];

/** Options of any layer that are read elsewhere, or that change nothing in what a loaded model computes. */
export const WITHOUT_EFFECT = new Set(
  (
    'name trainable dtype autocast batch_input_shape batch_shape input_shape input_dim input_length input_dtype ' +
    'implementation unroll consume_less sparse ragged activity_regularizer quantization_config ' +
    'init inner_init forget_bias_init weights gamma_init beta_init mode moving_mean_initializer moving_variance_initializer ' +
    'renorm fused virtual_batch_size synchronized lora_rank lora_alpha registered_name'
  ).split(' '),
);
