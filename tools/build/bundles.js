// The second step of the build: bundles the JavaScript of each entry, for Node and for everything else.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import remapping from '@jridgewell/remapping';
import MagicString from 'magic-string';
import { start_progress } from '../progress.js';

const ENTRIES = ['index', 'keras', 'formats'];

/** The command, for Node only. */
const COMMAND = 'command';

/**
 * `platform` selects `#platform` in package.json's `imports`. `alone`: entries that import the finished files of this package, and so are
 * bundled separately; what such an import becomes.
 */
const TARGETS = [
  {
    folder: 'dist/node',
    platform: /** @type {const} */ ('node'),
    target: 'node20',
    entries: [...ENTRIES, COMMAND],
    alone: ['inline'],
  },
  {
    folder: 'dist/web',
    platform: /** @type {const} */ ('browser'),
    target: 'es2022',
    entries: ENTRIES,
    alone: ['inline'],
  },
  {
    folder: 'dist/workerd',
    platform: /** @type {const} */ ('browser'),
    target: 'es2022',
    entries: [],
    alone: ['workerd'],
    index: '../web/index.js',
  },
];

/** @param {string} root */
export async function build_bundles(root) {
  const { build } = await import('esbuild');
  /** @type {string[]} */
  const outputs = [];
  /** The packages of others in the bundles. @type {Set<string>} */
  const packages = new Set();
  for (const { folder, platform, target, entries, alone, index = './index.js' } of TARGETS) {
    const progress = start_progress(`bundling ${folder}`);
    rmSync(join(root, folder), { recursive: true, force: true });
    /** @type {string[]} */
    const notes = [];
    for (const group of [entries, alone].filter(({ length }) => length)) {
      const { metafile } = await build({
        entryPoints: group.map((name) => join(root, 'js', `${name}.js`)),
        outdir: join(root, folder),
        absWorkingDir: root,
        bundle: true,
        format: 'esm',
        splitting: true,
        plugins: group === alone ? [finished_files(index)] : [binaries_in_text, one_core(root)],
        // Otherwise esbuild would drop the imports that the plugin adds, as they are not used.
        ignoreAnnotations: true,
        charset: 'utf8',
        chunkNames: 'shared-[hash]',
        legalComments: 'none',
        metafile: true,
        sourcemap: 'external',
        logLevel: 'warning',
        platform,
        target,
      });
      for (const input of Object.keys(metafile.inputs)) {
        const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
        if (name) packages.add(name);
      }
      const paths = Object.keys(metafile.outputs).filter((path) => path.endsWith('.js'));
      const codes = new Map(paths.map((path) => [path, read_code(join(root, path))]));
      for (const path of paths) if (!metafile.outputs[path].entryPoint) shorten_exports(codes, path);
      for (const [path, code] of codes) {
        outputs.push(path, `${path}.map`);
        const { text, map } = await shrink(edit(edit(code, with_own_names), beside_binaries));
        const bytes = Buffer.from(`${text}\n//# sourceMappingURL=${basename(path)}.map\n`);
        writeFileSync(join(root, path), bytes);
        writeFileSync(join(root, `${path}.map`), map);
        const kilobytes = (/** @type {Uint8Array} */ data) => (data.length / 1000).toFixed(1);
        notes.push(
          `${relative(folder, path)} ${kilobytes(bytes)} (${kilobytes(brotliCompressSync(bytes))}) kB`,
        );
      }
    }
    progress.done(notes.join(', '));
  }
  return [...outputs, write_licenses(root, [...packages].sort())];
}

/**
 * The licences of the packages in the bundles.
 * @param {string} root
 * @param {string[]} packages
 * @returns {string} the path of the file
 */
function write_licenses(root, packages) {
  const texts = packages.map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[sc]e/i.test(entry));
    if (!file) throw new Error(`the package ${name} in the bundles has no licence file`);
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const path = 'dist/THIRD_PARTY_LICENSES.txt';
  const text = `The bundles contain parts of these packages.\n\n${texts.join('\n----\n\n')}`;
  writeFileSync(join(root, path), text);
  return path;
}

/**
 * esbuild puts modules into one chunk if the same entries reach them. With this plugin all entries reach everything that the main
 * entry reaches, so it becomes one chunk. A page without a bundler loads less, because one file compresses better than four.
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
const one_core = (root) => ({
  name: 'one-core',
  setup({ onLoad, onResolve }) {
    const main = join(root, 'js/index.js');
    const address_of = (/** @type {string} */ folder) => {
      const path = relative(folder, main).replaceAll('\\', '/');
      return path.startsWith('.') ? path : `./${path}`;
    };
    const entries = new Set(['keras', 'formats', COMMAND].map((name) => join(root, 'js', `${name}.js`)));
    // Modules that are imported on demand are entries too.
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind === 'dynamic-import') entries.add(join(resolveDir, path));
      return null;
    });
    onLoad({ filter: /[\\/]js[\\/].*\.js$/ }, ({ path }) =>
      entries.has(path)
        ? {
            // The address is relative, as it gets into the source maps, which must not depend on the folder of the build.
            contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(address_of(dirname(path)))};\n`,
            resolveDir: dirname(path),
          }
        : null,
    );
  },
});

/** Leaves the import of the binaries' texts as it is: `gru-wasm/inline` imports the same file. @type {import('esbuild').Plugin} */
const binaries_in_text = {
  name: 'binaries-in-text',
  setup({ onResolve }) {
    onResolve({ filter: /\/dist\/binaries\.js$/ }, () => ({ path: '../binaries.js', external: true }));
  },
};

/**
 * Leaves the imports of the main entry, the binaries and their texts as they are.
 * @param {string} index where the main entry is
 * @returns {import('esbuild').Plugin}
 */
const finished_files = (index) => ({
  name: 'finished-files',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: index, external: true }));
    onResolve({ filter: /^\.\.\/dist\// }, ({ path }) => ({
      path: path.replace('../dist/', '../'),
      external: true,
    }));
  },
});

/**
 * @typedef {object} Code
 * @property {string} text
 * @property {string} map from it to the sources
 */

/** @param {string} path @returns {Code} */
const read_code = (path) => ({ text: readFileSync(path, 'utf8'), map: readFileSync(`${path}.map`, 'utf8') });

/** @param {Code} code @param {(text: MagicString) => void} change @returns {Code} */
function edit(code, change) {
  const text = new MagicString(code.text);
  change(text);
  return then(code, { text: text.toString(), map: text.generateMap({ hires: true }).toString() });
}

/** @param {Code} before @param {Code} after with a map from it to the text before @returns {Code} with a map to the sources */
const then = (before, after) => ({
  text: after.text,
  map: remapping([after.map, before.map], () => null).toString(),
});

/**
 * Shortens the names that a chunk exports, which only the other bundles import: 0.6 KB less in the main entry (brotli).
 * @param {Map<string, Code>} codes of all bundles, by path; changed
 * @param {string} chunk the path of one that is not an entry
 */
function shorten_exports(codes, chunk) {
  /** @type {Map<string, string>} */
  const short = new Map();
  const importing = new RegExp(`^import \\{([^}]*)\\} from "./${basename(chunk)}";`, 'gm');
  const shorten_exported = (/** @type {MagicString} */ text) =>
    text.replace(/^export \{([^}]*)\};/m, (_, list) => {
      const entries = names_in(list).map(([local, name]) => {
        short.set(name, `e${short.size.toString(36)}`);
        return `${local} as ${short.get(name)}`;
      });
      return `export { ${entries} };`;
    });
  const shorten_imported = (/** @type {MagicString} */ text) =>
    text.replace(importing, (_, list) => {
      const entries = names_in(list).map(([name, local]) => `${short.get(name)} as ${local}`);
      return `import { ${entries} } from "./${basename(chunk)}";`;
    });
  codes.set(chunk, edit(/** @type {Code} */ (codes.get(chunk)), shorten_exported));
  for (const [path, code] of codes)
    if (code.text.includes(`from "./${basename(chunk)}"`)) codes.set(path, edit(code, shorten_imported));
}

/** @param {string} list as `a, b as c` @returns {[from: string, to: string][]} */
const names_in = (list) =>
  list
    .split(',')
    .map((entry) => entry.trim().split(' as '))
    .filter(([from]) => from)
    .map(([from, to = from]) => [from, to]);

/**
 * esbuild turns a class that refers to itself into `var Name = class _Name`. Files and messages would then say `_Name`.
 * @param {MagicString} text
 */
function with_own_names(text) {
  for (const [, name, inner] of text.original.matchAll(/\bvar (\w+) = class (_\1\d*)\b/g))
    text.replaceAll(new RegExp(`\\b${inner}\\b`, 'g'), name);
}

/**
 * The bundles are one folder away from the binaries, the sources two. So `dist` can be served under any name.
 * @param {MagicString} text
 */
const beside_binaries = (text) => text.replaceAll('"../../dist/gru.', '"../gru.');

/**
 * Minifies with oxc instead of esbuild: an eighth smaller, because it can keep the names of classes only, which appear in errors and in
 * the names of layers.
 * @param {Code} code an ES module
 * @returns {Promise<Code>}
 */
async function shrink(code) {
  const { minify } = await import('oxc-minify');
  const mangle = { toplevel: true, keepNames: { class: true, function: false } };
  const shrunk = await minify('module.js', code.text, { module: true, mangle, sourcemap: true });
  if (shrunk.errors.length) throw new Error(`minifying failed: ${shrunk.errors[0].message}`);
  return edit(then(code, { text: shrunk.code, map: JSON.stringify(shrunk.map) }), (text) => {
    mark_pure(text);
    // With a character outside ASCII engines use twice the memory for the source. There are some in strings only.
    text.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
}

/**
 * Puts back the annotation that the minifier drops. With it the user's bundler leaves out every layer that is not used; without it
 * `register_class` counts as a side effect that keeps the class.
 * @param {MagicString} text
 */
function mark_pure(text) {
  const call = /(?<=static class_name=)(?=[\w$]+\(\(\) ?=> ?this,)/g;
  for (const { index } of text.original.matchAll(call)) text.appendLeft(index, '/* @__PURE__ */');
  if (/static class_name=[\w$]+\(/.test(text.toString()))
    throw new Error(
      'a class_name in the bundle has no /* @__PURE__ */: see mark_pure in tools/build/bundles.js',
    );
}
