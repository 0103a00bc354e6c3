// load_weights: the weights in a file, for a model that exists (`Model.load_weights` of Keras).
import { read_file } from '../formats/files.js';
import { read_source } from '../formats/source.js';
import { check_options, show } from '../runtime/check.js';
import { InvalidArgumentError, ValueError } from '../runtime/errors.js';

/**
 * @typedef {object} LoadedWeights
 * @property {string[]} loaded the names of the layers that have weights of the file now; of a file without layers those of the weights
 * @property {string[]} skipped those whose weights in the file have other shapes, with `skip_mismatch`
 */

/**
 * Sets a model's weights to those of a file, as Keras's `model.load_weights` does: an `.h5` file, of weights or of a whole model, a
 * `.keras` or `.weights.h5` file, TensorFlow.js's model.json, what `model.save()` or `write_weights` wrote, and any other file that
 * `read_weights` reads. It is a function here, so that models do not carry the readers of files.
 *
 * Without `by_name` the file must have weights for all layers: where its layers, or weights, have the names of the model's, by these;
 * otherwise in their order. If it throws, no weight has changed.
 *
 * @param {any} model a built `Sequential` or `Model`
 * @param {import('../formats/source.js').FileSource} source bytes, a Blob or File, a Response, or an address: in Node a path and
 *   `file:` too; the files of a format that has several as an array of Files or an object of names to sources
 * @param {{ by_name?: boolean, skip_mismatch?: boolean }} [options] `by_name`: only layers of which the file has the name get weights,
 *   in files without layers only such weights; the others stay. Default false. `skip_mismatch`: with `by_name`, layers whose weights
 *   have other shapes in the file stay as they are. Default false.
 * @returns {Promise<LoadedWeights>}
 * @throws {NotFoundError} the file cannot be read or fetched
 * @throws {InvalidArgumentError} a damaged file, or weights that do not fit the model
 * @throws {ValueError} a model that is not built, or `skip_mismatch` without `by_name`
 * @throws {TypeError} not a model, or an unknown option
 */
export async function load_weights(model, source, options = {}) {
  check_options('load_weights', options, ['by_name', 'skip_mismatch']);
  const { by_name = false, skip_mismatch = false } = options;
  for (const [name, value] of Object.entries({ by_name, skip_mismatch }))
    if (typeof value !== 'boolean')
      throw new TypeError(`load_weights: ${name} must be true or false, not ${show(value)}`);
  if (skip_mismatch && !by_name)
    throw new ValueError('load_weights: skip_mismatch can be true only where by_name is');
  if (!Array.isArray(model?.layers) || typeof model.set_weights !== 'function')
    throw new TypeError(`load_weights: model must be a Sequential or a Model, not ${show(model)}`);
  if (!model.built)
    throw new ValueError(`load_weights: ${model.name} is not built, so it has no weights: build it before`);
  const what = 'load_weights: source';
  const { contents } = await read_file(what, await read_source(what, source));
  const { assign_weights } = await import('./keras/assign_weights.js');
  try {
    return assign_weights(model, contents, { by_name, skip_mismatch });
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${what}: ${cause.message}`, { cause });
  }
}
