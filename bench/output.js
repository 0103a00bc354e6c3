// The text that the benchmark prints: a table, details, and the minimum ratios that were not reached.

/** @typedef {import('./report.js').Report} Report */

const BEFORE = 0;
const AFTER = 1;

/** @param {string[][]} rows the first is the heading */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ row) =>
    row
      .map(
        (cell, column) =>
          [cell.padStart(widths[column]), cell.padEnd(widths[column])][column ? BEFORE : AFTER],
      )
      .join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

/** Rounded to three significant digits, or to a whole number if that has more. @param {number} value */
export const digits = (value) => (value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString());

/** @param {import('./work.js').Shape} shape */
export const title_of = ({ inputs, units, batch, steps }) =>
  `${[inputs, ...units].join(' → ')}, ${batch === 1 ? '' : `batch ${batch}, `}${steps === 1 ? '1 step' : `${steps} steps`}`;

/** @param {Report} report @param {string} name */
const has = (report, name) => report.results.some(({ microseconds }) => name in microseconds);

/** @param {Report} report */
export function results_table(report) {
  const names = Object.keys(report.engines).filter((name) => has(report, name));
  const ours = names.filter((name) => report.engines[name].ours);
  const peers = names.filter((name) => !report.engines[name].ours);
  const first = ours[0];
  const heading = [
    'work',
    'use',
    ...ours.flatMap((name) => [`${name} µs`, '±', 'of limit']),
    ...peers.map((name) => (first ? `× ${name}` : `${name} µs`)),
    ...(ours.includes('baseline') && peers.includes('onnxruntime_web') ? ['baseline × onnxruntime_web'] : []),
  ];
  const rows = report.results.map((result) => {
    const our_cells = ours.flatMap((name) => {
      const time = result.microseconds[name];
      if (!time) return ['', '', ''];
      const share = result.of_limit[name];
      const spread = (time.upper - time.lower) / 2 / time.median;
      return [
        digits(time.median),
        `${(100 * spread).toFixed(0)}%`,
        share ? `${(100 * share.median).toFixed(0)}%` : '',
      ];
    });
    const others = peers.map((name) => {
      const ratio = first && result.ratios[first]?.[name]?.median;
      const time = result.microseconds[name]?.median;
      return ratio ? digits(ratio) : time ? digits(time) : '';
    });
    const last = heading.at(-1)?.startsWith('baseline ×')
      ? [result.ratios.baseline?.onnxruntime_web?.median]
      : [];
    return [
      title_of(result.shape),
      result.shape.name,
      ...our_cells,
      ...others,
      ...last.map((ratio) => (ratio ? digits(ratio) : '')),
    ];
  });
  return table([heading, ...rows]);
}

/** @param {Report} report @returns {string[]} */
export function missed_floors({ results, every_floor }) {
  return results.flatMap(({ shape, ratios }) => {
    const floors = [
      ...Object.entries(shape.floors ?? {}).map(([peer, floor]) => ['relaxed', peer, floor]),
      ...Object.entries(every_floor).flatMap(([name, peers]) =>
        Object.entries(peers).map(([peer, floor]) => [name, peer, floor]),
      ),
    ];
    return floors.flatMap(([name, peer, floor]) => {
      const ratio = ratios[name]?.[peer]?.median;
      return ratio !== undefined && ratio < Number(floor)
        ? [`${title_of(shape)}: ${name} is ${digits(ratio)} times as fast as ${peer}, the floor is ${floor}`]
        : [];
    });
  });
}

/** @param {Report} report */
export function text_of(report) {
  const { machine, limits, engines } = report;
  const versions = Object.entries(engines).map(([name, { version }]) => `${name} ${version}`);
  const gigas = Object.entries(limits ?? {}).map(
    ([name, value]) => `${name} ${(value / 1000).toFixed(1)} ${name.startsWith('l') ? 'GB/s' : 'GFLOP/s'}`,
  );
  const missed = missed_floors(report);
  return [
    `${machine.processor}, Node ${machine.node}; ${versions.join(', ')}`,
    gigas.length ? `limits: ${gigas.join(', ')}` : '',
    '',
    results_table(report),
    '',
    'µs: microseconds per step, the median of the rounds; ±: half the distance between the quartiles;',
    'of limit: the least time that the measured limits allow, as a share; ×: how many times longer the peer takes.',
    ...report.details.map((line) => line.text),
    '',
    missed.length ? `below the floor:\n  ${missed.join('\n  ')}` : 'every floor is reached',
  ].join('\n');
}
