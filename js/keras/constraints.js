// Constraints, which are applied to a weight after each training step (`tf.keras.constraints`).
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

/** Added to denominators, as in Keras. */
const EPSILON = 1e-7;

/**
 * @typedef {number | number[]} Axis axis or axes over which the norms are computed
 */

/**
 * A constraint on the norms of the weight along an axis.
 * @param {string} class_name
 * @param {{ axis: Axis, [name: string]: any }} config
 * @param {(norm: number) => number} factor by which a slice with this norm is multiplied
 * @returns {ConstraintFunction & Serialized}
 */
function of_norms(class_name, config, factor) {
  /** @type {ConstraintFunction} */
  const constraint = (weight) => {
    const { shape } = weight;
    const axes = check_axes(`${class_name}: axis`, config.axis, shape.length);
    const data = array_of(weight.dtype, weight.data);
    const strides = shape.map((_, i) => size_of(shape.slice(i + 1)));
    // The slice of an element: its index with the indices along the axes set to zero.
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
    const target = rate * Math.min(Math.max(norm, min_value), max_value) + (1 - rate) * norm;
    return target / (EPSILON + norm);
  });
}

/** Sets negative values to zero (`NonNeg`). */
export const non_neg = () =>
  Object.assign(
    (/** @type {Tensor} */ weight) => {
      const data = /** @type {Floats} */ (weight.data).map((value) => (value < 0 ? 0 : value));
      return new Tensor(data, weight.shape, weight.dtype);
    },
    { class_name: 'NonNeg', config: {} },
  );

export const constraints = { max_norm, unit_norm, min_max_norm, non_neg };

/** @type {Map<string, (config: any) => ConstraintFunction & Serialized>} */
const CONSTRAINTS = new Map([
  ['maxnorm', max_norm],
  ['unitnorm', unit_norm],
  ['minmaxnorm', min_max_norm],
  ['nonneg', non_neg],
]);

/**
 * A constraint from its specification.
 * @param {ConstraintSpec | null | undefined} spec a constraint, its name, `{ class_name, config }`, or a function that
 *   returns the new value of a weight
 * @param {string} what the class and the argument, for messages
 * @returns {ConstraintFunction | null}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} another type
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
  const make = CONSTRAINTS.get(class_name.replaceAll('_', '').toLowerCase());
  if (!make) throw new ValueError(`${what}: there is no constraint ${show(class_name)}`);
  return make(config);
}

/**
 * A constraint as in Keras's configurations; a function of the user unchanged.
 * @param {ConstraintFunction | null} constraint
 * @returns {Serialized | ConstraintFunction | null}
 */
export function serialize_constraint(constraint) {
  if (!constraint || !('class_name' in constraint)) return constraint;
  const { class_name, config } = /** @type {ConstraintFunction & Serialized} */ (constraint);
  return { class_name, config: { ...config } };
}
