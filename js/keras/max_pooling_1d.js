// The layer MaxPooling1D (`tf.keras.layers.MaxPooling1D`).
import { register_class } from '../layers/registry.js';
import { Pooling1D } from './pooling_1d.js';

/** The greatest value of each window over the steps (`tf.keras.layers.MaxPooling1D`). */
export class MaxPooling1D extends Pooling1D {
  static class_name = /* @__PURE__ */ register_class(() => this, 'MaxPooling1D');

  /** @param {import('./pooling_1d.js').Window} window @internal */
  _pool({ data, start, count, stride }) {
    let most = data[start];
    for (let i = 1; i < count; i++) most = Math.max(most, data[start + i * stride]);
    return most;
  }

  /**
   * The first of the greatest values has the whole gradient, as in TensorFlow.
   * @param {import('./pooling_1d.js').Window} window
   * @param {import('../runtime/heap.js').Floats} gradients
   * @param {number} gradient
   * @internal
   */
  _spread(window, gradients, gradient) {
    const { data, start, count, stride } = window;
    const most = this._pool(window);
    for (let i = 0; i < count; i++) {
      if (data[start + i * stride] !== most) continue;
      gradients[start + i * stride] += gradient;
      return;
    }
  }
}
