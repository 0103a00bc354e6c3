// JSON as Python writes it, and as files from anywhere hold it.
import { InvalidArgumentError } from '../runtime/errors.js';

/**
 * @param {string} what the text, for messages
 * @param {string} text JSON, in which Python's NaN and Infinity may stand for numbers
 * @returns {any} NaN as null
 * @throws {InvalidArgumentError} not JSON
 */
export function parse_python_json(what, text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const strict = text.replace(/"(?:\\.|[^"\\])*"|NaN|Infinity/g, (part) =>
      part === 'NaN' ? 'null' : part === 'Infinity' ? '1e999' : part,
    );
    try {
      if (strict !== text) return JSON.parse(strict);
    } catch {
      // What is wrong is not this.
    }
    throw new InvalidArgumentError(`${what} is not JSON: ${/** @type {Error} */ (cause).message}`, { cause });
  }
}
