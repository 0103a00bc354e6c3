// The places where the package is tested as its users get it: one row for each place and binary.
import { in_browser, in_node, in_program, on_server } from './ways.js';

/**
 * @typedef {object} Place
 * @property {string} name
 * @property {string} folder of the app, in `examples/places`
 * @property {import('../../js/runtime/binaries.js').BinaryName} binary that must run
 * @property {import('./ways.js').Way} way how the app is built and started
 * @property {number} [results] how many predictions it shows, each from a thread of its own; 1
 */

/**
 * A row for each binary: `relaxed`, which the place takes by itself, and `baseline`, which it takes in an older engine.
 * @param {string} name
 * @param {string} folder
 * @param {(older: boolean) => import('./ways.js').Way} way
 * @returns {Place[]}
 */
const both = (name, folder, way) => [
  { name, folder, binary: 'relaxed', way: way(false) },
  { name: `${name}, older engine`, folder, binary: 'baseline', way: way(true) },
];

/**
 * A bundler's minified build, under a path and, unless `policy` is false, a Content-Security-Policy.
 * @param {string} folder
 * @param {string} page
 * @param {boolean} [policy]
 */
const built = (folder, page, policy = true) =>
  both(`${folder} build`, folder, (older) =>
    in_browser({ build: true, page, path: '/some/where/', policy, older }),
  );

/** @type {Place[]} */
export const PLACES = [
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
  {
    name: 'Deno',
    folder: 'deno',
    binary: 'relaxed',
    way: in_program('deno', ['run', '--allow-read', 'app.js']),
  },
  { name: 'Bun', folder: 'bun', binary: 'relaxed', way: in_program('bun', ['app.js']) },
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
  ...both('page with an import map', 'page', (older) => in_browser({ older })),
  ...both('page under a path', 'page', (older) => in_browser({ path: '/some/where/', older })),
  ...both('Content-Security-Policy', 'content_security_policy', (older) =>
    in_browser({ policy: true, older }),
  ),
  { name: 'Web Worker', folder: 'web_worker', binary: 'relaxed', way: in_browser({}) },
  {
    name: 'binary from another origin',
    folder: 'other_origin',
    binary: 'relaxed',
    way: in_browser({ other_origin: 'https://cdn.example' }),
  },
  ...built('vite', 'dist/index.html'),
  ...both('vite dev server', 'vite', (older) => in_browser({ vite_dev: true, older })),
  ...built('webpack', 'index.html'),
  ...built('rollup', 'index.html'),
  {
    name: 'esbuild build',
    folder: 'esbuild',
    binary: 'relaxed',
    way: in_browser({ build: true, page: 'index.html', path: '/some/where/', policy: true }),
  },
  // Parcel puts a script into the page itself, an import map, which the policy forbids to any app.
  ...built('parcel', 'dist/index.html', false),
];
