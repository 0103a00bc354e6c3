// What a file of Keras says of the GRUs in it, for those who take the GRUs alone. No layer is needed for it.
import { is_plain_object } from '../../runtime/check.js';
import { activation_of } from './keras_activations.js';
import { class_of, is_keras_3, renamed } from './keras_versions.js';

/**
 * @typedef {import('../gru_description.js').GRUOptions & { reset_after?: boolean }} Options
 * @typedef {import('../../formats/files.js').KerasModel} KerasModel
 * @typedef {{ name: unknown, options: Options }} StatedGRU `name`: of the GRU or its cell
 */

/** Layers in layers, at most. */
const DEEPEST = 16;

/**
 * @param {KerasModel} keras
 * @param {string} prefix that the names of the GRU's tensors have in common
 * @returns {Options}
 */
export function keras_options(keras, prefix) {
  const keras_3 = is_keras_3(keras.version, layers_of(keras.config)[0]);
  const parts = prefix.split('/');
  const owner = [...keras.layer_weights].find(([, names]) =>
    names.some((name) => name.startsWith(`${prefix}/`) || name.startsWith(`${prefix}_`)),
  );
  for (const layer of layers_of(keras.config)) {
    const name = /** @type {any} */ (layer)?.config?.name;
    if (owner ? owner[0] !== name : !parts.includes(name)) continue;
    const stated = [...grus_in(layer, keras_3, 0)];
    const named = stated.find((one) => typeof one.name === 'string' && parts.includes(one.name));
    const [, number = '0'] =
      /\/cells\/gru_cell(?:_(\d+))?$/.exec(prefix) ?? /(?:RNNCell|cell)_(\d+)$/.exec(prefix) ?? [];
    const gru = named ?? stated[Number(number)] ?? stated[0];
    if (gru) return gru.options;
  }
  return {};
}

/** @param {any} model @returns {unknown[]} */
function layers_of(model) {
  const list = Array.isArray(model?.config) ? model.config : model?.config?.layers;
  return Array.isArray(list) ? list : [];
}

/**
 * The GRUs in a layer, those of both directions included.
 * @param {any} layer
 * @param {boolean} keras_3
 * @param {number} depth
 * @param {any} [merge_mode]
 * @returns {Generator<StatedGRU>}
 */
function* grus_in(layer, keras_3, depth, merge_mode) {
  if (depth > DEEPEST || typeof layer?.class_name !== 'string') return;
  const class_name = class_of(layer.class_name);
  const inner = (/** @type {any} */ one, /** @type {any} */ mode) => grus_in(one, keras_3, depth + 1, mode);
  for (const one of layers_of(layer)) yield* inner(one, undefined);
  if (!is_plain_object(layer.config)) return;
  const config = renamed(class_name, layer.config);
  if (class_name === 'Bidirectional') {
    yield* inner(config.layer, config.merge_mode);
    yield* inner(config.backward_layer, config.merge_mode);
  } else if (['GRU', 'GRUCell', 'CuDNNGRU'].includes(class_name)) {
    yield { name: config.name, options: options_of(class_name, config, keras_3, merge_mode) };
  } else {
    for (const one of [config.layer, config.cell, ...(Array.isArray(config.cells) ? config.cells : [])])
      yield* inner(one, undefined);
  }
}

/**
 * @param {string} class_name
 * @param {{ [option: string]: any }} config
 * @param {boolean} keras_3
 * @param {any} merge_mode
 * @returns {Options}
 */
function options_of(class_name, config, keras_3, merge_mode) {
  // Of an activation of the author's only the name is known: creating the layer is refused with it.
  const activation = (/** @type {any} */ stated) => {
    try {
      return activation_of('activation', stated, { keras_3, custom_objects: {} });
    } catch {
      return String(stated?.class_name);
    }
  };
  if (class_name === 'CuDNNGRU') return { merge_mode, go_backwards: config.go_backwards === true };
  return {
    activation: activation(config.activation),
    recurrent_activation: activation(config.recurrent_activation) ?? (keras_3 ? 'sigmoid' : 'hard_sigmoid'),
    reset_after: config.reset_after ?? keras_3,
    go_backwards: config.go_backwards === true,
    merge_mode,
  };
}
