// The layer SpatialDropout1D (`tf.keras.layers.SpatialDropout1D`).
import { register_class } from '../layers/registry.js';
import { Dropout } from './dropout.js';

/**
 * Dropout of whole features: a feature is dropped in all steps of a sample, or in none (`tf.keras.layers.SpatialDropout1D`).
 */
export class SpatialDropout1D extends Dropout {
  static class_name = /** @type {any} */ (/* @__PURE__ */ register_class(() => this, 'SpatialDropout1D'));

  /**
   * @param {number} rate fraction of the features that is dropped, from 0 to 1
   * @param {Omit<import('./dropout.js').DropoutOptions, 'noise_shape'>} [options]
   * @throws {ValueError} rate is not between 0 and 1, or seed is not an integer
   * @throws {TypeError} an unknown option
   */
  constructor(rate, options = {}) {
    super(rate, { ...options, noise_shape: [null, 1, null] });
  }

  /** @returns {any} */
  get_config() {
    const { noise_shape: _, ...config } = super.get_config();
    return config;
  }
}
