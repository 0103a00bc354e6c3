// A tensor times a number, recorded.
import { Tensor } from '../runtime/tensor.js';
import { record_operation } from './recording.js';

/**
 * @param {Tensor} tensor of floats
 * @param {number} factor
 * @returns {Tensor}
 */
export function scale(tensor, factor) {
  const times = (/** @type {import('../runtime/heap.js').Floats} */ values) =>
    values.map((value) => value * factor);
  const floats = /** @type {import('../runtime/heap.js').Floats} */ (tensor.data);
  const output = new Tensor(times(floats), tensor.shape, tensor.dtype);
  record_operation({ inputs: [tensor], outputs: [output], backward: ([d]) => [d && times(d)] });
  return output;
}
