// Casting a tensor, with a gradient between floating dtypes.
import { array_of, is_float, Tensor } from '../runtime/tensor.js';
import { is_recording, record_operation } from './recording.js';

/**
 * A tensor in another dtype (`keras.ops.cast`); the tensor itself if it has that dtype.
 * @param {Tensor} x
 * @param {import('../runtime/tensor.js').Dtype} dtype to bool: false where a value is 0
 * @returns {Tensor}
 */
export function cast_tensor(x, dtype) {
  if (x.dtype === dtype) return x;
  const data =
    dtype === 'bool' ? Uint8Array.from(x.data, (value) => Number(value !== 0)) : array_of(dtype, x.data);
  const output = new Tensor(data, x.shape, dtype);
  const from = x.dtype;
  if (is_float(dtype) && is_float(from) && is_recording([x])) {
    record_operation({ inputs: [x], outputs: [output], backward: ([d]) => [d && array_of(from, d)] });
  }
  return output;
}
