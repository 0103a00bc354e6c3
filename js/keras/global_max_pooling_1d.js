// The layer GlobalMaxPooling1D (`tf.keras.layers.GlobalMaxPooling1D`).
import { is_recording, record_operation } from '../gradient/recording.js';
import { register_class } from '../layers/registry.js';
import { show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { GlobalPooling1D } from './global_pooling_1d.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */

/** The greatest value of each feature over the steps (`tf.keras.layers.GlobalMaxPooling1D`). */
export class GlobalMaxPooling1D extends GlobalPooling1D {
  static class_name = /* @__PURE__ */ register_class(() => this, 'GlobalMaxPooling1D');

  /** @param {Tensor} x @param {boolean} keepdims @internal */
  _pool(x, keepdims) {
    const [batch, steps, features] = x.shape;
    if (steps === 0)
      throw new ValueError(
        `${this.name}: inputs must have at least one step, not shape ${show_shape(x.shape)}`,
      );
    const data = /** @type {Floats} */ (x.data);
    const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
    const most = array_of(dtype, batch * features).fill(Number.NEGATIVE_INFINITY);
    const place_of = (/** @type {number} */ i) =>
      Math.floor(i / (steps * features)) * features + (i % features);
    data.forEach((value, i) => {
      const place = place_of(i);
      most[place] = Math.max(most[place], value);
    });
    const output = new Tensor(most, keepdims ? [batch, 1, features] : [batch, features], dtype);
    if (is_recording([x])) {
      // Equal greatest values share the gradient, as in TensorFlow.
      const backward = (/** @type {Floats} */ d) => {
        const counts = array_of(dtype, most.length);
        data.forEach((value, i) => {
          if (value === most[place_of(i)]) counts[place_of(i)] += 1;
        });
        return data.map((value, i) => {
          const place = place_of(i);
          return value === most[place] ? d[place] / counts[place] : 0;
        });
      };
      record_operation({
        inputs: [x],
        outputs: [output],
        backward: ([d]) => [d && backward(/** @type {Floats} */ (d))],
      });
    }
    return output;
  }
}
