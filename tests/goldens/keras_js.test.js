// Nine GRU layers that Keras 2 recorded for keras.js.
import { beforeAll, expect, test } from '@jest/globals';
import { tensor } from '../../js/index.js';
import { GRU } from '../../js/keras.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { cross } from '../helpers/tables.js';
import { greatest_difference, read_json } from './recordings.js';

beforeAll(ready);

const SETTINGS = read_json('keras_js/attrs.json');
const RECORDINGS = read_json('keras_js/GRU.json');

test('there are nine recordings', () => {
  expect(Object.keys(RECORDINGS)).toHaveLength(9);
});

test.each(cross({ name: Object.keys(RECORDINGS), dtype: DTYPES }))('$name, $dtype', ({ name, dtype }) => {
  const { stateful_run_twice, units, ...options } = SETTINGS[name];
  const { input, weights, expected } = RECORDINGS[name];
  const layer = new GRU(units, { ...options, stateful: stateful_run_twice, dtype });
  const x = tensor(input.data, [1, ...input.shape], dtype);
  layer.build(x.shape);
  layer.set_weights(weights);
  if (stateful_run_twice) layer.call(x);
  const output = layer.call(x);
  expect(output.shape).toEqual([1, ...expected.shape]);
  // The file has six decimals, and Keras computed in float32: a float64 evaluation differs by up to 1.4e-6.
  expect(greatest_difference(output.data, expected.data)).toBeLessThan(1.5e-6);
  layer.dispose();
});
