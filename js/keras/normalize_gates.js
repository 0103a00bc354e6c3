// Layer normalization of the products of a GRU, with gains and shifts: the columns of z and r together, and those of the candidate.
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
 * (x - mean) / sqrt(variance + epsilon) * gamma + bias, with the moments of each group.
 * @param {Tensor} x [rows, 3 * units] of floats
 * @param {number} units
 * @param {number} epsilon
 * @param {Tensor} gamma [3 * units]
 * @param {Tensor | null} bias [3 * units]; null: none
 * @returns {Tensor} of the shape of x
 * @internal
 */
export function normalize_gates(x, units, epsilon, gamma, bias) {
  const { data, shape } = x;
  const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
  const width = 3 * units;
  const [gains, shifts] = [gamma.data, bias?.data];
  const [normal, result] = [array_of(dtype, data.length), array_of(dtype, data.length)];
  const scales = new Float64Array(2 * shape[0]);
  each_group(data.length, units, (start, end, group) => {
    const size = end - start;
    let mean = 0;
    for (let i = start; i < end; i++) mean += data[i] / size;
    let variance = 0;
    for (let i = start; i < end; i++) variance += (data[i] - mean) ** 2 / size;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = start, column = start % width; i < end; i++, column++) {
      normal[i] = (data[i] - mean) * scale;
      result[i] = normal[i] * gains[column] + (shifts ? shifts[column] : 0);
    }
    scales[group] = scale;
  });
  const output = new Tensor(result, shape, dtype);
  const inputs = [x, gamma, bias];
  if (is_recording(inputs)) {
    const backward = (/** @type {Floats} */ d) => {
      const dx = array_of(dtype, d.length);
      const [d_gamma, d_bias] = [array_of(dtype, width), array_of(dtype, width)];
      each_group(d.length, units, (start, end, group) => {
        const size = end - start;
        let [mean, product] = [0, 0];
        for (let i = start, column = start % width; i < end; i++, column++) {
          d_gamma[column] += d[i] * normal[i];
          d_bias[column] += d[i];
          dx[i] = d[i] * gains[column];
          mean += dx[i] / size;
          product += (dx[i] * normal[i]) / size;
        }
        for (let i = start; i < end; i++) dx[i] = scales[group] * (dx[i] - mean - normal[i] * product);
      });
      return [dx, d_gamma, bias && d_bias];
    };
    record_operation({
      inputs,
      outputs: [output],
      backward: ([d]) => (d ? backward(/** @type {Floats} */ (d)) : [null, null, null]),
    });
  }
  return output;
}
