// The weights of a file for the layers of a model that exists, by their order or by their names.
import { weights_by_layer } from '../../formats/keras_paths.js';
import { named_tensors } from '../../formats/named_tensors.js';
import { serialize_object } from '../../layers/registry.js';
import { same_shape, show_shape } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { in_order, weights_of_layer } from './keras_weights.js';

/**
 * @typedef {import('../../layers/layer.js').Layer} Layer
 * @typedef {import('../../formats/files.js').FileContents} FileContents
 * @typedef {import('../load_weights.js').LoadedWeights} LoadedWeights
 * @typedef {{ by_name: boolean, skip_mismatch: boolean }} Options
 */

/**
 * @param {any} model built
 * @param {FileContents} contents
 * @param {Options} options
 * @returns {LoadedWeights}
 * @throws {InvalidArgumentError} weights that do not fit; then none has changed
 */
export function assign_weights(model, contents, options) {
  const layer_weights = file_layers(model, contents);
  return layer_weights.size
    ? assign_layers(model.layers, contents, layer_weights, options)
    : assign_variables(model, contents.tensors, options);
}

/**
 * The names of the weights of the file's layers, for those that have any.
 * @param {any} model
 * @param {FileContents} contents
 */
function file_layers(model, { tensors, keras, layer_weights }) {
  const stated = keras?.layer_weights ?? layer_weights ?? new Map();
  // `.weights.h5` of Keras 3 names classes of layers, not layers: its groups are counted as the model's layers are.
  const serialized = { config: { layers: model.layers.map(serialize_object) } };
  const layers = stated.size ? stated : weights_by_layer(serialized, tensors.keys());
  return new Map([...layers].filter(([, names]) => names.length));
}

/**
 * @param {Layer[]} all
 * @param {FileContents} contents
 * @param {Map<string, string[]>} layer_weights
 * @param {Options} options
 * @returns {LoadedWeights}
 */
function assign_layers(all, contents, layer_weights, { by_name, skip_mismatch }) {
  const layers = all.filter(({ weights }) => weights.length);
  const names = [...layer_weights.keys()];
  if (!by_name && names.length !== layers.length)
    throw new InvalidArgumentError(
      `the model has ${layers.length} layers with weights, ${layers.map(({ name }) => name).join(', ')}, but the file ${names.length}: ${names.join(', ')}`,
    );
  const is_named = by_name || layers.every(({ name }) => layer_weights.has(name));
  /** @type {LoadedWeights} */
  const result = { loaded: [], skipped: [] };
  const values = layers.flatMap((layer, i) => {
    const paths = layer_weights.get(is_named ? layer.name : names[i]);
    if (!paths) return [];
    const list = fitting(skip_mismatch, () =>
      in_order(layer, weights_of_layer(serialize_object(layer), paths, contents)),
    );
    result[list ? 'loaded' : 'skipped'].push(layer.name);
    return list ? [{ layer, list }] : [];
  });
  for (const { layer, list } of values) {
    layer.set_weights(list);
    layer.finalize_state();
  }
  return result;
}

/**
 * @param {any} model
 * @param {FileContents['tensors']} tensors
 * @param {Options} options
 * @returns {LoadedWeights}
 */
function assign_variables(model, tensors, { by_name, skip_mismatch }) {
  const variables = [...named_tensors(model.weights)];
  const names = variables.map(([name]) => name);
  const all_named = names.length === tensors.size && names.every((name) => tensors.has(name));
  /** @type {LoadedWeights} */
  const result = { loaded: [], skipped: [] };
  let values = variables.map(([, value]) => value);
  if (by_name || all_named)
    values = variables.map(([name, value]) => {
      const tensor = tensors.get(name);
      if (!tensor) return value;
      const fits = fitting(skip_mismatch, () => {
        if (same_shape(tensor.shape, value.shape)) return tensor;
        throw new InvalidArgumentError(
          `the weight ${name} has the shape ${show_shape(value.shape)}, but in the file ${show_shape(tensor.shape)}`,
        );
      });
      result[fits ? 'loaded' : 'skipped'].push(name);
      return fits ?? value;
    });
  else {
    values = in_order(
      model,
      Array.from(tensors, ([name, tensor]) => ({ name, tensor })),
    );
    result.loaded = names;
  }
  model.set_weights(values);
  for (const layer of model.layers) layer.finalize_state();
  return result;
}

/**
 * @template T
 * @param {boolean} skip_mismatch
 * @param {() => T} read
 * @returns {T | null} null: what was read does not fit, and is to be skipped
 */
function fitting(skip_mismatch, read) {
  try {
    return read();
  } catch (error) {
    if (skip_mismatch && error instanceof InvalidArgumentError) return null;
    throw error;
  }
}
