// TensorFlow.js: model.json with a model's configuration and a list of weights, whose bytes are in files beside it ("shards").
import { is_plain_object, show, show_shape } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { MAX_RANK, Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers } from './numbers.js';
import { parse_python_json } from './python_json.js';
import { decode_utf8 } from './utf8.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 *
 * @typedef {object} Entry a weight in the list
 * @property {string} name
 * @property {number[]} shape
 * @property {NumberType} type of the numbers in the file
 * @property {number} bytes
 * @property {{ scale: number, min: number, is_integer: boolean } | null} quantization
 *
 * @typedef {{ paths: string[], entries: Entry[], bytes: number }} Group weights that share files
 */

/** The format's types of numbers under their neutral names. @type {ReadonlyMap<unknown, NumberType>} */
const TYPES = new Map([
  ['float32', 'float32'],
  ['float16', 'float16'],
  ['int32', 'int32'],
  ['uint16', 'uint16'],
  ['uint8', 'uint8'],
  ['bool', 'bool'],
]);

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid model.json: ${message}`);
};

/**
 * @param {Uint8Array} bytes of model.json
 * @param {import('./source.js').SourceFile} file
 * @returns {Promise<import('./files.js').FileContents>} quantized weights as the numbers that they stand for
 * @throws {InvalidArgumentError} a file that breaks a rule of the format, or a weight of a type that is not read
 * @throws {NotFoundError} a shard is missing
 */
export async function read_tfjs(bytes, file) {
  const model = parse(bytes);
  const groups = read_manifest(model.weightsManifest);
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const group of groups) {
    const data = await read_shards(group, file);
    let start = 0;
    for (const entry of group.entries) {
      tensors.set(entry.name, tensor_of(entry, data.subarray(start, start + entry.bytes)));
      start += entry.bytes;
    }
  }
  const { format, generatedBy, convertedBy, userDefinedMetadata } = model;
  const metadata = Object.entries({ format, generatedBy, convertedBy, userDefinedMetadata }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return {
    tensors,
    metadata: metadata.length ? Object.fromEntries(metadata) : null,
    keras: read_topology(model.modelTopology, [...tensors.keys()]),
  };
}

/** @param {Uint8Array} bytes @returns {{ [key: string]: any }} */
function parse(bytes) {
  let text = '';
  try {
    text = decode_utf8(bytes).replace(/^\ufeff/, '');
  } catch {
    fail('it is not text in UTF-8');
  }
  const model = parse_python_json('model.json', text);
  return is_plain_object(model) ? model : fail('it is not a JSON object');
}

/**
 * Everything about the weights but their bytes, checked before any are read.
 * @param {any} manifest
 * @returns {Group[]}
 */
function read_manifest(manifest) {
  if (!Array.isArray(manifest)) fail(`weightsManifest must be a list, not ${show(manifest)}`);
  const names = new Set();
  return manifest.map((/** @type {any} */ group) => {
    const { paths, weights } = group ?? {};
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights))
      fail(`an element of weightsManifest must have lists of paths and weights, not ${show(group)}`);
    const entries = weights.map(read_entry);
    for (const { name } of entries) {
      if (names.has(name)) fail(`it lists the weight ${show(name)} twice`);
      names.add(name);
    }
    const bytes = entries.reduce(
      (/** @type {number} */ sum, /** @type {Entry} */ entry) => sum + entry.bytes,
      0,
    );
    return { paths, entries, bytes };
  });
}

/** @param {any} weight @returns {Entry} */
function read_entry(weight) {
  const { name, shape, dtype, quantization = null } = weight ?? {};
  if (typeof name !== 'string') fail(`the name of a weight must be a string, not ${show(name)}`);
  const what = `the weight ${show(name)}`;
  const is_size = (/** @type {unknown} */ size) => Number.isSafeInteger(size) && Number(size) >= 0;
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(is_size))
    fail(`the shape of ${what} must be a list of sizes, not ${show(shape)}`);
  const stored = quantization ? quantization.dtype : dtype;
  const type = TYPES.get(stored) ?? fail(`${what} has the dtype ${show(stored)}, which is not read`);
  const bytes = shape.reduce(
    (/** @type {number} */ product, /** @type {number} */ size) => product * size,
    NUMBERS[type].bytes,
  );
  if (!Number.isSafeInteger(bytes)) fail(`${what} of shape ${show_shape(shape)} is too large`);
  return { name, shape, type, bytes, quantization: read_quantization(what, dtype, quantization) };
}

/** @param {string} what @param {unknown} dtype of the weight @param {any} quantization @returns {Entry['quantization']} */
function read_quantization(what, dtype, quantization) {
  if (!quantization || quantization.dtype === 'float16') return null;
  const { dtype: stored, scale, min } = quantization;
  const is_known = (stored === 'uint8' || stored === 'uint16') && (dtype === 'float32' || dtype === 'int32');
  if (!is_known || !Number.isFinite(scale) || !Number.isFinite(min)) {
    fail(
      `the quantization of ${what}, of dtype ${show(dtype)}, must be uint8, uint16 with a scale and a min, or float16, not ${show(quantization)}`,
    );
  }
  return { scale, min, is_integer: dtype === 'int32' };
}

/** @param {Group} group @param {import('./source.js').SourceFile} file */
async function read_shards({ paths, bytes }, file) {
  const shards = [];
  let total = 0;
  for (const path of paths) {
    const shard = await file.sibling(path);
    total += shard.length;
    if (total > bytes) break;
    shards.push(shard);
  }
  if (total !== bytes) {
    fail(
      `its weights take ${bytes} bytes, but ${paths.slice(0, 5).map(show).join(', ')} ${paths.length > 1 ? 'have' : 'has'} ` +
        `${total > bytes ? 'more' : total}`,
    );
  }
  if (shards.length === 1) return shards[0];
  const data = new Uint8Array(bytes);
  let at = 0;
  for (const shard of shards) {
    data.set(shard, at);
    at += shard.length;
  }
  return data;
}

/** @param {Entry} entry @param {Uint8Array} bytes @returns {Tensor} */
function tensor_of({ name, shape, type, quantization }, bytes) {
  const { data, dtype } = read_numbers(`the weight ${show(name)}`, bytes, type);
  if (!quantization) return new Tensor(data, shape, dtype);
  const { scale, min, is_integer } = quantization;
  return is_integer
    ? new Tensor(
        Int32Array.from(data, (level) => Math.round(level * scale + min)),
        shape,
        'int32',
      )
    : new Tensor(
        Float32Array.from(data, (level) => level * scale + min),
        shape,
        'float32',
      );
}

/**
 * @param {any} topology
 * @param {string[]} names of all weights, in the file's order
 * @returns {import('./files.js').KerasModel | null} null: none of Keras's, as in graph models
 */
function read_topology(topology, names) {
  if (!is_plain_object(topology)) return null;
  const config = /** @type {any} */ (topology.model_config ?? topology);
  if (typeof config?.class_name !== 'string') return null;
  const version = topology.keras_version;
  return {
    config,
    version: typeof version === 'string' ? version : null,
    layer_weights: by_layer(config, names),
  };
}

/**
 * The names of a model's weights by the layer that one of their parts names: `dense/kernel`, `sequential/dense/kernel`. A weight of a
 * model in the model is that model's.
 * @param {any} config
 * @param {string[]} names
 * @returns {Map<string, string[]>} empty where there is a name that tells no layer: then the order tells them
 */
function by_layer(config, names) {
  /** @type {Map<string, string[]>} by the names of layers, and of those inside them */
  const weights = new Map();
  /** @type {Map<string, string[]>} */
  const layers = new Map();
  for (const layer of layers_in(config)) {
    /** @type {string[]} */
    const list = [];
    layers.set(layer.config.name, list);
    for (const name of names_inside(layer, 0)) if (!weights.has(name)) weights.set(name, list);
  }
  for (const name of names) {
    const layer = name.split('/').find((part) => weights.has(part));
    if (layer === undefined) return new Map();
    weights.get(layer)?.push(name);
  }
  return layers;
}

/** @param {any} model @returns {any[]} those that have a name */
function layers_in(model) {
  const list = Array.isArray(model.config) ? model.config : model.config?.layers;
  return (Array.isArray(list) ? list : []).filter((layer) => typeof layer?.config?.name === 'string');
}

/** @param {any} layer @param {number} depth @returns {Generator<string>} */
function* names_inside(layer, depth) {
  yield layer.config.name;
  if (depth < 16) for (const inner of layers_in(layer)) yield* names_inside(inner, depth + 1);
}
