// Finding an Emscripten: the one on the PATH, or else one from Debian's packages in a folder of the user's cache.
//
// `node tools/toolchain.js` makes sure that there is one and prints which.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report_failure, run, which } from './run.js';
import { debian_obstacle, debian_toolchain } from './toolchain/debian.js';

const { version: VERSION, oldest: OLDEST } = JSON.parse(
  readFileSync(new URL('./emscripten.json', import.meta.url), 'utf8'),
);

/**
 * @typedef {object} Workplace where a toolchain sees the sources
 * @property {(name: string) => string} path where this process finds a file of it
 * @property {(command: string[], progress?: import('./progress.js').Progress) => Promise<{ output: string }>} run
 */

/**
 * @typedef {object} Toolchain
 * @property {string} description
 * @property {(root: string, sources: string[]) => Promise<Workplace>} open copies the sources to where the toolchain sees them
 */

/** @param {string} version such as `4.0.23` */
const is_recent = (version) => version.localeCompare(OLDEST, undefined, { numeric: true }) >= 0;

/** @returns {Promise<Toolchain | string>} a string says why the PATH has none */
async function toolchain_on_path() {
  if (!which('emcc')) return 'there is no emcc on the PATH';
  const { output } = await run('emcc', ['--version'], { may_fail: true });
  const version = /\d+\.\d+\.\d+/.exec(output)?.[0];
  if (!version) return 'the emcc on the PATH does not print its version';
  if (!is_recent(version)) return `the emcc on the PATH is ${version}`;
  const missing = ['cmake', 'ninja'].filter((name) => !which(name));
  if (missing.length) return `${missing.join(' and ')} must be on the PATH beside emcc`;
  return {
    description: `Emscripten ${version} on the PATH`,
    open: async (root) => ({
      path: (name) => join(root, name),
      run: ([command, ...args], progress) => run(command, args, { cwd: root, progress }),
    }),
  };
}

/**
 * @returns {Promise<Toolchain>}
 * @throws {Error} there is none and none can be set up; the message says what to do
 */
export async function find_toolchain() {
  const toolchain = await toolchain_on_path();
  if (typeof toolchain !== 'string') return toolchain;
  const obstacle = await debian_obstacle();
  if (obstacle === null) return debian_toolchain();
  throw new Error(`\
Building gru-wasm needs Emscripten ${OLDEST} or newer, cmake and ninja: ${toolchain}.
Install the Emscripten SDK, in any folder and as any user:
  git clone https://github.com/emscripten-core/emsdk && cd emsdk
  ./emsdk install ${VERSION} && ./emsdk activate ${VERSION} && source ./emsdk_env.sh
and cmake and ninja by your system's package manager. Emscripten cannot be set up from Debian's packages, because
${obstacle}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log((await find_toolchain()).description);
  } catch (error) {
    report_failure(error);
    process.exitCode = 1;
  }
}
