// load_model: a whole model from a file.
import { read_file } from '../formats/files.js';
import { read_source } from '../formats/source.js';
import { without_initial_values } from '../layers/initial_values.js';
import { deserialize_object } from '../layers/registry.js';
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { class_names_in } from './configuration.js';
import { layer_classes } from './layer_classes.js';
import { check_reset_after } from './read_weights.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */
/** @typedef {import('../keras/sequential.js').Sequential} Sequential */

/**
 * Reads a whole `Sequential`: what `model.save` wrote, and models of Keras 1, 2 and 3 (`.h5`, `.keras`) and of TensorFlow.js
 * (model.json with the files of weights beside it), RTNeural's JSON and Automated-GuitarAmpModelling's with a GRU. `model.metadata` is what `save` was given, or what a file of Keras says of itself;
 * `model.warnings` what is in such a file and not in the model. It is not compiled. The layers'
 * code is loaded when the first model is read, if the program does not have it; where `import()` is not allowed, as in worklets,
 * import `gru-wasm/keras` (and `gru-wasm` for TF1's cells) before.
 *
 * @param {import('../formats/source.js').FileSource} source bytes, a Blob or File, a Response, or an address: in Node a path and
 *   `file:` too; the files of a format that has several as an array of Files or an object of names to sources
 * @param {{ custom_objects?: import('../layers/registry.js').CustomObjects, reset_after?: boolean | null }} [options] `custom_objects`: classes of your own
 *   that the file names, by name; and functions, where a file of Keras names activations of its author's. `reset_after`: of the GRUs in an
 *   ONNX file that is known to be wrong; default null: as the file says
 * @returns {Promise<any>} a `Sequential`; of an ONNX file a `GraphModel`, with `predict`
 * @throws {NotFoundError} the file cannot be read or fetched
 * @throws {InvalidArgumentError} it is not a model's file, or a damaged one
 * @throws {FailedPreconditionError} before `init`
 */
export async function load_model(source, options = {}) {
  check_options('load_model', options, ['custom_objects', 'reset_after']);
  const reset_after = check_reset_after('load_model', options.reset_after);
  loaded_heap();
  const what = 'load_model: source';
  const { format, contents } = await read_file(what, await read_source(what, source));
  if (contents.graph?.kind === 'onnx') return onnx_model(what, contents, reset_after);
  const { custom_objects = {} } = options;
  const model = contents.keras
    ? await keras_model(what, contents, custom_objects)
    : await package_model(what, format, await with_model(what, contents), custom_objects);
  model.metadata = contents.metadata;
  return model;
}

/**
 * The contents with the configuration of a model, if the file has one in another form.
 * @param {string} what
 * @param {import('../formats/files.js').FileContents} contents
 */
async function with_model(what, contents) {
  if (!contents.rtneural && !contents.guitar_amp) return contents;
  const { guitar_amp_model } = await import('./guitar_amp_model.js');
  const { rtneural_model } = await import('./rtneural_model.js');
  try {
    return contents.rtneural ? rtneural_model(contents) : guitar_amp_model(contents);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${what}: ${cause.message}`, { cause });
  }
}

/**
 * @param {string} what
 * @param {import('../formats/files.js').FileContents} contents
 * @param {boolean | null} reset_after
 */
async function onnx_model(what, contents, reset_after) {
  const { find_onnx_grus, GraphModel } = await import('./onnx/graph_model.js');
  try {
    const { warnings } = find_onnx_grus(contents, reset_after);
    return new GraphModel(contents, reset_after, [...(contents.warnings ?? []), ...warnings]);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${what}: ${cause.message}`, { cause });
  }
}

/**
 * @param {string} what
 * @param {string} format
 * @param {import('../formats/files.js').FileContents} contents
 * @param {import('../layers/registry.js').CustomObjects} custom_objects
 * @returns {Promise<Sequential>}
 */
async function package_model(
  what,
  format,
  { tensors, model: serialized = null, warnings = [] },
  custom_objects,
) {
  if (serialized?.class_name !== 'Sequential' && serialized?.class_name !== 'Functional') {
    const content = serialized
      ? `an object of the class ${show(serialized.class_name)}`
      : 'weights alone, which read_weights reads';
    throw new InvalidArgumentError(
      `${what}, a file in the format ${format}, must hold a whole model, but holds ${content}`,
    );
  }
  const classes = await classes_in(serialized, custom_objects);
  const values = [...tensors.values()];
  const model = make(what, serialized, classes, values);
  try {
    set_weights(what, model, values);
    for (const layer of model.layers) layer.finalize_state();
    model.warnings = warnings;
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/**
 * @param {string} what
 * @param {import('../formats/files.js').FileContents} contents
 * @param {import('../layers/registry.js').CustomObjects} custom_objects
 * @returns {Promise<Sequential>}
 */
async function keras_model(what, contents, custom_objects) {
  const { make_keras_model } = await import('./keras/keras_model.js');
  try {
    return await make_keras_model(contents, custom_objects, async (serialized) =>
      make(what, serialized, await classes_in(serialized, custom_objects), [...contents.tensors.values()]),
    );
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${what}: ${cause.message.replace(`${what}: `, '')}`, { cause });
  }
}

/**
 * The classes that a configuration names: this package's, and the user's.
 * @param {import('../layers/registry.js').SerializedObject} serialized
 * @param {import('../layers/registry.js').CustomObjects} custom_objects
 * @returns {Promise<import('../layers/registry.js').CustomObjects>}
 */
async function classes_in(serialized, custom_objects) {
  const names = [...class_names_in(serialized)].filter((name) => !Object.hasOwn(custom_objects, name));
  return { ...(await layer_classes('load_model', names)), ...custom_objects };
}

/**
 * @param {string} what
 * @param {import('../layers/registry.js').SerializedObject} serialized
 * @param {import('../layers/registry.js').CustomObjects} custom_objects
 * @param {Tensor[]} values of its weights
 * @returns {Sequential}
 */
function make(what, serialized, custom_objects, values) {
  const count = values.reduce((sum, { size }) => sum + size, 0);
  try {
    return without_initial_values(count, () => deserialize_object('model', serialized, custom_objects));
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new InvalidArgumentError(`${what}: no model can be made from its configuration: ${message}`, {
      cause,
    });
  }
}

/**
 * @param {string} what
 * @param {Sequential} model
 * @param {Tensor[]} values
 */
function set_weights(what, model, values) {
  const { weights } = model;
  const fit =
    weights.length === values.length &&
    weights.every(({ shape, dtype }, i) => same_shape(shape, values[i].shape) && dtype === values[i].dtype);
  if (!fit) {
    const list = (/** @type {readonly { shape: readonly number[], dtype: string }[]} */ all) =>
      all.map(({ shape, dtype }) => `${dtype}${show_shape(shape)}`).join(', ') || 'none';
    throw new InvalidArgumentError(
      `${what}: the model's weights are ${list(weights)}, the file's ${list(values)}`,
    );
  }
  model.set_weights(values);
}
