// The initializers by name, and their serialised form.
import { check_options, show, show_shape, size_of } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor } from '../runtime/tensor.js';
import * as initializers from './initializer_functions.js';
import { SERIALIZED_KEYS } from './registry.js';

export { initializers };

/**
 * @typedef {import('./initializer_functions.js').Initializer} Initializer
 * @typedef {import('./initializer_functions.js').InitializerSpec} InitializerSpec
 * @typedef {import('./initializer_functions.js').InitializerFunction} InitializerFunction
 * @typedef {import('./initializer_functions.js').Serialized} Serialized
 */

/** @param {string} name */
const plain = (name) => name.replaceAll('_', '').toLowerCase();

/**
 * By their names without underscores and capitals, in which the spellings differ.
 * @type {Map<string, (options?: any) => Initializer>}
 */
const FUNCTIONS = new Map([
  .../** @type {[string, (options?: any) => Initializer][]} */ (Object.entries(initializers)).map(
    ([name, make]) => /** @type {const} */ ([plain(name), make]),
  ),
  ['zero', initializers.zeros],
  ['one', initializers.ones],
  ['uniform', initializers.random_uniform],
  ['normal', initializers.random_normal],
]);

/**
 * A user's function, with its values checked.
 * @param {InitializerFunction} custom
 * @param {string} what
 * @returns {Initializer & { custom: InitializerFunction }}
 */
function wrap(custom, what) {
  /** @type {(shape: readonly number[], dtype?: import('./initializer_functions.js').FloatDtype) => any} */
  const initializer = (shape, dtype = 'float32') => {
    const result = custom([...shape], dtype);
    const value = ArrayBuffer.isView(result)
      ? /** @type {Float32Array} */ (result)
      : as_tensor(`${what}: the function's result`, result, null).data;
    if (value.length !== size_of(shape)) {
      throw new ValueError(
        `${what}: the function gave ${value.length} values for a weight of shape ${show_shape(shape)}`,
      );
    }
    return array_of(dtype, value);
  };
  return Object.assign(initializer, { class_name: '', config: {}, custom });
}

/**
 * An initializer from whatever names one.
 *
 * @param {InitializerSpec} spec an initializer, a name such as `'glorot_uniform'`, `{ class_name, config }`, or a function
 *   `(shape, dtype) => values`
 * @param {string} what whose it is, for messages
 * @returns {Initializer}
 * @throws {ValueError} an unknown name
 * @throws {TypeError} something else
 */
export function get_initializer(spec, what) {
  if (typeof spec === 'function') {
    return 'class_name' in spec ? /** @type {Initializer} */ (spec) : wrap(spec, what);
  }
  const serialized = typeof spec === 'string' ? { class_name: spec, config: {} } : spec;
  if (!serialized || typeof serialized !== 'object' || typeof serialized.class_name !== 'string') {
    throw new TypeError(
      `${what} must be an initializer, its name, { class_name, config } or a function, not ${show(spec)}`,
    );
  }
  check_options(what, serialized, SERIALIZED_KEYS);
  const make = FUNCTIONS.get(plain(serialized.class_name));
  if (!make) throw new ValueError(`${what}: there is no initializer ${show(serialized.class_name)}`);
  const config = serialized.config ?? {};
  if (make === initializers.zeros || make === initializers.ones) {
    check_options(what, config, []);
    return make();
  }
  if (make === initializers.constant) {
    check_options(what, config, ['value']);
    return make(config.value);
  }
  return make(config);
}

/**
 * The initializer as Keras writes it, `{ class_name, config }`; a function of the user is returned unchanged.
 * @param {Initializer | null} initializer
 * @returns {Serialized | InitializerFunction | null}
 */
export function serialize_initializer(initializer) {
  if (!initializer) return null;
  const { class_name, config } = initializer;
  if ('custom' in initializer) return /** @type {InitializerFunction} */ (initializer.custom);
  return { class_name, config: { ...config } };
}
