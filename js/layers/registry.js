// The one registry of classes that a configuration can name: layers, cells and models.
import { is_plain_object, show } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';

/**
 * @typedef {{ new (...args: any[]): any, from_config(config: any, custom_objects?: any): any }} NamedClass
 * @typedef {{ class_name: string, config: { [option: string]: any } }} SerializedObject
 * @typedef {{ [class_name: string]: NamedClass }} CustomObjects classes of the user that a configuration names
 */

/** The keys of a serialized object, those that Keras 3 adds included. */
export const SERIALIZED_KEYS = ['class_name', 'config', 'module', 'registered_name', 'build_config'];

/** The classes by name, as functions that return them. @type {Map<string, () => NamedClass>} */
const classes = new Map();

/**
 * Registers a class under a name. Called in a static field, so that a bundler drops class and call together when the
 * class is not used:
 *
 *     static class_name = /* @__PURE__ *\/ register_class(() => this, 'Dense');
 *
 * The name is written out because minifiers rename classes. The class comes as a function because Rolldown takes `this` in a static
 * field for a side effect.
 * @template {string} N
 * @param {() => any} get_class
 * @param {N} name
 * @returns {N} the name
 */
export function register_class(get_class, name) {
  classes.set(name, get_class);
  return name;
}

/** @param {string} name @returns {NamedClass | undefined} the class that is registered under a name */
export const registered_class = (name) => classes.get(name)?.();

/**
 * A layer, cell or model as plain data, without its weights.
 * @param {{ get_config(): { [option: string]: any } }} object
 * @returns {SerializedObject}
 */
export const serialize_object = (object) => ({
  class_name: class_name_of(object),
  config: object.get_config(),
});

/**
 * The object that such data describes.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} serialized `{ class_name, config }`
 * @param {CustomObjects} [custom_objects] classes of the user, by name; they come before the registered ones
 * @returns {any}
 * @throws {ValueError} not such data, or a class that is not registered
 */
export function deserialize_object(what, serialized, custom_objects = {}) {
  const { class_name, config } = /** @type {Partial<SerializedObject>} */ (serialized ?? {});
  if (typeof class_name !== 'string' || !is_plain_object(config)) {
    throw new ValueError(`${what} must be { class_name, config }, not ${show(serialized)}`);
  }
  const named_class = Object.hasOwn(custom_objects, class_name)
    ? custom_objects[class_name]
    : registered_class(class_name);
  if (!named_class) {
    const known = [...new Set([...classes.keys(), ...Object.keys(custom_objects)])].sort();
    throw new ValueError(
      `${what}: the class ${show(class_name)} is not known: import it, or name it in custom_objects; known are ${known.join(', ')}`,
    );
  }
  return named_class.from_config(config, custom_objects);
}
