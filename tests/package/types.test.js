// The types that the package ships: they serve a TypeScript user, and show the public members only.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SIMD_NAMES } from '../../js/runtime/binaries.js';
import { install_package, ROOT, run } from './installed_package.js';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** @type {import('./installed_package.js').InstalledPackage} */
let installed;

beforeAll(async () => {
  installed = await install_package();
});
afterAll(() => installed.remove());

const USER = `
  import { init, GRUCell, RNNCell, dynamic_rnn, tensor, type Tensor } from 'gru-wasm';
  import { Dense, GRU, GradientTape, Layer, losses, ops, optimizers, RNN, Sequential } from 'gru-wasm/keras';
  import { load_model } from 'gru-wasm/formats';

  const info: { simd: ${SIMD_NAMES.map((name) => `'${name}'`).join(' | ')} } = await init();
  const cell = new GRUCell(4, { name: 'encoder', activation: 'relu' });
  const [output, state]: [Tensor, Tensor] = cell.call(tensor([1, 2], [1, 2]), cell.zero_state(1, 'float32'));
  const [outputs]: [Tensor, Tensor] = dynamic_rnn(cell, [[[1, 2]]], { sequence_length: [1] });
  const stream = cell.stream(1);
  stream.input.set([1, 2]);
  stream.step();
  // @ts-expect-error no such option
  new GRUCell(4, { units: 3 });
  // @ts-expect-error the number of units is a number
  new GRUCell('4');

  class UserCell extends RNNCell {
    static class_name = 'UserCell';
    get state_size() { return 2; }
    get output_size() { return 2; }
    call(x: Tensor, h: Tensor): any {
      const next = ops.tanh(ops.add(x, h));
      return [next, next];
    }
  }
  const model = new Sequential([new RNN(new UserCell()), new GRU(3, { reset_after: false }), new Dense(1)]);
  model.compile({ optimizer: 'adam', loss: 'mean_squared_error' });
  const { history } = await model.fit([[[1]]], [[1]], { epochs: 1 });
  const loss: number = history.loss[0];
  const bytes: Uint8Array = await model.save();
  const loaded: Sequential = await load_model(bytes, { custom_objects: { UserCell } });
  export { info, output, state, outputs, loss, loaded, GradientTape, Layer, losses, optimizers };
`;

describe('a TypeScript user, strict', () => {
  test.each([
    ['nodenext', 'nodenext'],
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('module %s, resolution %s', async (module, resolution) => {
    await writeFile(join(installed.folder, 'user.ts'), USER);
    const flags = ['--strict', '--noEmit', '--target', 'esnext', '--types', ''];
    flags.push('--module', module, '--moduleResolution', resolution);
    const { stdout } = await run(process.execPath, [TSC, ...flags, 'user.ts'], {
      cwd: installed.folder,
    }).catch((error) => error);
    expect(stdout).toBe('');
  });
});

test('no member that is not public is in the types', async () => {
  /** @type {Set<string>} */
  const files = new Set();
  const visit = async (/** @type {string} */ file) => {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, path] of text.matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g)) {
      await visit(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const entry of ['index', 'keras', 'formats']) await visit(join(installed.dist, `types/${entry}.d.ts`));
  expect(files.size).toBeGreaterThan(20);
  const internal = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    for (const [index, line] of text.split('\n').entries()) {
      // A member, a parameter property or an export with an underscore at its beginning.
      if (
        /^\s*(?:(?:static|readonly|private|protected|get|set|export|declare|function|const|let)\s+)*_\w*\s*[(:?<;]/.test(
          line,
        ) ||
        line.includes('@internal')
      ) {
        internal.push(`${relative(installed.dist, file)}:${index + 1}: ${line.trim()}`);
      }
    }
  }
  expect(internal).toEqual([]);
});
