// The package as its users get it: packed, installed in an empty folder, and used as the README says.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BINARIES, SIMD_NAMES } from '../../js/runtime/binaries.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** @type {string} */ let folder;
/** @type {string[]} */ let packed;
/** @type {string} */ let readme;

/** The code blocks of the README under a heading. @param {string} heading */
function examples(heading) {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  return [...section.split('\n## ')[0].matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
}

/** @param {string} name @param {string} code @param {string[]} [flags] */
async function run_file(name, code, flags = []) {
  await writeFile(join(folder, name), code);
  const { stdout } = await run(process.execPath, [...flags, name], { cwd: folder });
  return stdout.trim().split('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gru-wasm-'));
  readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const listing = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(listing) ? listing : Object.values(listing);
  packed = files.map((/** @type {{ path: string }} */ { path }) => path);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--no-audit', '--no-fund', '--offline', join(folder, filename)], {
    cwd: folder,
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('it holds what users need and nothing else', () => {
  for (const path of packed) {
    expect(path).toMatch(
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/gru\.\w+\.wasm|dist\/(node|web)\/[\w.-]+\.js|dist\/types\/[\w./-]+\.d\.ts)$/,
    );
  }
  for (const needed of [
    'LICENSE',
    ...BINARIES.map(({ name }) => `dist/gru.${name}.wasm`),
    'dist/node/index.js',
    'dist/web/index.js',
    'dist/types/index.d.ts',
  ]) {
    expect(packed).toContain(needed);
  }
});

test('it depends on nothing', async () => {
  expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
    'gru-wasm',
  ]);
});

test('one binary, its glue and the JavaScript of the main entry are at most 50 KB, brotli', async () => {
  const dist = join(folder, 'node_modules/gru-wasm/dist');
  const seen = new Set();
  /** @type {(file: string) => Promise<number>} */
  const size = async (file) => {
    if (seen.has(file)) return 0;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)].map(([, path]) =>
      join(dirname(file), path),
    );
    let sum = brotliCompressSync(text).length;
    for (const path of imports) sum += await size(path);
    return sum;
  };
  for (const { name } of BINARIES) {
    seen.clear();
    const binary = brotliCompressSync(await readFile(join(dist, `gru.${name}.wasm`))).length;
    expect(binary + (await size(join(dist, 'web/index.js')))).toBeLessThanOrEqual(50 * 1000);
  }
});

test('no bundle for the web names a module of Node, or makes code from strings', async () => {
  const dist = join(folder, 'node_modules/gru-wasm/dist/web');
  for (const name of await readdir(dist)) {
    const found = (await readFile(join(dist, name), 'utf8')).match(
      /["'`]node:[a-z]|\brequire\(|\beval\(|new Function\(/,
    );
    expect([name, found?.[0]]).toEqual([name, undefined]);
  }
});

describe("the README's examples", () => {
  test('the cell', async () => {
    const [code] = examples('In Node');
    const lines = (await run_file('cell.js', code)).join('\n');
    // 1/(1+e^-2) = 0.8808 of the state, nothing, and the rest of tanh(1).
    const expected = (1 - 1 / (1 + Math.exp(-2))) * Math.tanh(1);
    expect(Number(lines.match(/0\.0\d+/)?.[0])).toBeCloseTo(expected, 6);
    expect(lines).toContain('[ 2, 3, 2 ] [ 2, 2 ]');
    expect(lines).toContain('Float32Array(2)');
  });
  test('training', async () => {
    const [, code] = examples('In Node');
    expect(await run_file('training.js', code)).toEqual(['true', 'true']);
  });
  test('without code made from strings', async () => {
    const [code] = examples('In Node');
    await run_file('cell.js', code, ['--disallow-code-generation-from-strings']);
  });
});

test('require works where Node can require ES modules', async () => {
  const code = "const { init } = require('gru-wasm'); init().then(({ simd }) => console.log(simd));";
  expect(await run_file('require.cjs', code)).toEqual([
    expect.stringMatching(new RegExp(SIMD_NAMES.join('|'))),
  ]);
});

describe('types', () => {
  test.each(['nodenext', 'bundler'])('of a TypeScript user, module resolution %s', async (resolution) => {
    const code = `
      import { init, GRUCell, dynamic_rnn, tensor, type Tensor } from 'gru-wasm';
      import { Sequential, GradientTape } from 'gru-wasm/keras';
      import { load_model } from 'gru-wasm/formats';
      const info: { simd: ${SIMD_NAMES.map((name) => `'${name}'`).join(' | ')} } = await init();
      const cell = new GRUCell(4, { name: 'encoder', activation: 'relu' });
      const [output, state]: [Tensor, Tensor] = cell.call(tensor([1, 2], [1, 2]), cell.zero_state(1, 'float32'));
      const [outputs]: [Tensor, Tensor] = dynamic_rnn(cell, [[[1, 2]]], { sequence_length: [1] });
      // @ts-expect-error no such option
      new GRUCell(4, { units: 3 });
      export { info, output, state, outputs, Sequential, GradientTape, load_model };
    `;
    await writeFile(join(folder, 'user.ts'), code);
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const flags = [
      '--strict',
      '--noEmit',
      '--target',
      'esnext',
      '--types',
      '',
      '--module',
      module,
      '--moduleResolution',
      resolution,
    ];
    const { stdout } = await run(process.execPath, [TSC, ...flags, 'user.ts'], { cwd: folder }).catch(
      (error) => error,
    );
    expect(stdout).toBe('');
  });
});
