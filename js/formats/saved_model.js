// TensorFlow's SavedModel: a folder whose saved_model.pb has the graph, and whose variables/ is a checkpoint. The graph is not read.
import { NotFoundError } from '../runtime/errors.js';
import { read_tf1_checkpoint } from './tf1_checkpoint.js';

/** The index of the variables, in the folder of saved_model.pb. */
const INDEX = 'variables/variables.index';

/**
 * @param {Uint8Array} _bytes of saved_model.pb
 * @param {import('./source.js').SourceFile} file
 * @returns {Promise<import('./files.js').FileContents>}
 * @throws {NotFoundError} the files of the variables are missing
 */
export async function read_saved_model(_bytes, file) {
  const bytes = await file.sibling(INDEX).catch((/** @type {Error} */ cause) => {
    throw new NotFoundError(
      `${file.name ?? 'saved_model.pb'} is the graph of a SavedModel, which has no weights: pass its files variables/variables.index and ` +
        `variables/variables.data-00000-of-00001 too, or these alone (${cause.message})`,
      { cause },
    );
  });
  return read_tf1_checkpoint(bytes, { ...file, name: INDEX, bytes });
}
