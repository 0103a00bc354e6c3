// Weights that a tool of TensorFlow has quantized in a frozen graph: a constant of 8 bits, and a node that makes floats of it.
import { Tensor } from '../runtime/tensor.js';

/** @typedef {import('./files.js').GraphNode} GraphNode */

/** Numbers of 8 bits. */
const STEPS = 255;

/**
 * The floats of constants of 8 bits that Dequantize nodes read.
 * @param {GraphNode[]} nodes
 * @param {ReadonlyMap<string, Tensor>} tensors by the names of constants
 * @param {ReadonlySet<string>} quantized the names of those of unsigned 8 bits
 * @returns {Map<string, Tensor>} by the names of the Dequantize nodes
 */
export function dequantized(nodes, tensors, quantized) {
  /** @type {Map<string, Tensor>} */
  const result = new Map();
  // Each once: many nodes of one constant would take more memory than the file.
  const seen = new Set();
  for (const { op, name, inputs, attributes } of nodes) {
    const [source] = inputs;
    const [values, least, greatest] = inputs.map((input) => tensors.get(input));
    const is_read =
      op === 'Dequantize' && values && quantized.has(source) && least?.size === 1 && greatest?.size === 1;
    if (!is_read || seen.has(source) || tensors.has(name)) continue;
    const { mode = 'MIN_COMBINED' } = attributes;
    const [min, max] = [least.data[0], greatest.data[0]];
    const scale = (max - min) / STEPS;
    if (!(scale > 0) || !['MIN_FIRST', 'MIN_COMBINED'].includes(mode)) continue;
    seen.add(source);
    // MIN_FIRST moves the range so that zero is one of its values.
    const start = mode === 'MIN_FIRST' ? Math.round(min / scale) * scale : min;
    const data = Float32Array.from(values.data, (value) => start + value * scale);
    result.set(name, new Tensor(data, values.shape, 'float32'));
  }
  return result;
}
