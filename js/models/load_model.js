// load_model: a whole model from a file that `save` made.
import { read_safetensors } from '../formats/safetensors.js';
import { read_source } from '../formats/source.js';
import { MODEL_FORMAT } from '../keras/saving.js';
import { Sequential } from '../keras/sequential.js';
import { without_initial_values } from '../layers/initial_values.js';
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { BUILTIN_CLASSES } from './builtin_classes.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */

/**
 * Reads a model: its layers, their weights, and in `model.metadata` what `save` was given. It is not compiled.
 *
 * @param {import('../formats/source.js').FileSource} source bytes, a Blob or File, a Response, or an address: in Node a path and
 *   `file:` too
 * @param {{ custom_objects?: import('../layers/registry.js').CustomObjects }} [options] `custom_objects`: layers of one's own
 *   that the file names
 * @returns {Promise<Sequential>}
 * @throws {NotFoundError} the file cannot be read or fetched
 * @throws {InvalidArgumentError} it is no model, or a damaged one
 * @throws {FailedPreconditionError} before `init`
 */
export async function load_model(source, options = {}) {
  check_options('load_model', options, ['custom_objects']);
  loaded_heap();
  const bytes = await read_source('load_model: source', source);
  const { tensors, metadata } = read_safetensors(bytes);
  if (metadata.get('format') !== MODEL_FORMAT) {
    throw new InvalidArgumentError(
      `load_model: the file is safetensors, but not a model: its metadata's format must be ${show(MODEL_FORMAT)}, ` +
        `not ${show(metadata.get('format'))}`,
    );
  }
  const { class_name, config } = parse(metadata, 'model') ?? {};
  if (class_name !== 'Sequential' || !config) {
    throw new InvalidArgumentError(
      `load_model: the file holds a ${show(class_name)}, which is no Sequential`,
    );
  }
  const values = weights_of(tensors, parse(metadata, 'weights'));
  const about = parse(metadata, 'metadata');
  const model = make(config, { ...BUILTIN_CLASSES, ...options.custom_objects });
  try {
    set_weights(model, values);
  } catch (error) {
    model.dispose();
    throw error;
  }
  model.metadata = about;
  return model;
}

/**
 * @param {Map<string, string>} metadata
 * @param {string} key
 * @returns {any}
 */
function parse(metadata, key) {
  try {
    return JSON.parse(metadata.get(key) ?? 'nothing');
  } catch (cause) {
    throw new InvalidArgumentError(
      `load_model: the file's metadata entry ${show(key)} is missing or no JSON`,
      { cause },
    );
  }
}

/**
 * @param {Map<string, Tensor>} tensors
 * @param {unknown} names in the model's order
 * @returns {Tensor[]}
 */
function weights_of(tensors, names) {
  if (!Array.isArray(names) || names.length !== tensors.size || new Set(names).size !== names.length) {
    throw new InvalidArgumentError(`load_model: the file must name each of its ${tensors.size} weights once`);
  }
  return names.map((name) => {
    const found = tensors.get(name);
    if (!found) throw new InvalidArgumentError(`load_model: the file has no weight ${show(name)}`);
    return found;
  });
}

/**
 * @param {any} config
 * @param {import('../layers/registry.js').CustomObjects} custom_objects
 */
function make(config, custom_objects) {
  try {
    return without_initial_values(() => Sequential.from_config(config, custom_objects));
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new InvalidArgumentError(`load_model: the file's configuration makes no model: ${message}`, {
      cause,
    });
  }
}

/**
 * @param {Sequential} model
 * @param {Tensor[]} values
 */
function set_weights(model, values) {
  const { weights } = model;
  const fits =
    weights.length === values.length &&
    weights.every(({ shape, dtype }, i) => same_shape(shape, values[i].shape) && dtype === values[i].dtype);
  if (!fits) {
    const list = (/** @type {readonly { shape: readonly number[], dtype: string }[]} */ all) =>
      all.map(({ shape, dtype }) => `${dtype}${show_shape(shape)}`).join(', ') || 'none';
    throw new InvalidArgumentError(
      `load_model: the model has weights ${list(weights)}, the file ${list(values)}`,
    );
  }
  model.set_weights(values);
}
