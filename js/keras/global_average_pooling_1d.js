// The layer GlobalAveragePooling1D (`tf.keras.layers.GlobalAveragePooling1D`).
import { divide, multiply } from '../gradient/elementwise.js';
import { mean, sum } from '../gradient/reductions.js';
import { register_class } from '../layers/registry.js';
import { Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { GlobalPooling1D } from './global_pooling_1d.js';

/** The mean of each feature over the steps, over those that are not masked (`tf.keras.layers.GlobalAveragePooling1D`). */
export class GlobalAveragePooling1D extends GlobalPooling1D {
  static class_name = /* @__PURE__ */ register_class(() => this, 'GlobalAveragePooling1D');

  get supports_masking() {
    return true;
  }

  /**
   * @param {Tensor} x
   * @param {boolean} keepdims
   * @param {import('../runtime/tensor.js').TensorInput | null} mask
   * @internal
   */
  _pool(x, keepdims, mask) {
    if (mask === null) return mean(x, { axis: 1, keepdims });
    const { data, shape } = as_mask(`${this.name}: mask`, mask, x.shape.slice(0, 2));
    const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
    const Values = dtype === 'float32' ? Float32Array : Float64Array;
    const weights = new Tensor(Values.from(data), [...shape, 1], dtype);
    return divide(sum(multiply(x, weights), { axis: 1, keepdims }), sum(weights, { axis: 1, keepdims }));
  }
}
