// The measurement: first the outputs of all engines are compared; then the engines are measured in turn, in several rounds.
import { least_time, limits_of } from './roofline.js';
import { median, paired_ratio, summary } from './statistics.js';

/** @typedef {import('./rivals.js').Rivalry} Rivalry */
/** @typedef {import('./work.js').Work} Work */

/**
 * @typedef {object} Pace how much time is spent
 * @property {number} rounds
 * @property {number} milliseconds that an engine runs in a round
 * @property {number} warm_up milliseconds before the first round
 * @property {number} patience milliseconds for one engine in all rounds; a slower engine skips the remaining rounds
 *
 * @typedef {object} Measured
 * @property {Record<string, import('./statistics.js').Summary>} microseconds of each engine, per step
 * @property {Record<string, Record<string, import('./statistics.js').Summary>>} ratios `ratios.relaxed.onnxruntime_web`: how many
 *   times longer the peer takes
 * @property {Record<string, import('./statistics.js').Summary>} of_limit the fraction of the machine's limit that this package reaches
 * @property {number} difference the greatest difference of an engine's output from the first engine's
 */

const TOLERANCE = 1e-4;
const LEAST_ROUNDS = 3;
const LIMITS_MS = 3;

/** Prepares the engines for a work; returns those that support it. @param {Rivalry[]} rivals @param {Work} work */
export async function prepare_all(rivals, work) {
  const able = [];
  for (const rival of rivals) if (await rival.ask('prepare', work)) able.push(rival);
  return able;
}

/**
 * The greatest difference between the engines' outputs.
 * @param {Rivalry[]} rivals
 * @param {string} title
 * @throws {Error} the difference exceeds the tolerance
 */
export async function compare_outputs(rivals, title) {
  /** @type {Float32Array[]} */
  const outputs = [];
  for (const rival of rivals) outputs.push(await rival.ask('output'));
  let greatest = 0;
  outputs.forEach((output, i) => {
    const name = `${rivals[i].rival.title} and ${rivals[0].rival.title}`;
    if (output.length !== outputs[0].length) {
      throw new Error(`${title}: ${name} give ${output.length} and ${outputs[0].length} numbers`);
    }
    for (let k = 0; k < output.length; k++) {
      const difference = Math.abs(output[k] - outputs[0][k]);
      if (!(difference <= TOLERANCE)) {
        throw new Error(`${title}: ${name} differ at ${k}: ${output[k]} and ${outputs[0][k]}`);
      }
      greatest = Math.max(greatest, difference);
    }
  });
  return greatest;
}

/**
 * Microseconds per step for each engine and round; null for a skipped round.
 * @param {Rivalry[]} rivals
 * @param {Rivalry | null} limits
 * @param {number} steps
 * @param {Pace} pace
 */
async function run_rounds(rivals, limits, steps, { rounds, milliseconds, warm_up, patience }) {
  const taken = new Map(rivals.map((rival) => [rival, 0]));
  /** @type {Record<string, (number | null)[]>} */
  const times = Object.fromEntries(rivals.map(({ rival }) => [rival.name, []]));
  /** @type {Record<string, number>[]} */
  const limit_rounds = [];
  for (const rival of rivals) await rival.ask('time', { milliseconds: warm_up, least: 2 });
  for (let round = 0; round < rounds; round++) {
    if (limits) limit_rounds.push(await limits.ask('limits', { milliseconds: LIMITS_MS }));
    // The order rotates, because the first engine after a pause is slower.
    const order = rivals.map((_, i) => rivals[(i + round) % rivals.length]);
    for (const rival of order) {
      const before = /** @type {number} */ (taken.get(rival));
      if (round >= LEAST_ROUNDS && before > patience) {
        times[rival.rival.name].push(null);
        continue;
      }
      const began = performance.now();
      times[rival.rival.name].push((await rival.ask('time', { milliseconds })) / steps);
      taken.set(rival, before + performance.now() - began);
    }
  }
  return { times, limit_rounds };
}

/** @param {(number | null)[]} values */
const present = (values) => values.flatMap((value) => (value === null ? [] : [value]));

/**
 * @param {object} options
 * @param {Work} options.work
 * @param {string} options.title
 * @param {Rivalry[]} options.rivals
 * @param {Rivalry | null} options.limits null: no comparison with the machine's limits
 * @param {import('./machine.js').Caches} options.caches
 * @param {Pace} options.pace
 * @returns {Promise<Measured>}
 */
export async function measure({ work, title, rivals, limits, caches, pace }) {
  const able = await prepare_all(rivals, work);
  const difference = await compare_outputs(able, title);
  const steps = work.kind === 'training' ? 1 : work.steps;
  const { times, limit_rounds } = await run_rounds(able, limits, steps, pace);
  /** @type {Measured} */
  const measured = { microseconds: {}, ratios: {}, of_limit: {}, difference };
  for (const [name, values] of Object.entries(times)) measured.microseconds[name] = summary(present(values));
  for (const { rival } of able.filter(({ rival: { ours } }) => ours)) {
    const our_times = times[rival.name];
    measured.ratios[rival.name] = Object.fromEntries(
      Object.entries(times).flatMap(([name, values]) => {
        const ratio = name === rival.name ? null : paired_ratio(values, our_times);
        return ratio ? [[name, ratio]] : [];
      }),
    );
    const { simd } = /** @type {{ simd: string }} */ (rival.options);
    const least = limit_rounds.map((round) => least_time(work, limits_of(round, simd, caches)));
    const share = limits && paired_ratio(least, our_times);
    if (share) measured.of_limit[rival.name] = share;
  }
  return measured;
}

/** The medians of the machine's limits. @param {Rivalry} limits @param {Pace} pace */
export async function measure_limits(limits, { rounds, warm_up }) {
  await limits.ask('limits', { milliseconds: warm_up });
  /** @type {Record<string, number>[]} */
  const all_rounds = [];
  for (let round = 0; round < rounds; round++)
    all_rounds.push(await limits.ask('limits', { milliseconds: LIMITS_MS }));
  return Object.fromEntries(
    Object.keys(all_rounds[0]).map((name) => [name, median(all_rounds.map((round) => round[name]))]),
  );
}
