// Models that PyTorch exported to ONNX, and the outputs that PyTorch computed.
import { beforeAll, expect, test } from '@jest/globals';
import { load_model, read_weights } from '../../js/formats.js';
import { memory, tensor } from '../../js/index.js';
import { ready } from '../helpers/ready.js';
import { flatten, greatest_difference, read_bytes, read_json } from './recordings.js';

beforeAll(ready);

const EXPECTED = read_json('pytorch/expected_onnx.json');

test.each(Object.keys(EXPECTED))('%s.onnx', async (name) => {
  const { inputs, outputs } = EXPECTED[name];
  const before = memory();
  const bytes = read_bytes(`pytorch/${name}.onnx`);
  const model = await load_model(bytes);
  expect(model.warnings).toEqual([]);
  const dtype = name === 'tagger' ? 'int32' : 'float32';
  const values = inputs.map((/** @type {any} */ input) => {
    const { data, shape } = flatten(input);
    return tensor(data, shape, dtype);
  });
  const result = model.predict(
    Object.fromEntries(
      values.map((/** @type {any} */ value, /** @type {number} */ i) => [`input_${i}`, value]),
    ),
  );
  outputs.forEach((/** @type {any} */ output, /** @type {number} */ i) => {
    const { data, shape } = flatten(output);
    const actual = outputs.length > 1 ? result[model.output_names[i]] : result;
    expect(actual.shape).toEqual(shape);
    expect(greatest_difference(actual.data, data)).toBeLessThan(3e-6);
  });
  model.dispose();
  const { grus } = await read_weights(bytes);
  expect(grus.every(({ reset_after }) => reset_after)).toBe(true);
  expect(grus.length).toBe({ noise_suppressor: 2, streaming: 2, keyword_spotter: 2 }[name] ?? 1);
  expect(memory()).toEqual(before);
});
