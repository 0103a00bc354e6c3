// Reversing the time axis, and selecting the last step; recorded on the tape.
import { is_recording, record_operation } from '../gradient/recording.js';
import { size_of } from '../runtime/check.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * Reverses a tensor along one of its first two axes.
 * @param {Tensor} x
 * @param {0 | 1} axis
 * @returns {Tensor}
 */
export function reverse(x, axis) {
  const [first, second] = x.shape;
  const width = size_of(x.shape.slice(2));
  const reversed = (/** @type {import('../runtime/tensor.js').Data} */ values) => {
    const to = array_of(x.dtype, values.length);
    for (let i = 0; i < first; i++) {
      for (let j = 0; j < second; j++) {
        const [k, l] = axis === 0 ? [first - 1 - i, j] : [i, second - 1 - j];
        const from = (k * second + l) * width;
        to.set(values.subarray(from, from + width), (i * second + j) * width);
      }
    }
    return to;
  };
  const output = new Tensor(reversed(x.data), x.shape, x.dtype);
  if (is_recording([x])) {
    record_operation({ inputs: [x], outputs: [output], backward: ([d]) => [d && reversed(d)] });
  }
  return output;
}

/**
 * Selects the last step.
 * @param {Tensor} x [batch, steps, …], or with axis 0 [steps, batch, …]
 * @param {0 | 1} axis of the steps
 * @returns {Tensor} [batch, …]
 */
export function last_step(x, axis) {
  const [first, second, ...rest] = x.shape;
  const units = size_of(rest);
  const [batch, steps] = axis === 0 ? [second, first] : [first, second];
  const offset = (/** @type {number} */ row) =>
    (axis === 0 ? (steps - 1) * batch + row : row * steps + steps - 1) * units;
  const data = array_of(x.dtype, batch * units);
  // Without steps the last output is zeros.
  for (let row = 0; row < (steps && batch); row++)
    data.set(x.data.subarray(offset(row), offset(row) + units), row * units);
  const output = new Tensor(data, [batch, ...rest], x.dtype);
  if (is_recording([x])) {
    const backward = (/** @type {(import('../runtime/heap.js').Floats | null)[]} */ [d]) => {
      if (!d) return [null];
      const dx = array_of(x.dtype, x.size);
      for (let row = 0; row < (steps && batch); row++)
        dx.set(d.subarray(row * units, (row + 1) * units), offset(row));
      return [dx];
    };
    record_operation({ inputs: [x], outputs: [output], backward });
  }
  return output;
}
