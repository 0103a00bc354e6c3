// The second step of the build: the JavaScript of each entry, bundled once for Node and once for everything else.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
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
        plugins: [one_core(root)],
        // Else the imports that the plugin adds would be dropped, as nothing of them is used.
        ignoreAnnotations: true,
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
      for (const path of paths) if (!metafile.outputs[path].entryPoint) shorten_exports(texts, path);
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
 * esbuild puts modules into one chunk if the same entries reach them. Everything that the main entry reaches is reached from all others
 * too with this plugin, so that it is one chunk: a page without a bundler loads less, as one text compresses better than four.
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
const one_core = (root) => ({
  name: 'one-core',
  setup({ onLoad }) {
    const entry = join(root, 'js/index.js');
    onLoad({ filter: /[\\/]js[\\/](keras|formats|models[\\/]builtin_classes)\.js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(entry)};\n`,
      resolveDir: dirname(path),
    }));
  },
});

/**
 * What a chunk exports, only the bundles beside it import, so short names do: 0.6 KB less of the main entry, brotli.
 * @param {Map<string, string>} texts of all bundles, by path; changed
 * @param {string} chunk the path of one that is not an entry
 */
function shorten_exports(texts, chunk) {
  /** @type {Map<string, string>} */
  const short = new Map();
  const exported = /** @type {string} */ (texts.get(chunk)).replace(/^export \{([^}]*)\};/m, (_, list) => {
    const entries = names_in(list).map(([local, name]) => {
      short.set(name, `e${short.size.toString(36)}`);
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
const mark_pure = (code) =>
  code.replace(/(?<=static class_name=)(?=\w+\(\(\) ?=> ?this,)/g, '/* @__PURE__ */');
