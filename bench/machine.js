// The machine that the benchmark runs on: its processor, its caches, its JavaScript engine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';

const KIB = 1024;
const CACHES = '/sys/devices/system/cpu/cpu0/cache';
// Default sizes if the system does not report them: those of small machines that are still in use.
const USUAL = { l1: 32 * KIB, l2: 512 * KIB, l3: 8 * KIB * KIB };

/** @typedef {{ l1: number, l2: number, l3: number }} Caches bytes available to one core */

/** @type {Record<string, number>} */
const UNITS = { K: KIB, M: KIB * KIB };

/** @param {string} text as in `1024K` */
const bytes_of = (text) => Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? ''] ?? 1);

/** @returns {Caches} */
export function caches() {
  const sizes = { ...USUAL };
  if (!existsSync(CACHES)) return sizes;
  for (const index of readdirSync(CACHES).filter((name) => name.startsWith('index'))) {
    const read = (/** @type {string} */ name) => readFileSync(`${CACHES}/${index}/${name}`, 'utf8').trim();
    const level = /** @type {keyof Caches} */ (`l${read('level')}`);
    if (level in sizes && read('type') !== 'Instruction') sizes[level] = bytes_of(read('size'));
  }
  return sizes;
}

export const machine = () => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  processors: cpus().length,
  caches: caches(),
  system: `${platform()} ${release()}`,
  node: process.version,
  v8: process.versions.v8,
});
