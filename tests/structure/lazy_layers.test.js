// Reading tensors must not load the layers: what js/formats.js imports statically.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..');

/** @param {string} entry @returns {string[]} all modules that it imports statically, directly or not */
function static_imports(entry) {
  const seen = new Set();
  const pending = [join(root, entry)];
  for (let file = pending.pop(); file; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)';/gm))
      pending.push(join(dirname(file), path));
  }
  return [...seen].map((file) => relative(root, file).replaceAll('\\', '/'));
}

test('gru-wasm/formats imports no layer, cell or graph statically', () => {
  const files = static_imports('js/formats.js');
  expect(files).toContain('js/formats/safetensors.js');
  const layers = files.filter((file) => /^js\/(keras|graph|rnn_cell|rnn)\//.test(file));
  expect(layers).toEqual(['js/keras/cudnn_order.js']);
  expect(files).not.toContain('js/layers/layer.js');
});

test('the test sees static imports', () => {
  expect(static_imports('js/keras.js')).toContain('js/layers/layer.js');
});
