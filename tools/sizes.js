// The sizes of the package in bytes of brotli, beside their budgets.
//
//   node tools/sizes.js           the table, and the sources that take up most
//   node tools/sizes.js --all     all sources

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { BINARIES } from '../js/runtime/binaries.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * What may be how large. `code` is bundled and minified as by the user of a page, and only what it imports at once counts: what is loaded
 * on demand is another file. `on_top`: the size beyond that of this row. A size that grows past its budget fails a test; a budget is lowered
 * when a size has become smaller.
 * @type {readonly { name: string, budget: number, file?: string, code?: string, on_top?: string }[]}
 */
export const BUDGETS = [
  ...BINARIES.map(({ name }) => ({
    name: `${name} binary`,
    file: `dist/gru.${name}.wasm`,
    budget: 22_400,
  })),
  { name: 'glue', file: 'dist/glue.web.js', budget: 1_800 },
  { name: 'gru-wasm, all of it', code: "export * from 'gru-wasm'", budget: 26_300 },
  { name: 'init, GRUCell', code: "export { init, GRUCell } from 'gru-wasm'", budget: 18_700 },
  {
    name: 'init, GRUCell, dynamic_rnn',
    code: "export { init, GRUCell, dynamic_rnn } from 'gru-wasm'",
    budget: 21_500,
  },
  {
    name: 'gru-wasm/keras on top, all of it',
    code: "export * from 'gru-wasm'; export * from 'gru-wasm/keras'",
    on_top: 'gru-wasm, all of it',
    budget: 35_200,
  },
  {
    name: 'Sequential, GRU, Dense',
    code: "export { init } from 'gru-wasm'; export { Sequential, GRU, Dense } from 'gru-wasm/keras'",
    budget: 38_400,
  },
  {
    name: 'load_model, before it reads a file',
    code: "export { load_model } from 'gru-wasm/formats'",
    budget: 17_000,
  },
  { name: "gru-wasm/inline's binaries", file: 'dist/binaries.js', budget: 26_500 },
];

/** @typedef {{ name: string, budget: number, size: number, sources: [file: string, bytes: number][] }} Size */

/**
 * @param {string} code
 * @returns {Promise<{ size: number, sources: [string, number][] }>} `sources`: minified bytes in the bundle, the largest first
 */
async function bundle(code) {
  const { build } = await import('esbuild');
  const alias = Object.fromEntries(
    ['index', 'keras', 'formats'].map((name) => [
      name === 'index' ? 'gru-wasm' : `gru-wasm/${name}`,
      join(ROOT, 'js', `${name}.js`),
    ]),
  );
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'js' },
    absWorkingDir: ROOT,
    alias,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'build/sizes',
    write: false,
    metafile: true,
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const reached = new Set(['stdin.js']);
  /** @type {Map<string, number>} */
  const sources = new Map();
  let size = 0;
  for (const name of reached) {
    const output = /** @type {import('esbuild').Metafile['outputs'][string]} */ (
      metafile.outputs[`build/sizes/${name}`]
    );
    size += brotliCompressSync(/** @type {Uint8Array} */ (files.get(name))).length;
    for (const { path, kind } of output.imports) if (kind === 'import-statement') reached.add(basename(path));
    for (const [source, { bytesInOutput }] of Object.entries(output.inputs))
      sources.set(source, (sources.get(source) ?? 0) + bytesInOutput);
  }
  return { size, sources: [...sources].sort(([, a], [, b]) => b - a) };
}

/** @returns {Promise<Size[]>} in the order of BUDGETS */
export async function measure_sizes() {
  /** @type {Size[]} */
  const sizes = [];
  for (const { name, budget, file, code = '', on_top } of BUDGETS) {
    const { size, sources } = file
      ? { size: brotliCompressSync(readFileSync(join(ROOT, file))).length, sources: [] }
      : await bundle(code);
    const below = sizes.find((row) => row.name === on_top)?.size ?? 0;
    sizes.push({ name, budget, size: size - below, sources });
  }
  return sizes;
}

/** @param {Size} size @param {number} [count] of the sources */
export const describe_size = ({ name, budget, size, sources }, count = 8) =>
  [
    `${name}: ${size} bytes, budget ${budget}`,
    ...sources.slice(0, count).map(([file, bytes]) => `  ${String(bytes).padStart(7)} minified  ${file}`),
  ].join('\n');

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { all: { type: 'boolean' } } });
  for (const size of await measure_sizes())
    console.log(describe_size(size, values.all ? Number.POSITIVE_INFINITY : undefined));
}
