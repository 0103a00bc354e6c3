// PyTorch's files in all of its forms: the recorded model of tests/goldens/rtneural, whose outputs PyTorch computed.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { read_weights, write_weights } from '../../js/formats.js';
import { tensor } from '../../js/index.js';
import { Dense, Sequential } from '../../js/keras.js';
import { flatten, greatest_difference, read_json, read_lines } from '../goldens/recordings.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import {
  Call,
  Global,
  legacy_file,
  Persistent,
  state_dict,
  Tuple,
  tar_file,
  tensor_call,
  pickle as write_pickle,
  zip_file,
} from '../helpers/pickle_writer.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** @type {Map<string, { data: number[], shape: number[] }>} */
const TENSORS = new Map(
  Object.entries(read_json('rtneural/gru_torch.json')).map(([name, list]) => [name, flatten(list)]),
);

const STORAGES = state_dict(TENSORS).storages;
const checkpoint = (/** @type {string} */ key) =>
  new Map(
    /** @type {[string, unknown][]} */ ([
      ['epoch', 12],
      [key, state_dict(TENSORS).state],
      [
        'optimizer',
        new Map(
          /** @type {any} */ ([
            ['state', new Map([[0, state_dict(TENSORS).state]])],
            ['lr', 0.5],
          ]),
        ),
      ],
      ['args', new Call('argparse.Namespace')],
      ['comment', 'a text'],
    ]),
  );

/** @type {Record<string, () => Promise<Uint8Array> | Uint8Array>} */
const FILES = {
  'a zip': () => zip_file(state_dict(TENSORS).state, STORAGES),
  'a compressed zip in another folder': () =>
    zip_file(state_dict(TENSORS).state, STORAGES, { level: 6, folder: 'model' }),
  'a checkpoint with state_dict': () => zip_file(checkpoint('state_dict'), STORAGES),
  'a checkpoint with model': () => zip_file(checkpoint('model'), STORAGES),
  'a checkpoint with net': () => zip_file(checkpoint('net'), STORAGES),
  'the form before 1.6': () => legacy_file((change_id) => state_dict(TENSORS, change_id)),
  'the form before 0.2, a tar': () => tar_file(TENSORS),
  safetensors: () =>
    write_weights(
      Object.fromEntries([...TENSORS].map(([name, { data, shape }]) => [name, tensor(data, shape)])),
    ),
  npz: () =>
    write_weights(
      Object.fromEntries([...TENSORS].map(([name, { data, shape }]) => [name, tensor(data, shape)])),
      { format: 'npz' },
    ),
};

test.each(Object.entries(FILES))("%s: the GRUs compute PyTorch's outputs", async (_, make) => {
  const { tensors, grus } = await read_weights(await make());
  expect([...tensors.keys()]).toEqual([...TENSORS.keys()]);
  expect(grus.map(({ create: _create, ...gru }) => gru)).toEqual([
    { name: 'gru', input_size: 1, units: 8, layers: 1, bidirectional: false, reset_after: true, place: null },
    {
      name: 'gru2',
      input_size: 8,
      units: 8,
      layers: 3,
      bidirectional: false,
      reset_after: true,
      place: null,
    },
  ]);
  const [first, others] = grus.map(({ create }) => create({ return_sequences: true }));
  const dense = new Dense(1);
  const model = new Sequential([first, others, dense]);
  const x = read_lines('rtneural/gru_torch_x_python.csv');
  model.build([1, x.length, 1]);
  dense.set_weights([
    /** @type {any} */ (
      tensors
        .get('dense.weight')
        ?.array()[0]
        .map((/** @type {number} */ value) => [value])
    ),
    /** @type {any} */ (tensors.get('dense.bias')),
  ]);
  const expected = read_lines('rtneural/gru_torch_y_python.csv');
  expect(greatest_difference(model.predict(tensor(x, [1, x.length, 1])).data, expected)).toBeLessThan(3e-7);
  model.dispose();
});

test('what a checkpoint says beside the tensors is metadata', async () => {
  const { metadata, format } = await read_weights(zip_file(checkpoint('model_state_dict'), STORAGES));
  expect([format, metadata]).toEqual(['PyTorch', { epoch: 12, comment: 'a text' }]);
});

test('averages of the weights: read where they are alone, named where they are beside the model', async () => {
  for (const key of ['ema_state_dict', 'shadow']) {
    const { grus, warnings } = await read_weights(zip_file(checkpoint(key), STORAGES));
    expect([grus.map(({ name }) => name), warnings]).toEqual([['gru', 'gru2'], []]);
  }
  const both = new Map([...checkpoint('ema'), ...checkpoint('net')]);
  const { grus, warnings } = await read_weights(zip_file(both, STORAGES));
  expect(grus.map(({ name }) => name)).toEqual(['gru', 'gru2']);
  expect(warnings).toEqual([
    'The file holds several models. The weights are those of "net"; not read are those of "ema".',
  ]);
});

test('the prefixes of DataParallel and torch.compile are in the names', async () => {
  const prefixed = new Map([...TENSORS].map(([name, value]) => [`_orig_mod.module.${name}`, value]));
  const { state, storages } = state_dict(prefixed);
  const { grus } = await read_weights(zip_file(state, storages));
  expect(grus.map(({ name }) => name)).toEqual(['_orig_mod.module.gru', '_orig_mod.module.gru2']);
});

describe('GRUs in a state_dict', () => {
  /** @param {Record<string, number[]>} shapes */
  const grus_of = async (shapes) => {
    const entries = Object.entries(shapes).map(([name, shape], k) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return /** @type {const} */ ([
        name,
        { shape, data: Array.from({ length: size }, (_, i) => Math.sin(i + 10 * k)) },
      ]);
    });
    return (
      await read_weights(zip_file(state_dict(new Map(entries)).state, state_dict(new Map(entries)).storages))
    ).grus;
  };
  const direction = (/** @type {number} */ inputs, /** @type {number} */ units, place = '') => ({
    [`weight_ih${place}`]: [3 * units, inputs],
    [`weight_hh${place}`]: [3 * units, units],
    [`bias_ih${place}`]: [3 * units],
    [`bias_hh${place}`]: [3 * units],
  });

  test('bidirectional, two layers, under no prefix', async () => {
    const [gru, ...others] = await grus_of({
      ...direction(3, 2, '_l0'),
      ...direction(3, 2, '_l0_reverse'),
      ...direction(4, 2, '_l1'),
      ...direction(4, 2, '_l1_reverse'),
    });
    expect(others).toEqual([]);
    expect(gru).toMatchObject({ name: 'gru', input_size: 3, units: 2, layers: 2, bidirectional: true });
    const model = gru.create();
    expect(model.call([[[1, 2, 3]]]).shape).toEqual([1, 4]);
    model.dispose();
  });

  test('GRUCell, and a GRU without biases', async () => {
    const cell = Object.entries(direction(3, 2)).map(([name, shape]) => [`decoder.${name}`, shape]);
    const [first, second] = await grus_of({
      ...Object.fromEntries(cell),
      'encoder.weight_ih_l0': [6, 5],
      'encoder.weight_hh_l0': [6, 2],
    });
    expect(first).toMatchObject({ name: 'decoder', input_size: 3, units: 2 });
    expect(second).toMatchObject({ name: 'encoder', input_size: 5, reset_after: true });
    const layer = second.create();
    expect(layer.weights).toHaveLength(2);
    layer.dispose();
  });

  test('an LSTM and a plain RNN are not GRUs', async () => {
    expect(
      await grus_of({
        'lstm.weight_ih_l0': [8, 3],
        'lstm.weight_hh_l0': [8, 2],
        'rnn.weight_ih_l0': [2, 3],
        'rnn.weight_hh_l0': [2, 2],
      }),
    ).toEqual([]);
  });

  test.each([
    [{ ...direction(3, 2, '_l0'), weight_hr_l0: [1, 2] }, 'proj_size is not supported'],
    [
      { ...direction(3, 2, '_l0'), ...direction(5, 2, '_l1') },
      'do not have the shapes of a GRU of 2 units and 2 inputs',
    ],
    [{ ...direction(3, 2, '_l0'), weight_ih_l0_reverse: [6, 3] }, 'do not have the shapes of a GRU'],
  ])('an error, %#', async (shapes, message) => {
    await expect(grus_of(/** @type {any} */ (shapes))).rejects.toThrow(message);
  });
});

describe('tensors', () => {
  const storages = [{ key: '0', data: Float32Array.from({ length: 12 }, (_, i) => i) }];
  const id = new Tuple('storage', new Global('torch.FloatStorage'), '0', 'cpu', 12);
  const read = async (/** @type {unknown} */ content) =>
    (await read_weights(zip_file(content, storages))).tensors;

  test('views of one storage: offsets, transposed, expanded, empty', async () => {
    const tensors = await read(
      new Map([
        ['whole', tensor_call(id, 0, [3, 4])],
        ['row', tensor_call(id, 4, [4])],
        ['transposed', tensor_call(id, 0, [4, 3], [1, 4])],
        ['column', tensor_call(id, 1, [3], [4])],
        ['expanded', tensor_call(id, 2, [2, 3], [0, 1])],
        ['empty', tensor_call(id, 0, [0, 4])],
        ['scalar', tensor_call(id, 7, [])],
      ]),
    );
    expect(Object.fromEntries([...tensors].map(([name, value]) => [name, value.array()]))).toEqual({
      whole: [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ],
      row: [4, 5, 6, 7],
      transposed: [
        [0, 4, 8],
        [1, 5, 9],
        [2, 6, 10],
        [3, 7, 11],
      ],
      column: [1, 5, 9],
      expanded: [
        [2, 3, 4],
        [2, 3, 4],
      ],
      empty: [],
      scalar: 7,
    });
  });

  test('parameters, modules of TorchScript, lists', async () => {
    const parameter = new Call(
      'torch._utils._rebuild_parameter',
      tensor_call(id, 0, [2]),
      true,
      new Call('collections.OrderedDict'),
    );
    expect([
      ...(
        await read(
          new Map([
            ['a', parameter],
            ['b', [parameter, parameter]],
          ]),
        )
      ).keys(),
    ]).toEqual(['a', 'b.0', 'b.1']);
  });

  test('a tensor of another dtype than numbers is left out with a warning', async () => {
    const complex = tensor_call(new Tuple('storage', new Global('torch.complex64'), '1', 'cpu', 1), 0, [1]);
    const { tensors, warnings } = await read_weights(
      zip_file(
        new Map([
          ['w', tensor_call(id, 0, [2])],
          ['c', complex],
        ]),
        [...storages, { key: '1', data: Float32Array.of(1, 2) }],
      ),
    );
    expect([...tensors.keys()]).toEqual(['w']);
    expect(warnings).toEqual([
      'the tensor "c" has the dtype complex64, which is not supported; it is left out',
    ]);
  });

  test.each(
    /** @type {[unknown, string][]} */ ([
      [new Map([['w', tensor_call(id, 0, [13])]]), 'needs 13 elements of its storage, which has 12'],
      [new Map([['w', tensor_call(id, 0, [2 ** 20, 2 ** 20], [0, 0])]]), 'too many for a file of'],
      [new Map([['w', tensor_call(id, 0, [2], [-1])]]), 'the stride [-1]'],
      [
        new Map([
          ['w', tensor_call(new Tuple('storage', new Global('torch.FloatStorage'), '7', 'cpu', 1), 0, [1])],
        ]),
        'it has no "archive/data/7"',
      ],
      [
        new Map([
          ['w', tensor_call(new Tuple('storage', new Global('torch.complex64'), '0', 'cpu', 1), 0, [1])],
        ]),
        'the dtype complex64',
      ],
      [new Map([['w', new Call('os.system', 'echo hacked')]]), 'it uses os.system'],
      [new Map([['w', new Call('builtins.eval', '1')]]), 'it uses builtins.eval'],
      [new Map([['w', new Call('__main__.run')]]), 'it uses __main__.run'],
      [new Call('__main__.Net'), 'it has no tensors'],
      [new Map([['w', new Persistent('x')]]), 'it refers to "x", which is not a storage'],
      [new Map([['epoch', 3]]), 'it has no tensors'],
    ]),
  )('an error, %#', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

test('a pickle is refused by the instruction, and a list that contains itself ends', async () => {
  const unknown = write_pickle(null);
  unknown[2] = 0x82; // EXT1, a class by its number in a registry
  await expect(read_weights(zipSync({ 'a/data.pkl': unknown }))).rejects.toThrow(
    /the instruction ".", which is not known/,
  );
  // [] stored as 0, then appended to itself.
  const cyclic = Uint8Array.from([0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]);
  await expect(read_weights(zipSync({ 'a/data.pkl': cyclic }))).rejects.toThrow('it has no tensors');
});

describe('damaged copies', () => {
  const small = new Map([
    ['gru.weight_ih_l0', { data: [1, 2, 3], shape: [3, 1] }],
    ['gru.weight_hh_l0', { data: [4, 5, 6], shape: [3, 1] }],
  ]);
  test.each(
    /** @type {[string, () => Uint8Array][]} */ ([
      ['zip', () => zip_file(state_dict(small).state, state_dict(small).storages)],
      ['compressed zip', () => zip_file(state_dict(small).state, state_dict(small).storages, { level: 6 })],
      ['before 1.6', () => legacy_file((change_id) => state_dict(small, change_id))],
      ['tar', () => tar_file(small)],
    ]),
  )('%s', async (_, make) => {
    const { refused } = await read_damaged_copies(make());
    expect(refused).toBeGreaterThan(50);
  });
});
