// Models of others, with outputs that Keras, PyTorch and TensorFlow.js recorded: see SOURCE.txt in each folder of the data. Where that is
// not at hand, beside this repository or at GRU_WASM_DATA, there is nothing to be held against.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { tensor } from '../../js/index.js';
import { Dense, Dropout, GRU, Sequential, TimeDistributed } from '../../js/keras.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const FOLDER = process.env.GRU_WASM_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const path_of = (/** @type {string[]} */ ...parts) => join(FOLDER, ...parts);
const read_json = (/** @type {string[]} */ ...parts) => JSON.parse(readFileSync(path_of(...parts), 'utf8'));
const read_csv = (/** @type {string[]} */ ...parts) =>
  readFileSync(path_of(...parts), 'utf8')
    .trim()
    .split('\n')
    .map(Number);
/** @param {string} folder */
const with_data = (folder) => (existsSync(path_of(folder)) ? describe : describe.skip);

/** @param {ArrayLike<number>} found @param {ArrayLike<number>} expected */
function greatest_difference(found, expected) {
  expect(found.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
}

/** @param {any} nested @returns {{ shape: number[], data: number[] }} */
const given = (nested) => {
  const shape = [];
  for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return { shape, data: nested.flat(9) };
};

with_data('kerasjs_tests')('Keras recordings of keras.js', () => {
  for (const dtype of DTYPES) {
    test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(`%d, ${dtype}`, (number) => {
      const name = `recurrent.GRU.${number}`;
      const { stateful_run_twice, units, ...options } = read_json('kerasjs_tests', 'attrs.json')[name];
      const { input, weights, expected } = read_json('kerasjs_tests', 'GRU.json')[name];
      const layer = new GRU(units, { ...options, stateful: stateful_run_twice, dtype });
      const x = tensor(input.data, [1, ...input.shape], dtype);
      layer.build(x.shape);
      layer.set_weights(weights);
      if (stateful_run_twice) layer.call(x);
      const output = layer.call(x);
      expect(output.shape).toEqual([1, ...expected.shape]);
      // The file has six decimals.
      expect(greatest_difference(output.data, expected.data)).toBeLessThan(1.5e-6);
      layer.dispose();
    });
  }
});

with_data('rtneural')('models of RTNeural', () => {
  const make = {
    'time-distributed-dense': (/** @type {any} */ { units, activation }) =>
      new TimeDistributed(new Dense(units, { activation })),
    dense: (/** @type {any} */ { units, activation }) => new Dense(units, { activation: activation || null }),
    gru: (/** @type {any} */ { units }) => new GRU(units, { return_sequences: true }),
  };
  describe.each(DTYPES)('%s', (dtype) => {
    test.each(['gru', 'gru_1d'])('%s, recorded from Keras', (name) => {
      const { layers } = read_json('rtneural', `${name}.json`);
      const model = new Sequential(
        layers.map((/** @type {any} */ { type, activation, shape }) =>
          make[/** @type {keyof typeof make} */ (type)]({ units: shape.at(-1), activation }),
        ),
        { dtype },
      );
      const x = read_csv('rtneural', `${name}_x_python.csv`);
      model.build([1, x.length, 1]);
      model.set_weights(layers.flatMap((/** @type {any} */ { weights }) => weights.map(given)));
      const found = model.predict(tensor(x, [1, x.length, 1], dtype));
      const expected = read_csv('rtneural', `${name}_y_python.csv`);
      expect(greatest_difference(found.data, expected)).toBeLessThan(3e-7);
      model.dispose();
    });

    test('gru_torch, recorded from PyTorch', () => {
      const state = read_json('rtneural', 'gru_torch.json');
      const units = 8;
      // Rows r, z, n of [3 units, inputs] become columns z, r, h.
      const gates = [1, 0, 2].flatMap((gate) => Array.from({ length: units }, (_, i) => gate * units + i));
      const columns = (/** @type {number[][]} */ rows) =>
        given(rows[0].map((_, input) => gates.map((row) => rows[row][input])));
      const weights_of = (/** @type {string} */ gru, /** @type {number} */ level) => {
        const [w_ih, w_hh, b_ih, b_hh] = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map(
          (part) => state[`${gru}.${part}_l${level}`],
        );
        const biases = [b_ih, b_hh].map((bias) => gates.map((row) => bias[row]));
        return [columns(w_ih), columns(w_hh), given(biases)];
      };
      const model = new Sequential(
        [...Array.from({ length: 4 }, () => new GRU(units, { return_sequences: true })), new Dense(1)],
        { dtype },
      );
      const x = read_csv('rtneural', 'gru_torch_x_python.csv');
      model.build([1, x.length, 1]);
      const kernel = state['dense.weight'][0].map((/** @type {number} */ value) => [value]);
      model.set_weights([
        ...weights_of('gru', 0),
        ...[0, 1, 2].flatMap((level) => weights_of('gru2', level)),
        given(kernel),
        given(state['dense.bias']),
      ]);
      const found = model.predict(tensor(x, [1, x.length, 1], dtype));
      const expected = read_csv('rtneural', 'gru_torch_y_python.csv');
      expect(greatest_difference(found.data, expected)).toBeLessThan(3e-7);
      model.dispose();
    });
  });
});

with_data('traffic_pems')('a forecast of traffic, trained with Keras', () => {
  test.each(DTYPES)('%s: over all windows, and as TensorFlow.js predicts', (dtype) => {
    const folder = ['traffic_pems', 'tfjs'];
    const [{ weights }] = read_json(...folder, 'model.json').weightsManifest;
    const bytes = Uint8Array.from(readFileSync(path_of(...folder, 'weights.bin')));
    let at = 0;
    const values = weights.map((/** @type {any} */ { shape }) => {
      const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      at += 4 * count;
      return { shape, data: new Float32Array(bytes.buffer, at - 4 * count, count) };
    });
    const form = { reset_after: false, recurrent_activation: 'hard_sigmoid' };
    const model = new Sequential(
      [
        new GRU(64, { ...form, return_sequences: true }),
        new GRU(64, form),
        new Dropout(0.2),
        new Dense(1, { activation: 'sigmoid' }),
      ],
      { dtype },
    );
    model.build([null, 12, 1]);
    model.set_weights(values);
    const { scale, windows, predictions } = read_json('traffic_pems', 'expected.json');
    const flows = readFileSync(path_of('traffic_pems', 'test.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => (Number(line.split(',')[1]) - scale.min) / (scale.max - scale.min));
    const x = Array.from({ length: windows }, (_, i) => flows.slice(i, i + 12)).flat();
    const found = model.predict(tensor(x, [windows, 12, 1], dtype), { batch_size: 256 });
    expect(greatest_difference(found.data, predictions)).toBeLessThan(5e-7);
    const recorded = read_json(...folder, 'predictions.json').predictions;
    expect(greatest_difference(found.data.slice(0, recorded.length), recorded)).toBeLessThan(5e-7);
    model.dispose();
  });
});
