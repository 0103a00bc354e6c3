// What a functional model takes for its inputs or outputs: one value, a list, or an object by their names.
import { is_plain_object, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/** Whether a value is an object by names: a literal { shape, data } is a tensor. @param {unknown} value @returns {value is { [name: string]: unknown }} */
export const is_by_name = (value) => is_plain_object(value) && !('shape' in value && 'data' in value);

/**
 * Settings for the outputs, in their order.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} value an object by name; a list of one for each; anything else is for all of them
 * @param {readonly string[]} names
 * @returns {unknown[]} null: none
 * @throws {ValueError} a list of another length, or keys that name none of them
 */
export function settings_of(what, value, names) {
  if (is_by_name(value)) return pick_names(what, value, names, 'outputs');
  if (!Array.isArray(value)) return names.map(() => value);
  if (value.length !== names.length)
    throw new ValueError(
      `${what} must have one entry for each of the outputs ${names.join(', ')}, not ${value.length} entries`,
    );
  return Array.from(value, (one) => one ?? null);
}

/**
 * Tensors for the inputs or outputs, in their order.
 * @param {string} what the function and the argument, for messages
 * @param {unknown} value an object by name; a list of one for each; where there is one name, the tensor itself
 * @param {readonly string[]} names
 * @param {'inputs' | 'outputs'} kind
 * @returns {unknown[]} null: none
 * @throws {ValueError} not so many, or keys that name none of them
 */
export function tensors_of(what, value, names, kind) {
  let list = value;
  if (is_by_name(value)) list = pick_names(what, value, names, kind);
  else if (names.length === 1) {
    // A list of numbers, or of lists, is the tensor itself.
    const is_wrapped =
      Array.isArray(value) && value.length === 1 && typeof value[0] === 'object' && !Array.isArray(value[0]);
    list = is_wrapped ? value : [value];
  }
  const fits =
    Array.isArray(list) &&
    list.length === names.length &&
    (kind === 'outputs' || !list.some((one) => one === null || one === undefined));
  if (fits) return Array.from(/** @type {unknown[]} */ (list), (one) => one ?? null);
  throw new ValueError(
    `${what} must be tensors for ${names.join(', ')}: a list, or an object by these names; not ${show(value)}`,
  );
}

/**
 * @param {string} what
 * @param {{ [name: string]: unknown }} values
 * @param {readonly string[]} names
 * @param {'inputs' | 'outputs'} kind
 */
function pick_names(what, values, names, kind) {
  const unknown = Object.keys(values).filter((name) => !names.includes(name));
  if (unknown.length)
    throw new ValueError(`${what} names ${unknown.join(', ')}, but the ${kind} are ${names.join(', ')}`);
  return names.map((name) => (Object.hasOwn(values, name) ? (values[name] ?? null) : null));
}
