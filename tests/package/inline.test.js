// The binaries in JavaScript: the entry `gru-wasm/inline`, and what programs for Node fall back to when a bundler has not brought the files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { BINARIES, can_run } from '../../js/runtime/binaries.js';
import { decode_bytes, encode_bytes } from '../../js/runtime/bytes_in_text.js';
import { install_package, run } from './installed_package.js';

/** @type {import('./installed_package.js').InstalledPackage} */
let installed;
/** A folder with nothing in it but what a test puts there. @type {string} */
let elsewhere;

beforeAll(async () => {
  installed = await install_package();
  elsewhere = await mkdtemp(join(tmpdir(), 'gru-wasm-bundle-'));
});
afterAll(() => Promise.all([installed.remove(), rm(elsewhere, { recursive: true, force: true })]));

const runnable = BINARIES.filter(can_run);

/** Prints the binary and the state after a step of a cell. @param {string} entry @param {string} [options] of init */
const program = (entry, options = '') => `
  import { GRUCell, init, initializers } from '${entry}';
  init(${options}).then(({ simd }) => {
    const cell = new GRUCell(1, { kernel_initializer: initializers.constant(0.5) });
    const [[[state]]] = [cell.call([[1]], [[0]])[0].array()];
    console.log(JSON.stringify({ simd, state }));
  });`;

/** The gates are sigmoid(0.5 + 1), the candidate tanh(0.5). */
const STATE = (1 - 1 / (1 + Math.exp(-1.5))) * Math.tanh(0.5);

test('every byte is a text and back; no character ends a script, a string or a template', () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7 + (i >> 8)) & 255);
  expect(new Set(bytes).size).toBe(256);
  const text = encode_bytes(bytes);
  expect(text).toMatch(/^[ -~]+$/);
  expect(text).not.toMatch(/["'\\<`$]/);
  expect(decode_bytes(text)).toEqual(bytes);
  expect(decode_bytes('')).toEqual(new Uint8Array(0));
});

describe('gru-wasm/inline', () => {
  test.each(['node', 'web'])(
    'dist/%s starts each binary where nothing can be read or fetched',
    async (folder) => {
      const { dist } = installed;
      for (const { simd } of runnable) {
        const code = program('./inline.js', `{ simd: '${simd}' }`);
        const without = `for (const name of ['fetch', 'Response', 'URL', 'atob', 'TextDecoder', 'Buffer']) delete globalThis[name];
        process.getBuiltinModule = () => { throw new Error('this place has no modules of Node'); };`;
        const text = code.replace(/import (.*) from '(.*)';/, `const $1 = await import('$2');`);
        await writeFile(join(dist, folder, 'try.mjs'), `${without}${text}`);
        const { stdout } = await run(process.execPath, [join(dist, folder, 'try.mjs')]);
        expect(JSON.parse(stdout)).toEqual({ simd, state: expect.closeTo(STATE, 6) });
      }
    },
  );

  test('it has all of gru-wasm, with the same classes, and the layers of gru-wasm/keras work with it', async () => {
    const code = `
      import * as inline from 'gru-wasm/inline';
      import * as main from 'gru-wasm';
      import { Dense, RNN, Sequential } from 'gru-wasm/keras';
      import { load_model } from 'gru-wasm/formats';
      await inline.init();
      const differing = [...new Set([...Object.keys(main), ...Object.keys(inline)])].filter((name) => main[name] !== inline[name]);
      const model = new Sequential([new RNN(new inline.GRUCell(2)), new Dense(1)]);
      model.build([null, null, 1]);
      const loaded = await load_model(await model.save());
      const [a, b] = [model, loaded].map((one) => one.predict([[[1], [2]]]).array()[0][0]);
      console.log(JSON.stringify([differing, a === b]));`;
    expect(await installed.run_file('inline.js', code)).toEqual(['[["init"],true]']);
  });
});

describe('a program in one file, for Node, away from the package', () => {
  const entry = () => join(installed.folder, 'entry.js');

  test.each(/** @type {const} */ (['esm', 'cjs']))('bundled by esbuild as %s', async (format) => {
    await writeFile(entry(), program('gru-wasm'));
    const outfile = join(elsewhere, format === 'esm' ? 'app.mjs' : 'app.cjs');
    // esbuild says that CommonJS has no import.meta.
    await build({
      entryPoints: [entry()],
      outfile,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'error',
    });
    const { stdout } = await run(process.execPath, [outfile], { cwd: elsewhere });
    expect(JSON.parse(stdout)).toEqual({ simd: runnable[0].simd, state: expect.closeTo(STATE, 6) });
  });

  test('a script for browsers in a format without import.meta: the error says what to do', async () => {
    await writeFile(
      entry(),
      "import { init } from 'gru-wasm'; init().catch(({ name, message }) => console.log(name, message));",
    );
    await mkdir(join(elsewhere, 'web'), { recursive: true });
    const outfile = join(elsewhere, 'web/app.cjs');
    await build({ entryPoints: [entry()], outfile, bundle: true, format: 'iife', logLevel: 'error' });
    const { stdout } = await run(process.execPath, [outfile]);
    expect(stdout).toMatch(/^NotFoundError init: .*pass it as wasm, or import gru-wasm\/inline/);
  });
});
