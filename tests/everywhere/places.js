// The places where the package is tested as its users get it: one row for each place and binary.
import { over_queue } from './queue.js';
import {
  in_browser,
  in_checker,
  in_extension,
  in_node,
  in_program,
  in_typescript,
  on_server,
} from './ways.js';

/**
 * @typedef {object} Place
 * @property {string} name
 * @property {string} folder of the app, in `examples/places`
 * @property {string} [source] the folder of the app, if it is elsewhere
 * @property {import('../../js/runtime/binaries.js').BinaryName} binary that must run
 * @property {import('./ways.js').Way} way how the app is built and started
 * @property {number} [results] how many predictions it shows, each from a thread of its own; 1. A check of the package shows none.
 */

/** @typedef {Parameters<typeof in_browser>[0]} PageOptions */

/** The browsers, by their names in the rows. */
const BROWSERS = /** @type {const} */ ({ Chromium: 'chromium', Firefox: 'firefox' });

/**
 * Rows of an app in a page: in each browser with each binary, `relaxed`, which the browser takes by itself, and `baseline`, which it takes
 * if it is an older engine.
 * @param {string} name
 * @param {string} folder
 * @param {PageOptions} [options]
 * @returns {Place[]}
 */
const pages = (name, folder, options = {}) =>
  Object.entries(BROWSERS).flatMap(([browser, id]) => [
    { name: `${name}, ${browser}`, folder, binary: 'relaxed', way: in_browser({ ...options, in: id }) },
    {
      name: `${name}, older ${browser}`,
      folder,
      binary: 'baseline',
      way: in_browser({ ...options, in: id, older: true }),
    },
  ]);

/**
 * Rows of a bundler's minified build, served under a path with a Content-Security-Policy.
 * @param {string} folder
 * @param {string} page
 * @param {PageOptions} [options]
 */
const built = (folder, page, options = {}) =>
  pages(`${folder} build`, folder, { build: true, page, path: '/some/where/', policy: true, ...options });

/** @param {string} name @param {string[]} [args] @returns {Place} */
const check = (name, args = []) => ({
  name,
  folder: 'publish_checks',
  source: 'tests/everywhere/publish_checks',
  binary: 'baseline',
  results: 0,
  way: in_checker(name, args),
});

/** Compilers and their options `module` and `moduleResolution`. */
const TYPESCRIPT = [
  ['typescript-5', 'node16', 'node16'],
  ['typescript-5', 'nodenext', 'nodenext'],
  ['typescript-5', 'esnext', 'bundler'],
  ['typescript', 'nodenext', 'nodenext'],
  ['typescript', 'esnext', 'bundler'],
];

/** @type {Place[]} */
export const PLACES = [
  check('publint', ['--strict']),
  // That a CommonJS module needs `import()` is no fault: Node 20 and later can require this package.
  check('attw', ['--profile', 'esm-only']),
  ...TYPESCRIPT.map(([compiler, module, resolution]) => ({
    name: `${compiler}, moduleResolution ${resolution}`,
    folder: 'typescript',
    binary: /** @type {const} */ ('relaxed'),
    way: in_typescript(compiler, module, resolution),
  })),
  { name: 'Node 20, import', folder: 'node', binary: 'baseline', way: in_node(['app.js'], { major: 20 }) },
  { name: 'Node 20, require', folder: 'node', binary: 'baseline', way: in_node(['app.cjs'], { major: 20 }) },
  { name: 'current Node, import', folder: 'node', binary: 'relaxed', way: in_node(['app.js']) },
  { name: 'current Node, require', folder: 'node', binary: 'relaxed', way: in_node(['app.cjs']) },
  ...['worker_threads', 'piscina'].flatMap((folder) => [
    {
      name: `${folder}, Node 20`,
      folder,
      binary: /** @type {const} */ ('baseline'),
      way: in_node(['app.js'], { major: 20, forbid_compilation_in_workers: true }),
      results: 2,
    },
    {
      name: `${folder}, current Node`,
      folder,
      binary: /** @type {const} */ ('relaxed'),
      way: in_node(['app.js'], { forbid_compilation_in_workers: true }),
      results: 2,
    },
  ]),
  { name: 'BullMQ on Redis', folder: 'node', binary: 'relaxed', way: over_queue, results: 0 },
  {
    name: 'Deno',
    folder: 'deno',
    binary: 'relaxed',
    way: in_program('deno', ['run', '--allow-read', 'app.js']),
  },
  {
    name: 'Deno, older engine',
    folder: 'deno',
    binary: 'baseline',
    way: in_program('deno', ['run', '--allow-read', '--preload', 'OLDER_ENGINE', 'app.js']),
  },
  { name: 'Bun', folder: 'bun', binary: 'relaxed', way: in_program('bun', ['app.js']) },
  {
    name: 'Bun, older engine',
    folder: 'bun',
    binary: 'baseline',
    way: in_program('bun', ['--preload', 'OLDER_ENGINE', 'app.js']),
  },
  { name: 'workerd', folder: 'workerd', binary: 'relaxed', way: in_node(['app.js']) },
  {
    name: 'server-side rendering, Node 20',
    folder: 'server_rendering',
    binary: 'baseline',
    way: on_server(20),
  },
  {
    name: 'server-side rendering, current Node',
    folder: 'server_rendering',
    binary: 'relaxed',
    way: on_server(),
  },
  ...pages('page with an import map', 'page'),
  ...pages('page under a path', 'page', { path: '/some/where/' }),
  ...pages('Content-Security-Policy', 'content_security_policy', { policy: true }),
  ...pages('AudioWorklet', 'audio_worklet', { build: true, worker: 'dist/processor.js' }),
  ...pages('page in a single file', 'single_file', { build: true, page: 'dist/index.html', from_disk: true }),
  { name: 'extension, Chromium', folder: 'extension', binary: 'relaxed', way: in_extension() },
  ...pages('Web Worker', 'web_worker', { worker: 'worker.js' }),
  ...pages('binary from another origin', 'other_origin', { other_origin: 'https://cdn.example' }),
  ...pages('CDN with integrity', 'cdn', {
    build: true,
    page: 'dist/index.html',
    other_origin: 'https://cdn.example',
  }),
  ...pages("page that looks like Electron's renderer", 'page', { scripts: ['./electron_globals.js'] }),
  ...pages('beside TensorFlow.js', 'tensorflow_js', { build: true, page: 'dist/index.html' }),
  ...built('vite', 'dist/index.html'),
  ...pages('vite dev server', 'vite', { server: 'vite' }),
  ...built('webpack', 'index.html'),
  ...built('vite_url', 'dist/index.html'),
  ...built('webpack_url', 'index.html'),
  // Next.js puts a script into the page itself, and writes addresses from the root of the server.
  ...built('next', 'index.html', { policy: false, path: '/', served: 'out' }),
  ...Object.entries({ Turbopack: 'build', webpack: 'build:webpack' }).flatMap(([bundler, build]) =>
    Object.entries({ 'server component': '', 'route handler': 'api' }).map(([name, page]) => ({
      name: `Next.js with ${bundler}, ${name}`,
      folder: 'next_server',
      binary: /** @type {const} */ ('relaxed'),
      way: in_browser({ build, server: 'next', page }),
    })),
  ),
  ...built('rollup', 'index.html'),
  ...built('esbuild', 'index.html'),
  // Parcel puts a script into the page itself, an import map, which the policy forbids to any app.
  ...built('parcel', 'dist/index.html', { policy: false }),
];
