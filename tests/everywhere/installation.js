// The apps of examples/places, each copied to a temporary folder and installed with the package's tarball.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodes as installed_nodes } from '../../tools/test/machine.js';
import { open } from './browsers.js';
import { start } from './processes.js';
import { Skipped } from './skipped.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** What all places share: the tarball, the installed apps, the browsers. Each is made when it is first needed. */
export async function prepare_places() {
  const temporary = await mkdtemp(join(tmpdir(), 'gru-wasm-everywhere-'));
  const { all: nodes } = installed_nodes(ROOT);
  const newest = dirname(nodes[nodes.length - 1].path);
  // What the apps install and build runs in the newest Node, whichever the user's is, and not with the settings of this project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)_/.test(name)),
  );
  env.NEXT_TELEMETRY_DISABLED = '1';
  env.PATH = `${newest}${delimiter}${process.env.PATH}`;
  const npm = (/** @type {string} */ cwd, /** @type {string[]} */ ...args) =>
    start('npm', args, { cwd, env, seconds: 300 });

  const tarball = (async () => {
    const listing = JSON.parse(
      await npm(ROOT, 'pack', '--json', '--ignore-scripts', '--pack-destination', temporary),
    );
    const [{ filename }] = Array.isArray(listing) ? listing : Object.values(listing);
    return join(temporary, filename);
  })();
  await tarball;
  /** @type {Map<string, Promise<Pick<import('./ways.js').Installed, 'folder' | 'build'>>>} */
  const apps = new Map();
  /** @type {Map<import('./browsers.js').BrowserName, ReturnType<typeof open>>} */
  const browsers = new Map();

  /** @type {Map<number, Promise<string>>} */
  const installed_majors = new Map();

  /** A Node that is not on this machine, from its npm package. @param {number} major */
  async function install_node(major) {
    const folder = join(temporary, `node-${major}`);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
    await npm(folder, 'install', '--no-audit', '--no-fund', `node@${major}`).catch((error) => {
      throw new Skipped(`there is no Node ${major} here, and it cannot be installed: ${error.message}`);
    });
    return join(folder, 'node_modules/node/bin/node');
  }

  /** @param {number} [major] default: the newest */
  async function node(major) {
    if (!major) return nodes[nodes.length - 1].path;
    const available = nodes.find(({ version }) => version.startsWith(`v${major}.`));
    if (available) return available.path;
    if (!installed_majors.has(major)) installed_majors.set(major, install_node(major));
    return /** @type {Promise<string>} */ (installed_majors.get(major));
  }

  /** @param {string} source */
  async function install_app(source) {
    const folder = join(temporary, basename(source));
    await cp(join(ROOT, source), folder, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
    });
    await npm(folder, 'install', '--no-audit', '--no-fund', await tarball);
    /** @type {{ script: string, done: Promise<unknown> } | undefined} */
    let built;
    return {
      folder,
      async build(script = 'build') {
        // Another script may overwrite what the last one made.
        if (built?.script !== script) built = { script, done: npm(folder, 'run', script) };
        await built.done;
      },
    };
  }

  return {
    /** @param {string} source the app's folder @returns {Promise<import('./ways.js').Installed>} */
    async app(source) {
      if (!apps.has(source)) apps.set(source, install_app(source));
      const app = /** @type {Awaited<ReturnType<typeof install_app>>} */ (await apps.get(source));
      return {
        ...app,
        tarball: await tarball,
        node,
        async browser(name) {
          if (!browsers.has(name)) browsers.set(name, open(name));
          return /** @type {import('./browsers.js').Opened} */ (await browsers.get(name)).browser;
        },
      };
    },
    async remove() {
      for (const opened of browsers.values()) await (await opened.catch(() => undefined))?.close();
      await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
