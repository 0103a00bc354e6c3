// Writes ONNX files.
import { PbfWriter } from 'pbf';
import { writeModelProto } from './protobuf/onnx_messages.js';

/** The version of ONNX's operators that the file uses, and of the file format. */
const OPSET = 17;
const IR_VERSION = 8;

/** ONNX's numbers of dtypes. @type {Record<import('../runtime/tensor.js').Dtype, number>} */
const TYPES = { float32: 1, int32: 6, bool: 9, float64: 11 };
const INT64 = 7;

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {{ op: string, inputs: string[], outputs: string[], attributes?: { [name: string]: number | string | number[] | string[] } }} OnnxNode
 * @typedef {{ name: string, dtype: 'float32' | 'float64' | 'int64', shape: (number | string)[] }} OnnxValue a text in the shape is the
 *   name of a size that is not fixed
 *
 * @typedef {object} OnnxGraph
 * @property {OnnxNode[]} nodes numbers that are floats must be in `floats`: an integer would be written as one
 * @property {Map<string, Tensor | number[]>} initializers lists of integers are int64
 * @property {OnnxValue[]} inputs
 * @property {OnnxValue[]} outputs
 */

/** Attributes that are floats, even if their value is an integer. */
const FLOATS = new Set(['activation_alpha', 'activation_beta', 'alpha', 'epsilon']);

/** @param {string} name @param {number | string | number[] | string[]} value */
function attribute(name, value) {
  const text = (/** @type {string} */ item) => new TextEncoder().encode(item);
  const is_float = FLOATS.has(name);
  if (typeof value === 'string') return { name, type: 3, s: text(value) };
  if (typeof value === 'number') return is_float ? { name, type: 1, f: value } : { name, type: 2, i: value };
  if (typeof value[0] === 'string')
    return { name, type: 8, strings: /** @type {string[]} */ (value).map(text) };
  return is_float ? { name, type: 6, floats: value } : { name, type: 7, ints: value };
}

/** @param {string} name @param {Tensor | number[]} value */
function initializer(name, value) {
  if (Array.isArray(value))
    return {
      name,
      dims: [value.length],
      data_type: INT64,
      raw_data: new Uint8Array(BigInt64Array.from(value, BigInt).buffer),
    };
  const { data, dtype, shape } = value;
  return {
    name,
    dims: [...shape],
    data_type: TYPES[dtype],
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** @param {OnnxValue} value */
const value_info = ({ name, dtype, shape }) => ({
  name,
  type: {
    tensor_type: {
      elem_type: dtype === 'int64' ? INT64 : TYPES[dtype],
      shape: {
        dim: shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size })),
      },
    },
  },
});

/**
 * @param {OnnxGraph} graph
 * @param {string} name of the graph
 * @returns {Uint8Array}
 */
export function write_onnx({ nodes, initializers, inputs, outputs }, name) {
  const graph = {
    name,
    node: nodes.map(({ op, inputs: input, outputs: output, attributes = {} }, i) => ({
      op_type: op,
      name: `${op}_${i}`,
      input,
      output,
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    })),
    initializer: Array.from(initializers, ([key, value]) => initializer(key, value)),
    input: inputs.map(value_info),
    output: outputs.map(value_info),
  };
  const model = {
    ir_version: IR_VERSION,
    producer_name: 'gru-wasm',
    graph,
    opset_import: [{ domain: '', version: OPSET }],
  };
  const writer = new PbfWriter();
  writeModelProto(model, /** @type {any} */ (writer));
  return writer.finish().slice();
}
