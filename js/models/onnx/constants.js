// The values of an ONNX graph that do not depend on its inputs.
import { run_operator } from './operators.js';

/** @typedef {import('../../runtime/tensor.js').Tensor} Tensor */

/** Operators that move values, which exporters put between weights and the nodes that use them. They need no binary. */
const MOVING = new Set(
  'Identity Cast Transpose Slice Concat Split Squeeze Unsqueeze Reshape Flatten Gather Expand Shape'.split(
    ' ',
  ),
);

/** A constant may have this many times the elements of all tensors in the file, and so many more. */
const GROWTH = 16;
const BASE = 1 << 20;

/**
 * @param {import('../../formats/files.js').Graph} graph
 * @param {ReadonlyMap<string, Tensor>} tensors initializers and values of Constant nodes, by name
 * @returns {Map<string, Tensor>} them, and what is moved from them alone
 */
export function fold_constants({ nodes, opset = 1 }, tensors) {
  const constants = new Map(tensors);
  let room = BASE;
  for (const { size } of tensors.values()) room += GROWTH * size;
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? null : constants.get(name)));
    if (!inputs.length || !MOVING.has(node.op) || inputs.includes(undefined)) continue;
    const results = run_operator(node, /** @type {(Tensor | null)[]} */ (inputs), opset);
    for (const { size } of results) room -= size;
    if (room < 0) break;
    results.forEach((tensor, i) => {
      if (node.outputs[i]) constants.set(node.outputs[i], tensor);
    });
  }
  return constants;
}
