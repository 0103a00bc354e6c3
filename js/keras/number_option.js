// Options that are numbers.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * @param {string} what the class and the option, for messages
 * @param {unknown} value
 * @param {{ least?: number, most?: number, is_integer?: boolean }} [range] default: any number
 * @returns {number}
 * @throws {ValueError}
 * @internal
 */
export function check_number(
  what,
  value,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, is_integer = false } = {},
) {
  const fits =
    typeof value === 'number' &&
    value >= least &&
    value <= most &&
    (!is_integer || Number.isSafeInteger(value));
  if (fits) return value;
  const kind = is_integer ? 'an integer' : 'a number';
  const range =
    least > Number.NEGATIVE_INFINITY
      ? most < Number.POSITIVE_INFINITY
        ? ` from ${least} to ${most}`
        : ` of ${least} or more`
      : '';
  throw new ValueError(`${what} must be ${kind}${range}, not ${show(value)}`);
}
