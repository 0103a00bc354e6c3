// How an app of examples/places is built and started, and where its predictions are read.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { open } from './browsers.js';
import { open_page, start_server } from './pages.js';
import { start } from './processes.js';
import { serve_folder } from './static_server.js';

/**
 * @typedef {{ simd: string, state: number[][], thread?: number }} Prediction
 * @typedef {object} Installed
 * @property {string} tarball the packed package
 * @property {string} folder a copy of the app with its packages, the package from the tarball among them
 * @property {(major?: number) => Promise<string>} node the path of a Node; default: the newest
 * @property {(name: import('./browsers.js').BrowserName) => Promise<import('puppeteer-core').Browser>} browser
 * @property {(script?: string) => Promise<void>} build runs a script of the app's package.json, `build`, once for all rows in succession
 *   that need the same
 * @typedef {(installed: Installed) => Promise<Prediction[]>} Way
 */

/** The policy under which pages are served. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** A script that takes relaxed SIMD from an engine. */
const OLDER_ENGINE = file('./older_engine.js');

/** The predictions in a program's output, one a line. @param {string} output @returns {Prediction[]} */
const predictions_in = (output) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/**
 * @param {string[]} args
 * @param {{ major?: number, forbid_compilation_in_workers?: boolean }} [options]
 * @returns {Way}
 */
export const in_node =
  (args, { major, forbid_compilation_in_workers = false } = {}) =>
  async ({ folder, node }) => {
    const preload = pathToFileURL(file('./no_compilation.js')).href;
    const flags = forbid_compilation_in_workers ? ['--import', preload] : [];
    return predictions_in(await start(await node(major), [...flags, ...args], { cwd: folder }));
  };

/**
 * A program that the app's packages bring.
 * @param {string} name
 * @param {string[]} args `OLDER_ENGINE` stands for the path of that script
 * @returns {Way}
 */
export const in_program =
  (name, args) =>
  async ({ folder }) => {
    const filled = args.map((arg) => arg.replace('OLDER_ENGINE', OLDER_ENGINE));
    return predictions_in(await start(join(folder, 'node_modules/.bin', name), filled, { cwd: folder }));
  };

/** Renders a page's HTML, after a proof that importing has no effect. @param {number} [major] @returns {Way} */
export const on_server =
  (major) =>
  async ({ folder, node }) => {
    await writeFile(join(folder, 'import_effects.js'), await readFile(file('./import_effects.js')));
    return predictions_in(await start(await node(major), ['import_effects.js'], { cwd: folder }));
  };

/** Servers that apps bring, by name: what Node starts. */
const SERVERS = {
  // With its optimizer of dependencies, as `npm run dev` starts it.
  vite: ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', '0', '--force'],
  next: ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', '0'],
};

/**
 * @param {object} options
 * @param {import('./browsers.js').BrowserName} [options.in] the browser; default: chromium
 * @param {boolean | string} [options.build] first; or the script of package.json that builds
 * @param {keyof typeof SERVERS} [options.server] what serves the app; default: a server of files
 * @param {string} [options.page]
 * @param {string} [options.path] under which the app is served
 * @param {string} [options.served] the folder of the app that is served; default: all of it
 * @param {boolean} [options.from_disk] opened as a file, without a server
 * @param {boolean} [options.policy] served with a Content-Security-Policy
 * @param {string} [options.worker] the file of a worker of its own global scope
 * @param {string} [options.other_origin] the address in the app that a second server stands for
 * @param {boolean} [options.older] the browser has no relaxed SIMD
 * @param {string[]} [options.scripts] files of this folder that run before the page's scripts
 * @returns {Way}
 */
export const in_browser =
  ({
    in: name = 'chromium',
    build = false,
    server: server_name,
    page = 'index.html',
    path = '/',
    served = '',
    from_disk = false,
    policy = false,
    worker,
    other_origin,
    older = false,
    scripts = [],
  }) =>
  async ({ folder, node, browser, build: build_app }) => {
    if (build) await build_app(build === true ? 'build' : build);
    /** @type {{ close: () => Promise<void> }[]} */
    const servers = [];
    try {
      /** @type {Record<string, string>} */
      const replaced = {};
      if (other_origin) {
        const dist = join(folder, 'node_modules/gru-wasm/dist');
        const other = await serve_folder(dist, { headers: { 'Access-Control-Allow-Origin': '*' } });
        servers.push(other);
        replaced[other_origin] = other.origin;
      }
      /** @type {Record<string, string>} */
      const headers = policy ? { 'Content-Security-Policy': POLICY } : {};
      /** @type {Record<string, string>} */
      const before = worker && older ? { [worker]: await readFile(OLDER_ENGINE, 'utf8') } : {};
      const server = server_name
        ? await start_server(await node(), SERVERS[server_name], folder)
        : await serve_folder(join(folder, served), { path, headers, replaced, before });
      servers.push(server);
      const disk = pathToFileURL(join(folder, page)).href;
      const address = from_disk ? disk : `${server.url}${page}`;
      const paths = scripts.map(file);
      if (older) paths.push(OLDER_ENGINE);
      return [JSON.parse(await open_page(await browser(name), address, { scripts: paths }))];
    } finally {
      for (const server of servers) await server.close();
    }
  };

/**
 * A program in TypeScript, compiled and then run in the newest Node.
 * @param {string} compiler the name of a package
 * @param {string} module
 * @param {string} resolution
 * @returns {Way}
 */
export const in_typescript =
  (compiler, module, resolution) =>
  async ({ folder, node }) => {
    const options = ['--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution];
    const tsc = join('node_modules', compiler, 'bin/tsc');
    await start(await node(), [tsc, ...options, '--outDir', 'dist', 'app.ts'], { cwd: folder });
    return predictions_in(await start(await node(), ['dist/app.js'], { cwd: folder }));
  };

/** A checker of packages: it ends with an error if it finds a fault. @param {string} name @param {string[]} args @returns {Way} */
export const in_checker =
  (name, args) =>
  async ({ folder, tarball }) => {
    await start(join(folder, 'node_modules/.bin', name), [...args, tarball], { cwd: folder });
    return [];
  };

/** The popup of a browser extension in Chromium. @returns {Way} */
export const in_extension =
  () =>
  async ({ folder, build }) => {
    await build();
    const { browser, close } = await open('chromium', { enableExtensions: true });
    try {
      const id = await browser.installExtension(folder);
      const page = await open_page(browser, `chrome-extension://${id}/index.html`, { alone: false });
      return [JSON.parse(page)];
    } finally {
      await close();
    }
  };
