// read_weights: the tensors of a file, and the GRUs among them.
import { read_file } from '../formats/files.js';
import { read_source } from '../formats/source.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { find_cudnn_compatible_cells } from './converters/cudnn_compatible_cell.js';
import { find_keras_grus } from './converters/keras_gru.js';
import { find_pytorch_grus } from './converters/pytorch_gru.js';
import { find_tf1_cells } from './converters/tf1_cell.js';
import { classes_of, create_gru } from './create_gru.js';
import { layer_classes } from './layer_classes.js';

/** The frameworks whose layouts are known: a new one is a file in converters/ and an entry here. */
const FINDERS = [find_tf1_cells, find_cudnn_compatible_cells, find_keras_grus, find_pytorch_grus];

/**
 * @typedef {object} FoundGRU
 * @property {string} name the file's own name for it, such as `rnn/multi_rnn_cell/cell_0/gru_cell`
 * @property {number} input_size
 * @property {number} units
 * @property {number} layers
 * @property {boolean} bidirectional
 * @property {boolean | null} reset_after whether the reset gate acts after the recurrent product; null: the file does not say
 * @property {import('./converters/tf1_graph_place.js').GraphPlace | null} place of a TF1 cell or a Keras layer in a frozen graph: the
 *   names of its nodes, and of the sequence's inputs and outputs; null: the file has no graph around it
 * @property {(options?: import('./create_gru.js').CreateOptions) => any} create makes a `GRUCell` of a TF1 cell's weights, of a
 *   Keras layer's a `GRU` or `Bidirectional` (`gru-wasm/keras`), built and with the weights. After `init`.
 *
 * @typedef {object} ReadWeights
 * @property {string} format `safetensors`, `PyTorch`, `npz`, `ONNX`, …
 * @property {Map<string, import('../runtime/tensor.js').Tensor>} tensors by the file's names: float16 and bfloat16 as float32,
 *   integers as int32
 * @property {any} metadata what the file says beside them: safetensors' strings by name, or what `model.save` was given; null: none
 * @property {FoundGRU[]} grus those in the layout of a known framework, without those that have `layer_norm` or `trainable_initial_state`
 * @property {string[]} warnings what you should know of the file, as sentences; empty: none
 */

/**
 * Reads the weights in a file. Its format is recognised by its bytes. Tensors
 * can be read before `init`.
 *
 * @param {import('../formats/source.js').FileSource} source bytes, a Blob or File, a Response, or an address: in Node a path and
 *   `file:` too; the files of a format that has several as an array of Files or an object of names to sources
 * @param {{ reset_after?: boolean | null }} [options] `reset_after`: whether the reset gate of the GRUs in an ONNX file acts after the
 *   recurrent product, where the file is known to be wrong. Default null: as the file says.
 * @returns {Promise<ReadWeights>}
 * @throws {NotFoundError} the file cannot be read or fetched
 * @throws {InvalidArgumentError} it is in no known format, or damaged
 */
export async function read_weights(source, options = {}) {
  check_options('read_weights', options, ['reset_after']);
  const reset_after = check_reset_after('read_weights', options.reset_after);
  const what = 'read_weights: source';
  const { format, contents } = await read_file(what, await read_source(what, source));
  const { tensors, metadata } = contents;
  const { grus, warnings } = await find_grus(what, contents, reset_after);
  const classes = grus.length ? await classes_or_error(grus.flatMap(classes_of)) : null;
  return {
    format,
    tensors,
    metadata,
    warnings,
    grus: grus.map((gru) => ({
      name: gru.name,
      input_size: gru.input_size,
      units: gru.units,
      layers: gru.layers.length,
      bidirectional: gru.layers[0].backward !== null,
      reset_after: gru.reset_gate && gru.reset_gate === 'after',
      place: gru.place ?? null,
      create(options) {
        if (classes instanceof Error) throw classes;
        return create_gru(gru, /** @type {any} */ (classes), options);
      },
    })),
  };
}

/**
 * @param {string} what
 * @param {import('../formats/files.js').FileContents} contents
 * @param {boolean | null} reset_after
 * @returns {Promise<{ grus: import('./gru_description.js').GRUDescription[], warnings: string[] }>}
 */
async function find_grus(what, contents, reset_after) {
  const { warnings = [], graph } = contents;
  if (graph?.kind === 'onnx') {
    const { find_onnx_grus } = await import('./onnx/onnx_grus.js');
    const result = find_onnx_grus(contents, reset_after);
    return { grus: result.grus, warnings: [...warnings, ...result.warnings] };
  }
  if (reset_after !== null) throw new ValueError(`${what}: reset_after is for ONNX files only`);
  const tensorflow_graph = graph ? await read_graph(graph, contents.tensors) : null;
  const grus = FINDERS.flatMap((find) => find(contents, tensorflow_graph));
  return { grus, warnings: [...warnings, ...grus.flatMap((gru) => gru.warnings ?? [])] };
}

/** @param {import('../formats/files.js').Graph} graph @param {ReadonlyMap<string, import('../runtime/tensor.js').Tensor>} tensors */
async function read_graph(graph, tensors) {
  const { TensorFlowGraph } = await import('./converters/tensorflow_graph.js');
  return new TensorFlowGraph(graph, tensors);
}

/** @param {string} what @param {unknown} value @returns {boolean | null} */
export function check_reset_after(what, value = null) {
  if (value !== null && typeof value !== 'boolean')
    throw new ValueError(`${what}: reset_after must be true, false or null, not ${show(value)}`);
  return value;
}

/**
 * Tensors can be read where the layers cannot be loaded; only `create` throws there.
 * @param {string[]} names
 */
const classes_or_error = (names) =>
  layer_classes('create', new Set(names)).catch((/** @type {Error} */ error) => error);
