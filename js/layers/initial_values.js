// Whether initializers compute anything: weights that are read from a file need no values before.
import { ValueError } from '../runtime/errors.js';

/** How many numbers of the file are left for the weights to come; null: weights do not come from a file. @type {number | null} */
let remaining = null;

/**
 * Called for each new weight, before there is memory for it.
 * @param {number} count of its numbers
 * @returns {boolean} whether to compute them; false: zeros will do
 * @throws {ValueError} the file does not have so many numbers
 */
export function needs_initial_values(count) {
  if (remaining === null) return true;
  if (!(count <= remaining)) throw new ValueError('the layers have more weights than the file');
  remaining -= count;
  return false;
}

/**
 * Runs a function in which initializers give zeros.
 * @template R
 * @param {number} count how many numbers the file has for all weights together
 * @param {() => R} body must not be asynchronous
 * @returns {R}
 */
export function without_initial_values(count, body) {
  const before = remaining;
  remaining = count;
  try {
    return body();
  } finally {
    remaining = before;
  }
}
