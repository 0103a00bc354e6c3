// Command line helpers of the examples: option parsing with checks, error messages and exit codes.
import { parseArgs } from 'node:util';

/** The command line has a mistake: an unknown option or an invalid value. */
export class UsageError extends Error {}

/**
 * @template {import('node:util').ParseArgsConfig['options']} O
 * @param {O} options in the form that `parseArgs` of node:util expects
 * @throws {UsageError} if an option is unknown or its value is missing
 */
export function read_options(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/**
 * Parses an option value that must be an integer.
 * @param {string} option its name, for the error message
 * @param {string} text
 * @param {number} [min]
 * @throws {UsageError} if `text` is not an integer, or less than `min`
 */
export function integer(option, text, min = 1) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < min) {
    throw new UsageError(`${option} must be an integer of ${min} or more, not '${text}'`);
  }
  return value;
}

/**
 * Parses an option value that must be a positive number.
 * @param {string} option its name, for the error message
 * @param {string} text
 * @param {{ allow_zero?: boolean }} [options]
 * @throws {UsageError} if `text` is not a finite number, is negative, or is zero and `allow_zero` is false
 */
export function number(option, text, { allow_zero = false } = {}) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || (value === 0 && !allow_zero)) {
    throw new UsageError(
      `${option} must be ${allow_zero ? 'a number of 0 or more' : 'a positive number'}, not '${text}'`,
    );
  }
  return value;
}

/**
 * Runs `main`, prints its error, and sets the exit code: 0 for success, 2 for a UsageError, 1 for any other error.
 * @param {string} name of the npm script, for the messages
 * @param {() => Promise<void>} main
 */
export async function run(name, main) {
  try {
    await main();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const is_usage = error instanceof UsageError;
    console.error(is_usage ? `${name}: ${message}\nSee npm run ${name} -- --help` : `${name}: ${message}`);
    process.exitCode = is_usage ? 2 : 1;
  }
}
