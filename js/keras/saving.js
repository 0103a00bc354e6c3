// A model as a file: its weights as safetensors, its configuration in the metadata.
import { write_safetensors } from '../formats/safetensors.js';
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/** What the metadata's entry `format` says in a model's file. */
export const MODEL_FORMAT = 'gru-wasm model';

/**
 * @param {string} what
 * @param {unknown} value plain data
 * @returns {string}
 * @throws {ValueError} something that would not come back as it was
 */
function as_json(what, value) {
  return JSON.stringify(value ?? null, (key, part) => {
    const lost =
      typeof part === 'function' ||
      typeof part === 'symbol' ||
      typeof part === 'bigint' ||
      (typeof part === 'number' && !Number.isFinite(part));
    if (lost) throw new ValueError(`${what} holds what cannot be written to a file: ${key} is ${show(part)}`);
    return part;
  });
}

/**
 * @param {import('./model.js').Model} model
 * @param {unknown} metadata
 * @returns {Uint8Array}
 */
export function save_model(model, metadata) {
  if (!model.built)
    throw new ValueError(`${model.name}.save: the model is not built, so it has no weights to save`);
  /** @type {Map<string, import('../runtime/tensor.js').Tensor>} */
  const tensors = new Map();
  for (const variable of model.weights) {
    const name = variable.name.replace(/:0$/, '');
    let unique = name;
    for (let number = 1; tensors.has(unique); number++) unique = `${name}_${number}`;
    tensors.set(unique, variable.value);
  }
  return write_safetensors(tensors, {
    format: MODEL_FORMAT,
    model: as_json(`${model.name}.save: the configuration`, {
      class_name: 'Sequential',
      config: model.get_config(),
    }),
    weights: JSON.stringify([...tensors.keys()]),
    metadata: as_json(`${model.name}.save: metadata`, metadata),
  });
}
