// The initializers: functions that make a weight's first value.
import { check_one_of, check_options, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor } from '../runtime/tensor.js';
import { needs_initial_values } from './initial_values.js';
import { check_seed, random_of } from './random.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {{ class_name: string, config: Record<string, any> }} Serialized
 * @typedef {(shape: readonly number[], dtype: FloatDtype) => import('../runtime/tensor.js').TensorInput | Floats} InitializerFunction
 * @typedef {((shape: readonly number[], dtype?: FloatDtype) => Floats) & Serialized} Initializer
 * @typedef {InitializerFunction | string | Serialized} InitializerSpec
 */

/**
 * @param {string} class_name
 * @param {Record<string, any>} config
 * @param {(to: Floats, shape: readonly number[]) => void} fill gets zeros
 * @returns {Initializer}
 */
function make(class_name, config, fill) {
  /** @param {readonly number[]} shape @param {FloatDtype} [dtype] */
  const initializer = (shape, dtype = 'float32') => {
    const size = size_of(shape);
    const is_needed = needs_initial_values(size);
    const values = array_of(dtype, size);
    if (is_needed) fill(values, shape);
    return values;
  };
  return Object.assign(initializer, { class_name, config });
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {number}
 */
function check_number(what, value) {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${show(value)}`);
  return value;
}

/**
 * Options that are numbers, and `seed`.
 * @template {Record<string, number>} D
 * @param {string} what
 * @param {object} options
 * @param {D} defaults
 * @returns {D & { seed: number | null }}
 */
function read_options(what, options, defaults) {
  check_options(what, options, [...Object.keys(defaults), 'seed']);
  const numbers = { ...defaults, ...options };
  for (const name of Object.keys(defaults)) check_number(`${what}: ${name}`, numbers[name]);
  return { ...numbers, seed: check_seed(`${what}: seed`, /** @type {{ seed?: unknown }} */ (options).seed) };
}

/** Zeros (`Zeros`). */
export const zeros = () => make('Zeros', {}, () => {});

/** Ones (`Ones`). */
export const ones = () => make('Ones', {}, (to) => to.fill(1));

/**
 * One value everywhere, or as many values as the weight has (`Constant`).
 * @param {import('../runtime/tensor.js').TensorInput} [value] default 0
 * @throws {ValueError} when it is called: another number of values than the weight has
 */
export function constant(value = 0) {
  if (typeof value === 'number') return make('Constant', { value }, (to) => to.fill(value));
  const tensor = as_tensor('constant: value', value, null);
  return make('Constant', { value: tensor.array() }, (to, shape) => {
    if (tensor.size !== to.length) {
      throw new ValueError(
        `constant: value has ${tensor.size} values, but the weight of shape ${show_shape(shape)} has ${to.length}`,
      );
    }
    to.set(tensor.data);
  });
}

/**
 * Uniform between two values (`RandomUniform`).
 * @param {{ minval?: number, maxval?: number, seed?: number | null }} [options] defaults -0.05 and 0.05, as in Keras
 */
export function random_uniform(options = {}) {
  const config = read_options('random_uniform', options, { minval: -0.05, maxval: 0.05 });
  const { minval, maxval, seed } = config;
  return make('RandomUniform', config, (to, shape) => {
    const random = random_of(seed, shape);
    for (let i = 0; i < to.length; i++) to[i] = minval + (maxval - minval) * random.uniform();
  });
}

/**
 * Normal (`RandomNormal`).
 * @param {{ mean?: number, stddev?: number, seed?: number | null }} [options] defaults 0 and 0.05, as in Keras
 */
export function random_normal(options = {}) {
  const config = read_options('random_normal', options, { mean: 0, stddev: 0.05 });
  const { mean, stddev, seed } = config;
  return make('RandomNormal', config, (to, shape) => {
    const random = random_of(seed, shape);
    for (let i = 0; i < to.length; i++) to[i] = mean + stddev * random.normal();
  });
}

/**
 * Normal, within two standard deviations (`TruncatedNormal`).
 * @param {{ mean?: number, stddev?: number, seed?: number | null }} [options] defaults 0 and 0.05, as in Keras
 */
export function truncated_normal(options = {}) {
  const config = read_options('truncated_normal', options, { mean: 0, stddev: 0.05 });
  const { mean, stddev, seed } = config;
  return make('TruncatedNormal', config, (to, shape) => {
    const random = random_of(seed, shape);
    for (let i = 0; i < to.length; i++) to[i] = mean + stddev * random.truncated_normal();
  });
}

/** The standard deviation of a normal distribution that is cut off at two. */
const TRUNCATED_STDDEV = 0.87962566103423978;

const MODES = /** @type {const} */ (['fan_in', 'fan_out', 'fan_avg']);
const DISTRIBUTIONS = /** @type {const} */ (['truncated_normal', 'untruncated_normal', 'uniform']);

/** @param {readonly number[]} shape @returns {Record<(typeof MODES)[number], number>} */
function fans(shape) {
  const fan_out = shape.at(-1) ?? 1;
  const fan_in = shape.length < 2 ? fan_out : /** @type {number} */ (shape.at(-2));
  const field = size_of(shape.slice(0, -2));
  return { fan_in: fan_in * field, fan_out: fan_out * field, fan_avg: ((fan_in + fan_out) * field) / 2 };
}

/**
 * @param {string} class_name
 * @param {Record<string, any>} config
 * @param {{ scale: number, mode: (typeof MODES)[number], distribution: (typeof DISTRIBUTIONS)[number], seed: number | null }} options
 */
function scaled(class_name, config, { scale, mode, distribution, seed }) {
  return make(class_name, config, (to, shape) => {
    const random = random_of(seed, shape);
    const variance = scale / Math.max(1, fans(shape)[mode]);
    const limit = Math.sqrt(3 * variance);
    const stddev = Math.sqrt(variance) / (distribution === 'truncated_normal' ? TRUNCATED_STDDEV : 1);
    const draw = {
      uniform: () => limit * (2 * random.uniform() - 1),
      truncated_normal: () => stddev * random.truncated_normal(),
      untruncated_normal: () => stddev * random.normal(),
    }[distribution];
    for (let i = 0; i < to.length; i++) to[i] = draw();
  });
}

/**
 * A variance that suits the number of inputs or outputs (`VarianceScaling`).
 *
 * @param {object} [options]
 * @param {number} [options.scale] default 1
 * @param {(typeof MODES)[number]} [options.mode] default `'fan_in'`
 * @param {(typeof DISTRIBUTIONS)[number] | 'normal'} [options.distribution] default `'truncated_normal'`, which is also what
 *   `'normal'` means
 * @param {number | null} [options.seed]
 * @throws {ValueError} a scale that is not positive, or an unknown mode or distribution
 */
export function variance_scaling(options = {}) {
  check_options('variance_scaling', options, ['scale', 'mode', 'distribution', 'seed']);
  const { scale = 1 } = options;
  if (typeof scale !== 'number' || !(scale > 0)) {
    throw new ValueError(`variance_scaling: scale must be a positive number, not ${show(scale)}`);
  }
  const distribution = options.distribution === 'normal' ? 'truncated_normal' : options.distribution;
  const config = {
    scale,
    mode: check_one_of('variance_scaling: mode', options.mode ?? 'fan_in', MODES),
    distribution: check_one_of(
      'variance_scaling: distribution',
      distribution ?? 'truncated_normal',
      DISTRIBUTIONS,
    ),
    seed: check_seed('variance_scaling: seed', options.seed),
  };
  return scaled('VarianceScaling', config, config);
}

/**
 * @param {string} class_name
 * @param {string} name
 * @param {number} scale
 * @param {(typeof MODES)[number]} mode
 * @param {(typeof DISTRIBUTIONS)[number]} distribution
 */
function variance_scaling_kind(class_name, name, scale, mode, distribution) {
  return (/** @type {{ seed?: number | null }} */ options = {}) => {
    const { seed } = read_options(name, options, {});
    return scaled(class_name, { seed }, { scale, mode, distribution, seed });
  };
}

/** Uniform within sqrt(6 / (fan_in + fan_out)) (`GlorotUniform`). */
export const glorot_uniform = variance_scaling_kind(
  'GlorotUniform',
  'glorot_uniform',
  1,
  'fan_avg',
  'uniform',
);
/** Truncated normal of standard deviation sqrt(2 / (fan_in + fan_out)) (`GlorotNormal`). */
export const glorot_normal = variance_scaling_kind(
  'GlorotNormal',
  'glorot_normal',
  1,
  'fan_avg',
  'truncated_normal',
);
/** Uniform within sqrt(6 / fan_in) (`HeUniform`). */
export const he_uniform = variance_scaling_kind('HeUniform', 'he_uniform', 2, 'fan_in', 'uniform');
/** Truncated normal of standard deviation sqrt(2 / fan_in) (`HeNormal`). */
export const he_normal = variance_scaling_kind('HeNormal', 'he_normal', 2, 'fan_in', 'truncated_normal');
/** Uniform within sqrt(3 / fan_in) (`LecunUniform`). */
export const lecun_uniform = variance_scaling_kind('LecunUniform', 'lecun_uniform', 1, 'fan_in', 'uniform');
/** Truncated normal of standard deviation sqrt(1 / fan_in) (`LecunNormal`). */
export const lecun_normal = variance_scaling_kind(
  'LecunNormal',
  'lecun_normal',
  1,
  'fan_in',
  'truncated_normal',
);

/**
 * Rows or columns, whichever are fewer, that are orthogonal to each other and of length `gain` (`Orthogonal`): the leading
 * dimensions count as one. It is what a QR decomposition makes of normal numbers, R having a positive diagonal.
 * @param {{ gain?: number, seed?: number | null }} [options] default gain 1
 * @throws {ValueError} when it is called: a weight of fewer than two dimensions
 */
export function orthogonal(options = {}) {
  const config = read_options('orthogonal', options, { gain: 1 });
  return make('Orthogonal', config, (to, shape) => {
    if (shape.length < 2) {
      throw new ValueError(
        `orthogonal: the weight must have two dimensions or more, not the shape ${show_shape(shape)}`,
      );
    }
    const columns = /** @type {number} */ (shape.at(-1));
    const rows = to.length / columns;
    const length = Math.max(rows, columns);
    const vectors = orthonormal(Math.min(rows, columns), length, random_of(config.seed, shape));
    vectors.forEach((vector, i) => {
      for (let j = 0; j < length; j++) {
        to[rows >= columns ? j * columns + i : i * columns + j] = config.gain * vector[j];
      }
    });
  });
}

/**
 * @param {number} count
 * @param {number} length not less than count
 * @param {import('./random.js').Random} random
 */
function orthonormal(count, length, random) {
  /** @type {Float64Array[]} */
  const done = [];
  const norm = (/** @type {Float64Array} */ v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  while (done.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    let before = norm(vector);
    let after = 0;
    // Where little is left of a vector, what rounding has left of the others in it must be taken off once more.
    for (;;) {
      for (const other of done) {
        let along = 0;
        for (let j = 0; j < length; j++) along += vector[j] * other[j];
        for (let j = 0; j < length; j++) vector[j] -= along * other[j];
      }
      after = norm(vector);
      if (after > 0.7 * before) break;
      before = after;
    }
    for (let j = 0; j < length; j++) vector[j] /= after;
    done.push(vector);
  }
  return done;
}

/**
 * Ones on the diagonal, times `gain` (`Identity`).
 * @param {{ gain?: number }} [options] default gain 1
 * @throws {ValueError} when it is called: a weight that is not a matrix
 */
export function identity(options = {}) {
  check_options('identity', options, ['gain']);
  const gain = check_number('identity: gain', options.gain ?? 1);
  return make('Identity', { gain }, (to, shape) => {
    if (shape.length !== 2)
      throw new ValueError(`identity: the weight must be a matrix, not of shape ${show_shape(shape)}`);
    for (let i = 0; i < Math.min(shape[0], shape[1]); i++) to[i * shape[1] + i] = gain;
  });
}
