// ONNX: a computation graph as a protocol buffer. The weights are its initializers and the values of its Constant nodes.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of, MAX_RANK, Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers } from './numbers.js';
import { decode_message } from './protobuf/decode.js';
import { readModelProto } from './protobuf/onnx_messages.js';
import { decode_utf8 } from './utf8.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 * @typedef {import('./files.js').GraphNode} GraphNode
 */

/** The neutral names of ONNX's types of numbers. @type {ReadonlyMap<number, NumberType>} */
const TYPES = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [16, 'bfloat16'],
]);

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid ONNX file: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @param {import('./source.js').SourceFile} file
 * @returns {Promise<import('./files.js').FileContents>} tensors by the names of initializers and of Constant nodes' outputs. int64
 *   as int32; those that do not fit as float64.
 * @throws {InvalidArgumentError} a damaged file
 * @throws {NotFoundError} a file of external data is missing
 */
export async function read_onnx(bytes, file) {
  const model = decode_message('ONNX', readModelProto, bytes);
  if (!model.graph) fail('it has no graph');
  const { node, initializer, input, output } = model.graph;
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const proto of initializer) {
    const tensor = await read_tensor(proto, file);
    if (tensor) tensors.set(proto.name, tensor);
  }
  /** @type {GraphNode[]} */
  const nodes = [];
  for (const proto of node) {
    const read = await read_node(proto, file);
    if (read.op === 'Constant') {
      const value = constant_value(read.attributes);
      if (value) tensors.set(read.outputs[0], value);
    }
    nodes.push(read);
  }
  const opset =
    model.opset_import.find((/** @type {any} */ { domain }) => !domain || domain === 'ai.onnx')?.version ?? 1;
  return {
    tensors,
    metadata: null,
    graph: {
      kind: 'onnx',
      opset,
      nodes,
      inputs: input.filter((/** @type {any} */ { name }) => !tensors.has(name)).map(read_value),
      outputs: output.map(read_value),
      producer: { name: model.producer_name, version: model.producer_version },
    },
  };
}

/** @param {any} value a ValueInfoProto @returns {import('./files.js').GraphValue} */
function read_value({ name, type }) {
  const dims = type?.tensor_type?.shape?.dim;
  return {
    name,
    shape: dims
      ? dims.map((/** @type {any} */ { dim_value, dim_param }) => (dim_param ? null : dim_value || null))
      : null,
  };
}

/** @param {any} proto a NodeProto @param {import('./source.js').SourceFile} file @returns {Promise<GraphNode>} */
async function read_node({ name, op_type, domain, input, output, attribute }, file) {
  /** @type {{ [name: string]: any }} */
  const attributes = {};
  for (const each of attribute) {
    const value = await read_attribute(each, file);
    if (value === null) continue;
    Object.defineProperty(attributes, each.name, { value, enumerable: true });
  }
  const op = domain && domain !== 'ai.onnx' ? `${domain}.${op_type}` : op_type;
  return { op, name: name || output[0] || op, inputs: input, outputs: output, attributes };
}

/**
 * The value of an attribute: a number, a text, a list of them, a tensor, or the operations in a graph.
 * @param {any} proto an AttributeProto
 * @param {import('./source.js').SourceFile} file
 */
async function read_attribute({ type, f, i, s, t, g, floats, ints, strings }, file) {
  if (type === 1) return f;
  if (type === 2) return i;
  if (type === 3) return text_of(s);
  if (type === 4) return t && read_tensor(t, file);
  if (type === 5) return g ? operations_in(g) : [];
  if (type === 6) return floats;
  if (type === 7) return ints;
  if (type === 8) return strings.map(text_of);
  return null;
}

/** The operations in a graph, and in those inside it. @param {any} graph @param {number} [depth] @returns {string[]} */
const operations_in = (graph, depth = 0) =>
  depth > 8
    ? []
    : graph.node.flatMap((/** @type {any} */ { op_type, attribute }) => [
        op_type,
        ...attribute.flatMap((/** @type {any} */ { g }) => (g ? operations_in(g, depth + 1) : [])),
      ]);

/** @param {Uint8Array} bytes */
function text_of(bytes) {
  try {
    return bytes ? decode_utf8(bytes) : '';
  } catch {
    return fail('a text in it is not UTF-8');
  }
}

/** @param {{ [name: string]: any }} attributes of a Constant node @returns {Tensor | null} */
function constant_value({ value, value_float, value_floats, value_int, value_ints }) {
  if (value instanceof Tensor) return value;
  const [list, dtype] =
    value_float !== undefined || value_floats
      ? [value_floats ?? value_float, /** @type {const} */ ('float32')]
      : [value_ints ?? value_int, /** @type {const} */ ('int32')];
  if (list === undefined) return null;
  const values = Array.isArray(list) ? list : [list];
  return new Tensor(array_of(dtype, values), Array.isArray(list) ? [values.length] : [], dtype);
}

/**
 * @param {any} proto a TensorProto
 * @param {import('./source.js').SourceFile} file
 * @returns {Promise<Tensor | null>} null: not of numbers
 */
async function read_tensor(proto, file) {
  const { name, dims, data_type } = proto;
  const what = `the tensor ${show(name)}`;
  const type = TYPES.get(data_type);
  if (!type) return null;
  const is_known = dims.every(
    (/** @type {unknown} */ size) => Number.isSafeInteger(size) && Number(size) >= 0,
  );
  const size = is_known ? size_of(dims) : -1;
  if (!is_known || dims.length > MAX_RANK || !Number.isSafeInteger(size))
    return fail(`${what} has the shape ${show(dims)}`);
  const raw =
    proto.data_location === 1
      ? await external_data(what, proto, file)
      : proto.raw_data?.length
        ? proto.raw_data
        : null;
  const bytes = raw ?? bytes_of_values(type, proto);
  const expected = size * NUMBERS[type].bytes;
  if (bytes.length !== expected)
    fail(`${what} of shape ${show(dims)} must have ${expected} bytes, but has ${bytes.length}`);
  return to_tensor(what, bytes, dims, type);
}

/** @param {string} what @param {Uint8Array} bytes @param {number[]} shape @param {NumberType} type */
function to_tensor(what, bytes, shape, type) {
  if (type === 'int64') {
    const values = new BigInt64Array(new Uint8Array(bytes).buffer);
    // The ends of slices are often the largest integer there is.
    if (!values.every((value) => value === BigInt.asIntN(32, value)))
      return new Tensor(Float64Array.from(values, Number), shape, 'float64');
  }
  const { data, dtype } = read_numbers(what, bytes, type);
  return new Tensor(data, shape, dtype);
}

/** The bytes of values that are not stored as bytes. @param {NumberType} type @param {any} proto @returns {Uint8Array} */
function bytes_of_values(type, proto) {
  const { float_data, double_data, int32_data, int64_data, uint64_data } = proto;
  const typed = () => {
    if (type === 'float32') return Float32Array.from(float_data);
    if (type === 'float64') return Float64Array.from(double_data);
    if (type === 'int64')
      return BigInt64Array.from(int64_data, (/** @type {number} */ value) => BigInt(value));
    if (type === 'uint64')
      return BigUint64Array.from(uint64_data, (/** @type {number} */ value) => BigInt(value));
    if (type === 'uint32') return Uint32Array.from(uint64_data);
    if (type === 'int32') return Int32Array.from(int32_data);
    // The others, float16 included, are the low bits of an int32.
    return NUMBERS[type].bytes === 2 ? Uint16Array.from(int32_data) : Uint8Array.from(int32_data);
  };
  const values = typed();
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** @param {string} what @param {any} proto @param {import('./source.js').SourceFile} file */
async function external_data(what, { external_data: entries }, file) {
  const values = new Map(entries.map((/** @type {any} */ { key, value }) => [key, value]));
  const location = values.get('location');
  if (typeof location !== 'string') return fail(`${what} has external data without a location`);
  const data = await file.sibling(location);
  const start = Number(values.get('offset') ?? 0);
  const length = Number(values.get('length') ?? data.length - start);
  if (!(start >= 0 && length >= 0 && start + length <= data.length))
    fail(`${what} is outside of the file ${show(location)}`);
  return data.subarray(start, start + length);
}
