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
      const paths = Object.keys(metafile.outputs);
      const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
      const chunks = paths.filter((path) => !metafile.outputs[path].entryPoint);
      chunks.forEach((path, i) => {
        shorten_exports(texts, path, i);
      });
      const main = paths.find((path) => basename(path) === 'index.js');
      if (main) await merge(build, texts, chunks_of(metafile, main));
      for (const path of paths) if (!texts.has(path)) rmSync(join(root, path));
      for (const [path, text] of texts) {
        outputs.push(path);
        const bytes = Buffer.from(await shrink(with_own_names(text)));
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
 * The chunks that an entry imports statically, directly or not.
 * @param {import('esbuild').Metafile} metafile
 * @param {string} entry
 * @returns {string[]} paths
 */
function chunks_of({ outputs }, entry) {
  /** @type {Set<string>} */
  const chunks = new Set();
  const pending = [entry];
  for (let path = pending.pop(); path; path = pending.pop()) {
    for (const { path: imported, kind } of outputs[path].imports) {
      if (kind !== 'import-statement' || !(imported in outputs) || chunks.has(imported)) continue;
      chunks.add(imported);
      pending.push(imported);
    }
  }
  return [...chunks];
}

/**
 * Makes one chunk of several, under the path of the first: esbuild makes one for each set of entries that share code, and what the
 * main entry loads in four pieces is 2 KB larger (brotli) than in two.
 * @param {typeof import('esbuild').build} build
 * @param {Map<string, string>} texts of all bundles, by path; changed
 * @param {string[]} chunks paths; no two export the same name
 */
async function merge(build, texts, chunks) {
  if (chunks.length < 2) return;
  const path_of = new Map(chunks.map((path) => [`./${basename(path)}`, path]));
  const { outputFiles } = await build({
    stdin: { contents: [...path_of.keys()].map((name) => `export * from '${name}';`).join('\n') },
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    platform: 'neutral',
    write: false,
    plugins: [
      {
        name: 'chunks',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /./ }, ({ path }) =>
            path_of.has(path) ? { path, namespace: 'chunk' } : { path, external: true },
          );
          onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => ({
            contents: texts.get(/** @type {string} */ (path_of.get(path))),
            loader: 'js',
          }));
        },
      },
    ],
  });
  for (const path of chunks) texts.delete(path);
  const names = new RegExp(
    `(?<=(?:from|import) ")(${[...path_of.keys()].join('|').replaceAll('.', '\\.')})(?=";)`,
    'g',
  );
  for (const [path, text] of texts) texts.set(path, text.replace(names, `./${basename(chunks[0])}`));
  texts.set(chunks[0], outputFiles[0].text);
}

/**
 * What a chunk exports, only the bundles beside it import, so short names do: 0.6 KB less of the main entry, brotli.
 * @param {Map<string, string>} texts of all bundles, by path; changed
 * @param {string} chunk the path of one that is not an entry
 * @param {number} number of the chunk: no two chunks export the same name
 */
function shorten_exports(texts, chunk, number) {
  /** @type {Map<string, string>} */
  const short = new Map();
  const exported = /** @type {string} */ (texts.get(chunk)).replace(/^export \{([^}]*)\};/m, (_, list) => {
    const entries = names_in(list).map(([local, name]) => {
      short.set(name, `${String.fromCharCode(97 + number)}${short.size.toString(36)}`);
      return `${local} as ${short.get(name)}`;
    });
    return `export { ${entries} };`;
  });
  texts.set(chunk, exported);
  const importing = new RegExp(`^import \\{([^}]*)\\} from "./${basename(chunk)}";`, 'gm');
  for (const [path, text] of texts) {
    texts.set(
      path,
      text.replace(importing, (_, list) => {
        const entries = names_in(list).map(([name, local]) => `${short.get(name)} as ${local}`);
        return `import { ${entries} } from "./${basename(chunk)}";`;
      }),
    );
  }
}

/** @param {string} list as `a, b as c` @returns {[from: string, to: string][]} */
const names_in = (list) =>
  list
    .split(',')
    .map((entry) => entry.trim().split(' as '))
    .filter(([from]) => from)
    .map(([from, to = from]) => [from, to]);

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
  const annotated = mark_pure(shrunk);
  // One character beyond ASCII, and engines keep the whole source in twice the memory. They stand in strings only.
  return annotated.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Puts back the annotation that the minifier drops. With it the user's bundler leaves out every layer that is not used; without it
 * `register_class` counts as a side effect that keeps the class.
 * @param {string} code
 */
const mark_pure = (code) => code.replace(/(?<=static class_name=)(?=\w+\(this,)/g, '/* @__PURE__ */');
