// The product with a weight, on the heap, recorded on the tape.
import { is_recording, record_operation } from '../gradient/recording.js';
import { affine, affine_gradient } from '../runtime/affine.js';
import { size_of } from '../runtime/check.js';
import { Tensor } from '../runtime/tensor.js';

/** @typedef {import('../runtime/variable.js').Variable} Variable */

/**
 * x @ kernel + bias, over the last axis.
 * @param {Tensor} x
 * @param {Variable} kernel packed; its columns are the last axis, its rows all others
 * @param {Variable | null} bias
 * @returns {Tensor}
 * @internal
 */
export function product(x, kernel, bias) {
  const columns = /** @type {number} */ (kernel.shape.at(-1));
  const count = x.size / (size_of(kernel.shape) / columns);
  const output = new Tensor(
    affine(x.data, count, kernel, bias),
    [...x.shape.slice(0, -1), columns],
    kernel.dtype,
  );
  if (is_recording([x, kernel, bias])) {
    record_operation({
      inputs: [x, kernel, bias],
      outputs: [output],
      backward([d_output], [needs_x, needs_kernel, needs_bias]) {
        if (!d_output) return [null, null, null];
        const needed = { from: needs_x, weights: needs_kernel || needs_bias };
        const { d_from, d_kernel, d_bias } = affine_gradient(x.data, d_output, count, kernel, bias, needed);
        return [d_from, d_kernel, d_bias];
      },
    });
  }
  return output;
}
