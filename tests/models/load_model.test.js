// save and load_model: the same predictions to the bit, every source, and files that are not models.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { read_safetensors, write_safetensors } from '../../js/formats/safetensors.js';
import { load_model } from '../../js/formats.js';
import {
  GRUCell,
  InvalidArgumentError,
  initializers,
  memory,
  NotFoundError,
  set_random_seed,
  tensor,
  ValueError,
} from '../../js/index.js';
import { Activation, Dense, Dropout, Embedding, Layer, RNN, Sequential } from '../../js/keras.js';
import { ready } from '../helpers/ready.js';

const folder = mkdtempSync(join(tmpdir(), 'load-model-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(ready);

const X = [
  [1, 2, 3, 0, 4],
  [4, 0, 1, 1, 2],
];

const make = () =>
  new Sequential(
    [
      new Embedding(5, 3, { mask_zero: true }),
      new RNN(new GRUCell(4, { activation: 'relu' }), { return_sequences: true, name: 'first' }),
      new Dropout(0.3),
      new RNN(new GRUCell(6), { go_backwards: true }),
      new Dense(5, { activation: 'tanh', kernel_regularizer: 'l2' }),
      new Activation('softmax'),
    ],
    { name: 'speaker' },
  );

test('a loaded model has the predictions, configuration, metadata and names of the saved one', async () => {
  const model = make();
  const expected = model.predict(X);
  model.layers[4].trainable = false;
  const bytes = await model.save({ metadata: { alphabet: 'abcdé', validation_bits_per_character: 1.75 } });
  const again = await load_model(bytes);
  expect(again.predict(X)).toEqual(expected);
  expect(again.metadata).toEqual({ alphabet: 'abcdé', validation_bits_per_character: 1.75 });
  expect(again.get_config()).toEqual(model.get_config());
  expect(again.weights.map(({ name }) => name)).toEqual(model.weights.map(({ name }) => name));
  expect(again.trainable_weights).toHaveLength(9);
  expect(again.name).toBe('speaker');
  // Saved again it gives the same bytes.
  expect(await again.save()).toEqual(bytes);
  expect(again.predict([[1, 2]]).shape).toEqual([1, 5]);
  model.dispose();
  again.dispose();
});

test('the file is plain safetensors, with the weights under their names', async () => {
  const model = make();
  model.build([null, null]);
  const { tensors, metadata } = read_safetensors(await model.save());
  const [embedding, second] = [model.layers[0].name, model.layers[3].name];
  const dense = model.layers[4].name;
  const of_cell = (/** @type {string} */ rnn) =>
    ['gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias'].map(
      (name) => `${rnn}/gru_cell/${name}`,
    );
  expect([...tensors.keys()]).toEqual([
    `${embedding}/embeddings`,
    ...of_cell('first'),
    ...of_cell(second),
    `${dense}/kernel`,
    `${dense}/bias`,
  ]);
  expect(metadata.get('metadata')).toBe('null');
  model.dispose();
});

test('float64 stays float64', async () => {
  const model = new Sequential([new RNN(new GRUCell(3)), new Dense(2)], { dtype: 'float64' });
  const x = tensor([0.1, 0.2, 0.3, 0.4], [1, 2, 2], 'float64');
  const expected = model.predict(x);
  const again = await load_model(await model.save());
  expect(again.predict(x)).toEqual(expected);
  model.dispose();
  again.dispose();
});

test('every source', async () => {
  const model = make();
  const expected = model.predict(X);
  const bytes = await model.save();
  const path = join(folder, 'a model.safetensors');
  writeFileSync(path, bytes);
  const sources = [
    bytes,
    bytes.buffer,
    new DataView(bytes.buffer),
    new Blob([bytes]),
    new Response(bytes),
    path,
    pathToFileURL(path),
    String(pathToFileURL(path)),
    new URL(`data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`),
  ];
  for (const source of sources) {
    const again = await load_model(/** @type {any} */ (source));
    expect(again.predict(X)).toEqual(expected);
    again.dispose();
  }
  model.dispose();
});

test('layers of the user, by custom_objects', async () => {
  class Twice extends Layer {
    /** @param {any} inputs */
    call(inputs) {
      const x = this._take(inputs);
      return tensor(
        /** @type {any} */ (x.data).map((/** @type {number} */ value) => 2 * value),
        x.shape,
        x.dtype,
      );
    }
  }
  const model = new Sequential([new Dense(2), new Twice()]);
  const expected = model.predict([[1, 2]]);
  const bytes = await model.save();
  await expect(load_model(bytes)).rejects.toThrow(/class "Twice" is not known/);
  const again = await load_model(bytes, { custom_objects: { Twice } });
  expect(again.predict([[1, 2]])).toEqual(expected);
  model.dispose();
  again.dispose();
});

test('loading draws no random numbers', async () => {
  const model = new Sequential([new Dense(3)]);
  model.predict([[1, 2]]);
  const bytes = await model.save();
  const draw = () => Array.from(initializers.random_uniform()([4]));
  set_random_seed(3);
  const expected = draw();
  set_random_seed(3);
  const again = await load_model(bytes);
  expect(draw()).toEqual(expected);
  model.dispose();
  again.dispose();
});

describe('errors', () => {
  test('metadata and configurations that JSON cannot hold', async () => {
    const model = new Sequential([new Dense(2)]);
    model.build([null, 2]);
    for (const metadata of [{ a: Number.NaN }, { a: [() => 1] }, { a: 1n }]) {
      await expect(model.save({ metadata })).rejects.toThrow(ValueError);
      await expect(model.save({ metadata })).rejects.toThrow(/save: metadata cannot be written as JSON: /);
    }
    const with_function = new Sequential([new Dense(2, { kernel_initializer: () => [1, 2, 3, 4] })]);
    with_function.build([null, 2]);
    await expect(with_function.save()).rejects.toThrow(
      /the configuration cannot be written as JSON: kernel_initializer is function/,
    );
    model.dispose();
    with_function.dispose();
  });

  test('a source that cannot be read', async () => {
    await expect(load_model(join(folder, 'none'))).rejects.toThrow(NotFoundError);
    await expect(load_model(join(folder, 'none'))).rejects.toThrow(
      /load_model: source .*none cannot be read/,
    );
    await expect(load_model(new Response('no', { status: 404 }))).rejects.toThrow(/status 404/);
    await expect(load_model(/** @type {any} */ (3))).rejects.toThrow(/source must be bytes, .* not 3/);
    await expect(load_model(new Uint8Array(3))).rejects.toThrow(InvalidArgumentError);
    await expect(load_model(new Uint8Array(3), /** @type {any} */ ({ strict: 1 }))).rejects.toThrow(
      TypeError,
    );
  });

  test('files that are not models, or damaged, leave no memory on the heap', async () => {
    const model = new Sequential([new Dense(2, { name: 'd' })]);
    model.build([null, 3]);
    const { tensors, metadata } = read_safetensors(await model.save());
    model.dispose();
    const before = memory().blocks;
    const config = JSON.parse(/** @type {string} */ (metadata.get('model')));
    const dense = config.config.layers[0];
    const with_layers = (/** @type {any[]} */ layers) =>
      JSON.stringify({ ...config, config: { ...config.config, layers } });
    const kernel = /** @type {import('../../js/index.js').Tensor} */ (tensors.get('d/kernel'));
    const bias = /** @type {import('../../js/index.js').Tensor} */ (tensors.get('d/bias'));
    /** @type {[Record<string, string | undefined>, Map<string, any> | null, RegExp][]} */
    const cases = [
      [
        { format: undefined },
        null,
        /in the format safetensors, must hold a whole model, but holds weights alone, which read_weights reads/,
      ],
      [{ format: 'pt' }, null, /holds weights alone/],
      [{ format: 'pt', note: 'gru-wasm model' }, null, /entry "format" must be "gru-wasm model", not "pt"/],
      [{ model: undefined }, null, /entry "model" is missing or not JSON/],
      [{ model: '{' }, null, /read as gru-wasm model: .*entry "model" is missing or not JSON/],
      [{ model: 'null' }, null, /entry "model" must be \{ class_name, config \}, not null/],
      [
        { model: '{"class_name":"Other","config":{}}' },
        null,
        /must hold a whole model, but holds an object of the class "Other"/,
      ],
      [
        { model: '{"class_name":"Sequential","config":{}}' },
        null,
        /no model can be made from its configuration: .*layers must be a list/,
      ],
      [
        { model: with_layers([{ class_name: '__proto__', config: {} }]) },
        null,
        /class "__proto__" is not known/,
      ],
      [{ model: with_layers([{ class_name: 'Dense' }]) }, null, /must be \{ class_name, config \}/],
      [{ model: with_layers([null]) }, null, /must be \{ class_name, config \}, not null/],
      [
        { model: with_layers([{ ...dense, config: { ...dense.config, units: -1 } }]) },
        null,
        /units must be a positive integer/,
      ],
      [
        { model: with_layers([{ ...dense, config: { ...dense.config, units: 2 ** 30 } }]) },
        null,
        /no model can be made/,
      ],
      [
        { model: with_layers([{ ...dense, config: { ...dense.config, units: 1 } }]) },
        null,
        /weights are float32\[3, 1\].* the file's float32\[3, 2\]/,
      ],
      [{ weights: '["d/kernel"]' }, null, /must name each of its 2 weights once/],
      [{ weights: '["d/kernel","d/kernel"]' }, null, /must name each of its 2 weights once/],
      [{ weights: '["d/kernel","d/beta"]' }, null, /the file has no weight "d\/beta"/],
      [{ weights: '["d/bias","d/kernel"]' }, null, /the file's float32\[2\], float32\[3, 2\]/],
      [{ metadata: 'x' }, null, /entry "metadata" is missing or not JSON/],
      [
        {},
        new Map([
          ['d/kernel', tensor(kernel.data, kernel.shape, 'float64')],
          ['d/bias', bias],
        ]),
        /the file's float64\[3, 2\]/,
      ],
    ];
    for (const [changes, other, message] of cases) {
      const entries = Object.entries({ ...Object.fromEntries(metadata), ...changes }).filter(
        ([, text]) => text !== undefined,
      );
      const bytes = write_safetensors(
        other ?? tensors,
        Object.fromEntries(/** @type {[string, string][]} */ (entries)),
      );
      await expect(load_model(bytes)).rejects.toThrow(InvalidArgumentError);
      await expect(load_model(bytes)).rejects.toThrow(message);
      expect(memory().blocks).toBe(before);
    }
  });
});
