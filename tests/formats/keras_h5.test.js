// Keras's HDF5 files: what they say beside the tensors.
import { expect, test } from '@jest/globals';
import { read_file } from '../../js/formats/files.js';
import { add_dataset, hdf5_file } from '../helpers/hdf5_files.js';

/** @param {Uint8Array} bytes */
const read = async (bytes) => {
  const sibling = async () => new Uint8Array();
  const { format, contents } = await read_file('test', [{ name: null, bytes, sibling }]);
  expect(format).toBe('HDF5');
  return contents;
};

test('weights alone', async () => {
  const bytes = hdf5_file((file) => {
    file.create_attribute('layer_names', ['gru_1']);
    file.create_attribute('backend', 'tensorflow');
    add_dataset(file, 'gru_1/gru_1/kernel:0', [1, 2, 3], [1, 3]);
    file.get('gru_1').create_attribute('weight_names', ['gru_1/kernel:0']);
  });
  const { tensors, keras, metadata, warnings } = await read(bytes);
  expect([...tensors.keys()]).toEqual(['gru_1/gru_1/kernel:0']);
  expect(keras).toBe(null);
  expect(metadata).toEqual({ layer_names: ['gru_1'], backend: 'tensorflow' });
  expect(warnings).toEqual([]);
});

test('a whole model, the names of whose layers are in several attributes', async () => {
  const config = { class_name: 'Sequential', config: { layers: [], x: 'NaN' } };
  const bytes = hdf5_file((file) => {
    const text = JSON.stringify(config).replace('"x"', '"y":NaN,"z":-Infinity,"x"');
    file.create_attribute('model_config', text, null, 'S');
    file.create_attribute('training_config', '{}');
    file.create_attribute('keras_version', '2.4.0');
    const weights = file.create_group('model_weights');
    weights.create_attribute('layer_names0', ['a', 'b']);
    weights.create_attribute('layer_names1', ['c']);
    for (const name of 'abc') {
      add_dataset(file, `model_weights/${name}/${name}/kernel:0`, [1], [1]);
      weights.get(name).create_attribute('weight_names', [`${name}/kernel:0`]);
    }
  });
  const { keras, metadata } = await read(bytes);
  expect(keras).toEqual({
    config: { class_name: 'Sequential', config: { layers: [], y: null, z: -Infinity, x: 'NaN' } },
    version: '2.4.0',
    training: {},
    layer_weights: new Map([...'abc'].map((name) => [name, [`model_weights/${name}/${name}/kernel:0`]])),
  });
  expect(metadata).toEqual({ keras_version: '2.4.0' });
});

test('a configuration that is not JSON', async () => {
  const bytes = hdf5_file((file) => file.create_attribute('model_config', '{"class_name":'));
  await expect(read(bytes)).rejects.toThrow(
    "test, read as HDF5: the file's attribute model_config is not JSON",
  );
});
