// A forecast of traffic, trained with Keras 2, whose predictions TensorFlow.js recorded.
import { beforeAll, expect, test } from '@jest/globals';
import { tensor } from '../../js/index.js';
import { Dense, Dropout, GRU, Sequential } from '../../js/keras.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { greatest_difference, read_bytes, read_json } from './recordings.js';

beforeAll(ready);

test.each(DTYPES)('%s: predictions over windows of traffic', (dtype) => {
  const [{ weights }] = read_json('traffic_forecast/model.json').weightsManifest;
  const { buffer } = read_bytes('traffic_forecast/weights.bin');
  let offset = 0;
  const values = weights.map((/** @type {any} */ { shape }) => {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    offset += 4 * count;
    return { shape, data: new Float32Array(buffer, offset - 4 * count, count) };
  });
  expect(offset).toBe(buffer.byteLength);
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
  const { window, greatest_flow, flows, predictions } = read_json('traffic_forecast/recording.json');
  model.build([null, window, 1]);
  model.set_weights(values);
  const x = predictions.flatMap((/** @type {number} */ _, /** @type {number} */ i) =>
    flows.slice(i, i + window).map((/** @type {number} */ flow) => flow / greatest_flow),
  );
  const prediction = model.predict(tensor(x, [predictions.length, window, 1], dtype), { batch_size: 100 });
  // TensorFlow.js computes in float32: a float64 evaluation differs by up to 9.2e-8, our float32 by a few times as much.
  expect(greatest_difference(prediction.data, predictions)).toBeLessThan(3e-7);
  model.dispose();
});
