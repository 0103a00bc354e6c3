// The package as its users get it: packed and installed in an empty folder.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} InstalledPackage
 * @property {string} folder the user's project; the package is in its `node_modules`
 * @property {string} dist the folder `dist` of the installed package
 * @property {string[]} files what the tarball holds
 * @property {(name: string, code: string, flags?: string[]) => Promise<string[]>} run_file writes a script into the project, runs
 *   it in Node and gives the lines that it prints
 * @property {() => Promise<void>} remove
 */

// On Windows npm is a script that only a shell starts.
const npm = (/** @type {string[]} */ args, /** @type {string} */ cwd) =>
  run('npm', args, { cwd, shell: process.platform === 'win32' });

/** @returns {Promise<InstalledPackage>} */
export async function install_package() {
  const folder = await mkdtemp(join(tmpdir(), 'gru-wasm-'));
  const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT);
  const listing = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(listing) ? listing : Object.values(listing);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(['install', '--no-audit', '--no-fund', '--offline', join(folder, filename)], folder);
  return {
    folder,
    dist: join(folder, 'node_modules/gru-wasm/dist'),
    files: files.map((/** @type {{ path: string }} */ { path }) => path),
    async run_file(name, code, flags = []) {
      await writeFile(join(folder, name), code);
      const { stdout: printed } = await run(process.execPath, [...flags, name], { cwd: folder });
      return printed.trim().split('\n');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The code blocks of the README under a heading. @param {string} heading */
export async function readme_examples(heading) {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  return [...section.split('\n## ')[0].matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
}
