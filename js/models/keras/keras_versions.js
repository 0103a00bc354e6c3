// How versions of Keras spell the same layer. Everything becomes the spelling of Keras 3, which is this package's.

/** Options of Keras 1 under their later names. @type {{ [option: string]: string }} */
const FROM_KERAS_1 = {
  inner_activation: 'recurrent_activation',
  W_regularizer: 'kernel_regularizer',
  U_regularizer: 'recurrent_regularizer',
  b_regularizer: 'bias_regularizer',
  W_constraint: 'kernel_constraint',
  U_constraint: 'recurrent_constraint',
  b_constraint: 'bias_constraint',
  bias: 'use_bias',
  dropout_W: 'dropout',
  dropout_U: 'recurrent_dropout',
  nb_filter: 'filters',
  filter_length: 'kernel_size',
  border_mode: 'padding',
  subsample_length: 'strides',
  atrous_rate: 'dilation_rate',
  pool_length: 'pool_size',
  stride: 'strides',
  p: 'rate',
};

/** Options whose names are other ones in some class: of Keras 1 `output_dim`, of Keras 2 `alpha`. @type {{ [class_name: string]: { [option: string]: string } }} */
const IN_CLASSES = {
  GRU: { output_dim: 'units' },
  GRUCell: { output_dim: 'units' },
  Dense: { output_dim: 'units' },
  LeakyReLU: { alpha: 'negative_slope' },
  Embedding: { W_regularizer: 'embeddings_regularizer', W_constraint: 'embeddings_constraint' },
};

/** Classes under other names. @type {{ [class_name: string]: string }} */
const CLASSES = {
  Convolution1D: 'Conv1D',
  TimeDistributedDense: 'Dense',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  GRUV1: 'GRU',
  GRUV2: 'GRU',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  AvgPool1D: 'AveragePooling1D',
  MaxPool1D: 'MaxPooling1D',
};

/**
 * @param {string} class_name as in the file
 * @returns {string}
 */
export const class_of = (class_name) =>
  Object.hasOwn(CLASSES, class_name) ? CLASSES[class_name] : class_name;

/**
 * @param {string} class_name as {@link class_of} gives it
 * @param {{ [option: string]: any }} config as in the file
 * @returns {{ [option: string]: any }} with the names of Keras 3
 */
export function renamed(class_name, config) {
  const names = { ...FROM_KERAS_1, ...IN_CLASSES[class_name] };
  /** @type {{ [option: string]: any }} */
  const result = {};
  for (const [name, value] of Object.entries(config)) {
    const later = Object.hasOwn(names, name) ? names[name] : name;
    // What the file says under the later name comes first.
    if (later === name || !Object.hasOwn(config, later)) result[later] = value;
  }
  return result;
}

/**
 * Whether a model was written by Keras 3, in which `hard_sigmoid` is another function.
 * @param {string | null} version as the file says it
 * @param {any} first_layer
 */
export const is_keras_3 = (version, first_layer) =>
  version === null ? Boolean(first_layer?.config?.batch_shape) : /^([3-9]|\d\d)\./.test(version);
