// The package inside a user's minified bundle: names, numbers and saved models are those of the sources, and what is not imported is
// not in the bundle.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build as esbuild } from 'esbuild';
import { minify as oxc } from 'oxc-minify';
import { install_package, ROOT, run } from './installed_package.js';

/** @type {import('./installed_package.js').InstalledPackage} */
let installed;

/** Trains the README's model and one over a cell of the user's own, saves and loads them, and prints what a user sees of names. */
const CONSUMER = `
import { readFileSync } from 'node:fs';
import { GRUCell, init, RNNCell, set_random_seed, ValueError } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';
import { Bidirectional, Dense, Embedding, GRU, ops, RNN, Sequential } from 'gru-wasm/keras';

class DecayingCell extends RNNCell {
  static class_name = 'DecayingCell';
  constructor(units, options) { super(options); this.units = units; }
  get state_size() { return this.units; }
  get output_size() { return this.units; }
  build(input_shape) {
    this.kernel = this.add_weight('kernel', { shape: [input_shape.at(-1), this.units] });
    return super.build(input_shape);
  }
  call(x, h) {
    const next = ops.tanh(ops.add(ops.matmul(x, this.kernel), ops.multiply(0.5, h)));
    return [next, next];
  }
  get_config() { return { ...super.get_config(), units: this.units }; }
  static from_config({ units, ...options }) { return new this(units, options); }
}

await init({ wasm: readFileSync(process.argv[2]) });
set_random_seed(7);
const x = Array.from({ length: 64 }, (_, i) => [[Math.sin(i)], [Math.cos(i)], [Math.sin(2 * i)]]);
const y = x.map((steps) => [steps.flat().reduce((a, b) => a + b)]);
const ids = x.map((steps) => steps.map(([value]) => Math.round(3 + 3 * value)));
const seen = [];
const custom_objects = { DecayingCell };
for (const [make, inputs] of [
  [() => [new RNN(new GRUCell(8)), new Dense(1)], x],
  [() => [new RNN(new DecayingCell(4)), new Dense(1)], x],
  [() => [new Embedding(8, 3), new Bidirectional(new GRU(4)), new Dense(1)], ids],
]) {
  const model = new Sequential(make());
  model.compile({ optimizer: 'adam', loss: 'mean_squared_error' });
  const { history } = await model.fit(inputs, y, { epochs: 3, seed: 1 });
  const predicted = [...model.predict(inputs).data];
  const loaded = await load_model(await model.save(), { custom_objects });
  seen.push({
    names: model.weights.map(({ name }) => name),
    config: model.get_config(),
    losses: history.loss,
    predicted,
    loaded_names: loaded.weights.map(({ name }) => name),
    loaded_config: loaded.get_config(),
    loaded: [...loaded.predict(inputs).data],
  });
}
try { new Dense(-1); } catch (error) {
  seen.push({ name: error.name, is_value_error: error instanceof ValueError, message: error.message });
}
console.log(JSON.stringify(seen));
`;

/** @param {string} code @returns {Promise<string>} a module with everything in it, minified by esbuild */
async function minified_by_esbuild(code) {
  const { outputFiles } = await esbuild({
    stdin: { contents: code, resolveDir: installed.folder, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['browser'],
    platform: 'neutral',
    external: ['node:*'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/**
 * Vite in a process of its own, as its native parts do not know the arrays of Jest's realm.
 * @param {string} code minified by Vite, which bundles with Rolldown and minifies with oxc
 */
async function minified_by_vite(code) {
  await writeFile(join(installed.folder, 'entry.js'), code);
  const program = `
    import { build } from ${JSON.stringify(pathToFileURL(join(ROOT, 'node_modules/vite/dist/node/index.js')).href)};
    const result = await build({
      root: process.cwd(),
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        minify: true,
        target: 'esnext',
        // The binaries are handed in, so none must become part of the bundle.
        assetsInlineLimit: 0,
        rolldownOptions: {
          input: './entry.js',
          external: [/^node:/],
          preserveEntrySignatures: 'strict',
          output: { format: 'es', codeSplitting: false },
        },
      },
    });
    const [{ output }] = [result].flat();
    process.stdout.write(output.find(({ type }) => type === 'chunk').code);
  `;
  await writeFile(join(installed.folder, 'build.mjs'), program);
  const { stdout } = await run(process.execPath, ['build.mjs'], {
    cwd: installed.folder,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

/** @param {string} code */
async function minified_twice(code) {
  const minified = await oxc('module.js', await minified_by_esbuild(code), { module: true, mangle: true });
  expect(minified.errors).toEqual([]);
  return minified.code;
}

/** @param {string} name @param {string} code @returns {Promise<any>} */
async function outcome_of(name, code) {
  const path = join(installed.folder, name);
  await writeFile(path, code);
  const [line] = await installed.run_file(
    `run_${name}`,
    `process.argv[2] = ${JSON.stringify(join(installed.dist, 'gru.baseline.wasm'))}; await import('./${name}');`,
  );
  return JSON.parse(line);
}

beforeAll(async () => {
  installed = await install_package();
});
afterAll(() => installed.remove());

describe('a model trained, saved and loaded in a minified bundle', () => {
  /** @type {any} */
  let plain;
  beforeAll(async () => {
    plain = await outcome_of('plain.mjs', CONSUMER);
  });
  test('without a bundler: the names are those of the sources', () => {
    const [readme, user_cell, wrapped, error] = plain;
    expect(readme.names).toContain('rnn/gru_cell/gates/kernel:0');
    expect(user_cell.names).toContain('rnn_1/decaying_cell/kernel:0');
    expect(JSON.stringify(user_cell.config)).toContain('"class_name":"DecayingCell"');
    expect(error).toEqual({
      name: 'ValueError',
      is_value_error: true,
      message: expect.stringMatching(/^Dense/),
    });
    for (const { config, names, predicted, loaded, loaded_names, loaded_config } of [
      readme,
      user_cell,
      wrapped,
    ]) {
      expect(loaded).toEqual(predicted);
      expect(loaded_names).toEqual(names);
      expect(loaded_config).toEqual(config);
    }
  });
  test.each([
    ['esbuild', minified_by_esbuild],
    ['vite', minified_by_vite],
    ['esbuild, then oxc', minified_twice],
  ])('by %s: the same names, configurations and numbers', async (name, minify) => {
    const code = await minify(CONSUMER);
    // Else the test would hold for code that kept its names.
    expect(code).not.toMatch(/class DecayingCell|DecayingCell ?= ?class/);
    expect(await outcome_of(`${name.replace(/\W+/g, '_')}.mjs`, code)).toEqual(plain);
  });
});

describe('what is not imported is not in the bundle', () => {
  /** A part of a message that is in the code of one class only. */
  const MARKS = {
    Bidirectional: 'Bidirectional: backward_layer must',
    CuDNNGRU: 'CuDNNGRU does not support masking',
    Embedding: 'inputs must hold ids from 0 to',
    TimeDistributed: 'TimeDistributed: layer must be',
    GRUCell: 'GRUCell: num_units',
    Dense: 'Dense: units',
  };
  test.each([
    ['esbuild', minified_by_esbuild],
    ['vite', minified_by_vite],
  ])('Sequential alone brings no layer (%s)', async (_name, minify) => {
    const marks_in = (/** @type {string} */ code) =>
      Object.entries(MARKS)
        .filter(([, mark]) => code.replace(/[`']/g, '"').includes(mark))
        .map(([name]) => name);
    const all = await minify(
      "import * as keras from 'gru-wasm/keras'; import { GRUCell } from 'gru-wasm'; console.log(keras, GRUCell);",
    );
    expect(marks_in(all)).toEqual(Object.keys(MARKS));
    const alone = await minify("import { Sequential } from 'gru-wasm/keras'; console.log(Sequential);");
    expect(marks_in(alone)).toEqual([]);
    expect(brotliCompressSync(alone).length).toBeLessThan(0.7 * brotliCompressSync(all).length);
  });
  test('the annotations that bundlers go by are in every bundle of the package', async () => {
    for (const environment of ['node', 'web']) {
      const text = await readFile(join(installed.dist, environment, 'keras.js'), 'utf8');
      expect(text).toContain('from');
      const chunks = [...text.matchAll(/from\s*"\.\/([^"]+)"/g)].map(([, chunk]) => chunk);
      const code = await Promise.all(
        chunks.map((chunk) => readFile(join(installed.dist, environment, chunk), 'utf8')),
      );
      expect(code.join('').match(/[@#]__PURE__/g)?.length).toBeGreaterThan(8);
    }
  });
});
