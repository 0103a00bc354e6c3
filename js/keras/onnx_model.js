// A model as an ONNX graph. Imported only when a model is saved so.
import { concatenate, split } from '../gradient/joining.js';
import { reshape, transpose } from '../gradient/shapes.js';
import { show } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../layers/layer.js').Layer} Layer
 * @typedef {import('../formats/onnx_write.js').OnnxGraph} OnnxGraph
 * @typedef {{ kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor | null }} GRUWeights as Keras stores them
 */

/** ONNX's activations of GRU nodes by our names, with alpha and beta. @type {Record<string, { name: string, alpha?: number, beta?: number }>} */
const GRU_ACTIVATIONS = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
  hard_sigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  hard_sigmoid_v3: { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5 },
  elu: { name: 'Elu', alpha: 1 },
};

/** Operators of activations by our names. @type {Record<string, { op: string, attributes?: { [name: string]: number } }>} */
const OPERATORS = {
  tanh: { op: 'Tanh' },
  sigmoid: { op: 'Sigmoid' },
  relu: { op: 'Relu' },
  softsign: { op: 'Softsign' },
  softplus: { op: 'Softplus' },
  elu: { op: 'Elu', attributes: { alpha: 1 } },
  selu: { op: 'Selu' },
  exponential: { op: 'Exp' },
  hard_sigmoid: { op: 'HardSigmoid', attributes: { alpha: 0.2, beta: 0.5 } },
  softmax: { op: 'Softmax', attributes: { axis: -1 } },
};

/** Collects the nodes of a graph, whose values flow from one to the next. */
class Builder {
  /** @type {OnnxGraph['nodes']} */ nodes = [];
  /** @type {OnnxGraph['initializers']} */ initializers = new Map();
  #count = 0;
  /** The name of the value that the last node computes. */ current;

  /** @param {string} input */
  constructor(input) {
    this.current = input;
  }

  /**
   * @param {string} op
   * @param {string[]} others inputs after the current value
   * @param {{ [name: string]: any }} [attributes]
   * @param {number} [output] which of the outputs is the new current value
   */
  apply(op, others = [], attributes = {}, output = 0) {
    const names = Array.from({ length: output + 1 }, (_, i) => (i === output ? this.#name(op) : ''));
    this.nodes.push({ op, inputs: [this.current, ...others], outputs: names, attributes });
    this.current = names[output];
  }

  /** @param {string} prefix */
  #name(prefix) {
    this.#count += 1;
    return `${prefix.toLowerCase()}_${this.#count}`;
  }

  /** @param {string} name @param {Tensor | number[]} value @returns {string} its name in the graph */
  constant(name, value) {
    let unique = name;
    while (this.initializers.has(unique)) unique = this.#name(name);
    this.initializers.set(unique, value);
    return unique;
  }

  /** @param {string} what @param {unknown} name */
  activate(what, name) {
    if (name === 'linear') return;
    const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : null;
    if (!operator) throw new ValueError(`${what} has the activation ${show(name)}, which ONNX does not have`);
    this.apply(operator.op, [], operator.attributes);
  }
}

/**
 * The weights of a GRU layer, or of an RNN of TensorFlow 1's GRUCell, as Keras stores them.
 * @param {any} layer
 * @returns {GRUWeights}
 */
function weights_of(layer) {
  const [first, second, third = null, fourth = null] = layer.get_weights();
  if (!fourth) return { kernel: first, recurrent_kernel: second, bias: third };
  // Gates kernel and bias, candidate kernel and bias, with the gates r, z.
  const inputs = third.shape[0] - third.shape[1];
  const [r, z] = split(first, 2, { axis: 1 });
  const [r_bias, z_bias] = split(second, 2);
  const [kernel, recurrent_kernel] = split(concatenate([z, r, third], { axis: 1 }), [inputs]);
  return { kernel, recurrent_kernel, bias: concatenate([z_bias, r_bias, fourth]) };
}

/** What a layer's GRU is. @param {string} what @param {any} layer @returns {{ reset_after: boolean, activation: any, recurrent_activation: any }} */
function form_of(what, layer) {
  const class_name = class_name_of(layer);
  const config = layer.get_config();
  for (const option of ['layer_norm', 'trainable_initial_state'])
    if (config[option]) throw new ValueError(`${what} has ${option}, which is not written to ONNX`);
  if (class_name === 'GRU') return config;
  if (class_name === 'RNN' && class_name_of(layer.cell) === 'GRUCell' && layer.weights.length === 4)
    return { reset_after: false, activation: config.cell.config.activation, recurrent_activation: 'sigmoid' };
  throw new ValueError(`${what} (${class_name}) cannot be written as a GRU of ONNX`);
}

/**
 * @param {Builder} builder
 * @param {string} what
 * @param {any[]} layers one for each direction
 * @param {{ return_sequences: boolean, go_backwards: boolean, merge_mode?: string | null }} options
 */
function add_gru(builder, what, layers, { return_sequences, go_backwards, merge_mode = 'concat' }) {
  const forms = layers.map((layer) => form_of(what, layer));
  const weights = layers.map(weights_of);
  const { units } = layers[0];
  const { reset_after } = forms[0];
  const specs = forms.flatMap(({ activation, recurrent_activation }) =>
    [recurrent_activation, activation].map((name) => {
      if (typeof name !== 'string' || !Object.hasOwn(GRU_ACTIVATIONS, name))
        throw new ValueError(`${what} has the activation ${show(name)}, which GRUs of ONNX do not have`);
      return GRU_ACTIVATIONS[name];
    }),
  );
  const stacked = (/** @type {Tensor[]} */ list) =>
    concatenate(list.map((tensor) => reshape(tensor, [1, ...tensor.shape])));
  const has_bias = weights.some(({ bias }) => bias);
  const names = [
    builder.constant(`${what}/W`, stacked(weights.map(({ kernel }) => transpose(kernel)))),
    builder.constant(
      `${what}/R`,
      stacked(weights.map(({ recurrent_kernel }) => transpose(recurrent_kernel))),
    ),
    has_bias
      ? builder.constant(
          `${what}/B`,
          stacked(weights.map(({ bias, kernel }) => both_biases(bias, units, kernel))),
        )
      : '',
  ];
  const alphas = specs.flatMap(({ alpha }) => alpha ?? []);
  const betas = specs.flatMap(({ beta }) => beta ?? []);
  const attributes = {
    hidden_size: units,
    linear_before_reset: reset_after ? 1 : 0,
    direction: layers.length > 1 ? 'bidirectional' : go_backwards ? 'reverse' : 'forward',
    activations: specs.map(({ name }) => name),
    ...(alphas.length && { activation_alpha: alphas }),
    ...(betas.length && { activation_beta: betas }),
  };
  builder.apply('Transpose', [], { perm: [1, 0, 2] });
  builder.apply('GRU', names, attributes, return_sequences ? 0 : 1);
  // Y is [steps, directions, batch, units], Y_h [directions, batch, units]; the new value begins with the batch.
  const axis = return_sequences ? 2 : 1;
  builder.apply('Transpose', [], { perm: return_sequences ? [2, 0, 1, 3] : [1, 0, 2] });
  const axes = () => builder.constant(`${what}/axis`, [axis]);
  if (layers.length === 1) builder.apply('Squeeze', [axes()]);
  else if (merge_mode === 'concat')
    builder.apply('Reshape', [
      builder.constant(`${what}/shape`, [0, ...(return_sequences ? [0] : []), 2 * units]),
    ]);
  else if (merge_mode === 'sum') builder.apply('ReduceSum', [axes()], { keepdims: 0 });
  else if (merge_mode === 'ave') builder.apply('ReduceMean', [], { axes: [axis], keepdims: 0 });
  else throw new ValueError(`${what} has the merge_mode ${show(merge_mode)}, which is not written to ONNX`);
  // Keras leaves the outputs of a layer with go_backwards in the order in which they were computed.
  if (go_backwards && return_sequences && layers.length === 1)
    builder.apply(
      'Slice',
      [[-1], [-(2 ** 31)], [1], [-1]].map((value, i) =>
        builder.constant(`${what}/${['starts', 'ends', 'axes', 'steps'][i]}`, value),
      ),
    );
}

/** Input and recurrent biases in one vector. @param {Tensor | null} bias [3 units], [2, 3 units] or [6 units] @param {number} units @param {Tensor} kernel */
function both_biases(bias, units, kernel) {
  if (bias && bias.size === 6 * units) return reshape(bias, [6 * units]);
  const zeros = new Tensor(array_of(kernel.dtype, 3 * units), [3 * units], kernel.dtype);
  return concatenate([bias ?? zeros, zeros]);
}

/** Layers that only matter in training. */
const WITHOUT_EFFECT = new Set(['Dropout', 'SpatialDropout1D']);

/** @param {Builder} builder @param {any} layer */
function add_layer(builder, layer) {
  const class_name = class_name_of(layer);
  const { name: what } = layer;
  const config = layer.get_config();
  const constant = (/** @type {string} */ part, /** @type {Tensor | number[]} */ value) =>
    builder.constant(`${what}/${part}`, value);
  if (config.stateful || config.return_state)
    throw new ValueError(`${what} has a state, which is not written to ONNX`);
  if (layer._makes_mask)
    throw new ValueError(`${what} (${class_name}) makes a mask, which GRUs of ONNX do not have`);
  if (WITHOUT_EFFECT.has(class_name)) return;
  if (class_name === 'Sequential') {
    for (const inner of layer.layers) add_layer(builder, inner);
  } else if (class_name === 'Embedding') {
    const [table] = layer.get_weights();
    builder.nodes.push({
      op: 'Gather',
      inputs: [constant('embeddings', table), builder.current],
      outputs: [`${what}/vectors`],
    });
    builder.current = `${what}/vectors`;
  } else if (class_name === 'GRU' || class_name === 'RNN') {
    add_gru(builder, what, [layer], config);
  } else if (class_name === 'Bidirectional') {
    const { forward_layer, backward_layer, merge_mode, return_sequences } = layer;
    add_gru(builder, what, [forward_layer, backward_layer], {
      return_sequences,
      go_backwards: false,
      merge_mode,
    });
  } else if (class_name === 'Dense') {
    const [kernel, bias] = layer.get_weights();
    builder.apply('MatMul', [constant('kernel', kernel)]);
    if (bias) builder.apply('Add', [constant('bias', bias)]);
    builder.activate(what, config.activation);
  } else if (class_name === 'TimeDistributed' && class_name_of(layer.layer) === 'Dense') {
    add_layer(builder, layer.layer);
  } else if (class_name === 'Activation') {
    builder.activate(what, config.activation);
  } else if (
    class_name === 'ReLU' &&
    config.max_value === null &&
    !config.negative_slope &&
    !config.threshold
  ) {
    builder.activate(what, 'relu');
  } else if (class_name === 'Softmax' && config.axis === -1) {
    builder.activate(what, 'softmax');
  } else if (class_name === 'LeakyReLU') {
    builder.apply('LeakyRelu', [], { alpha: config.negative_slope });
  } else if (class_name === 'Flatten') {
    builder.apply('Flatten', [], { axis: 1 });
  } else if (class_name === 'GlobalAveragePooling1D' && !config.keepdims) {
    builder.apply('ReduceMean', [], { axes: [1], keepdims: 0 });
  } else if (class_name === 'GlobalMaxPooling1D' && !config.keepdims) {
    builder.apply('ReduceMax', [], { axes: [1], keepdims: 0 });
  } else if (class_name === 'LayerNormalization' && config.scale && String(config.axis) === '-1') {
    const [gamma, beta] = layer.get_weights();
    builder.apply(
      'LayerNormalization',
      [constant('gamma', gamma), ...(beta ? [constant('beta', beta)] : [])],
      { axis: -1, epsilon: config.epsilon },
    );
  } else {
    throw new ValueError(`${what} (${class_name}) is not written to ONNX`);
  }
}

/**
 * @param {string} what the method, for messages
 * @param {any} model a built Sequential
 * @returns {OnnxGraph} with the input `x` and the output `y`
 * @throws {ValueError} a layer that ONNX does not have, or is not written
 */
export function onnx_graph(what, model) {
  const builder = new Builder('x');
  try {
    add_layer(builder, model);
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new ValueError(`${what}: ${cause.message}`, { cause });
  }
  builder.apply('Identity');
  /** @type {any} */ (builder.nodes.at(-1)).outputs = ['y'];
  const { input_shape } = model.get_build_config();
  const sizes = (/** @type {(number | null)[]} */ shape) =>
    shape.map((size, axis) => (axis === 0 ? 'batch' : (size ?? `size_${axis}`)));
  const shape = [
    null,
    ...input_shape
      .slice(1)
      .map((/** @type {number | null} */ size, /** @type {number} */ i) =>
        i === 0 && input_shape.length > 2 ? null : size,
      ),
  ];
  const is_ids = model.input_dtype === 'int32';
  const dtype = model._known_dtype ?? model.dtype ?? 'float32';
  const names = is_ids ? ['batch', ...shape.slice(1).map((_, i) => `size_${i + 1}`)] : sizes(shape);
  return {
    nodes: builder.nodes,
    initializers: builder.initializers,
    inputs: [{ name: 'x', dtype: is_ids ? 'int64' : dtype, shape: names }],
    outputs: [{ name: 'y', dtype, shape: sizes(model.compute_output_shape(shape)) }],
  };
}
