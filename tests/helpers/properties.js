// How often property tests try, and with which random numbers: the same in every run, so that none fails by chance.
// GRU_PROPERTY_TIMES=20 makes twenty times the attempts, GRU_PROPERTY_SEED=2 others than usual.
import { jest } from '@jest/globals';
import fc from 'fast-check';

const TIMES = Number(process.env.GRU_PROPERTY_TIMES ?? 1);
const SEED = Number(process.env.GRU_PROPERTY_SEED ?? 0);
if (!(TIMES >= 1 && Number.isInteger(TIMES) && Number.isInteger(SEED)))
  throw new Error('GRU_PROPERTY_TIMES must be an integer of at least 1, GRU_PROPERTY_SEED an integer');
if (TIMES > 1) jest.setTimeout(60_000 * TIMES);

/** How many attempts a test makes. @param {number} runs in a usual run */
export const attempts = (runs) => runs * TIMES;

/** The seed of a test. @param {number} seed in a usual run */
export const seed_of = (seed) => seed + 1000 * SEED;

/**
 * Tries a property of fast-check.
 * @param {fc.IRawProperty<any, any>} property
 * @param {{ runs: number, seed: number }} options in a usual run
 * @returns {void | Promise<void>} a promise for an asynchronous property
 */
export const check_property = (property, { runs, seed }) =>
  /** @type {any} */ (fc).assert(property, { numRuns: attempts(runs), seed: seed_of(seed) });

/** The processor's time that this process has used, in milliseconds: on a busy machine, only that of the test counts. */
export function processor_time() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
