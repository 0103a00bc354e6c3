// Measurements of this package only: a small step including the overhead of the call, and the time to start.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { digits } from './output.js';
import { summary } from './statistics.js';
import { recurrent_work } from './work.js';

/** @typedef {import('./report.js').Detail} Detail */

const TINY = { name: 'tiny', inputs: 8, units: [16], batch: 1, steps: 1 };
const STARTS = { quick: 5, full: 15 };

/** @param {import('./rivals.js').Rivalry} rivalry runs this package @returns {Promise<Detail>} */
export async function step_details(rivalry) {
  const values = await rivalry.ask('details', recurrent_work(TINY, 'step'));
  const { stream, call, stream_bytes } = values;
  const text =
    `${rivalry.rival.title}, 8 → 16: stream.step() ${digits(stream)} µs and ${stream_bytes.toFixed(2)} bytes of JavaScript's heap ` +
    `a step; cell.call ${digits(call)} µs, which is ${digits(call - stream)} µs more`;
  return { name: `step_${rivalry.rival.name}`, text, values };
}

/** From init() to the first result, each in a new process. @param {boolean} quick @returns {Detail} */
export function start_details(quick) {
  const script = fileURLToPath(new URL('first_result.js', import.meta.url));
  const starts = Array.from({ length: quick ? STARTS.quick : STARTS.full }, () =>
    JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })),
  );
  const { median, lower, upper } = summary(starts.map(({ first_result }) => first_result));
  const loading = summary(starts.map(({ load }) => load)).median;
  const text =
    `start in Node: init() to the first result ${digits(median)} ms (${digits(lower)} to ${digits(upper)}), ` +
    `after ${digits(loading)} ms for the import`;
  return { name: 'start', text, values: { first_result: median, lower, upper, import: loading } };
}
