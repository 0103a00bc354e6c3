// The layer CuDNNGRU (`tf.compat.v1.keras.layers.CuDNNGRU`).
import { register_class } from '../layers/registry.js';
import { check_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { cudnn_order } from './cudnn_order.js';
import { RECURRENT_OPTIONS } from './recurrent_layer.js';
import { WEIGHT_OPTIONS, WeightedGRU } from './weighted_gru.js';

/**
 * @typedef {Omit<import('./recurrent_layer.js').RecurrentOptions, 'zero_output_for_mask'>
 *   & import('./weighted_gru.js').WeightsOptions} CuDNNGRUOptions
 */

const OPTIONS = [...RECURRENT_OPTIONS.filter((name) => name !== 'zero_output_for_mask'), ...WEIGHT_OPTIONS];

/**
 * The gated recurrent unit with the reset gate after the recurrent product and with weights in cuDNN's storage order
 * (`tf.compat.v1.keras.layers.CuDNNGRU`). The shapes are those of `GRU`, [inputs, 3 units] and [units, 3 units], but the elements of each
 * gate's block are in the order of a [units, inputs] matrix; `bias` [6 units]: input biases z, r, h, then recurrent biases z, r, h. The
 * activations are tanh and sigmoid.
 */
export class CuDNNGRU extends WeightedGRU {
  static class_name = /* @__PURE__ */ register_class(() => this, 'CuDNNGRU');

  /**
   * @param {number} units the size of the state
   * @param {CuDNNGRUOptions} [options]
   * @throws {ValueError} units is not a positive integer; an unknown initializer, regularizer or constraint
   * @throws {TypeError} an unknown option (activation, use_bias, dropout, unroll and reset_after are not options of this layer)
   */
  constructor(units, options = {}) {
    check_options('CuDNNGRU', options, OPTIONS);
    super(units, options);
  }

  get supports_masking() {
    return false;
  }

  /** @param {number} inputs @internal */
  _weights_of(inputs) {
    const { units } = this;
    const matrix = (/** @type {string} */ name, /** @type {number} */ rows) => ({
      name,
      shape: [rows, 3 * units],
      packing: { rows, groups: 3, columns: units, order: cudnn_order(rows, units) },
    });
    return {
      kernel: matrix('kernel', inputs),
      recurrent: matrix('recurrent_kernel', units),
      bias: { name: 'bias', shape: [6 * units], packing: { rows: 1, groups: 6, columns: units } },
    };
  }

  /**
   * @param {any} mask
   * @returns {null}
   * @throws {ValueError} mask is not null
   * @internal
   */
  _check_mask(mask) {
    if (mask !== null)
      throw new ValueError(`${this.name}: mask must be null: CuDNNGRU does not support masking`);
    return null;
  }

  get_config() {
    const { zero_output_for_mask: _, ...config } = /** @type {{ [option: string]: any }} */ (
      super.get_config()
    );
    return config;
  }
}
