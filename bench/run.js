// npm run bench: this package and its peers, side by side, against the limits of the machine.
//
//   --only TEXT   works or engines whose title or name contains TEXT; several: with commas, or repeat it. Always includes this package.
//   --quick       fewer rounds: under two minutes
//   --json FILE   writes the results, for `npm run bench:plot`
//   --record      adds the results to history.jsonl
//   --compare[=COMMIT]   compares the speeds with those of a recorded run; default: the last on this processor
//   --also DIR    also measures another built clone of this package, for example the state before a change
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { start_progress } from '../tools/progress.js';
import { start_details, step_details } from './details.js';
import { choose_entry, comparison, entry_of, read_history, record } from './history.js';
import { caches, machine } from './machine.js';
import { text_of, title_of } from './output.js';
import { page_details } from './page.js';
import { install_peers } from './peers.js';
import { LIMITS, RIVALS, Rivalry } from './rivals.js';
import { measure, measure_limits } from './suite.js';
import { recurrent_work, training_work } from './work.js';

const FULL = { rounds: 15, milliseconds: 40, warm_up: 300, patience: 3000 };
const QUICK = { rounds: 7, milliseconds: 12, warm_up: 80, patience: 250 };

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      also: { type: 'string' },
      record: { type: 'boolean', default: false },
      compare: { type: 'string' },
    },
    // `--compare` alone means the last recorded run.
    args: process.argv.slice(2).map((arg) => (arg === '--compare' ? '--compare=' : arg)),
  });
  const only = (values.only ?? [])
    .flatMap((text) => text.split(','))
    .map((text) => text.trim().toLowerCase());
  return { ...values, only };
}

/** @param {string[]} only @param {string} [also] */
function chosen(only, also) {
  const { recurrences, training, every_floor } = JSON.parse(
    readFileSync(new URL('shapes.json', import.meta.url), 'utf8'),
  );
  const works = [
    ...recurrences.map((/** @type {import('./work.js').Shape} */ shape) => ({
      shape,
      kind: shape.steps === 1 ? 'step' : 'sequence',
      make: () => recurrent_work(shape, shape.steps === 1 ? 'step' : 'sequence'),
    })),
    { shape: training, kind: 'training', make: () => training_work(training) },
  ];
  const holds = (/** @type {string} */ text) => only.some((part) => text.toLowerCase().includes(part));
  const of_works = works.filter(({ shape }) => holds(`${shape.name}, ${title_of(shape)}`));
  const of_rivals = RIVALS.filter(({ name, title }) => holds(`${name} ${title}`));
  const rivals = of_rivals.length
    ? RIVALS.filter((rival) => rival.ours || of_rivals.includes(rival))
    : RIVALS;
  if (only.length && !of_works.length && !of_rivals.length) {
    throw new Error(`--only ${only.join(',')}: there is no such work or engine`);
  }
  const others = RIVALS.filter(({ ours }) => also && ours).map((rival) => ({
    ...rival,
    name: `${rival.name}_also`,
    title: `${rival.title} of ${also}`,
    options: { ...rival.options, library: also },
  }));
  return { works: of_works.length ? of_works : works, rivals: [...rivals, ...others], every_floor };
}

async function main() {
  const { only, quick, json, also, record: is_recorded, compare } = options();
  const { works, rivals, every_floor } = chosen(only, also);
  const before = compare === undefined ? null : choose_entry(read_history(), compare, machine().processor);
  install_peers();
  const pace = quick ? QUICK : FULL;
  const progress = start_progress('benchmark');
  progress.update('starting the engines');
  const all = rivals.map((rival) => new Rivalry(rival));
  const limits = new Rivalry(LIMITS);
  try {
    const sizes = caches();
    /** @type {import('./report.js').Report} */
    const report = {
      date: new Date().toISOString(),
      machine: machine(),
      quick,
      engines: {},
      limits: await measure_limits(limits, pace),
      every_floor,
      results: [],
      details: [],
    };
    for (const rivalry of all) {
      const { name, title, ours = false } = rivalry.rival;
      const { version } = await rivalry.ask('describe');
      report.engines[name] = { title, version, ours };
    }
    for (const [i, { shape, kind, make }] of works.entries()) {
      const title = title_of(shape);
      progress.update(`${i + 1} of ${works.length}: ${shape.name}, ${title}`);
      const work = make();
      const measured = await measure({
        work,
        title,
        rivals: all,
        limits: kind === 'training' ? null : limits,
        caches: sizes,
        pace,
      });
      report.results.push({ shape, kind, ...measured });
    }
    progress.update('single steps and the start');
    for (const rivalry of all) if (rivalry.rival.ours) report.details.push(await step_details(rivalry));
    report.details.push(start_details(quick));
    progress.update('the page');
    report.details.push(...(await page_details(quick)));
    progress.done();
    console.log(text_of(report));
    const entry = entry_of(report);
    if (before) console.log(`\n${comparison(before, entry)}`);
    if (is_recorded) record(entry);
    if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    progress.fail();
    throw error;
  } finally {
    for (const rivalry of [...all, limits]) rivalry.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
