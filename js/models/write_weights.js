// write_weights: named tensors, or the weights of a layer or model, as a file.
import { write_file } from '../formats/files.js';
import { named_tensors } from '../formats/named_tensors.js';
import { check_options, is_plain_object, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';

/** @typedef {import('../runtime/tensor.js').TensorInput} TensorInput */

/**
 * Writes weights to a file, which `read_weights` reads. A model with its configuration is written by `model.save()`.
 *
 * @param {ReadonlyMap<string, TensorInput | Variable> | { [name: string]: TensorInput | Variable } | { weights: readonly Variable[] }} weights
 *   tensors by name, or a cell, layer or model: its variables by their names, without TensorFlow's `:0`
 * @template {'safetensors' | 'npz' | 'tfjs' | 'onnx'} [F='safetensors']
 * @param {{ format?: F, metadata?: { [key: string]: string } }} [options] `format`: default safetensors; `tfjs`: TensorFlow.js's
 *   model.json without a model, and the weights beside it; `metadata`: strings that the file says beside the tensors, default none; not
 *   in npz and onnx. `onnx`: of a `GRU`, a `Bidirectional` or an `RNN`, which becomes a GRU node between the input `x` [batch, steps, features] and
 *   the output `y`, or of a model
 * @returns {Promise<F extends 'tfjs' ? import('../formats/tfjs_write.js').TfjsFiles : Uint8Array>} the bytes of the file; of `tfjs`
 *   an object of the two files' names to their bytes, which `read_weights` takes as well
 * @throws {ValueError} an unknown format, a layer without weights, or metadata that are not strings
 * @throws {TypeError} something else than weights, or an unknown option
 */
export async function write_weights(weights, options = {}) {
  check_options('write_weights', options, ['format', 'metadata']);
  const { format = 'safetensors', metadata = {} } = options;
  if (format === 'onnx') return /** @type {any} */ (write_onnx_layer(weights));
  return /** @type {any} */ (
    write_file('write_weights', format, tensors_of(weights), check_metadata(metadata))
  );
}

/** @param {any} layer @returns {Promise<Uint8Array>} */
async function write_onnx_layer(layer) {
  if (typeof layer?.get_build_config !== 'function' || !layer.built)
    throw new ValueError(`write_weights: an ONNX file holds a built layer or model, not ${show(layer)}`);
  const { onnx_graph } = await import('../keras/onnx_model.js');
  const { write_onnx } = await import('../formats/onnx_write.js');
  return write_onnx(onnx_graph('write_weights', layer), layer.name);
}

/** @param {any} weights @returns {Map<string, import('../runtime/tensor.js').Tensor>} */
function tensors_of(weights) {
  const what = 'write_weights: weights';
  if (weights instanceof Map || is_plain_object(weights)) {
    const entries = weights instanceof Map ? [...weights] : Object.entries(weights);
    return new Map(
      entries.map(([name, value]) => [check_name(name), tensor_of(`${what}: ${show(name)}`, value)]),
    );
  }
  const variables = weights?.weights;
  if (!Array.isArray(variables) || !variables.every((variable) => variable instanceof Variable))
    throw new TypeError(`${what} must be tensors by name, a cell, a layer or a model, not ${show(weights)}`);
  if (!variables.length) throw new ValueError(`${what}: it has none; a layer has weights once it is built`);
  return named_tensors(variables);
}

/** @param {string} what @param {unknown} value */
const tensor_of = (what, value) => (value instanceof Variable ? value.value : as_tensor(what, value, null));

/** @param {unknown} name */
function check_name(name) {
  if (typeof name !== 'string')
    throw new TypeError(`write_weights: the names of weights must be strings, not ${show(name)}`);
  return name;
}

/** @param {unknown} metadata @returns {{ [key: string]: string }} */
function check_metadata(metadata) {
  if (!is_plain_object(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    throw new ValueError(`write_weights: metadata must be an object of strings, not ${show(metadata)}`);
  return /** @type {{ [key: string]: string }} */ (metadata);
}
