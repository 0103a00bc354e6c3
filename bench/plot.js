// npm run bench:plot -- RESULTS.json [OUT.svg]: draws the results for the README; default: docs/bench.svg.
//
// For each work: the factor by which each peer is slower, as dots on a logarithmic axis where this package's time is 1, and the fraction
// of the machine's limit. The colours adapt to light and dark pages.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digits, title_of } from './output.js';

/** @typedef {import('./report.js').Report} Report */
/** @typedef {import('./report.js').Result} Result */

const WIDTH = 920;
const LABELS = 218;
const NUMBERS = 150;
const PLOT = WIDTH - LABELS - NUMBERS - 24;
const LEFT = LABELS + NUMBERS;
const ROW = 26;
const TOP = 96;
const PEERS = /** @type {const} */ ([
  'onnxruntime_node',
  'onnxruntime_web',
  'tensorflow',
  'tensorflow_layers',
]);

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 11px; }
  .number { text-anchor: end; font-variant-numeric: tabular-nums; }
  .ground { fill: #ffffff; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .ours { stroke: #0969da; stroke-width: 2; }
  .band { fill: #59636e; fill-opacity: 0.07; }
  .onnxruntime_node { fill: #1a7f37; }
  .onnxruntime_web { fill: #8250df; }
  .tensorflow { fill: #bc4c00; }
  .tensorflow_layers { fill: none; stroke: #bc4c00; stroke-width: 1.6; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .ground { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .ours { stroke: #4493f8; }
    .band { fill: #9198a1; }
    .onnxruntime_node { fill: #3fb950; }
    .onnxruntime_web { fill: #ab7df8; }
    .tensorflow { fill: #f0883e; }
    .tensorflow_layers { stroke: #f0883e; }
  }`;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** @param {number} x @param {number} y @param {string} text @param {string} [style] */
const label = (x, y, text, style = '') => `<text x="${x}" y="${y}" class="${style}">${escaped(text)}</text>`;

/** The marks of the axis, and a function from a ratio to its x coordinate. @param {Result[]} results */
function axis_of(results) {
  const ratios = results.flatMap(({ ratios }) => PEERS.map((peer) => ratios.relaxed?.[peer]?.median ?? 1));
  const low = Math.floor(Math.min(0, ...ratios.map(Math.log10)) * 4) / 4;
  const high = Math.ceil(Math.max(1, ...ratios.map(Math.log10)) * 4) / 4;
  const x = (/** @type {number} */ ratio) => LEFT + (PLOT * (Math.log10(ratio) - low)) / (high - low);
  const marks = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter(
    (mark) => Math.log10(mark) >= low && Math.log10(mark) <= high,
  );
  return { x, marks };
}

/** @param {string} peer @param {number} x @param {number} y */
const dot = (peer, x, y) => `<circle cx="${x.toFixed(1)}" cy="${y}" r="4.5" class="${peer}"/>`;

/** @param {Report} report */
export function picture({ results, machine, engines }) {
  const { x, marks } = axis_of(results);
  const height = TOP + results.length * ROW + 46;
  const bottom = TOP + results.length * ROW;
  const parts = [
    // A background, because a page may be light on a system with dark colours.
    `<rect width="${WIDTH}" height="${height}" rx="6" class="ground"/>`,
    label(16, 26, 'Time of the peers, as multiples of gru-wasm’s (one thread)', 'title'),
    label(16, 46, `${machine.processor}, Node ${machine.node}`, 'quiet'),
    label(LABELS + 66, TOP - 12, 'µs per step', 'quiet number'),
    label(LEFT - 14, TOP - 12, 'of limit', 'quiet number'),
    ...marks.map((mark) => {
      const at = x(mark).toFixed(1);
      const style = mark === 1 ? 'ours' : 'grid';
      return `<line x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${bottom}" class="${style}"/>
  <text x="${at}" y="${TOP - 12}" class="quiet" text-anchor="middle">${mark}×</text>`;
    }),
  ];
  results.forEach((result, i) => {
    const y = TOP + i * ROW;
    const middle = y + ROW / 2;
    if (i % 2) parts.push(`<rect x="8" y="${y}" width="${WIDTH - 16}" height="${ROW}" class="band"/>`);
    const our_time = result.microseconds.relaxed;
    const share = result.of_limit.relaxed;
    const name =
      result.kind === 'training'
        ? `training, ${title_of(result.shape).replace(/^[^,]*, /, '')}`
        : title_of(result.shape);
    parts.push(label(16, middle + 4, name));
    if (our_time) parts.push(label(LABELS + 66, middle + 4, digits(our_time.median), 'number'));
    if (share) parts.push(label(LEFT - 14, middle + 4, `${Math.round(100 * share.median)}%`, 'number'));
    for (const peer of PEERS) {
      const ratio = result.ratios.relaxed?.[peer]?.median;
      if (ratio) parts.push(dot(peer, x(ratio), middle));
    }
  });
  let at = 16;
  for (const peer of PEERS.filter((peer) => peer in engines)) {
    const text = `${engines[peer].title} ${engines[peer].version}`;
    parts.push(dot(peer, at + 5, bottom + 24), label(at + 15, bottom + 28, text));
    at += 40 + 6.6 * text.length;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img"
  aria-label="Time of the peers as multiples of gru-wasm's">
  <style>${STYLE}
  </style>
  ${parts.join('\n  ')}
</svg>
`;
}

const [, , from, to = fileURLToPath(new URL('../docs/bench.svg', import.meta.url))] = process.argv;
if (from) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, picture(JSON.parse(readFileSync(from, 'utf8'))));
  console.log(to);
} else {
  console.error('bench/plot.js: which results? First: npm run bench -- --json FILE');
  process.exitCode = 1;
}
