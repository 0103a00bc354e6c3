// Writes ONNX files for tests, by the protocol buffer's own writer.
import { PbfWriter } from 'pbf';
import { writeModelProto } from '../../js/formats/protobuf/onnx_messages.js';

/** @typedef {{ data: ArrayLike<number>, shape: readonly number[] }} Values */

/** A tensor of float32. @param {string} name @param {Values} values */
export const float_tensor = (name, { data, shape }) => ({
  name,
  dims: [...shape],
  data_type: 1,
  raw_data: new Uint8Array(Float32Array.from(data).buffer),
});

/** A tensor of int64. @param {string} name @param {number[]} data @param {number[]} [shape] */
export const int_tensor = (name, data, shape = [data.length]) => ({
  name,
  dims: shape,
  data_type: 7,
  raw_data: new Uint8Array(BigInt64Array.from(data, BigInt).buffer),
});

/** @param {string} name @param {any} value */
function attribute(name, value) {
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (value?.dims) return { name, type: 4, t: value };
  if (value?.node) return { name, type: 5, g: value };
  if (!Array.isArray(value))
    return Number.isInteger(value) ? { name, type: 2, i: value } : { name, type: 1, f: value };
  if (typeof value[0] === 'string')
    return { name, type: 8, strings: value.map((text) => new TextEncoder().encode(text)) };
  return value.every(Number.isInteger) ? { name, type: 7, ints: value } : { name, type: 6, floats: value };
}

/**
 * @param {string} op_type
 * @param {string[]} input
 * @param {string[]} output
 * @param {{ [name: string]: any }} [attributes]
 * @param {string} [name]
 */
export const onnx_node = (op_type, input, output, attributes = {}, name = '') => ({
  op_type,
  input,
  output,
  name,
  attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
});

/**
 * @param {object} graph
 * @param {any[]} graph.nodes
 * @param {string[]} graph.inputs
 * @param {string[]} graph.outputs
 * @param {any[]} [graph.initializers]
 * @param {{ producer?: string, version?: string, opset?: number }} [model]
 */
export function onnx_file(
  { nodes, inputs, outputs, initializers = [] },
  { producer = 'test', version = '1', opset = 17 } = {},
) {
  const value = (/** @type {string} */ name) => ({
    name,
    type: { tensor_type: { elem_type: 1, shape: { dim: [] } } },
  });
  const writer = new PbfWriter();
  const graph = {
    node: nodes,
    name: 'g',
    initializer: initializers,
    input: inputs.map(value),
    output: outputs.map(value),
  };
  writeModelProto(
    {
      ir_version: 8,
      producer_name: producer,
      producer_version: version,
      graph,
      opset_import: [{ domain: '', version: opset }],
    },
    /** @type {any} */ (writer),
  );
  return writer.finish().slice();
}
