// The operators of ONNX models, against the outputs that ONNX publishes for each.
import { beforeAll, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import { memory, tensor } from '../../js/index.js';
import { ready } from '../helpers/ready.js';
import { read_json } from './recordings.js';

beforeAll(ready);

/** @typedef {{ shape: number[], dtype: any, data: (number | string | null)[] }} Recorded */

/** @type {{ name: string, operator: string, model: string, inputs: Recorded[], outputs: Recorded[] }[]} */
const TESTS = read_json('onnx/node_tests.json');

const numbers = (/** @type {Recorded} */ { data }) =>
  data.map((value) => (value === null ? Number.NaN : Number(value)));

test.each(TESTS)('$operator: $name', async ({ model: base64, inputs, outputs }) => {
  const before = memory();
  const model = await load_model(Uint8Array.from(Buffer.from(base64, 'base64')));
  const values = inputs.map((input) => tensor(numbers(input), input.shape, input.dtype));
  const result = model.predict(
    Object.fromEntries(
      model.input_names.map((/** @type {string} */ name, /** @type {number} */ i) => [name, values[i]]),
    ),
  );
  outputs.forEach((output, i) => {
    const { shape, data } = outputs.length > 1 ? result[model.output_names[i]] : result;
    expect(shape).toEqual(output.shape);
    numbers(output).forEach((value, j) => {
      const error =
        Object.is(data[j], value) || data[j] === value
          ? 0
          : Math.abs(data[j] - value) / (1 + Math.abs(value));
      if (!(error < 2e-6)) throw new Error(`element ${j} is ${data[j]}, not ${value}`);
    });
  });
  model.dispose();
  expect(memory()).toEqual(before);
});
