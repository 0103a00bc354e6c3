// Losses that a file of Keras was trained with, and that this package does not have.
import * as losses from '../../gradient/losses.js';
import { is_plain_object, show } from '../../runtime/check.js';

const KNOWN = new Set([...Object.keys(losses), 'mse', 'mae']);

/** A file may name this many, in lists this deep. */
const [MOST, DEEPEST] = [100, 3];

/**
 * @param {unknown} training what the file says of the training
 * @returns {string[]} a warning for each loss that is not known
 */
export function loss_warnings(training) {
  const loss = is_plain_object(training) ? /** @type {any} */ (training).loss : null;
  const unknown = new Set(names_in(loss, 0).filter((name) => !KNOWN.has(snake_case(name))));
  return Array.from(
    unknown,
    (name) =>
      `the file's loss ${show(name)} is not known; it has no effect on predictions, and compile takes a function of yours in its place`,
  );
}

/**
 * @param {unknown} loss a name, a serialized object, or a list or an object of them for several outputs
 * @param {number} depth
 * @returns {string[]}
 */
function names_in(loss, depth) {
  if (typeof loss === 'string') return [loss];
  if (depth > DEEPEST) return [];
  if (Array.isArray(loss)) return loss.slice(0, MOST).flatMap((one) => names_in(one, depth + 1));
  if (!is_plain_object(loss)) return [];
  const { class_name, config } = /** @type {any} */ (loss);
  if (typeof class_name !== 'string') return names_in(Object.values(loss), depth + 1);
  // A function by its name, or one that a class was made of.
  if (typeof config === 'string') return [config];
  if (class_name === 'LossFunctionWrapper' && config?.fn) return names_in(config.fn, depth + 1);
  return [class_name];
}

/** `MeanSquaredError` as `mean_squared_error`, `MSE` as `mse`. @param {string} name */
const snake_case = (name) => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
