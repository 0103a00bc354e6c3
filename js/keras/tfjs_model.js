// A model as TensorFlow.js has it: its configuration and the names of its weights. Imported only when a model is saved so.
import { show } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';

/**
 * @typedef {import('../layers/layer.js').Layer} Layer
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {{ class_name: string, config: { [option: string]: any } }} Serialized
 */

const RECURRENT = ['return_sequences', 'return_state', 'go_backwards', 'stateful'];
const GRU = [
  'units',
  'activation',
  'recurrent_activation',
  'use_bias',
  'reset_after',
  'dropout',
  'recurrent_dropout',
];
const POOLING = ['pool_size', 'strides', 'padding'];

/** The layers that both have, and the options of them. @type {{ [class_name: string]: string[] }} */
const LAYERS = {
  Add: [],
  Activation: ['activation'],
  Average: [],
  AveragePooling1D: POOLING,
  BatchNormalization: ['axis', 'momentum', 'epsilon', 'center', 'scale'],
  Bidirectional: ['merge_mode'],
  Concatenate: ['axis'],
  Conv1D: ['filters', 'kernel_size', 'strides', 'padding', 'dilation_rate', 'activation', 'use_bias'],
  Dense: ['units', 'activation', 'use_bias'],
  Dropout: ['rate', 'noise_shape'],
  ELU: ['alpha'],
  Embedding: ['input_dim', 'output_dim', 'mask_zero'],
  Flatten: [],
  GRU: [...GRU, ...RECURRENT],
  KerasGRUCell: GRU,
  GlobalAveragePooling1D: [],
  GlobalMaxPooling1D: [],
  LayerNormalization: ['axis', 'epsilon', 'center', 'scale'],
  LeakyReLU: ['negative_slope'],
  Masking: ['mask_value'],
  MaxPooling1D: POOLING,
  Maximum: [],
  Minimum: [],
  Multiply: [],
  PReLU: ['shared_axes'],
  RNN: RECURRENT,
  ReLU: ['max_value'],
  RepeatVector: ['n'],
  Reshape: ['target_shape'],
  Sequential: [],
  Softmax: ['axis'],
  SpatialDropout1D: ['rate'],
  StackedRNNCells: [],
  ThresholdedReLU: ['theta'],
  TimeDistributed: [],
};

/** Activations of TensorFlow.js by our names. */
const ACTIVATIONS = new Map([
  ...[
    'linear',
    'tanh',
    'sigmoid',
    'relu',
    'relu6',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'softmax',
    'gelu',
    'hard_sigmoid',
  ].map((name) => /** @type {const} */ ([name, name])),
  ['silu', 'swish'],
]);

/** Weights that a layer of TensorFlow.js may have, by the prefix of their options. */
const WEIGHTS = [
  'kernel',
  'recurrent',
  'bias',
  'embeddings',
  'beta',
  'gamma',
  'moving_mean',
  'moving_variance',
  'alpha',
];

/**
 * @param {string} what the method, for messages
 * @param {any} model a built Sequential or functional model
 * @returns {{ topology: any, tensors: Map<string, Tensor> }} the tensors by TensorFlow.js's names
 * @throws {ValueError} a layer, a form of GRU or an activation that TensorFlow.js does not have
 */
export function tfjs_model(what, model) {
  const { class_name, config } = to_tfjs(what, {
    class_name: class_name_of(model),
    config: model.get_config(),
  });
  if (class_name === 'Model' && model.stateful)
    throw new ValueError(
      `${what}: TensorFlow.js needs the batch size of a stateful model, which a functional model does not have`,
    );
  const { input_shape } = model.get_build_config();
  const topology = {
    class_name,
    config: class_name === 'Model' ? config : with_input_shape(config, input_shape, model.stateful),
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const layer of model.layers) add_weights(layer, tensors);
  return { topology, tensors };
}

/**
 * @param {{ [option: string]: any }} config of a Sequential
 * @param {(number | null)[]} shape
 * @param {boolean} is_stateful
 * @returns {{ [option: string]: any }}
 */
function with_input_shape(config, shape, is_stateful) {
  const [first, ...others] = config.layers;
  const inner =
    first.class_name === 'Sequential'
      ? with_input_shape(first.config, shape, is_stateful)
      : // The batch is of any size, unless states are kept.
        {
          ...first.config,
          batch_input_shape: is_stateful ? shape : [null, ...shape.slice(1)],
          dtype: 'float32',
        };
  return { ...config, layers: [{ ...first, config: inner }, ...others] };
}

/**
 * @param {string} what
 * @param {Serialized} serialized
 * @returns {Serialized}
 */
function to_tfjs(what, { class_name, config }) {
  if (class_name === 'Functional') return { class_name: 'Model', config: graph_to_tfjs(what, config) };
  const layer = `${what}: the layer ${show(config.name)}`;
  const options = Object.hasOwn(LAYERS, class_name) ? LAYERS[class_name] : null;
  if (!options)
    throw new ValueError(`${layer} is of the class ${class_name}, which TensorFlow.js does not have`);
  for (const option of ['layer_norm', 'trainable_initial_state'])
    if (config[option]) throw new ValueError(`${layer} has ${option}, which TensorFlow.js does not have`);
  if (config.reset_after)
    throw new ValueError(
      `${layer} has reset_after, but TensorFlow.js has only the form in which it is false`,
    );
  if (config.groups > 1 || config.data_format === 'channels_first')
    throw new ValueError(`${layer} has groups or data_format, which TensorFlow.js does not have there`);
  /** @type {{ [option: string]: any }} */
  const result = { name: config.name, trainable: config.trainable ?? true };
  for (const option of options) if (config[option] !== undefined) result[option] = config[option];
  for (const option of ['activation', 'recurrent_activation'])
    if (Object.hasOwn(result, option)) result[option] = activation_of(`${layer}: ${option}`, result[option]);
  if (class_name === 'LeakyReLU') {
    result.alpha = result.negative_slope;
    delete result.negative_slope;
  }
  for (const weight of WEIGHTS) {
    // The values come from the file: computing initial ones would be for nothing.
    if (config[`${weight}_initializer`])
      result[`${weight}_initializer`] = { class_name: 'Zeros', config: {} };
    const regularizer = config[`${weight}_regularizer`];
    const constraint = config[`${weight}_constraint`];
    if (regularizer)
      result[`${weight}_regularizer`] = regularizer_of(`${layer}: ${weight}_regularizer`, regularizer);
    if (constraint) result[`${weight}_constraint`] = plain(`${layer}: ${weight}_constraint`, constraint);
  }
  if (class_name === 'Bidirectional') result.layer = to_tfjs(what, forward_of(layer, config));
  else if (config.layer) result.layer = to_tfjs(what, config.layer);
  if (config.cell) result.cell = to_tfjs(what, config.cell);
  for (const list of ['layers', 'cells'])
    if (config[list]) result[list] = config[list].map((/** @type {Serialized} */ one) => to_tfjs(what, one));
  return { class_name: class_name === 'KerasGRUCell' ? 'GRUCell' : class_name, config: result };
}

/** In TensorFlow.js the first call of a model is that of its own inputs. */
const MODELS = ['Sequential', 'Functional'];

/**
 * The configuration of a functional model. Initial states are inputs of their layer.
 * @param {string} what
 * @param {{ [option: string]: any }} config
 */
function graph_to_tfjs(what, { name, trainable = true, inputs, layers, outputs }) {
  const models = new Set(
    layers
      .filter((/** @type {any} */ one) => MODELS.includes(one.class_name))
      .map((/** @type {any} */ one) => one.config.name),
  );
  const reference_of = (/** @type {import('./graph_plan.js').Reference} */ [layer, node, tensor]) => [
    layer,
    models.has(layer) ? node + 1 : node,
    tensor,
  ];
  const input_layers = inputs.map((/** @type {any} */ { name: input, shape }) => ({
    class_name: 'InputLayer',
    name: input,
    config: { batch_input_shape: shape, dtype: 'float32', sparse: false, name: input },
    inbound_nodes: [],
  }));
  const other_layers = layers.map((/** @type {any} */ { nodes, ...serialized }) => {
    const layer = to_tfjs(what, serialized);
    const { build_input_shape } = serialized.config;
    return {
      class_name: layer.class_name,
      name: layer.config.name,
      config:
        layer.class_name === 'Sequential'
          ? with_input_shape(layer.config, build_input_shape, false)
          : layer.config,
      inbound_nodes: nodes.map((/** @type {any} */ { inputs: from, initial_state = [] }) =>
        [...from, ...initial_state].map((reference) => [...reference_of(reference), {}]),
      ),
    };
  });
  return {
    name,
    trainable,
    layers: [...input_layers, ...other_layers],
    input_layers: inputs.map((/** @type {any} */ { name: input }) => [input, 0, 0]),
    output_layers: outputs.map(reference_of),
  };
}

/** @param {string} what @param {unknown} activation */
function activation_of(what, activation) {
  const name = ACTIVATIONS.get(/** @type {string} */ (activation));
  if (name) return name;
  throw new ValueError(`${what} is ${show(activation)}, which TensorFlow.js does not have`);
}

/** @param {string} what @param {any} value */
function plain(what, value) {
  if (typeof value.class_name === 'string') return value;
  throw new ValueError(`${what} is a function, which a file cannot hold`);
}

/** @param {string} what @param {any} regularizer */
function regularizer_of(what, regularizer) {
  const { l1 = 0, l2 = 0 } = plain(what, regularizer).config;
  return { class_name: 'L1L2', config: { l1, l2 } };
}

/**
 * The layer of a Bidirectional, whose backward one TensorFlow.js makes of it.
 * @param {string} what
 * @param {{ [option: string]: any }} config
 * @returns {Serialized}
 */
function forward_of(what, { layer, backward_layer }) {
  const shared = (/** @type {Serialized} */ { class_name, config }) => {
    const { name: _, go_backwards: __, ...others } = config;
    return JSON.stringify({ class_name, others });
  };
  if (shared(layer) !== shared(backward_layer))
    throw new ValueError(`${what} has two layers with other options, which TensorFlow.js does not have`);
  return { ...layer, config: { ...layer.config, name: String(layer.config.name).replace(/^forward_/, '') } };
}

/**
 * The weights of a layer under the names that TensorFlow.js gives them.
 * @param {any} layer
 * @param {Map<string, Tensor>} tensors
 * @param {string} [prefix]
 */
function add_weights(layer, tensors, prefix = '') {
  const class_name = class_name_of(layer);
  if (class_name === 'Sequential' || class_name === 'Functional') {
    for (const inner of layer.layers) add_weights(inner, tensors, prefix);
    return;
  }
  const path = `${prefix}${layer.name}/`;
  if (class_name === 'Bidirectional') {
    for (const inner of layer.submodules) add_weights(inner, tensors, path);
    return;
  }
  const cells = class_name === 'RNN' && layer.cell.cells;
  if (Array.isArray(cells)) {
    cells.forEach((cell, i) => {
      add_variables(cell, tensors, `${path}RNNCell_${i}/`);
    });
  } else add_variables(layer, tensors, path);
}

/** @param {Layer} layer @param {Map<string, Tensor>} tensors @param {string} prefix */
function add_variables({ weights }, tensors, prefix) {
  for (const { name, value } of weights)
    tensors.set(prefix + name.replace(/:0$/, '').split('/').at(-1), value);
}
