// TensorFlow's frozen graphs (`.pb`): a GraphDef, whose Const nodes are the weights.

import { UnsupportedTensor } from './numbers.js';
import { decode_message } from './protobuf/decode.js';
import { readGraphDef } from './protobuf/tensorflow_messages.js';
import { tensorflow_tensor } from './tensorflow_tensor.js';
import { dequantized } from './tf1_quantized.js';
import { decode_utf8 } from './utf8.js';

/** TensorFlow's number of the dtype of quantized weights. */
const QUINT8 = 12;

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} the tensors by the names of their nodes
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_tf1_graph(bytes) {
  const { node } = decode_message('TensorFlow graph', readGraphDef, bytes);
  /** @type {Map<string, import('../runtime/tensor.js').Tensor>} */
  const tensors = new Map();
  /** @type {import('./files.js').GraphNode[]} */
  const nodes = [];
  /** @type {Set<string>} */
  const quantized = new Set();
  for (const { name, op, input, attr } of node) {
    const value = Object.hasOwn(attr, 'value') ? attr.value?.tensor : null;
    const tensor = op === 'Const' && value ? constant_of(name, value) : null;
    if (tensor) tensors.set(name, tensor);
    if (value?.dtype === QUINT8) quantized.add(name);
    nodes.push({ op, name, inputs: input, outputs: [name], attributes: plain_attributes(attr) });
  }
  for (const [name, tensor] of dequantized(nodes, tensors, quantized)) tensors.set(name, tensor);
  const consumed = new Set(nodes.flatMap(({ inputs }) => inputs.map(node_of)));
  return {
    tensors,
    metadata: null,
    graph: {
      kind: 'tensorflow',
      nodes,
      inputs: nodes.filter(({ op }) => op === 'Placeholder').map(({ name }) => ({ name, shape: null })),
      outputs: nodes
        .filter(({ name, op }) => op !== 'Const' && !consumed.has(name))
        .map(({ name }) => ({ name, shape: null })),
      producer: { name: 'TensorFlow', version: '' },
    },
  };
}

/** @param {string} name @param {any} value @returns {import('../runtime/tensor.js').Tensor | null} null: not of numbers, or of too large integers, such as limits of int64 */
function constant_of(name, value) {
  try {
    return tensorflow_tensor(`the tensor ${JSON.stringify(name)}`, value);
  } catch (error) {
    if (error instanceof UnsupportedTensor) return null;
    throw error;
  }
}

/** The node of an input such as `a/b:1` or `^a/b`. @param {string} input */
export const node_of = (input) => input.replace(/^\^/, '').replace(/:\d+$/, '');

/** @param {{ [name: string]: any }} attributes */
function plain_attributes(attributes) {
  /** @type {{ [name: string]: any }} */
  const plain = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!value || value.tensor) continue;
    const { s, i, f, b, type } = value;
    const text = s?.length ? text_of(s) : null;
    Object.defineProperty(plain, name, { value: text ?? (i || f || type || b), enumerable: true });
  }
  return plain;
}

/** @param {Uint8Array} bytes */
function text_of(bytes) {
  try {
    return decode_utf8(bytes);
  } catch {
    return null;
  }
}
