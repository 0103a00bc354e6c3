// The benchmark's history: one line of JSON for each recorded run, in history.jsonl, and the comparison of a run with one of them.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { digits, table, title_of } from './output.js';

const FILE = new URL('history.jsonl', import.meta.url);

/**
 * @typedef {import('./report.js').Report} Report
 *
 * @typedef {object} Figures of one binary in one work
 * @property {number} microseconds per step
 * @property {number} [of_limit] the fraction of the machine's limit
 * @property {{ [peer: string]: number }} ratios how many times longer a peer takes
 *
 * @typedef {object} Entry
 * @property {string} date
 * @property {string} commit with a `+` if files were changed since
 * @property {boolean} quick
 * @property {Report['machine']} machine
 * @property {{ [work: string]: { [binary: string]: Figures } }} works
 */

/** @param {string[]} args */
const git = (...args) =>
  execFileSync('git', args, { cwd: new URL('..', import.meta.url), encoding: 'utf8' }).trim();

function commit() {
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') && '+')
    );
  } catch {
    return 'unknown';
  }
}

/** @param {Report} report @returns {Entry} */
export function entry_of({ date, machine, quick, engines, results }) {
  const binaries = Object.keys(engines).filter((name) => engines[name].ours);
  const works = results.map((result) => {
    const figures = binaries
      .filter((name) => name in result.microseconds)
      .map((name) => {
        const ratios = Object.entries(result.ratios[name] ?? {}).map(([peer, { median }]) => [
          peer,
          round(median),
        ]);
        return [
          name,
          {
            microseconds: round(result.microseconds[name].median),
            of_limit: result.of_limit[name] && round(result.of_limit[name].median),
            ratios: Object.fromEntries(ratios),
          },
        ];
      });
    return [`${result.kind}: ${title_of(result.shape)}`, Object.fromEntries(figures)];
  });
  return { date, commit: commit(), quick, machine, works: Object.fromEntries(works) };
}

const round = (/** @type {number} */ value) => Number(value.toPrecision(4));

/** @returns {Entry[]} the oldest first */
export function read_history() {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** @param {Entry} entry */
export const record = (entry) => appendFileSync(FILE, `${JSON.stringify(entry)}\n`);

/**
 * The recorded run to compare with.
 * @param {Entry[]} history
 * @param {string} text the beginning of a commit; empty: the last on the same processor, or else the last
 * @param {string} processor
 * @returns {Entry}
 * @throws {Error} there is none
 */
export function choose_entry(history, text, processor) {
  const latest_first = history.toReversed();
  const entry = text
    ? latest_first.find(({ commit }) => commit.startsWith(text))
    : (latest_first.find(({ machine }) => machine.processor === processor) ?? latest_first[0]);
  if (!entry)
    throw new Error(`bench/history.jsonl has no run${text && ` of commit ${text}`}; --record adds one`);
  return entry;
}

/**
 * The speeds of `now` divided by those of `before`, from the figure that depends least on the machine: the fraction of its limit,
 * else the ratio to a peer, else the time.
 * @param {Entry} before
 * @param {Entry} now
 * @returns {string} a title and a table
 */
export function comparison(before, now) {
  const rows = Object.entries(now.works).flatMap(([work, binaries]) =>
    Object.entries(binaries).flatMap(([binary, figures]) => {
      const old = before.works[work]?.[binary];
      if (!old) return [];
      const { name, was, is } = comparable(old, figures);
      const speed = name === 'µs' ? was / is : is / was;
      return [[`${work}, ${binary}`, name, digits(was), digits(is), `${digits(speed)}×`]];
    }),
  );
  const same =
    before.machine.processor === now.machine.processor ? 'the same processor' : before.machine.processor;
  const title = `Beside ${before.commit} of ${before.date.slice(0, 10)}, on ${same}${before.quick || now.quick ? ' (a quick run: ±10 %)' : ''}:`;
  return `${title}\n\n${table([['work', 'figure', 'before', 'now', 'speed'], ...rows])}`;
}

/** @param {Figures} old @param {Figures} figures */
function comparable(old, figures) {
  if (old.of_limit && figures.of_limit) return { name: 'of limit', was: old.of_limit, is: figures.of_limit };
  const peer = Object.keys(figures.ratios).find((name) => name in old.ratios);
  if (peer) return { name: `× ${peer}`, was: old.ratios[peer], is: figures.ratios[peer] };
  return { name: 'µs', was: old.microseconds, is: figures.microseconds };
}
