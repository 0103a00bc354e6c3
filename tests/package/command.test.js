// The command `gru-wasm` of the installed package.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { onnx_file, onnx_node } from '../helpers/onnx_files.js';
import { install_package, ROOT } from './installed_package.js';

/** @type {import('./installed_package.js').InstalledPackage} */
let installed;
beforeAll(async () => {
  installed = await install_package();
});
afterAll(() => installed.remove());

const MODEL = join(ROOT, 'tests/goldens/rtneural/gru.json');
const TFJS = join(ROOT, 'tests/goldens/traffic_forecast/model.json');
const STATE_DICT = join(ROOT, 'tests/goldens/rtneural/gru_torch.json');

/** @param {...string} args @returns {Promise<{ code: number, output: string, errors: string }>} */
const run = (...args) =>
  new Promise((resolve) => {
    const command = join(installed.folder, 'node_modules/.bin/gru-wasm');
    const options = { cwd: installed.folder, shell: process.platform === 'win32' };
    execFile(command, args, options, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output, errors }),
    );
  });

test('inspect: format, tensors, GRUs, summary', async () => {
  const { code, output } = await run('inspect', MODEL);
  expect(code).toBe(0);
  expect(output).toMatch(/^Format: JSON\n/);
  expect(output).toMatch(/layers\/1\/gru\/recurrent_kernel +float32 +\[8, 24\]/);
  expect(output).toMatch(/layers\/1\/gru +8 → 8 +1 layer +one direction +reset gate after the product/);
  expect(output).toContain('Total params: 529');
  expect((await run('inspect', STATE_DICT)).output).toMatch(
    /gru2 +8 → 8 +3 layers.*No whole model: .*weights alone/s,
  );
});

test.each([
  [MODEL, 'copy.safetensors', /8 → 8.*Total params: 529/s],
  [MODEL, 'out/copy.npz', /8 → 8/],
  [MODEL, 'copy.onnx', /8 → 8.*A model with the inputs x/s],
  [TFJS, 'out/model.json', /1 → 64.*Total params: 37,505/s],
])('convert %s to %s, and inspect the result', async (source, name, expected) => {
  const { code, output } = await run('convert', source, name);
  expect([code, output]).toEqual([0, expect.stringMatching(/: \d+ bytes\n.*Written: /s)]);
  expect((await run('inspect', name)).output).toMatch(expected);
});

test('what a format cannot hold is an error', async () => {
  const { code, errors } = await run('convert', MODEL, 'model.json');
  expect([code, errors]).toEqual([1, expect.stringMatching(/reset_after/)]);
});

test('a graph whose weights are inputs has none to write', async () => {
  const node = onnx_node('GRU', ['x', 'w', 'r'], ['y'], { hidden_size: 2 });
  const path = join(installed.folder, 'inputs.onnx');
  writeFileSync(path, onnx_file({ nodes: [node], inputs: ['x', 'w', 'r'], outputs: ['y'] }));
  const { code, errors } = await run('convert', path, 'weights.safetensors');
  expect([code, errors]).toEqual([1, expect.stringMatching(/inputs\.onnx contains no weights/)]);
});

describe('errors', () => {
  test.each([
    [[], 0, /gru-wasm inspect FILE/],
    [['--help'], 0, /gru-wasm convert FILE OUT/],
    [['look', 'x'], 2, /expected inspect FILE or convert FILE OUT, not 'look' 'x'/],
    [['inspect', 'missing.pt'], 1, /NotFoundError: read_weights: source missing.pt cannot be read/],
    [['inspect', ROOT], 1, /it is a folder; pass the path of a file in it/],
    [['inspect', join(ROOT, 'LICENSE')], 1, /InvalidArgumentError: .* none of the known formats/],
    [['convert', MODEL, 'x.h5'], 2, /must end in .safetensors, .npz, .onnx or .json, not ".h5"/],
    [['inspect', MODEL, '--reset-after', 'maybe'], 2, /--reset-after must be true or false, not 'maybe'/],
    [['inspect', '--colour', MODEL], 2, /'--colour'/],
  ])('%j', async (args, code, message) => {
    const result = await run(...args);
    expect([result.code, result.output + result.errors]).toEqual([code, expect.stringMatching(message)]);
  });
});

test('the command is the first line of its file', () => {
  expect(readFileSync(join(installed.dist, 'node/command.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
