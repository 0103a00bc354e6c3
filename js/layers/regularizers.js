// The regularizers: what a weight's size adds to the loss.
import { is_recording, record_operation } from '../gradient/recording.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { SERIALIZED_KEYS } from './registry.js';

/**
 * @typedef {{ class_name: string, config: Record<string, any> }} Serialized
 * @typedef {(values: Variable | Tensor, scale?: number) => Tensor} RegularizerFunction gives a scalar, times `scale` (default 1)
 * @typedef {RegularizerFunction & Serialized} Regularizer
 * @typedef {RegularizerFunction | string | Serialized} RegularizerSpec
 */

/**
 * l1 * sum(|w|) + l2 * sum(w²), differentiable.
 * @param {Variable | Tensor} source
 * @param {number} l1
 * @param {number} l2
 */
function penalty(source, l1, l2) {
  const values = source instanceof Variable ? source.value.data : source.data;
  let sum = 0;
  for (const w of values) sum += l1 * Math.abs(w) + l2 * w * w;
  const dtype = /** @type {'float32' | 'float64'} */ (source.dtype);
  const output = new Tensor(array_of(dtype, [sum]), [], dtype);
  if (is_recording([source])) {
    record_operation({
      inputs: [source],
      outputs: [output],
      backward: ([d_output]) => {
        const d = d_output ? d_output[0] : 0;
        return [array_of(dtype, values).map((w) => d * (l1 * Math.sign(w) + 2 * l2 * w))];
      },
    });
  }
  return output;
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {number}
 */
function check_factor(what, value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ValueError(`${what} must be a finite number, not ${show(value)}`);
  }
  return value;
}

/**
 * @param {string} class_name
 * @param {Record<string, number>} config
 * @returns {Regularizer}
 */
function make(class_name, config) {
  const { l1 = 0, l2 = 0 } = config;
  /** @type {RegularizerFunction} */
  const regularizer = (values, scale = 1) => penalty(values, scale * l1, scale * l2);
  return Object.assign(regularizer, { class_name, config });
}

/**
 * `factor` times the sum of the absolute values (`L1`).
 * @param {number} [factor] default 0.01
 */
export const l1 = (factor = 0.01) => make('L1', { l1: check_factor('l1: factor', factor) });

/**
 * `factor` times the sum of the squares (`L2`).
 * @param {number} [factor] default 0.01
 */
export const l2 = (factor = 0.01) => make('L2', { l2: check_factor('l2: factor', factor) });

/**
 * Both (`L1L2`).
 * @param {{ l1?: number, l2?: number }} [options] defaults 0.01
 */
export function l1_l2(options = {}) {
  check_options('l1_l2', options, ['l1', 'l2']);
  return make('L1L2', {
    l1: check_factor('l1_l2: l1', options.l1 ?? 0.01),
    l2: check_factor('l1_l2: l2', options.l2 ?? 0.01),
  });
}

export const regularizers = { l1, l2, l1_l2 };

/** @type {Record<string, { options: string[], make: (config: any) => Regularizer }>} */
const KINDS = {
  L1: { options: ['l1'], make: ({ l1: factor }) => l1(factor) },
  L2: { options: ['l2'], make: ({ l2: factor }) => l2(factor) },
  L1L2: { options: ['l1', 'l2'], make: l1_l2 },
};

/**
 * A regularizer from whatever names one.
 *
 * @param {RegularizerSpec} spec a regularizer, `'l1'`, `'l2'` or `'l1_l2'`, `{ class_name, config }`, or a function from the
 *   variable to a scalar tensor
 * @param {string} what whose it is, for messages
 * @returns {RegularizerFunction}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} something else, or an unknown option in its configuration
 */
export function get_regularizer(spec, what) {
  if (typeof spec === 'function') return spec;
  const serialized = typeof spec === 'string' ? { class_name: spec, config: {} } : spec;
  if (!serialized || typeof serialized !== 'object' || typeof serialized.class_name !== 'string') {
    throw new TypeError(
      `${what} must be a regularizer, its name, { class_name, config } or a function, not ${show(spec)}`,
    );
  }
  check_options(what, serialized, SERIALIZED_KEYS);
  const name = serialized.class_name.replaceAll('_', '').toUpperCase();
  if (!Object.hasOwn(KINDS, name)) {
    throw new ValueError(`${what}: there is no regularizer ${show(serialized.class_name)}`);
  }
  const config = serialized.config ?? {};
  check_options(`${what}: config`, config, KINDS[name].options);
  return KINDS[name].make(config);
}

/**
 * The regularizer as Keras writes it, `{ class_name, config }`; a function of the user is returned unchanged.
 * @param {RegularizerFunction | null} regularizer
 * @returns {Serialized | RegularizerFunction | null}
 */
export function serialize_regularizer(regularizer) {
  if (!regularizer || !('class_name' in regularizer)) return regularizer;
  const { class_name, config } = /** @type {Regularizer} */ (regularizer);
  return { class_name, config: { ...config } };
}
