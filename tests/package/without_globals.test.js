// The web bundles where there is little beside JavaScript and WebAssembly, as in an AudioWorklet.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { BINARIES } from '../../js/runtime/binaries.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What an AudioWorkletGlobalScope lacks, in one browser or another, beside what only Node has. */
const MISSING = `fetch Response Request Headers URL URLSearchParams TextDecoder TextEncoder performance setTimeout setInterval
  setImmediate clearTimeout Blob File crypto navigator atob btoa MessageChannel AbortController AbortSignal structuredClone process
  Buffer`;

/**
 * Runs a program of the web bundles without these globals. What `result` is in the end is what this resolves to.
 * @param {string} body `binary` (bytes of a binary that this Node runs) and `model` (of a file) are known
 */
async function run_without_globals(body) {
  const names = BINARIES.map(({ name }) => name);
  const code = `
    import { readFileSync } from 'node:fs';
    const { BINARIES, can_run } = await import('./js/runtime/binaries.js');
    const { name } = BINARIES.find(can_run);
    const binary = readFileSync('./dist/gru.' + name + '.wasm');
    const model = await (async () => {
      const { init } = await import('./dist/node/index.js');
      const { GRU, Dense, Sequential } = await import('./dist/node/keras.js');
      await init();
      const made = new Sequential([new GRU(3), new Dense(1)], { name: 'modèle' });
      made.build([null, null, 2]);
      return made.save({ metadata: { title: 'naïve 日本 \\u{1f600}' } });
    })();
    const { log } = console;
    for (const missing of ${JSON.stringify(MISSING.split(/\s+/))}) delete globalThis[missing];
    const { init, GRUCell } = await import('./dist/web/index.js');
    const { GRU, Dense, RNN, Sequential } = await import('./dist/web/keras.js');
    const { load_model } = await import('./dist/web/formats.js');
    let result;
    try { ${body} } catch ({ name, message }) { result = name + ': ' + message; }
    log(JSON.stringify(result));
  `;
  expect(names.length).toBeGreaterThan(1);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const STEPS = `
  const stream = new GRUCell(4).build([null, 2]).stream(1);
  stream.input.set([1, 2]);
  stream.step();
  result = [...stream.state].every((value) => Number.isFinite(value) && value !== 0);
`;

test.each([
  ['bytes', 'binary'],
  ['an ArrayBuffer', 'Uint8Array.from(binary).buffer'],
  ['a compiled module', 'new WebAssembly.Module(binary)'],
])('init with %s, and steps', async (_, wasm) => {
  expect(await run_without_globals(`await init({ wasm: ${wasm} }); ${STEPS}`)).toBe(true);
});

test('a model is read from bytes, trained, and written again', async () => {
  const body = `
    await init({ wasm: binary });
    const read = await load_model(model);
    const before = read.predict([[[1, 2]]]).array();
    const again = await load_model(await read.save({ metadata: read.metadata }));
    const same = JSON.stringify(again.predict([[[1, 2]]]).array()) === JSON.stringify(before);
    again.compile({ optimizer: 'adam', loss: 'mse' });
    const { history } = await again.fit([[[1, 2]], [[2, 1]]], [[1], [0]], { epochs: 3, seed: 1 });
    result = [same, read.name, again.metadata.title, history.loss.length];
  `;
  expect(await run_without_globals(body)).toEqual([true, 'modèle', 'naïve 日本 \u{1f600}', 3]);
});

test('what needs an address says what to pass instead', async () => {
  expect(await run_without_globals('await init();')).toMatch(/^NotFoundError: init: .*pass it as wasm/);
  expect(await run_without_globals("await init({ wasm: 'gru.wasm' });")).toMatch(
    /^NotFoundError: .*no fetch/,
  );
  expect(
    await run_without_globals("await init({ wasm: binary }); await load_model('model.safetensors');"),
  ).toMatch(/^NotFoundError: .*no fetch/);
});

test('damaged text in a file is an error of ours', async () => {
  const body = `
    await init({ wasm: binary });
    const damaged = Uint8Array.from(model);
    damaged[20] = 0xff;
    await load_model(damaged);
  `;
  expect(await run_without_globals(body)).toMatch(/^InvalidArgumentError: .*UTF-8/);
});
