// Time backwards, each row within its own length (`tf.reverse_sequence`), recorded.
import { gather } from '../gradient/broadcast.js';
import { result_of } from '../gradient/operands.js';
import { size_of } from '../runtime/check.js';

/**
 * @param {import('../runtime/tensor.js').Tensor} x [batch, steps, …], or with `time_major` [steps, batch, …]
 * @param {ArrayLike<number> | null} lengths [batch]; what lies past them stays where it is. null: all steps
 * @param {boolean} [time_major]
 * @returns {import('../runtime/tensor.js').Tensor}
 */
export function reverse_sequence(x, lengths, time_major = false) {
  const [batch, steps] = time_major ? [x.shape[1], x.shape[0]] : x.shape;
  const width = size_of(x.shape.slice(2));
  const places = new Int32Array(x.size);
  const at = (/** @type {number} */ row, /** @type {number} */ step) =>
    (time_major ? step * batch + row : row * steps + step) * width;
  for (let row = 0; row < batch; row++) {
    const length = lengths ? lengths[row] : steps;
    for (let step = 0; step < steps; step++) {
      const from = at(row, step < length ? length - 1 - step : step);
      const to = at(row, step);
      for (let i = 0; i < width; i++) places[to + i] = from + i;
    }
  }
  // Backwards twice is forwards, for gradients too.
  const back = (/** @type {any} */ values) => gather(values, places);
  return result_of([{ ...x, source: x }], back(x.data), x.shape, x.dtype, (d) => [back(d)]);
}
