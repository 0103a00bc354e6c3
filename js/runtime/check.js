// Checks of arguments.
import { name_of_class } from './class_name.js';
import { ValueError } from './errors.js';
import { show, show_shape } from './show.js';

export { show, show_shape };

/**
 * @param {string} what the function and the argument, as `GRUCell: num_units`
 * @param {unknown} value
 * @returns {number}
 */
export function check_positive_integer(what, value) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value >= 2 ** 31) {
    throw new ValueError(`${what} must be a positive integer, not ${show(value)}`);
  }
  return value;
}

/**
 * @template {string} N
 * @param {string} what
 * @param {unknown} value
 * @param {readonly N[]} names
 * @returns {N}
 */
export function check_one_of(what, value, names) {
  if (!names.includes(/** @type {N} */ (value))) {
    throw new ValueError(
      `${what} must be one of ${names.map((name) => `'${name}'`).join(', ')}, not ${show(value)}`,
    );
  }
  return /** @type {N} */ (value);
}

/**
 * Whether a value is an object literal (from any realm), and not an array, a tensor or another class's instance.
 * @param {unknown} value
 * @returns {value is { [name: string]: unknown }}
 */
export function is_plain_object(value) {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Whether a value is an address: a string or a URL, where the environment has that class.
 * @param {unknown} value
 * @returns {value is string | URL}
 */
export const is_address = (value) =>
  typeof value === 'string' || (typeof URL !== 'undefined' && value instanceof URL);

/**
 * @param {string} what the function, for messages
 * @param {unknown} options
 * @throws {TypeError} not an object literal
 */
export function check_is_options(what, options) {
  if (!is_plain_object(options)) {
    throw new TypeError(`${what}: the options must be an object literal, not ${show(options)}`);
  }
}

/**
 * Throws for an option that the function does not have, like Python's "unexpected keyword argument".
 * @param {string} what the function, for messages
 * @param {unknown} options
 * @param {readonly string[]} known the names of the function's options
 * @throws {TypeError} not an object literal, or an unknown option
 */
export function check_options(what, options, known) {
  check_is_options(what, options);
  for (const name of Object.keys(/** @type {object} */ (options))) {
    if (!known.includes(name)) {
      throw new TypeError(`${what} has no option '${name}'; it takes ${known.join(', ')}`);
    }
  }
}

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} value
 * @throws {TypeError} not a function
 */
export function check_function(what, value) {
  if (typeof value !== 'function') throw new TypeError(`${what} must be a function, not ${show(value)}`);
}

/**
 * A configuration, as `get_config` returns it.
 * @param {Function} named_class the class with this `from_config`, for messages
 * @param {any} config
 * @returns {{ [option: string]: any }}
 * @throws {TypeError} not an object literal
 */
export function check_config(named_class, config) {
  if (!is_plain_object(config)) {
    const name = name_of_class(named_class);
    throw new TypeError(`${name}.from_config: config must be an object literal, not ${show(config)}`);
  }
  return config;
}

/**
 * A shape in which null means an unknown size.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} shape
 * @returns {(number | null)[]}
 * @throws {ValueError} not a list of integers of 0 or more and nulls
 */
export function check_partial_shape(what, shape) {
  const is_size = (/** @type {unknown} */ size) =>
    size === null || (Number.isSafeInteger(size) && Number(size) >= 0);
  if (!Array.isArray(shape) || !Array.from(shape).every(is_size)) {
    throw new ValueError(`${what} must be a list of sizes or nulls, not ${show(shape)}`);
  }
  return shape;
}

/**
 * Splits the options of a constructor into those that the class reads itself and those of its base class.
 * @template {{ [name: string]: any }} O
 * @template {string} N
 * @param {string} class_name
 * @param {O} options
 * @param {readonly N[]} class_names the options that the class reads
 * @param {readonly string[]} base_names the options of its base class
 * @returns {[{ [K in N & keyof O]?: O[K] }, Omit<O, N>]}
 * @throws {TypeError} not an object literal, or an unknown option
 */
export function split_options(class_name, options, class_names, base_names) {
  check_options(class_name, options, [...base_names, ...class_names]);
  /** @type {any} */
  const [class_options, base_options] = [{}, {}];
  for (const name of Object.keys(options)) {
    (class_names.includes(/** @type {N} */ (name)) ? class_options : base_options)[name] = options[name];
  }
  return [class_options, base_options];
}

/**
 * @param {readonly unknown[]} a
 * @param {readonly unknown[]} b
 */
export const same_shape = (a, b) => a.length === b.length && a.every((size, i) => size === b[i]);

/** @param {readonly number[]} shape */
export const size_of = (shape) => shape.reduce((size, next) => size * next, 1);
