// The sizes of what users load stay within the budgets of tools/sizes.js.
import { beforeAll, expect, test } from '@jest/globals';
import { BUDGETS, describe_size, measure_sizes } from '../../tools/sizes.js';

/** @type {import('../../tools/sizes.js').Size[]} */
let sizes;
beforeAll(async () => {
  sizes = await measure_sizes();
}, 60000);

test.each(BUDGETS.map(({ name }) => name))('%s', (name) => {
  const size = /** @type {import('../../tools/sizes.js').Size} */ (sizes.find((row) => row.name === name));
  // The message names the sources that take up most.
  expect(size.size > size.budget ? describe_size(size) : '').toBe('');
  expect(size.size).toBeGreaterThan(1000);
});

test('an import of one thing leaves out the others', () => {
  const sources_of = (/** @type {string} */ name) =>
    sizes.find((row) => row.name === name)?.sources.map(([file]) => file) ?? [];
  const cell = sources_of('init, GRUCell');
  expect(cell).toContain('js/rnn_cell/gru_cell.js');
  for (const file of [
    'js/rnn_cell/dropout_wrapper.js',
    'js/rnn_cell/multi_rnn_cell.js',
    'js/rnn_cell/raw_ops.js',
    'js/rnn/dynamic_rnn.js',
    'js/rnn/static_rnn.js',
  ])
    expect(cell).not.toContain(file);
  expect(cell.filter((file) => /^js\/(keras|formats|models)\//.test(file))).toEqual([]);
  const model = sources_of('Sequential, GRU, Dense');
  expect(model).toContain('js/keras/dense.js');
  expect(model.filter((file) => /^js\/(formats|models|rnn_cell|graph)\//.test(file))).toEqual([
    ...model.filter((file) =>
      /^js\/formats\/(model_file|safetensors|numbers|utf8|named_tensors)\.js$/.test(file),
    ),
  ]);
  for (const file of [
    'conv_1d',
    'embedding',
    'bidirectional',
    'functional',
    'layer_normalization',
    'cudnn_gru',
  ])
    expect(model).not.toContain(`js/keras/${file}.js`);
});
