// Functions of each value on its own, recorded on the tape.
import { is_recording, record_operation } from '../gradient/recording.js';
import { Tensor } from '../runtime/tensor.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */

/**
 * @param {Tensor} x of floats
 * @param {(x: number) => number} value
 * @param {(x: number) => number} slope the derivative
 * @returns {Tensor} of the same shape and dtype
 * @internal
 */
export function pointwise(x, value, slope) {
  const data = /** @type {Floats} */ (x.data);
  const output = new Tensor(data.map(value), x.shape, x.dtype);
  if (is_recording([x])) {
    const backward = (/** @type {Floats} */ d) => d.map((one, i) => one * slope(data[i]));
    record_operation({
      inputs: [x],
      outputs: [output],
      backward: ([d]) => [d && backward(/** @type {Floats} */ (d))],
    });
  }
  return output;
}
