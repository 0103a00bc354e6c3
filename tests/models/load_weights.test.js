// load_weights: files of weights into models that exist. The files are written by the HDF5 library, a zip library and write_weights.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { load_weights, write_weights } from '../../js/formats.js';
import { GRUCell, InvalidArgumentError, memory, set_random_seed } from '../../js/index.js';
import { Bidirectional, Dense, Embedding, GRU, Input, Model, Sequential } from '../../js/keras.js';
import { keras_h5, keras_zip } from '../helpers/keras_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const next = generator(77);
const weight = (/** @type {string} */ name, /** @type {number[]} */ ...shape) => ({
  name,
  shape,
  data: Float32Array.from(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      next,
    ),
  ),
});
const gru_weights = (/** @type {string} */ name, /** @type {number} */ inputs) => [
  weight(`${name}/kernel:0`, inputs, 9),
  weight(`${name}/recurrent_kernel:0`, 3, 9),
  weight(`${name}/bias:0`, 2, 9),
];
const GRU_CONFIG = { units: 3, reset_after: true };

/** A file's description: two GRUs, one of both directions, and two heads of the same shape. */
const DESCRIPTION = {
  layers: [
    {
      class_name: 'Embedding',
      config: { name: 'ids', input_dim: 5, output_dim: 4, batch_input_shape: [null, null] },
    },
    {
      class_name: 'Bidirectional',
      config: { name: 'both', layer: { class_name: 'GRU', config: { name: 'inner', ...GRU_CONFIG } } },
    },
    { class_name: 'Dense', config: { name: 'middle', units: 6 } },
    { class_name: 'Dense', config: { name: 'last', units: 6 } },
  ],
  weights: [
    [weight('ids/embeddings:0', 5, 4)],
    [...gru_weights('both/forward_inner', 4), ...gru_weights('both/backward_inner', 4)],
    [weight('middle/kernel:0', 6, 6), weight('middle/bias:0', 6)],
    [weight('last/kernel:0', 6, 6), weight('last/bias:0', 6)],
  ],
};
const VALUES = DESCRIPTION.weights.flat().map(({ data }) => Array.from(data));

/** @param {string[]} names of the layers */
function make([ids, both, middle, last] = ['ids', 'both', 'middle', 'last']) {
  set_random_seed(2);
  const model = new Sequential([
    new Embedding(5, 4, { name: ids }),
    new Bidirectional(new GRU(3), { name: both }),
    new Dense(6, { name: middle }),
    new Dense(6, { name: last }),
  ]);
  return model.build([null, null]);
}

const values_of = (/** @type {any} */ model) =>
  model.get_weights().map((/** @type {any} */ { data }) => Array.from(data));

/** @type {[string, () => any][]} */
const FILES = [
  ['a whole model in HDF5', () => keras_h5(DESCRIPTION)],
  ['weights in HDF5', () => keras_h5(DESCRIPTION, { weights_only: true })],
  ['.keras', () => keras_zip(DESCRIPTION)],
  ['.weights.h5', () => unzipSync(keras_zip(DESCRIPTION))['model.weights.h5']],
];

describe.each(FILES)('%s', (_, file) => {
  test('sets the weights by the names of layers, and by their order where names differ', async () => {
    const before = memory();
    for (const names of [undefined, ['a', 'b', 'c', 'd']]) {
      const model = make(names);
      const { loaded, skipped } = await load_weights(model, file());
      expect(values_of(model)).toEqual(VALUES);
      expect([loaded, skipped]).toEqual([names ?? ['ids', 'both', 'middle', 'last'], []]);
      model.dispose();
    }
    expect(memory()).toEqual(before);
  });
});

test.each(/** @type {const} */ (['safetensors', 'npz', 'tfjs']))('%s', async (format) => {
  const from = make();
  from.set_weights(VALUES.map((data, i) => ({ shape: from.weights[i].shape, data })));
  const file = await write_weights(from, { format });
  for (const names of [undefined, ['a', 'b', 'c', 'd']]) {
    const model = make(names);
    const { loaded } = await load_weights(model, file);
    expect(loaded).toHaveLength(VALUES.length);
    expect(values_of(model)).toEqual(VALUES);
    model.dispose();
  }
  from.dispose();
});

test('what save wrote, into a functional model and one that is trained on', async () => {
  const from = make();
  const bytes = await from.save();
  const x = Input({ shape: [null] });
  const [ids, both] = [new Embedding(5, 4), new Bidirectional(new GRU(3))];
  const model = new Model(x, new Dense(6).apply(new Dense(6).apply(both.apply(ids.apply(x)))));
  model.compile({ optimizer: 'adam', loss: 'mse' });
  await load_weights(model, bytes);
  const data = [
    [1, 2, 3],
    [4, 0, 2],
  ];
  expect(model.predict(data)).toEqual(from.predict(data));
  const { history } = await model.fit(data, Array(2).fill([1, 0, 1, 0, 1, 0]), { epochs: 3 });
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
  from.dispose();
  model.dispose();
});

describe('by_name', () => {
  test('layers that the file names get weights, others stay', async () => {
    const model = make(['ids', 'other', 'last', 'head']);
    const before = values_of(model);
    const { loaded, skipped } = await load_weights(model, keras_h5(DESCRIPTION), { by_name: true });
    expect([loaded, skipped]).toEqual([['ids', 'last'], []]);
    const expected = [VALUES[0], ...before.slice(1, 7), ...VALUES.slice(9), ...before.slice(9)];
    expect(values_of(model)).toEqual(expected);
    model.dispose();
  });

  test('weights of other shapes are an error that changes nothing, or skipped', async () => {
    set_random_seed(1);
    const model = new Sequential([
      new Embedding(5, 4, { name: 'ids' }),
      new GRU(2),
      new Dense(6, { name: 'last' }),
    ]);
    model.build([null, null]);
    const before = values_of(model);
    const file = keras_h5(DESCRIPTION);
    await expect(load_weights(model, file, { by_name: true })).rejects.toThrow(
      /"last" has the weights .* \[2, 6\].* but in the file .* \[6, 6\]/,
    );
    expect(values_of(model)).toEqual(before);
    const result = await load_weights(model, file, { by_name: true, skip_mismatch: true });
    expect(result).toEqual({ loaded: ['ids'], skipped: ['last'] });
    expect(values_of(model)).toEqual([VALUES[0], ...before.slice(1)]);
    model.dispose();
  });

  test('files without layers: weights of the same names', async () => {
    const [from, model] = [make(), make(['ids', 'b', 'c', 'last'])];
    from.set_weights(VALUES.map((data, i) => ({ shape: from.weights[i].shape, data })));
    const before = values_of(model);
    const { loaded } = await load_weights(model, await write_weights(from), { by_name: true });
    expect(loaded).toContain('last/kernel');
    const after = values_of(model);
    expect([after[0], after[9], after[10]]).toEqual([VALUES[0], VALUES[9], VALUES[10]]);
    expect(after[7]).toEqual(before[7]);
    from.dispose();
    model.dispose();
  });
});

test.each(
  /** @type {[string, () => any, any, any, RegExp][]} */ ([
    [
      'one layer too few',
      () => new Sequential([new Dense(6)]).build([null, 6]),
      {},
      InvalidArgumentError,
      /has 1 layers with weights, .* but the file 4: ids, both/,
    ],
    ['not built', () => new Sequential([new Dense(6)]), {}, Error, /is not built/],
    ['a cell', () => new GRUCell(3), {}, TypeError, /model must be a Sequential or a Model/],
    [
      'skip_mismatch alone',
      make,
      { skip_mismatch: true },
      Error,
      /skip_mismatch can be true only where by_name is/,
    ],
    ['by_name', make, { by_name: 1 }, TypeError, /by_name must be true or false, not 1/],
    ['an option', make, { strict: true }, TypeError, /load_weights has no option 'strict'/],
  ]),
)('refused: %s', async (_, make_model, options, type, message) => {
  const model = make_model();
  const loading = load_weights(model, keras_h5(DESCRIPTION), options);
  await expect(loading).rejects.toThrow(message);
  await expect(loading).rejects.toThrow(type);
  model.dispose();
});
