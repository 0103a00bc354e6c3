// The type of the results, which are printed, written as JSON and drawn.

/**
 * @typedef {import('./suite.js').Measured & { shape: import('./work.js').Shape, kind: 'step' | 'sequence' | 'training' }} Result
 *
 * @typedef {object} Detail measurements of this package only
 * @property {string} name
 * @property {string} text for people
 * @property {Record<string, number>} values
 *
 * @typedef {object} Report
 * @property {string} date
 * @property {ReturnType<typeof import('./machine.js').machine>} machine
 * @property {boolean} quick
 * @property {Record<string, { title: string, version: string, ours: boolean }>} engines
 * @property {Record<string, number> | null} limits floating-point operations (`relaxed`, `baseline`) or bytes (`l1`, `l2`, `l3`)
 *   per microsecond
 * @property {Record<string, Record<string, number>>} every_floor the least ratio to a peer that each binary must reach in every work
 * @property {Result[]} results
 * @property {Detail[]} details
 */

export {};
