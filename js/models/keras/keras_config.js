// The configuration of a Sequential model in a file of Keras, in this package's spelling.
import { get_constraint } from '../../keras/constraints.js';
import { get_regularizer } from '../../layers/regularizers.js';
import { is_plain_object, show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { functional_graph } from './functional_config.js';
import { activation_of } from './keras_activations.js';
import { KERAS_LAYERS, ONLY_IN_TRAINING, WITHOUT_EFFECT } from './keras_layers.js';
import { class_of, is_keras_3, renamed } from './keras_versions.js';
import { linear_chain } from './linear_chain.js';

/**
 * @typedef {{ class_name: string, config: { [option: string]: any } }} SerializedLayer
 *
 * @typedef {object} Context
 * @property {boolean} keras_3 whether Keras 3 wrote the file
 * @property {{ [name: string]: any }} custom_objects
 * @property {string[]} warnings are added here
 *
 * @typedef {object} NormalizedModel
 * @property {SerializedLayer} model a Sequential without layers of inputs, or a Functional
 * @property {(number | null)[] | null} input_shape null: the file does not say it
 * @property {string[]} warnings
 */

/** The classes of functional models. */
const GRAPHS = ['Model', 'Functional'];

/** Layers in layers, at most. */
const DEEPEST = 16;

/** Options that are numbers here, and in Keras may be lists of one. */
const NUMBERS = ['kernel_size', 'strides', 'dilation_rate', 'pool_size', 'axis'];

/** Options that must have this value: any other changes what a layer computes. @type {{ [option: string]: any }} */
const MUST_BE = { rms_scaling: false, mode: 0, sparse: false, ragged: false, renorm: false };

/**
 * @param {import('../../formats/files.js').KerasModel} keras
 * @param {{ [name: string]: any }} [custom_objects] layers and functions of the user's that the file names
 * @returns {NormalizedModel}
 * @throws {InvalidArgumentError} not a Sequential or functional model, or a layer that is not known
 */
export function normalize_model(keras, custom_objects = {}) {
  const { name, layers, config, is_graph } = layers_of_model(keras.config);
  const first = layers[0];
  /** @type {Context} */
  const context = {
    keras_3: is_keras_3(keras.version, first),
    custom_objects,
    warnings: [],
  };
  if (is_graph)
    return {
      model: normalize_graph(name, config, context, 0),
      input_shape: null,
      warnings: context.warnings,
    };
  const all = layers.filter(({ class_name }) => class_name !== 'InputLayer');
  const normalized = all.map((layer) => normalize_layer(layer, context, 0));
  return {
    model: { class_name: 'Sequential', config: { name, layers: normalized } },
    input_shape: first
      ? (shape_of_layer(first) ??
        shape_from(config?.build_input_shape) ??
        shape_from(/** @type {any} */ (first).build_config?.input_shape))
      : null,
    warnings: context.warnings,
  };
}

/**
 * @param {unknown} model
 * @returns {{ name: string, layers: SerializedLayer[], config: any, is_graph: boolean }} layers of inputs included
 */
function layers_of_model(model) {
  if (!is_serialized(model))
    throw new InvalidArgumentError(`the model must be { class_name, config }, not ${show(model)}`);
  const { class_name } = model;
  const config = /** @type {any} */ (model.config);
  const name = typeof config.name === 'string' && config.name ? config.name : 'sequential';
  if (!['Sequential', ...GRAPHS].includes(class_name))
    throw new InvalidArgumentError(
      `the model must be a Sequential or a functional Model, not a ${show(class_name)}`,
    );
  const chain = GRAPHS.includes(class_name) ? linear_chain(config) : null;
  const layers = chain ?? (Array.isArray(config) ? config : config.layers);
  if (!Array.isArray(layers))
    throw new InvalidArgumentError(`the model's layers must be a list, not ${show(layers)}`);
  const is_graph = GRAPHS.includes(class_name) && chain === null;
  return { name, config, is_graph, layers: layers.map((layer) => check_layer(layer)) };
}

/**
 * A model whose layers are no chain.
 * @param {string} name
 * @param {any} config as in the file
 * @param {Context} context
 * @param {number} depth
 * @returns {SerializedLayer}
 */
function normalize_graph(name, config, context, depth) {
  const { inputs, layers, outputs } = functional_graph(config);
  const by_name = new Map(
    config.layers.map((/** @type {any} */ layer) => [layer?.name ?? layer?.config?.name, layer]),
  );
  return {
    class_name: 'Functional',
    config: {
      name,
      inputs: inputs.map((input) => {
        const layer = by_name.get(input);
        const shape = is_serialized(layer) ? shape_of_layer(layer) : null;
        if (!shape) throw new InvalidArgumentError(`the input ${show(input)} of the model has no shape`);
        return { name: input, shape };
      }),
      layers: layers.map(({ layer, nodes, name: layer_name }) => {
        const stated = check_layer(layer);
        // The name that the graph uses, where the two differ.
        const { class_name, config: options } = normalize_layer(
          {
            ...stated,
            config: Array.isArray(stated.config) ? stated.config : { ...stated.config, name: layer_name },
          },
          context,
          depth + 1,
        );
        return { class_name, config: options, nodes };
      }),
      outputs,
    },
  };
}

/** In the configuration of a Sequential of Keras 1 and early Keras 2, `config` is the list of layers. @param {any} value @returns {value is SerializedLayer} */
const is_serialized = (value) =>
  typeof value?.class_name === 'string' && (is_plain_object(value.config) || Array.isArray(value.config));

/** @param {unknown} layer @returns {SerializedLayer} */
function check_layer(layer) {
  if (is_serialized(layer)) return layer;
  throw new InvalidArgumentError(`a layer must be { class_name, config }, not ${show(layer)}`);
}

/**
 * @param {SerializedLayer} layer as in the file
 * @param {Context} context
 * @param {number} depth
 * @returns {SerializedLayer}
 */
function normalize_layer(layer, context, depth) {
  if (depth > DEEPEST)
    throw new InvalidArgumentError(`there are layers in each other deeper than ${DEEPEST}`);
  const { custom_objects, warnings } = context;
  if (Object.hasOwn(custom_objects, layer.class_name)) return layer;
  const class_name = class_of(layer.class_name);
  const stated_name = layer.config.name;
  const what = `the layer ${typeof stated_name === 'string' ? show(stated_name) : 'without a name'}`;
  if (GRAPHS.includes(class_name)) return normalize_graph(String(stated_name), layer.config, context, depth);
  if (ONLY_IN_TRAINING.includes(class_name)) {
    warnings.push(
      `${what}, of the class ${class_name}, passes its inputs on, as it does in predictions, in training too`,
    );
    return {
      class_name: 'Activation',
      config: { name: stated_name, activation: 'linear', dtype: 'float32' },
    };
  }
  const kind = Object.hasOwn(KERAS_LAYERS, class_name) ? KERAS_LAYERS[class_name] : null;
  if (!kind) {
    throw new InvalidArgumentError(
      `${what} is of the class ${show(layer.class_name)}, which is not known; known are ` +
        `${Object.keys(KERAS_LAYERS).join(', ')}, and classes of your own that custom_objects names`,
    );
  }
  const stated = renamed(class_name, Array.isArray(layer.config) ? { layers: layer.config } : layer.config);
  /** @type {{ [option: string]: any }} */
  const config = {};
  if (typeof stated_name === 'string' && stated_name) config.name = stated_name;
  if (stated.trainable === false) config.trainable = false;
  config.dtype = JSON.stringify(stated.dtype ?? null).includes('float64') ? 'float64' : 'float32';
  add_options(config, stated, kind);
  for (const name of kind.activations ?? []) {
    const activation = activation_of(`${what}: ${name}`, stated[name], context);
    if (activation !== undefined) config[name] = activation;
  }
  add_regularizers(config, stated, kind, what, warnings);
  const inner = (/** @type {unknown} */ one) => normalize_layer(check_layer(one), context, depth + 1);
  for (const name of kind.layers ?? []) if (stated[name]) config[name] = inner(stated[name]);
  for (const name of kind.lists ?? []) {
    const list = Array.isArray(stated[name]) ? stated[name] : [];
    config[name] = list.flatMap((one) => (one?.class_name === 'InputLayer' ? [] : (inner(one) ?? [])));
  }
  add_defaults(class_name, config, stated, context);
  report_unknown(stated, kind, what, warnings);
  // In this package's configurations GRUCell is TensorFlow 1's.
  return { class_name: class_name === 'GRUCell' ? 'KerasGRUCell' : class_name, config };
}

/** @param {{ [option: string]: any }} config @param {{ [option: string]: any }} stated @param {import('./keras_layers.js').LayerKind} kind */
function add_options(config, stated, kind) {
  for (const name of kind.options) {
    const value = plain(stated[name]);
    if (name === 'merge_mode' && value === null) config[name] = null;
    if (value === null || value === undefined) continue;
    if (name === 'seed' && !Number.isInteger(value)) continue;
    if (name === 'data_format' && value === 'channels_last') continue;
    config[name] = NUMBERS.includes(name) && Array.isArray(value) && value.length === 1 ? value[0] : value;
  }
}

/** Tuples and arrays of Python as lists and numbers. @param {any} value @returns {any} */
function plain(value) {
  if (!is_plain_object(value)) return value;
  const { class_name, items, value: inner } = /** @type {any} */ (value);
  if (class_name === '__tuple__') return items;
  return typeof inner === 'number' ? inner : value;
}

/**
 * Regularizers and constraints, which only matter when the model is trained further.
 * @param {{ [option: string]: any }} config
 * @param {{ [option: string]: any }} stated
 * @param {import('./keras_layers.js').LayerKind} kind
 * @param {string} what
 * @param {string[]} warnings
 */
function add_regularizers(config, stated, kind, what, warnings) {
  const options = (kind.weights ?? []).flatMap((weight) => [`${weight}_regularizer`, `${weight}_constraint`]);
  for (const option of options) {
    const value = stated[option];
    if (value === null || value === undefined) continue;
    // Keras 1 has { name, … } in place of { class_name, config }.
    const { name, ...others } = value;
    const serialized =
      typeof value === 'object' && !value.class_name && name
        ? { class_name: name === 'WeightRegularizer' ? 'L1L2' : name, config: others }
        : value;
    try {
      if (option.endsWith('_regularizer')) get_regularizer(serialized, option);
      else get_constraint(serialized, option);
      config[option] = serialized;
    } catch {
      const shown = typeof serialized === 'string' ? serialized : serialized.class_name;
      warnings.push(
        `${what}: the ${option} ${show(shown)} is not known and left out; it has no effect on predictions`,
      );
    }
  }
}

/** @param {string} class_name @param {{ [option: string]: any }} config @param {{ [option: string]: any }} stated @param {Context} context */
function add_defaults(class_name, config, stated, { keras_3 }) {
  if (class_name === 'GRU' || class_name === 'GRUCell') {
    // The versions that do not state these have no other.
    config.reset_after ??= keras_3;
    config.recurrent_activation ??= keras_3 ? 'sigmoid' : 'hard_sigmoid';
  }
  // NaN, which nothing equals: no step is masked.
  if (class_name === 'Masking' && stated.mask_value === null) config.mask_value = Number.NaN;
}

/** @param {{ [option: string]: any }} stated @param {import('./keras_layers.js').LayerKind} kind @param {string} what @param {string[]} warnings */
function report_unknown(stated, kind, what, warnings) {
  const known = new Set([
    ...kind.options,
    ...(kind.activations ?? []),
    ...(kind.layers ?? []),
    ...(kind.lists ?? []),
    ...(kind.repeated ?? []),
  ]);
  for (const [option, value] of Object.entries(stated)) {
    if (
      Object.hasOwn(MUST_BE, option) &&
      value !== null &&
      value !== MUST_BE[option] &&
      Number(value) !== Number(MUST_BE[option])
    )
      throw new InvalidArgumentError(`${what}: ${option} must be ${MUST_BE[option]}, not ${show(value)}`);
    const has_no_effect =
      known.has(option) ||
      WITHOUT_EFFECT.has(option) ||
      Object.hasOwn(MUST_BE, option) ||
      /_(initializer|regularizer|constraint)$|^build_/.test(option) ||
      value === null ||
      value === false;
    if (!has_no_effect)
      warnings.push(`${what}: the option ${option} = ${show(value)} is not known and left out`);
  }
}

/**
 * The shape of a layer's inputs, as its configuration says it.
 * @param {SerializedLayer} layer
 * @returns {(number | null)[] | null}
 */
function shape_of_layer({ class_name, config }) {
  const { batch_shape, batch_input_shape, input_shape, input_dim, input_length } = config;
  const stated = shape_from(batch_shape) ?? shape_from(batch_input_shape);
  if (stated) return stated;
  const without_batch = shape_from(input_shape);
  if (without_batch) return [null, ...without_batch];
  // Of a model, that of its first layer; of Bidirectional, that of its layer.
  const inner =
    class_name === 'Bidirectional' ? config.layer : (Array.isArray(config) ? config : config.layers)?.[0];
  if (is_serialized(inner)) return shape_of_layer(inner);
  // Keras 1.
  if (class_name === 'Embedding') return [null, size_from(input_length)];
  const width = size_from(input_dim);
  if (width === null) return null;
  return class_name === 'Dense' ? [null, width] : [null, size_from(input_length), width];
}

/** @param {unknown} value @returns {(number | null)[] | null} */
function shape_from(value) {
  const list = plain(value);
  return Array.isArray(list) && list.length && list.every((size) => size === null || size_from(size) !== null)
    ? [...list]
    : null;
}

/** @param {unknown} value @returns {number | null} */
const size_from = (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null);
