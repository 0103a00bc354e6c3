// The package as its users get it: packed, installed in an empty folder, and used as the README says.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BINARIES, SIMD_NAMES } from '../../js/runtime/binaries.js';
import { install_package, ROOT, readme_examples, run } from './installed_package.js';

/** @type {import('./installed_package.js').InstalledPackage} */
let installed;

beforeAll(async () => {
  installed = await install_package();
});
afterAll(() => installed.remove());

test('it holds what users need and nothing else', () => {
  for (const path of installed.files) {
    expect(path).toMatch(
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/THIRD_PARTY_LICENSES\.txt|dist\/gru\.\w+\.wasm|dist\/binaries\.js|dist\/(node|web|workerd)\/[\w.-]+\.js(\.map)?|dist\/types\/[\w./-]+\.d\.ts)$/,
    );
  }
  for (const needed of [
    'LICENSE',
    ...BINARIES.map(({ name }) => `dist/gru.${name}.wasm`),
    'dist/node/index.js',
    'dist/web/index.js',
    'dist/node/inline.js',
    'dist/web/inline.js',
    'dist/workerd/workerd.js',
    'dist/binaries.js',
    'dist/types/index.d.ts',
    'dist/types/inline.d.ts',
    'dist/types/binary.d.ts',
    'dist/THIRD_PARTY_LICENSES.txt',
  ]) {
    expect(installed.files).toContain(needed);
  }
});

test('source maps lead from an error to the line in the sources that throws it', async () => {
  const code =
    "import { GRUCell } from 'gru-wasm';\ntry { new GRUCell(0); } catch (error) { console.log(error.stack); }";
  const lines = await installed.run_file('stack.js', code, ['--enable-source-maps']);
  const [, path, line] = /(js[\\/][\w\\/]+\.js):(\d+)/.exec(lines[1]) ?? [];
  const source = await readFile(join(ROOT, path), 'utf8');
  expect(source.split('\n')[Number(line) - 1]).toMatch(/throw new ValueError\(/);
});

test('it depends on nothing', async () => {
  expect(
    (await readdir(join(installed.folder, 'node_modules'))).filter((name) => !name.startsWith('.')),
  ).toEqual(['gru-wasm']);
});

test('no bundle for the web names a module of Node, or makes code from strings', async () => {
  const dist = join(installed.dist, 'web');
  for (const name of await readdir(dist)) {
    const actual = (await readFile(join(dist, name), 'utf8')).match(
      /["'`]node:[a-z]|\brequire\(|\beval\(|new Function\(/,
    );
    expect([name, actual?.[0]]).toEqual([name, undefined]);
  }
});

describe("the README's examples", () => {
  test('the cell', async () => {
    const [code] = await readme_examples('In Node');
    const lines = (await installed.run_file('cell.js', code)).join('\n');
    // 1/(1+e^-2) = 0.8808 of the state, nothing, and the rest of tanh(1).
    const expected = (1 - 1 / (1 + Math.exp(-2))) * Math.tanh(1);
    expect(Number(lines.match(/0\.0\d+/)?.[0])).toBeCloseTo(expected, 6);
    expect(lines).toContain('[ 2, 3, 2 ] [ 2, 2 ]');
    expect(lines).toContain('Float32Array(2)');
  });
  test('training', async () => {
    const [, code] = await readme_examples('In Node');
    expect(await installed.run_file('training.js', code)).toEqual(['true', 'true']);
  });
  test('without code made from strings', async () => {
    const [code] = await readme_examples('In Node');
    await installed.run_file('cell.js', code, ['--disallow-code-generation-from-strings']);
  });
});

describe('the binaries have names', () => {
  test('that Node resolves', async () => {
    const lines = BINARIES.map(
      ({ name }) => `console.log(import.meta.resolve('gru-wasm/gru.${name}.wasm'));`,
    );
    expect(await installed.run_file('resolve.js', lines.join('\n'))).toEqual(
      BINARIES.map(({ name }) => expect.stringMatching(`gru-wasm/dist/gru.${name}.wasm$`)),
    );
  });

  test('and addresses in a build of Vite', async () => {
    const { folder } = installed;
    const [{ name }] = BINARIES;
    await writeFile(
      join(folder, 'page.js'),
      `import { init } from 'gru-wasm';\nimport wasm from 'gru-wasm/gru.${name}.wasm?url';\nawait init({ wasm });`,
    );
    await writeFile(join(folder, 'index.html'), '<script type="module" src="page.js"></script>');
    await run(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: folder });
    const assets = await readdir(join(folder, 'dist/assets'));
    expect(assets).toContainEqual(expect.stringMatching(new RegExp(`^gru\\.${name}-[\\w-]+\\.wasm$`)));
  });
});

test('require works where Node can require ES modules', async () => {
  const code = "const { init } = require('gru-wasm'); init().then(({ simd }) => console.log(simd));";
  expect(await installed.run_file('require.cjs', code)).toEqual([
    expect.stringMatching(new RegExp(SIMD_NAMES.join('|'))),
  ]);
});
