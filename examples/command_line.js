// The command line of the examples: options that are checked, and what is said where they are wrong.
import { parseArgs } from 'node:util';

/** What is wrong with the command line. */
export class UsageError extends Error {}

/**
 * @template {import('node:util').ParseArgsConfig['options']} O
 * @param {O} options as `parseArgs` takes them
 * @throws {UsageError} an option that is not known, or without its value
 */
export function read_options(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} [least]
 * @throws {UsageError} not an integer, or a smaller one
 */
export function integer(option, text, least = 1) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`${option} must be an integer of ${least} or more, not '${text}'`);
  }
  return value;
}

/**
 * @param {string} option
 * @param {string} text
 * @param {{ zero?: boolean }} [allowed]
 * @throws {UsageError} not a number, or not a positive one
 */
export function number(option, text, { zero = false } = {}) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || (value === 0 && !zero)) {
    throw new UsageError(
      `${option} must be ${zero ? 'a number of 0 or more' : 'a positive number'}, not '${text}'`,
    );
  }
  return value;
}

/**
 * Runs a program: 0 is its exit code where all is well, 2 where the command line is wrong, 1 where anything else is.
 * @param {string} name
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
