// Files that PyTorch wrote, and the outputs that it computed with their weights.
import { beforeAll, expect, test } from '@jest/globals';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { read_weights } from '../../js/formats.js';
import { tensor } from '../../js/index.js';
import { ready } from '../helpers/ready.js';
import { flatten, greatest_difference, read_bytes, read_json } from './recordings.js';

beforeAll(ready);

const EXPECTED = read_json('pytorch/expected.json');
const UNREAD = [
  /^the tensor "(model\.)?spectrum" has the dtype complex64, which is not supported; it is left out$/,
  /^the tensor "(model\.)?stamp" holds 1700000000000, which does not fit int32; it is left out$/,
];

/** @param {Awaited<ReturnType<typeof read_weights>>} weights @param {string} name of a recording */
function compare({ grus }, name) {
  const [gru, ...others] = grus;
  // The LSTM is not one.
  expect(others).toEqual([]);
  const layer = gru.create({ return_sequences: true });
  const [x, y] = [flatten(EXPECTED[name].x), flatten(EXPECTED[name].y)];
  const output = layer.call(tensor(x.data, x.shape));
  expect(output.shape).toEqual(y.shape);
  expect(greatest_difference(output.data, y.data)).toBeLessThan(3e-7);
  layer.dispose();
}

test.each(Object.keys(EXPECTED))('%s.pt', async (name) => {
  const weights = await read_weights(read_bytes(`pytorch/${name}.pt`));
  compare(weights, name);
  const prefix = name.startsWith('checkpoint') ? 'model.' : '';
  expect(weights.grus[0]).toMatchObject({ name: `${prefix}encoder`, bidirectional: name === 'bfloat16' });
  expect([...weights.tensors.keys()].filter((key) => !key.startsWith(prefix))).toEqual([]);
  expect(weights.tensors.has(`${prefix}lstm.weight_hh_l0`)).toBe(true);
  expect(weights.warnings).toEqual(UNREAD.map((pattern) => expect.stringMatching(pattern)));
});

test('a file of a big-endian machine', async () => {
  const files = unzipSync(read_bytes('pytorch/bfloat16.pt'));
  const swapped = Object.entries(files).map(([path, data]) => {
    if (!path.includes('/data/')) return [path, data];
    // All tensors but these three are of bfloat16, and no tensor that is compared is in the storages of those.
    return [path, Uint8Array.from(data, (_, i) => data[i ^ 1] ?? data[i])];
  });
  const folder = Object.keys(files)[0].split('/')[0];
  const bytes = zipSync(
    { ...Object.fromEntries(swapped), [`${folder}/byteorder`]: strToU8('big') },
    { level: 0 },
  );
  compare(await read_weights(bytes), 'bfloat16');
});

test.each([
  ['frozen', /an archive of TorchScript without weights by name, as torch\.jit\.freeze makes/],
  ['weight_norm', /the GRU "gru" has weight_hh_l0 in parts \("weight_hh_l0_v"\), as weight_norm/],
])('%s.pt is refused', async (name, message) => {
  await expect(read_weights(read_bytes(`pytorch/${name}.pt`))).rejects.toThrow(message);
});

test('quantized.pt: the packed weights are named', async () => {
  const { grus, tensors, warnings } = await read_weights(read_bytes('pytorch/quantized.pt'));
  expect(grus).toEqual([]);
  expect(tensors.get('features.weight')?.shape).toEqual([3, 2]);
  expect(warnings[0]).toMatch(
    /the tensor "encoder\._all_weight_values\.0\.param" is made by torch\.ScriptObject.*The model is quantized/,
  );
});

test('a name of another class does not matter, one of a function does', async () => {
  const files = unzipSync(read_bytes('pytorch/module.pt'));
  const [path] = Object.keys(files).filter((name) => name.endsWith('data.pkl'));
  // Bytes of the pickle as latin1, so that lengths stay.
  const pickle = strFromU8(files[path], true);
  expect(pickle).toContain('c__main__\nDenoiser\n');
  const changed = (/** @type {string} */ name) =>
    zipSync(
      { ...files, [path]: strToU8(pickle.replace('c__main__\nDenoiser\n', `c${name}\n`), true) },
      { level: 0 },
    );
  compare(await read_weights(changed('project.models\nNet')), 'module');
  for (const name of ['posix\nsystem', 'subprocess\nPopen', 'builtins\nexec'])
    await expect(read_weights(changed(name))).rejects.toThrow(`it uses ${name.replace('\n', '.')}`);
});
