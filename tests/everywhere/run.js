// Tries the packed package in every place of places.js.
//
//   npm run test:everywhere                    all places
//   npm run test:everywhere -- --only vite     those with this text in their names
//
// The end of the output lists what passed, failed and was skipped.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { start_progress } from '../../tools/progress.js';
import { report_failure, run } from '../../tools/run.js';
import { EXPECTED, faults_of, TOLERANCE } from './expected.js';
import { prepare_places } from './installation.js';
import { PLACES } from './places.js';
import { Skipped } from './skipped.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function chosen_places() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const { only = '' } = values;
  const places = PLACES.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  if (!places.length)
    throw new Error(
      `no place has '${only}' in its name; there are:\n${PLACES.map(({ name }) => name).join('\n')}`,
    );
  return places;
}

/** @param {string} title @param {(progress: import('../../tools/progress.js').Progress) => Promise<any>} work */
async function with_progress(title, work) {
  const progress = start_progress(title);
  try {
    const result = await work(progress);
    progress.done();
    return result;
  } catch (error) {
    progress.fail();
    throw error;
  }
}

/**
 * @param {import('./places.js').Place} place
 * @param {Awaited<ReturnType<typeof prepare_places>>} prepared
 * @param {string} counter
 * @returns {Promise<{ outcome: 'passed' | 'failed' | 'skipped', line: string }>}
 */
async function try_place(place, prepared, counter) {
  const progress = start_progress(`${counter} ${place.name}`);
  try {
    progress.update('installing');
    const app = await prepared.app(place.source ?? `examples/places/${place.folder}`);
    progress.update('running');
    const predictions = await place.way(app);
    const faults = faults_of(place, predictions);
    if (faults.length) throw new Error(faults.join('; '));
    const shown = predictions.map(({ simd, state }) => `${simd} ${JSON.stringify(state[0])}`).join(', ');
    progress.done(shown);
    return { outcome: 'passed', line: `${place.name}: ${shown}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    progress.fail(error instanceof Skipped ? `skipped: ${message}` : '');
    if (error instanceof Skipped) return { outcome: 'skipped', line: `${place.name}: ${message}` };
    report_failure(error);
    return { outcome: 'failed', line: `${place.name}: ${message.split('\n')[0]}` };
  }
}

async function main() {
  const places = chosen_places();
  await with_progress('build', (progress) =>
    run(process.execPath, ['tools/build.js', '--if-needed', '--skip-types'], { cwd: ROOT, progress }),
  );
  const prepared = await with_progress('pack', prepare_places);
  /** @type {Record<'passed' | 'failed' | 'skipped', string[]>} */
  const lines = { passed: [], failed: [], skipped: [] };
  try {
    for (const [i, place] of places.entries()) {
      const { outcome, line } = await try_place(place, prepared, `${i + 1}/${places.length}`);
      lines[outcome].push(line);
    }
  } finally {
    await prepared.remove();
  }
  console.log(`\nExpected, evaluated in float64: ${JSON.stringify(EXPECTED)}, within ${TOLERANCE}`);
  for (const [outcome, names] of Object.entries(lines)) {
    if (names.length) console.log(`\n${outcome}:\n  ${names.join('\n  ')}`);
  }
  const { passed, failed, skipped } = lines;
  console.log(`\n${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  if (failed.length) process.exitCode = 1;
}

await main().catch((error) => {
  report_failure(error);
  process.exitCode = 1;
});
