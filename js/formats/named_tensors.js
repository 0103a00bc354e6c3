// The names that a file gives to weights.

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */

/**
 * The values of variables by their names without TensorFlow's `:0`; a name that is taken gets a number.
 * @param {Iterable<import('../runtime/variable.js').Variable>} variables
 * @returns {Map<string, Tensor>} in their order
 */
export function named_tensors(variables) {
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const variable of variables) {
    const name = variable.name.replace(/:0$/, '');
    let unique = name;
    for (let number = 1; tensors.has(unique); number++) unique = `${name}_${number}`;
    tensors.set(unique, variable.value);
  }
  return tensors;
}
