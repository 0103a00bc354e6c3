// The layer AveragePooling1D (`tf.keras.layers.AveragePooling1D`).
import { register_class } from '../layers/registry.js';
import { Pooling1D } from './pooling_1d.js';

/** The mean of each window over the steps, without the padding (`tf.keras.layers.AveragePooling1D`). */
export class AveragePooling1D extends Pooling1D {
  static class_name = /* @__PURE__ */ register_class(() => this, 'AveragePooling1D');

  /** @param {import('./pooling_1d.js').Window} window @internal */
  _pool({ data, start, count, stride }) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[start + i * stride];
    return sum / count;
  }

  /**
   * @param {import('./pooling_1d.js').Window} window
   * @param {import('../runtime/heap.js').Floats} gradients
   * @param {number} gradient
   * @internal
   */
  _spread({ start, count, stride }, gradients, gradient) {
    for (let i = 0; i < count; i++) gradients[start + i * stride] += gradient / count;
  }
}
