// Activations as Keras's configurations state them.
import { is_plain_object, show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';

/** Names under which versions of Keras and TensorFlow state the same function. @type {{ [name: string]: string }} */
const SAME = { swish: 'silu', softmax_v2: 'softmax', hardSigmoid: 'hard_sigmoid', relu_v2: 'relu' };

/**
 * @param {string} what the layer and the option, for messages
 * @param {unknown} stated a name, or `{ class_name, config }` of a function
 * @param {{ keras_3: boolean, custom_objects: { [name: string]: any } }} context
 * @returns {any} a name of this package's, or a function of `custom_objects`; undefined: the file does not say
 * @throws {InvalidArgumentError} neither
 */
export function activation_of(what, stated, { keras_3, custom_objects }) {
  if (stated === undefined) return undefined;
  if (stated === null) return 'linear';
  const serialized = /** @type {any} */ (stated);
  const name = is_plain_object(stated)
    ? typeof serialized.config === 'string'
      ? serialized.config
      : serialized.class_name
    : stated;
  if (typeof name !== 'string') throw new InvalidArgumentError(`${what} must be a name, not ${show(stated)}`);
  if (Object.hasOwn(custom_objects, name)) return custom_objects[name];
  if (
    is_plain_object(stated) &&
    is_plain_object(serialized.config) &&
    Object.keys(serialized.config).length
  ) {
    throw new InvalidArgumentError(
      `${what} is the layer ${show(name)} with options, which is not known as an activation; name a function for it in custom_objects`,
    );
  }
  const same = Object.hasOwn(SAME, name) ? SAME[name] : name;
  return keras_3 && same === 'hard_sigmoid' ? 'hard_sigmoid_v3' : same;
}
