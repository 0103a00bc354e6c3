// The built package: load_model and read_weights load the layers' bundle when they need it, from a program without gru-wasm/keras.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

const program = (/** @type {string} */ folder) => {
  const address = (/** @type {string} */ name) => pathToFileURL(join(dist, folder, `${name}.js`)).href;
  return `
    const { init, GRUCell } = await import('${address('index')}');
    const { load_model, read_weights, write_weights } = await import('${address('formats')}');
    await init({ wasm: (await import('node:fs')).readFileSync(${JSON.stringify(join(dist, 'gru.baseline.wasm'))}) });
    const cell = new GRUCell(2).build([null, 1]);
    const { grus } = await read_weights(await write_weights(cell));
    const again = grus[0].create();
    const layer = { class_name: 'RNN', config: { name: 'r', cell: { class_name: 'GRUCell', config: { num_units: 2 } } } };
    const dense = { class_name: 'Dense', config: { name: 'd', units: 1 } };
    const model = JSON.stringify({ class_name: 'Sequential', config: { layers: [layer, dense], build_input_shape: [null, null, 1] } });
    const names = ['gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias', 'd/kernel', 'd/bias'];
    const values = [...cell.get_weights(), [[1], [2]], [3]];
    const metadata = { format: 'gru-wasm model', model, weights: JSON.stringify(names), metadata: 'null' };
    const file = await write_weights(new Map(names.map((name, i) => [name, values[i]])), { metadata });
    const loaded = await load_model(file);
    const [[h]] = again.call([[1]], [[0, 0]])[0].array().map((row) => [row]);
    console.log(JSON.stringify([h[0] + 2 * h[1] + 3, loaded.predict([[[1]]]).array()[0][0]]));`;
};

test.each(['node', 'web'])('dist/%s', (folder) => {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program(folder)], {
    encoding: 'utf8',
  });
  const [expected, predicted] = JSON.parse(output);
  expect(predicted).toBeCloseTo(expected, 5);
});

test.each(['node', 'web'])('every import in dist/%s is of a file that exists', (folder) => {
  const files = readdirSync(join(dist, folder)).filter((name) => name.endsWith('.js'));
  const imported = files.flatMap((name) => {
    const text = readFileSync(join(dist, folder, name), 'utf8');
    return [...text.matchAll(/(?:from|import|import\()\s*["'`]\.\/([^"'`]+)["'`]/g)].map(([, path]) => path);
  });
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((name) => !files.includes(name))).toEqual([]);
});
