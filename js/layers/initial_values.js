// Whether initializers are to compute anything: weights that are about to be read from a file need no values before.
let wanted = true;

export const are_initial_values_wanted = () => wanted;

/**
 * Runs a function in which initializers give zeros.
 * @template R
 * @param {() => R} body must not be asynchronous
 * @returns {R}
 */
export function without_initial_values(body) {
  const before = wanted;
  wanted = false;
  try {
    return body();
  } finally {
    wanted = before;
  }
}
