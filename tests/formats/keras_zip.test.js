// Files .keras: which weights are whose, and what breaks the rules of a zip.
import { describe, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { weights_by_layer } from '../../js/formats/keras_paths.js';
import { read_weights } from '../../js/formats.js';
import { InvalidArgumentError } from '../../js/runtime/errors.js';
import { add_dataset, hdf5_file } from '../helpers/hdf5_files.js';

const layer = (/** @type {string} */ class_name, /** @type {string} */ name, more = {}) => ({
  class_name,
  config: { name, ...more },
});

test('paths of weights, by layer', () => {
  const inner = [layer('Dense', 'd2'), layer('BatchNormalization', 'bn'), layer('Dense', 'd3')];
  const config = layer('Sequential', 'model', {
    layers: [
      layer('InputLayer', 'in'),
      layer('GRU', 'first'),
      layer('Bidirectional', 'both'),
      layer('GRU', 'second'),
      layer('RNN', 'cells'),
      layer('PReLU', 'slopes'),
      layer('Sequential', 'inside', { layers: inner }),
      layer('Dropout', 'drop'),
      ...Array.from({ length: 12 }, (_, i) => layer('Conv1D', `c${i}`)),
    ],
  });
  // In the order of the alphabet, as HDF5 has them.
  const paths = [
    'layers/bidirectional/backward_layer/cell/vars/0',
    'layers/bidirectional/forward_layer/cell/vars/0',
    'layers/conv1d/vars/0',
    'layers/conv1d_10/vars/0',
    'layers/conv1d_2/vars/0',
    'layers/dropout/seed_generator/vars/0',
    'layers/gru/cell/seed_generator/vars/0',
    'layers/gru/cell/vars/0',
    'layers/gru/cell/vars/1',
    'layers/gru/cell/vars/10',
    'layers/gru/cell/vars/2',
    'layers/gru_1/cell/vars/0',
    'layers/p_re_lu/vars/0',
    'layers/rnn/cell/cells/gru_cell/vars/0',
    'layers/rnn/cell/cells/gru_cell_1/vars/0',
    'layers/rnn/cell/cells/gru_cell_10/vars/0',
    'layers/rnn/cell/cells/gru_cell_2/vars/0',
    'layers/sequential/layers/batch_normalization/vars/0',
    'layers/sequential/layers/dense/vars/0',
    'layers/sequential/layers/dense/vars/1',
    'layers/sequential/layers/dense_1/vars/0',
    'optimizer/vars/0',
  ];
  const of_cells = (/** @type {string[]} */ suffixes) =>
    suffixes.map((suffix) => `layers/rnn/cell/cells/gru_cell${suffix}/vars/0`);
  const expected = {
    in: [],
    first: [0, 1, 2, 10].map((i) => `layers/gru/cell/vars/${i}`),
    both: ['forward', 'backward'].map((one) => `layers/bidirectional/${one}_layer/cell/vars/0`),
    second: ['layers/gru_1/cell/vars/0'],
    cells: of_cells(['', '_1', '_2', '_10']),
    slopes: ['layers/p_re_lu/vars/0'],
    inside: ['dense/vars/0', 'dense/vars/1', 'batch_normalization/vars/0', 'dense_1/vars/0'].map(
      (path) => `layers/sequential/layers/${path}`,
    ),
    drop: [],
    c0: ['layers/conv1d/vars/0'],
    c2: ['layers/conv1d_2/vars/0'],
    c10: ['layers/conv1d_10/vars/0'],
  };
  expect(Object.fromEntries(weights_by_layer(config, paths))).toMatchObject(expected);
});

const weights = hdf5_file((file) => add_dataset(file, 'layers/dense/vars/0', [1, 2], [1, 2]));
const config = strToU8(JSON.stringify(layer('Sequential', 'model', { layers: [layer('Dense', 'd')] })));
const parts = { 'config.json': config, 'model.weights.h5': weights };

test.each([0, 6])('a zip, compressed by level %i', async (level) => {
  const metadata = strToU8('{"keras_version":"3.5.0"}');
  const bytes = zipSync({ ...parts, 'metadata.json': metadata }, { level: /** @type {0 | 6} */ (level) });
  const { format, tensors, metadata: stated } = await read_weights(bytes);
  expect(format).toBe('Keras 3 (.keras)');
  expect(stated).toEqual({ keras_version: '3.5.0' });
  expect(tensors.get('layers/dense/vars/0')?.data).toEqual(Float32Array.of(1, 2));
});

describe('refused', () => {
  /** A field of the list of files, of the entry of a name. @param {Uint8Array} bytes @param {string} name @param {number} field @param {number} value */
  function with_field(bytes, name, field, value) {
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    for (let at = 0; at + 46 < bytes.length; at++) {
      if (view.getUint32(at, true) !== 0x02014b50) continue;
      const length = view.getUint16(at + 28, true);
      if (new TextDecoder().decode(changed.subarray(at + 46, at + 46 + length)) === name)
        view.setUint32(at + field, value, true);
    }
    return changed;
  }
  const zip = zipSync(parts, { level: 6 });
  const stored = zipSync(parts, { level: 0 });
  const name = 'model.weights.h5';
  test.each(
    /** @type {[string, Uint8Array, RegExp][]} */ ([
      [
        'a file that is larger than stated',
        with_field(zip, name, 24, weights.length - 1),
        /does not have the \d+ bytes/,
      ],
      [
        'a file that is smaller than stated',
        with_field(zip, name, 24, weights.length + 1),
        /does not have the \d+ bytes/,
      ],
      [
        'a file that would fill the memory',
        with_field(zip, name, 24, 0x7fffffff),
        /would take more than \d+ bytes/,
      ],
      ['a stored file of another size', with_field(stored, name, 24, 5), /has \d+ bytes, not 5/],
      ['a file outside of the zip', with_field(zip, name, 20, 0x7fffffff), /ends after the end of the zip/],
      ['a file at another place', with_field(zip, name, 42, 3), /is not where the list of files says/],
      ['a file after the end', with_field(zip, name, 42, 0x7fffffff), /is not where the list of files says/],
      ['an unknown compression', with_field(zip, name, 10, 9), /compressed by the method 9/],
      ['no configuration', zipSync({ [name]: weights }), /has no config.json/],
      [
        'a configuration that is no object',
        zipSync({ ...parts, 'config.json': strToU8('[]') }),
        /config.json is not a JSON object/,
      ],
      [
        'a configuration that is no JSON',
        zipSync({ ...parts, 'config.json': strToU8('{') }),
        /config.json is not JSON/,
      ],
      [
        'a configuration that is no text',
        zipSync({ ...parts, 'config.json': Uint8Array.of(0x7b, 255) }),
        /not text in UTF-8/,
      ],
      ['weights that are no HDF5', zipSync({ ...parts, [name]: strToU8('HDF') }), /not a valid HDF5 file/],
      ['a zip of something else', zipSync({ 'a.txt': config }), /it is a zip without model.weights.h5/],
      ['half a zip', zip.subarray(0, zip.length / 2), /it is not a zip/],
    ]),
  )('%s', async (_, bytes, message) => {
    await expect(read_weights(bytes)).rejects.toThrow(InvalidArgumentError);
    await expect(read_weights(bytes)).rejects.toThrow(message);
  });
});
