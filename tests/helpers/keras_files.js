// Files of Keras 1, 2 and 3 and of TensorFlow.js for tests, made of one description of a model. The HDF5 library, a zip library and JSON
// write them; this file knows how each version of Keras names and spells things.
import { strToU8, zipSync } from 'fflate';
import { add_dataset, hdf5_file } from './hdf5_files.js';

/**
 * @typedef {{ name: string, shape: number[], data: ArrayLike<number> }} Weight
 * @typedef {{ class_name: string, config: { [option: string]: any } }} Serialized
 * @typedef {object} Model
 * @property {Serialized[]} layers as Keras 2 spells them, the first with `batch_input_shape`
 * @property {Weight[][]} weights of each layer, in its order; names as in an HDF5 file of Keras 2, as `gru_1/kernel:0`
 */

/**
 * @param {Model} model
 * @param {{ version?: string, weights_only?: boolean, config?: any, class_name?: string, backend?: string, hdf5?: any, training_config?: any,
 *   add?: (file: any) => void }} [options] `add`: writes more into the file
 * @returns {Uint8Array} an HDF5 file of Keras 2
 */
export function keras_h5(
  { layers, weights },
  {
    version = '2.2.4',
    weights_only = false,
    config = layers,
    class_name = 'Sequential',
    backend = 'tensorflow',
    hdf5 = {},
    training_config = { loss: 'mse' },
    add = () => {},
  } = {},
) {
  return hdf5_file((file) => {
    if (!weights_only) {
      file.create_attribute('model_config', JSON.stringify({ class_name, config }), null, 'S');
      file.create_attribute('training_config', JSON.stringify(training_config));
      file.create_attribute('keras_version', version);
      file.create_attribute('backend', backend);
    }
    const root = weights_only ? file : file.create_group('model_weights');
    const stored = layers.map((layer, i) => ({ name: layer.config.name, weights: weights[i] }));
    root.create_attribute(
      'layer_names',
      stored.map(({ name }) => name),
    );
    root.create_attribute('keras_version', version);
    for (const { name, weights: list } of stored) {
      const group = root.create_group(name);
      for (const { name: path, shape, data } of list) add_dataset(group, path, data, shape);
      if (list.length)
        group.create_attribute(
          'weight_names',
          list.map((weight) => weight.name),
        );
      else group.create_attribute('weight_names', [], [0], '<f');
    }
    if (!weights_only)
      add_dataset(file, 'optimizer_weights/training/Adam/iterations:0', [7], [], { dtype: '<i' });
    add(file);
  }, hdf5);
}

/**
 * @param {Serialized[]} layers as Keras 2 spells them
 * @param {boolean} is_3 whether as Keras 3 spells it, not TensorFlow 2
 */
function zip_config(layers, is_3) {
  const { batch_input_shape, ...first } = layers[0].config;
  const input = {
    class_name: 'InputLayer',
    config: {
      [is_3 ? 'batch_shape' : 'batch_input_shape']: batch_input_shape,
      dtype: 'float32',
      sparse: false,
      name: 'input_layer',
    },
  };
  return {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name: 'sequential',
      layers: [input, { class_name: layers[0].class_name, config: first }, ...layers.slice(1)].map((layer) =>
        spell_layer(layer, is_3),
      ),
      build_input_shape: batch_input_shape,
    },
    registered_name: null,
    build_config: { input_shape: batch_input_shape },
  };
}

/** @param {any} layer @param {boolean} is_3 @returns {any} */
function spell_layer({ class_name, config, ...more }, is_3) {
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  };
  const inner = Object.fromEntries(
    Object.entries(config).map(([option, value]) => [
      option,
      value?.class_name && value.config?.name ? spell_layer(value, is_3) : value,
    ]),
  );
  const dtype = is_3 ? policy : 'float32';
  return { module: 'keras.layers', class_name, config: { ...inner, dtype }, registered_name: null, ...more };
}

/**
 * The configuration of a functional model, as Keras 3 spells it.
 * @param {any} config as Keras 2 does
 */
export function functional_config_of_keras_3(config) {
  const tensor = (/** @type {any[]} */ [layer, node, number]) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null], dtype: 'float32', keras_history: [layer, node, number] },
  });
  const layers = config.layers.map(
    (/** @type {any} */ { class_name, name, config: options, inbound_nodes }) => {
      const { batch_input_shape, ...others } = options;
      const renamed = batch_input_shape ? { ...others, batch_shape: batch_input_shape } : others;
      const is_merge = /^(Concatenate|Add|Multiply|Average|Maximum|Minimum)$/.test(class_name);
      const nodes = inbound_nodes.map((/** @type {any[]} */ node) => {
        const tensors = node.map(tensor);
        const [first, ...states] = tensors;
        if (is_merge) return { args: [tensors], kwargs: {} };
        return { args: [first], kwargs: states.length ? { initial_state: states[0] } : { mask: null } };
      });
      return spell_layer({ class_name, config: renamed, name, inbound_nodes: nodes }, true);
    },
  );
  const single = (/** @type {any[]} */ list) => (list.length === 1 ? list[0] : list);
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      ...config,
      layers,
      input_layers: single(config.input_layers),
      output_layers: single(config.output_layers),
    },
  };
}

/**
 * @param {Model} model
 * @param {{ version?: string, list?: string, config?: any }} [options] `list`: the group of the layers; `config`: default a Sequential
 * @returns {Uint8Array} a .keras file
 */
export function keras_zip(
  { layers, weights },
  { version = '3.5.0', list = 'layers', config = zip_config(layers, version.startsWith('3')) } = {},
) {
  const h5 = hdf5_file((file) => {
    /** @type {Map<string, number>} */
    const counts = new Map();
    layers.forEach((layer, i) => {
      const base = group_names[layer.class_name] ?? layer.class_name.toLowerCase();
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const group = `${list}/${count ? `${base}_${count}` : base}`;
      place_weights(layer, weights[i]).forEach(({ path, weight }) => {
        add_dataset(file, `${group}/${path}`, weight.data, weight.shape);
      });
    });
    add_dataset(file, 'optimizer/vars/0', [7], [], { dtype: '<i' });
  });
  const text = (/** @type {any} */ value) => strToU8(JSON.stringify(value));
  return zipSync({
    'metadata.json': text({ keras_version: version, date_saved: '2026-01-01@00:00:00' }),
    'config.json': text(config),
    'model.weights.h5': [h5, { level: 0 }],
  });
}

/** The groups of classes whose names have several words. @type {{ [class_name: string]: string }} */
const group_names = {
  BatchNormalization: 'batch_normalization',
  LayerNormalization: 'layer_normalization',
  TimeDistributed: 'time_distributed',
  SpatialDropout1D: 'spatial_dropout1d',
  GlobalAveragePooling1D: 'global_average_pooling1d',
  GlobalMaxPooling1D: 'global_max_pooling1d',
  MaxPooling1D: 'max_pooling1d',
  AveragePooling1D: 'average_pooling1d',
  RepeatVector: 'repeat_vector',
  LeakyReLU: 'leaky_re_lu',
  PReLU: 'p_re_lu',
  ReLU: 're_lu',
  ThresholdedReLU: 'thresholded_re_lu',
};

/**
 * Where Keras 3 puts a layer's weights, below its group.
 * @param {Serialized} layer
 * @param {Weight[]} weights
 * @returns {{ path: string, weight: Weight }[]}
 */
function place_weights({ class_name, config }, weights) {
  const numbered = (/** @type {string} */ prefix, /** @type {Weight[]} */ list) =>
    list.map((weight, i) => ({ path: `${prefix}vars/${i}`, weight }));
  const half = weights.length / 2;
  switch (class_name) {
    case 'GRU':
      return numbered('cell/', weights);
    case 'RNN': {
      const { cells } = config.cell.config;
      if (!cells) return numbered('cell/', weights);
      const size = weights.length / cells.length;
      return cells.flatMap((/** @type {any} */ _, /** @type {number} */ i) =>
        numbered(`cell/cells/gru_cell${i ? `_${i}` : ''}/`, weights.slice(i * size, (i + 1) * size)),
      );
    }
    case 'Bidirectional':
      return [
        ...numbered('forward_layer/cell/', weights.slice(0, half)),
        ...numbered('backward_layer/cell/', weights.slice(half)),
      ];
    case 'TimeDistributed':
      return numbered('layer/', weights);
    default:
      return numbered('', weights);
  }
}

/** The layers of Keras 1 by their later options. @type {{ [option: string]: string }} */
const KERAS_1 = {
  units: 'output_dim',
  recurrent_activation: 'inner_activation',
  use_bias: 'bias',
  rate: 'p',
  filters: 'nb_filter',
  kernel_size: 'filter_length',
  strides: 'subsample_length',
  padding: 'border_mode',
};

/**
 * @param {Model} model of GRU, Bidirectional, TimeDistributed, Dense, Embedding, Masking, Dropout, Activation, Conv1D
 * @returns {Uint8Array} an HDF5 file of Keras 1
 */
export function keras_1_h5({ layers, weights }) {
  const spell = (/** @type {any} */ { class_name, config }) => ({
    class_name: class_name === 'Conv1D' ? 'Convolution1D' : class_name,
    config: Object.fromEntries(
      Object.entries(config)
        .filter(
          ([option]) => !/reset_after|_initializer|implementation|data_format|dilation_rate/.test(option),
        )
        .map(([option, value]) => [
          Object.hasOwn(KERAS_1, option) ? KERAS_1[option] : option,
          value?.class_name && value.config?.name ? spell(value) : value,
        ]),
    ),
  });
  const older = layers.map((layer, i) => weights_of_keras_1(layer, weights[i]));
  return keras_h5({ layers, weights: older }, { version: '1.2.2', config: layers.map(spell) });
}

/** @param {Serialized} layer @param {Weight[]} weights @returns {Weight[]} */
function weights_of_keras_1({ class_name, config }, weights) {
  const { name } = config;
  if (class_name === 'Bidirectional') {
    const half = weights.length / 2;
    return [
      ...weights_of_keras_1(
        { class_name: 'GRU', config: { name: `forward_${name}` } },
        weights.slice(0, half),
      ),
      ...weights_of_keras_1({ class_name: 'GRU', config: { name: `backward_${name}` } }, weights.slice(half)),
    ];
  }
  if (class_name === 'Conv1D') {
    const [{ shape, data }, ...others] = weights;
    return [{ name: `${name}_W`, shape: [shape[0], 1, shape[1], shape[2]], data }, ...others];
  }
  if (class_name !== 'GRU')
    return weights.map((weight, i) => ({ ...weight, name: `${name}_${'Wb'[i] ?? i}` }));
  return ['z', 'r', 'h'].flatMap((gate, place) =>
    weights.map(({ shape, data }, i) => {
      const units = (shape.at(-1) ?? 0) / 3;
      const rows = shape.length === 2 ? shape[0] : 1;
      const columns = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: units }, (_, column) => data[row * 3 * units + place * units + column]),
      );
      return {
        name: `${name}_${'WUb'[i]}_${gate}`,
        shape: shape.length === 2 ? [rows, units] : [units],
        data: columns.flat(),
      };
    }),
  );
}
