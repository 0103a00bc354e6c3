// Layer normalization of the products of a GRU: the columns of z and r together, and those of the candidate.
import { is_recording, record_operation } from '../gradient/recording.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */

/**
 * Calls a function for each group of values that have a mean and a variance of their own: of each row the first 2 * units, then the
 * other units.
 * @param {number} count of values
 * @param {number} units
 * @param {(start: number, end: number, group: number) => void} f
 */
function each_group(count, units, f) {
  for (let start = 0, group = 0; start < count; group++) {
    const end = start + (group % 2 ? units : 2 * units);
    f(start, end, group);
    start = end;
  }
}

/**
 * (x - mean) / sqrt(variance + epsilon), with the moments of each group.
 * @param {Tensor} x [rows, 3 * units] of floats
 * @param {number} units
 * @param {number} epsilon
 * @returns {Tensor} of the same shape
 * @internal
 */
export function normalize_gates(x, units, epsilon) {
  const { data, shape } = x;
  const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
  const normal = array_of(dtype, data.length);
  const scales = new Float64Array(2 * shape[0]);
  each_group(data.length, units, (start, end, group) => {
    const size = end - start;
    let mean = 0;
    for (let i = start; i < end; i++) mean += data[i] / size;
    let variance = 0;
    for (let i = start; i < end; i++) variance += (data[i] - mean) ** 2 / size;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = start; i < end; i++) normal[i] = (data[i] - mean) * scale;
    scales[group] = scale;
  });
  const output = new Tensor(normal, shape, dtype);
  if (is_recording([x])) {
    const backward = (/** @type {Floats} */ d) => {
      const dx = array_of(dtype, d.length);
      each_group(d.length, units, (start, end, group) => {
        const size = end - start;
        let [mean, product] = [0, 0];
        for (let i = start; i < end; i++) {
          mean += d[i] / size;
          product += (d[i] * normal[i]) / size;
        }
        for (let i = start; i < end; i++) dx[i] = scales[group] * (d[i] - mean - normal[i] * product);
      });
      return [dx];
    };
    record_operation({
      inputs: [x],
      outputs: [output],
      backward: ([d]) => (d ? backward(/** @type {Floats} */ (d)) : [null]),
    });
  }
  return output;
}
