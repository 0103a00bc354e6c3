// What read_weights takes as its source: one file or several, and how a file reads the others that it names.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { write_safetensors } from '../../js/formats/safetensors.js';
import { read_source } from '../../js/formats/source.js';
import { read_weights } from '../../js/formats.js';
import { tensor } from '../../js/index.js';

const FIRST = Uint8Array.of(1, 2);
const SECOND = Uint8Array.of(3, 4, 5);
const weights = () => write_safetensors(new Map([['a', tensor([1, 2])]]));

test.each([
  ['an object of names to bytes', { 'a.json': FIRST, 'b.bin': SECOND.buffer }],
  ['an array of Files', [new File([FIRST], 'a.json'), new File([SECOND], 'b.bin')]],
])('%s: each file reads the others, with or without folders', async (_, source) => {
  const files = await read_source('source', source);
  expect(files.map(({ name, bytes }) => [name, [...bytes]])).toEqual([
    ['a.json', [1, 2]],
    ['b.bin', [3, 4, 5]],
  ]);
  expect(await files[0].sibling('b.bin')).toEqual(SECOND);
  expect(await files[0].sibling('folder/b.bin')).toEqual(SECOND);
  await expect(files[0].sibling('c.bin')).rejects.toThrow(
    'source lacks the file "c.bin"; it has "a.json", "b.bin"',
  );
});

test('a path: the other file is read from the same folder, and from no other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gru-source-'));
  writeFileSync(join(folder, 'a.json'), FIRST);
  writeFileSync(join(folder, 'b c.bin'), SECOND);
  const [file] = await read_source('source', join(folder, 'a.json'));
  expect(file.name).toBe('a.json');
  expect([...(await file.sibling('b c.bin'))]).toEqual([...SECOND]);
  for (const name of ['../a.json', '/etc/passwd', 'file:///etc/passwd', 'x/../../a', '\\\\server\\a', ''])
    await expect(file.sibling(name)).rejects.toThrow('is not a file in its folder');
  await expect(file.sibling('d.bin')).rejects.toThrow(/d\.bin cannot be read/);
});

test('a URL and a Response: the other file keeps the query', async () => {
  /** @type {string[]} */
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    response.end(request.url?.includes('b%20c') ? SECOND : FIRST);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const address = `http://127.0.0.1:${port}/models/a.json?key=1#here`;
    for (const source of [address, new URL(address), await fetch(address)]) {
      const [file] = await read_source('source', source);
      expect(file.name).toBe('a.json');
      expect([...(await file.sibling('b c.bin'))]).toEqual([...SECOND]);
      expect(asked.at(-1)).toBe('/models/b%20c.bin?key=1');
    }
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('bytes alone have no other file', async () => {
  const [file] = await read_source('source', FIRST);
  expect(file.name).toBeNull();
  await expect(file.sibling('b.bin')).rejects.toThrow('source needs the file "b.bin" too: pass both');
});

test('read_weights of several files: one must be in a known format, and only one', async () => {
  const { tensors } = await read_weights({ 'notes.txt': Uint8Array.of(65), 'a.safetensors': weights() });
  expect(tensors.get('a')?.array()).toEqual([1, 2]);
  await expect(read_weights({ a: weights(), b: weights() })).rejects.toThrow(
    /must be the files of one model, but a is in the format safetensors and b in safetensors/,
  );
  await expect(read_weights({ a: FIRST, b: SECOND })).rejects.toThrow(
    /none of the known formats \(a: .*\. b: /,
  );
  const twice = [new File([FIRST], 'a'), new File([SECOND], 'a')];
  await expect(read_weights(twice)).rejects.toThrow('has two files named "a"');
});
