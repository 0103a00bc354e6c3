// The second step of the build: the JavaScript of each entry, bundled once for Node and once for everything else.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { start_progress } from '../progress.js';

const ENTRIES = ['index', 'keras', 'formats', 'inline'];

/** `platform` decides on the condition under which package.json's `imports` give `#platform`. */
const TARGETS = [
  { folder: 'dist/node', platform: /** @type {const} */ ('node'), target: 'node20' },
  { folder: 'dist/web', platform: /** @type {const} */ ('browser'), target: 'es2022' },
];

/** @param {string} root */
export async function build_bundles(root) {
  const { build } = await import('esbuild');
  const entries = ENTRIES.map((name) => join(root, 'js', `${name}.js`)).filter(existsSync);
  /** @type {string[]} */
  const outputs = [];
  for (const { folder, platform, target } of TARGETS) {
    const progress = start_progress(`bundling ${folder}`);
    rmSync(join(root, folder), { recursive: true, force: true });
    const names = entries.map((entry) => basename(entry, '.js'));
    // The entry with the binaries inside stands alone: it would drag them into what it shares with the others.
    const groups = [names.filter((name) => name !== 'inline'), names.filter((name) => name === 'inline')];
    /** @type {string[]} */
    const notes = [];
    for (const group of groups.filter(({ length }) => length)) {
      const { metafile } = await build({
        entryPoints: group.map((name) => join(root, 'js', `${name}.js`)),
        outdir: join(root, folder),
        absWorkingDir: root,
        bundle: true,
        format: 'esm',
        splitting: true,
        charset: 'utf8',
        chunkNames: 'shared-[hash]',
        legalComments: 'none',
        loader: { '.wasm': 'binary' },
        metafile: true,
        logLevel: 'warning',
        platform,
        target,
      });
      for (const path of Object.keys(metafile.outputs)) {
        outputs.push(path);
        const bytes = Buffer.from(await shrink(with_own_names(readFileSync(join(root, path), 'utf8'))));
        writeFileSync(join(root, path), bytes);
        const kilobytes = (/** @type {Uint8Array} */ data) => (data.length / 1000).toFixed(1);
        notes.push(
          `${relative(folder, path)} ${kilobytes(bytes)} (${kilobytes(brotliCompressSync(bytes))}) kB`,
        );
      }
    }
    progress.done(notes.join(', ') || 'no entries yet');
  }
  return outputs;
}

/**
 * esbuild turns a class that speaks of itself into `var Name = class _Name`. Files and messages would then say `_Name`.
 * @param {string} code
 */
const with_own_names = (code) =>
  [...code.matchAll(/\bvar (\w+) = class (_\1\d*)\b/g)].reduce(
    (text, [, name, own]) => text.replace(new RegExp(`\\b${own}\\b`, 'g'), name),
    code,
  );

/**
 * oxc and not esbuild's own: an eighth smaller, as it can keep the names of classes alone. These are seen, in errors and in the names that
 * layers give themselves.
 * @param {string} code an ES module
 */
async function shrink(code) {
  const { minify } = await import('oxc-minify');
  const options = { module: true, mangle: { toplevel: true, keepNames: { class: true, function: false } } };
  const { code: shrunk, errors } = await minify('module.js', code, options);
  if (errors.length) throw new Error(`minifying failed: ${errors[0].message}`);
  // One character beyond ASCII, and engines keep the whole source in twice the memory. They stand in strings only.
  return shrunk.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
