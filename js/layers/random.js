// The random numbers: one generator, whose numbers are the same on every engine and machine.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * The natural logarithm of a number in (0, 1]. `Math.log` may differ in its last bit from engine to engine; sums, products and
 * quotients do not.
 * @param {number} x
 */
function log(x) {
  let fraction = x;
  let halvings = 0;
  while (fraction < Math.SQRT1_2) {
    fraction *= 2;
    halvings += 1;
  }
  // log f = 2 artanh t, and t² < 0.0295, so that the last term taken is below 1e-18.
  const t = (fraction - 1) / (fraction + 1);
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * t * t + 1 / k;
  return 2 * t * sum - halvings * Math.LN2;
}

/** A generator (sfc32) of uniform and normal numbers. */
export class Random {
  #a = 0;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;
  /** @type {number | null} */ #spare = null;

  /** @param {ArrayLike<number>} seeds safe integers; all of them count */
  constructor(seeds) {
    for (const seed of Array.from(seeds)) {
      this.#stir(seed >>> 0);
      this.#stir(Math.floor(seed / 2 ** 32) >>> 0);
    }
    this.#stir(0);
  }

  /** @param {number} word */
  #stir(word) {
    this.#a ^= word;
    for (let i = 0; i < 12; i++) this.#word();
  }

  #word() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), with 53 bits. */
  uniform() {
    const high = this.#word() >>> 5;
    return (high * 2 ** 26 + (this.#word() >>> 6)) / 2 ** 53;
  }

  /** Normal, of mean 0 and standard deviation 1 (Marsaglia's polar method). */
  normal() {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * log(square)) / square);
    this.#spare = y * scale;
    return x * scale;
  }

  /** Normal, drawn again where it is more than two standard deviations away. */
  truncated_normal() {
    let value = this.normal();
    while (Math.abs(value) > 2) value = this.normal();
    return value;
  }

  /**
   * The integers below `count` in a random order.
   * @param {number} count
   * @returns {Int32Array}
   */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

/** @type {Random | null} */
let shared = null;

/**
 * Sets the seed of everything random that has no `seed` option set (`tf.keras.utils.set_random_seed`). Until it is set,
 * these numbers are different in every run.
 * @param {number} seed
 * @throws {ValueError} the seed is not an integer
 */
export function set_random_seed(seed) {
  shared = new Random([/** @type {number} */ (check_seed('set_random_seed: seed', seed))]);
}

/**
 * The generator of a seed, or without one the generator that all share.
 * @param {number | null | undefined} seed
 * @param {readonly number[]} [more] what else tells the numbers apart
 */
export function random_of(seed, more = []) {
  if (seed != null) return new Random([seed, ...more]);
  // Asking for secure numbers would take as long as loading the binary, in Node, and these need not be.
  shared ??= new Random(Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 32)));
  return shared;
}

/**
 * @param {string} what
 * @param {unknown} seed
 * @returns {number | null}
 */
export function check_seed(what, seed) {
  if (seed == null) return null;
  if (!Number.isSafeInteger(seed)) throw new ValueError(`${what} must be an integer, not ${show(seed)}`);
  return /** @type {number} */ (seed);
}
