// The constraints: what a weight is brought back to after each step of training (`tf.keras.constraints`).
import { check_axes } from '../gradient/operands.js';
import { check_options, show, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {(weight: Tensor) => Tensor} ConstraintFunction
 * @typedef {{ class_name: string, config: Record<string, any> }} Serialized
 * @typedef {ConstraintFunction | string | Serialized} ConstraintSpec
 */

/** In Keras's denominators. */
const EPSILON = 1e-7;

/**
 * @typedef {number | number[]} Axis along which the norms are taken; several: over all of them together
 */

/**
 * A constraint on the norms of the weight along an axis.
 * @param {string} class_name
 * @param {{ axis: Axis, [name: string]: any }} config
 * @param {(norm: number) => number} factor what a slice of this norm is multiplied by
 * @returns {ConstraintFunction & Serialized}
 */
function of_norms(class_name, config, factor) {
  /** @type {ConstraintFunction} */
  const constraint = (weight) => {
    const { shape } = weight;
    const axes = check_axes(`${class_name}: axis`, config.axis, shape.length);
    const data = array_of(weight.dtype, weight.data);
    const strides = shape.map((_, i) => size_of(shape.slice(i + 1)));
    // The slice that a number belongs to is told by its place with the axes left out.
    const slices = Int32Array.from({ length: data.length }, (_, place) =>
      axes.reduce((rest, i) => rest - (Math.floor(place / strides[i]) % shape[i]) * strides[i], place),
    );
    const sums = new Float64Array(data.length);
    slices.forEach((slice, place) => {
      sums[slice] += data[place] ** 2;
    });
    slices.forEach((slice, place) => {
      data[place] *= factor(Math.sqrt(sums[slice]));
    });
    return new Tensor(data, shape, weight.dtype);
  };
  return Object.assign(constraint, { class_name, config });
}

/**
 * Norms of at most `max_value` (`MaxNorm`).
 * @param {{ max_value?: number, axis?: Axis }} [options] defaults 2 and 0
 */
export function max_norm(options = {}) {
  check_options('max_norm', options, ['max_value', 'axis']);
  const { max_value = 2, axis = 0 } = options;
  return of_norms('MaxNorm', { max_value, axis }, (norm) => Math.min(norm, max_value) / (EPSILON + norm));
}

/**
 * Norms of one (`UnitNorm`).
 * @param {{ axis?: Axis }} [options] default 0
 */
export function unit_norm(options = {}) {
  check_options('unit_norm', options, ['axis']);
  return of_norms('UnitNorm', { axis: options.axis ?? 0 }, (norm) => 1 / (EPSILON + norm));
}

/**
 * Norms between two values (`MinMaxNorm`).
 * @param {{ min_value?: number, max_value?: number, rate?: number, axis?: Axis }} [options] defaults 0, 1, 1 and 0
 */
export function min_max_norm(options = {}) {
  check_options('min_max_norm', options, ['min_value', 'max_value', 'rate', 'axis']);
  const { min_value = 0, max_value = 1, rate = 1, axis = 0 } = options;
  return of_norms('MinMaxNorm', { min_value, max_value, rate, axis }, (norm) => {
    const wanted = rate * Math.min(Math.max(norm, min_value), max_value) + (1 - rate) * norm;
    return wanted / (EPSILON + norm);
  });
}

/** Nothing below zero (`NonNeg`). */
export const non_neg = () =>
  Object.assign(
    (/** @type {Tensor} */ weight) => {
      const kept = /** @type {Floats} */ (weight.data).map((value) => (value < 0 ? 0 : value));
      return new Tensor(kept, weight.shape, weight.dtype);
    },
    { class_name: 'NonNeg', config: {} },
  );

export const constraints = { max_norm, unit_norm, min_max_norm, non_neg };

/** @type {Map<string, (config: any) => ConstraintFunction & Serialized>} */
const KINDS = new Map([
  ['maxnorm', max_norm],
  ['unitnorm', unit_norm],
  ['minmaxnorm', min_max_norm],
  ['nonneg', non_neg],
]);

/**
 * A constraint from whatever names one.
 * @param {ConstraintSpec | null | undefined} spec a constraint, its name, `{ class_name, config }`, or a function from the weight's value
 *   to a new one
 * @param {string} what whose it is, for messages
 * @returns {ConstraintFunction | null}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} something else
 */
export function get_constraint(spec, what) {
  if (spec === null || spec === undefined) return null;
  if (typeof spec === 'function') return spec;
  const { class_name, config = {} } = typeof spec === 'string' ? { class_name: spec } : spec;
  if (typeof class_name !== 'string') {
    throw new TypeError(
      `${what} must be a constraint, its name, { class_name, config } or a function, not ${show(spec)}`,
    );
  }
  const make = KINDS.get(class_name.replaceAll('_', '').toLowerCase());
  if (!make) throw new ValueError(`${what}: there is no constraint ${show(class_name)}`);
  return make(config);
}

/**
 * As Keras writes it; a user's own function as it is.
 * @param {ConstraintFunction | null} constraint
 * @returns {Serialized | ConstraintFunction | null}
 */
export function serialize_constraint(constraint) {
  if (!constraint || !('class_name' in constraint)) return constraint;
  const { class_name, config } = /** @type {ConstraintFunction & Serialized} */ (constraint);
  return { class_name, config: { ...config } };
}
