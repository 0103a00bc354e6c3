// Models of RTNeural, which TensorFlow and PyTorch recorded.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { tensor } from '../../js/index.js';
import { Dense, GRU, Sequential, TimeDistributed } from '../../js/keras.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { flatten, greatest_difference, read_json, read_lines } from './recordings.js';

beforeAll(ready);

// All three were computed in float32: a float64 evaluation differs by up to 8.4e-8, and our float32 by as much again.
const TOLERANCE = 3e-7;

/** @type {Record<string, (options: { units: number, activation: string }) => any>} */
const LAYERS = {
  'time-distributed-dense': ({ units, activation }) => new TimeDistributed(new Dense(units, { activation })),
  dense: ({ units, activation }) => new Dense(units, { activation: activation || null }),
  gru: ({ units }) => new GRU(units, { return_sequences: true }),
};

describe.each(DTYPES)('%s', (dtype) => {
  test.each(['gru', 'gru_1d'])('%s, recorded from TensorFlow', (name) => {
    const { layers } = read_json(`rtneural/${name}.json`);
    const model = new Sequential(
      layers.map((/** @type {any} */ { type, activation, shape }) =>
        LAYERS[type]({ units: shape.at(-1), activation }),
      ),
      { dtype },
    );
    const x = read_lines(`rtneural/${name}_x_python.csv`);
    model.build([1, x.length, 1]);
    model.set_weights(layers.flatMap((/** @type {any} */ { weights }) => weights.map(flatten)));
    const prediction = model.predict(tensor(x, [1, x.length, 1], dtype));
    const expected = read_lines(`rtneural/${name}_y_python.csv`);
    expect(greatest_difference(prediction.data, expected)).toBeLessThan(TOLERANCE);
    model.dispose();
  });

  test('gru_torch, recorded from PyTorch', () => {
    const state_dict = read_json('rtneural/gru_torch.json');
    const units = 8;
    // Rows r, z, n of [3 units, inputs] become columns z, r, h.
    const gates = [1, 0, 2].flatMap((gate) => Array.from({ length: units }, (_, i) => gate * units + i));
    const columns = (/** @type {number[][]} */ rows) =>
      flatten(rows[0].map((_, input) => gates.map((row) => rows[row][input])));
    const weights_of = (/** @type {string} */ gru, /** @type {number} */ level) => {
      const [w_ih, w_hh, b_ih, b_hh] = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map(
        (part) => state_dict[`${gru}.${part}_l${level}`],
      );
      const biases = [b_ih, b_hh].map((bias) => gates.map((row) => bias[row]));
      return [columns(w_ih), columns(w_hh), flatten(biases)];
    };
    const model = new Sequential(
      [...Array.from({ length: 4 }, () => new GRU(units, { return_sequences: true })), new Dense(1)],
      { dtype },
    );
    const x = read_lines('rtneural/gru_torch_x_python.csv');
    model.build([1, x.length, 1]);
    const kernel = state_dict['dense.weight'][0].map((/** @type {number} */ value) => [value]);
    model.set_weights([
      ...weights_of('gru', 0),
      ...[0, 1, 2].flatMap((level) => weights_of('gru2', level)),
      flatten(kernel),
      flatten(state_dict['dense.bias']),
    ]);
    const prediction = model.predict(tensor(x, [1, x.length, 1], dtype));
    const expected = read_lines('rtneural/gru_torch_y_python.csv');
    expect(greatest_difference(prediction.data, expected)).toBeLessThan(TOLERANCE);
    model.dispose();
  });
});
