// The classes that a file's configuration names. This package's own are imported only when they are needed, so that reading
// tensors does not load them.
import { registered_class } from '../layers/registry.js';
import { UnimplementedError } from '../runtime/errors.js';

/** @typedef {import('../layers/registry.js').CustomObjects} CustomObjects */

/**
 * Classes by name, for `custom_objects`.
 * @param {string} what the function, for messages
 * @param {Iterable<string>} names
 * @returns {Promise<CustomObjects>} of these the ones that this package has, at least
 * @throws {UnimplementedError} they are not part of the program yet, and the environment does not allow `import()`
 */
export async function layer_classes(what, names) {
  const classes = [...names].map((name) => /** @type {const} */ ([name, registered_class(name)]));
  // In worklets and service workers, where import() is not allowed, the program has imported them.
  if (classes.every(([, named_class]) => named_class))
    return /** @type {any} */ (Object.fromEntries(classes));
  try {
    const { BUILTIN_CLASSES } = await import('./builtin_classes.js');
    return BUILTIN_CLASSES;
  } catch (cause) {
    throw new UnimplementedError(
      `${what}: the layers could not be imported; where import() is not allowed, as in worklets, ` +
        `import 'gru-wasm' and 'gru-wasm/keras' as well: ${/** @type {Error} */ (cause).message}`,
      { cause },
    );
  }
}
