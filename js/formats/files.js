// The one table of file formats, and reading and writing a file of any of them.
import { check_one_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { hdf5_mismatch } from './hdf5/signature.js';
import { json_weights_mismatch } from './json_mismatch.js';
import { model_file_mismatch, read_model_file } from './model_file.js';
import { npy_mismatch } from './npy_mismatch.js';
import { message_mismatch } from './protobuf/top_fields.js';
import { pytorch_mismatch } from './pytorch_mismatch.js';
import { read_safetensors, safetensors_mismatch, write_safetensors } from './safetensors.js';
import { sstable_mismatch } from './sstable_mismatch.js';
import { tfjs_mismatch } from './tfjs_mismatch.js';
import { zip_mismatch } from './zip_directory.js';

/**
 * @typedef {import('./source.js').SourceFile} SourceFile
 * @typedef {{ class_name: string, config: { [option: string]: any } }} SerializedModel
 *
 * @typedef {object} FileContents
 * @property {Map<string, import('../runtime/tensor.js').Tensor>} tensors by the file's names
 * @property {any} metadata what the file says beside them, as plain data; null: none
 * @property {SerializedModel | null} [model] a whole model of this package, of which `tensors` are the weights in order
 * @property {KerasModel | null} [keras] a whole model of Keras
 * @property {Map<string, string[]>} [layer_weights] of weights of Keras without a model, as those of `keras`
 * @property {Graph | null} [graph] the computation around the tensors
 * @property {{ layers: any[], in_shape: any } | null} [rtneural] a whole model of RTNeural: its layers with the names of their weights
 * @property {boolean} [guitar_amp] whether the metadata say what model of Automated-GuitarAmpModelling the tensors are of
 * @property {string[]} [warnings] what the user should know of the file, as sentences
 *
 * @typedef {object} KerasModel
 * @property {any} config as in the file, in the spelling of its version of Keras: { class_name, config }
 * @property {string | null} version of Keras, as the file says it; of TensorFlow.js `tfjs-layers` and its version
 * @property {any} [training] what the file says of the training: { loss, … }, in the spelling of its version of Keras; null: nothing
 * @property {Map<string, string[]>} layer_weights the names in `tensors` of each layer's weights, in their order, by the layer's name
 *
 * @typedef {object} Graph
 * @property {'onnx' | 'tensorflow'} kind
 * @property {GraphNode[]} nodes in the file's order
 * @property {GraphValue[]} inputs
 * @property {GraphValue[]} outputs
 * @property {{ name: string, version: string }} producer
 * @property {number} [opset] of ONNX: the version of its operators
 *
 * @typedef {object} GraphNode
 * @property {string} op
 * @property {string} name
 * @property {string[]} inputs names of values; the empty name: an optional one that is absent
 * @property {string[]} outputs names of values
 * @property {{ [name: string]: any }} attributes plain data and tensors
 *
 * @typedef {{ name: string, shape: (number | null)[] | null }} GraphValue a null size is not fixed; a null shape is unknown
 *
 * @typedef {object} Format
 * @property {string} name
 * @property {(bytes: Uint8Array) => string | null} mismatch why bytes are not in this format, from their beginning or end; null:
 *   they may be
 * @property {(bytes: Uint8Array, file: SourceFile) => FileContents | Promise<FileContents>} read throws InvalidArgumentError, and
 *   NotFoundError where the file names another that is missing
 * @property {(tensors: FileContents['tensors'], metadata: { [key: string]: string }) => Written | Promise<Written>} [write] for
 *   weights without a model
 * @property {string[]} [parts] formats of files that may lie beside it and are not read by themselves
 *
 * @typedef {Uint8Array | { [name: string]: Uint8Array }} Written a file; or those of a format of several, by their names
 */

/**
 * In the order in which they are tried. A new format is a file in this folder and a row here; a reader of more than a few
 * kilobytes is imported in its `read`, by `import()`, so that only those who read that format load it. These two are small, and
 * are wanted in worklets too, where `import()` is not allowed.
 * @type {readonly Format[]}
 */
const FORMATS = [
  { name: 'gru-wasm model', mismatch: model_file_mismatch, read: read_model_file },
  {
    name: 'safetensors',
    mismatch: safetensors_mismatch,
    read(bytes) {
      const { tensors, metadata } = read_safetensors(bytes);
      return { tensors, metadata: metadata.size ? Object.fromEntries(metadata) : null };
    },
    write: write_safetensors,
  },
  {
    name: 'HDF5',
    mismatch: hdf5_mismatch,
    async read(bytes) {
      const { read_keras_h5 } = await import('./keras_h5.js');
      return read_keras_h5(bytes);
    },
  },
  {
    name: 'Keras 3 (.keras)',
    mismatch: (bytes) => zip_mismatch(bytes, 'model.weights.h5'),
    async read(bytes) {
      const { read_keras_zip } = await import('./keras_zip.js');
      return read_keras_zip(bytes);
    },
  },
  {
    name: 'tfjs',
    mismatch: tfjs_mismatch,
    async read(bytes, file) {
      const { read_tfjs } = await import('./tfjs.js');
      return read_tfjs(bytes, file);
    },
    async write(tensors, metadata) {
      const { write_tfjs } = await import('./tfjs_write.js');
      return write_tfjs(tensors, { metadata });
    },
  },
  {
    name: 'npz',
    mismatch: (bytes) => zip_mismatch(bytes, '.npy'),
    async read(bytes) {
      const { read_npz } = await import('./npz.js');
      return read_npz(bytes);
    },
    async write(tensors, metadata) {
      const { write_npz } = await import('./npz.js');
      return write_npz(tensors, metadata);
    },
  },
  {
    name: 'npy',
    mismatch: npy_mismatch,
    async read(bytes) {
      const { read_npy } = await import('./npy.js');
      return { tensors: new Map([['array', read_npy(bytes)]]), metadata: null };
    },
  },
  {
    name: 'TensorFlow checkpoint',
    mismatch: sstable_mismatch,
    parts: ['TensorFlow graph'],
    async read(bytes, file) {
      const { read_tf1_checkpoint } = await import('./tf1_checkpoint.js');
      return read_tf1_checkpoint(bytes, file);
    },
  },
  {
    name: 'JSON',
    mismatch: json_weights_mismatch,
    async read(bytes) {
      const { read_json_weights } = await import('./json_weights.js');
      return read_json_weights(bytes);
    },
  },
  {
    name: 'ONNX',
    mismatch: (bytes) =>
      message_mismatch(
        bytes,
        'a ModelProto of ONNX',
        ['1:0', '7:2'],
        ['2:2', '3:2', '4:2', '5:0', '6:2', '8:2', '14:2', '20:2', '25:2', '26:2'],
      ),
    async read(bytes, file) {
      const { read_onnx } = await import('./onnx.js');
      return read_onnx(bytes, file);
    },
  },
  {
    name: 'TensorFlow graph',
    mismatch: (bytes) =>
      message_mismatch(bytes, 'a GraphDef of TensorFlow', ['1:2'], ['2:2', '3:0', '4:2', '5:2']),
    async read(bytes) {
      const { read_tf1_graph } = await import('./tf1_graph.js');
      return read_tf1_graph(bytes);
    },
  },
  {
    name: 'TensorFlow SavedModel',
    mismatch: (bytes) => message_mismatch(bytes, 'a SavedModel of TensorFlow', ['1:0', '2:2'], []),
    parts: ['TensorFlow checkpoint', 'TensorFlow graph'],
    async read(bytes, file) {
      const { read_saved_model } = await import('./saved_model.js');
      return read_saved_model(bytes, file);
    },
  },
  {
    name: 'PyTorch',
    mismatch: pytorch_mismatch,
    async read(bytes) {
      const { read_pytorch } = await import('./pytorch.js');
      return read_pytorch(bytes);
    },
  },
];

/**
 * @param {string} what the function and the argument, for messages
 * @param {SourceFile[]} files one; or those of a format of several, of which one names the others
 * @returns {Promise<{ format: string, contents: FileContents }>}
 * @throws {InvalidArgumentError} no known format, or a damaged file
 * @throws {NotFoundError} a file that the first one names is missing
 */
export async function read_file(what, files) {
  const matches = files.flatMap((file) =>
    FORMATS.filter(({ mismatch }) => mismatch(file.bytes) === null).map((format) => ({ file, format })),
  );
  const is_part = (/** @type {string} */ name) => matches.some(({ format }) => format.parts?.includes(name));
  const wholes = matches.filter(({ format }) => !is_part(format.name));
  const [first, ...others] = wholes.length ? wholes : matches;
  if (!first) {
    // Where import() is not allowed, in worklets, the message says less.
    const { other_file } = await import('./other_files.js').catch(() => ({ other_file: () => null }));
    const reasons = files.map(({ name, bytes }) => {
      const list = FORMATS.map((format) => `${format.name}: ${format.mismatch(bytes)}`).join('; ');
      return files.length > 1 ? `${name}: ${list}` : list;
    });
    const kinds = files.flatMap(({ name, bytes }) => {
      const kind = other_file(bytes);
      return kind === null ? [] : [files.length > 1 ? `${name} ${kind}` : `it ${kind}`];
    });
    const known = kinds.length ? `: ${kinds.join('; ')}. Tried were` : '';
    throw new InvalidArgumentError(`${what} is in none of the known formats${known} (${reasons.join('. ')})`);
  }
  const other = others.find(({ file }) => file !== first.file);
  if (other) {
    throw new InvalidArgumentError(
      `${what} must be the files of one model, but ${first.file.name} is in the format ${first.format.name} and ` +
        `${other.file.name} in ${other.format.name}`,
    );
  }
  const { file, format } = first;
  try {
    return { format: format.name, contents: await format.read(file.bytes, file) };
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${what}, read as ${format.name}: ${cause.message}`, { cause });
  }
}

/**
 * @param {string} what the function, for messages
 * @param {string} format
 * @param {FileContents['tensors']} tensors
 * @param {{ [key: string]: string }} metadata
 * @returns {Promise<Written>}
 * @throws {ValueError} a format that is not known, or is not written
 */
export async function write_file(what, format, tensors, metadata) {
  const writers = new Map(FORMATS.flatMap(({ name, write }) => (write ? [[name, write]] : [])));
  const name = check_one_of(`${what}: format`, format, [...writers.keys()]);
  return /** @type {NonNullable<Format['write']>} */ (writers.get(name))(tensors, metadata);
}
