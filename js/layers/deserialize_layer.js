// A layer from its configuration.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Layer } from './layer.js';
import { deserialize_object } from './registry.js';

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} serialized `{ class_name, config }`
 * @param {import('./registry.js').CustomObjects} custom_objects classes of the user, by name
 * @returns {Layer}
 * @throws {ValueError} not such data, a class that is not registered, or one that is not a layer's
 */
export function deserialize_layer(what, serialized, custom_objects) {
  const layer = deserialize_object(what, serialized, custom_objects);
  if (layer instanceof Layer) return layer;
  throw new ValueError(`${what}: from_config must return a layer, not ${show(layer)}`);
}
