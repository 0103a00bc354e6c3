// JSON as Python writes it, and as files from anywhere hold it.
import { InvalidArgumentError } from '../runtime/errors.js';

/** Brackets in each other, at most: what reads the result later goes as deep. */
const DEEPEST = 500;

/**
 * @param {string} what the text, for messages
 * @param {string} text JSON, in which Python's NaN and Infinity may stand for numbers
 * @returns {any} NaN as null
 * @throws {InvalidArgumentError} not JSON, or lists and objects in each other deeper than any model has
 */
export function parse_python_json(what, text) {
  if (depth_of(text) > DEEPEST)
    throw new InvalidArgumentError(`${what} has lists and objects in each other deeper than ${DEEPEST}`);
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

/** How many brackets are open at most, outside of strings. @param {string} text */
function depth_of(text) {
  let [depth, most, in_string] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (in_string) {
      if (character === '\\') i++;
      else if (character === '"') in_string = false;
    } else if (character === '"') in_string = true;
    else if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return most;
}
