// Finding an Emscripten: the one on the PATH, or else one of our own in a folder of the user's cache.
//
// `node tools/toolchain.js` makes sure that there is one and says which.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report_failure, run, which } from './run.js';
import { can_install } from './toolchain/apt.js';
import { chroot_toolchain } from './toolchain/chroot.js';

const EMSCRIPTEN = JSON.parse(readFileSync(new URL('./emscripten.json', import.meta.url), 'utf8'));
const OLDEST = EMSCRIPTEN.oldest.split('.').map(Number);

/**
 * @typedef {object} Workplace where a toolchain sees the sources
 * @property {(name: string) => string} path where this process finds a file of it
 * @property {(command: string[], progress?: import('./progress.js').Progress) => Promise<{ output: string }>} run
 */

/**
 * @typedef {object} Toolchain
 * @property {string} description
 * @property {(root: string, sources: string[]) => Promise<Workplace>} open hands the sources in
 */

/** @param {string} text the output of `emcc --version` */
export function parse_version(text) {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? match.slice(1, 4).map(Number) : null;
}

/** @param {number[]} version */
function is_recent(version) {
  const different = version.findIndex((part, i) => part !== OLDEST[i]);
  return different < 0 || version[different] > OLDEST[different];
}

/** @returns {Promise<{ toolchain?: Toolchain, reason?: string }>} */
async function toolchain_on_path() {
  if (!which('emcc')) return { reason: 'there is no emcc on the PATH' };
  const { output } = await run('emcc', ['--version'], { may_fail: true });
  const version = parse_version(output);
  if (!version) return { reason: 'the emcc on the PATH does not tell its version' };
  if (!is_recent(version)) return { reason: `the emcc on the PATH is ${version.join('.')}` };
  const missing = ['cmake', 'ninja'].filter((name) => !which(name));
  if (missing.length) return { reason: `beside emcc ${missing.join(' and ')} must be on the PATH, too` };
  const description = `Emscripten ${version.join('.')} on the PATH`;
  const open = async (/** @type {string} */ root) => ({
    path: (/** @type {string} */ name) => join(root, name),
    run: (/** @type {string[]} */ [command, ...args], /** @type {any} */ progress) =>
      run(command, args, { cwd: root, progress }),
  });
  return { toolchain: { description, open } };
}

/** @returns {Promise<Toolchain>} */
export async function find_toolchain() {
  const { toolchain, reason } = await toolchain_on_path();
  if (toolchain) return toolchain;
  if (can_install()) return chroot_toolchain();
  throw new Error(
    `Building gru-wasm needs Emscripten ${OLDEST.join('.')} or newer, with cmake and ninja, and ${reason}.\n` +
      'Either install the Emscripten SDK (https://emscripten.org/docs/getting_started/downloads.html), cmake and\n' +
      'ninja, and put them on the PATH ("source emsdk_env.sh"), or run this as root on Debian or Ubuntu, where\n' +
      'everything is installed by itself.',
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log((await find_toolchain()).description);
  } catch (error) {
    report_failure(error);
    process.exitCode = 1;
  }
}
