// Names of classes that survive a user's minifier.

/**
 * @param {Function & { class_name?: unknown }} named_class
 * @returns {string} the static `class_name` of the class itself (not an inherited one), else the constructor's name
 */
export const name_of_class = (named_class) =>
  Object.hasOwn(named_class, 'class_name') ? String(named_class.class_name) : named_class.name;

/**
 * The name of an object's class, as configurations, variables and messages show it.
 * @param {object} object an instance
 */
export const class_name_of = (object) => name_of_class(object.constructor);
