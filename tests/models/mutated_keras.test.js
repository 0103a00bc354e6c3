// Damaged and malicious files of Keras and TensorFlow.js: load_model gives a model or an error of ours, soon, and leaves no memory behind.
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { load_model, read_weights } from '../../js/formats.js';
import { InvalidArgumentError, memory, NotFoundError, reset_default_graph } from '../../js/index.js';
import { GRAPHS, keras_model, recording_of, tfjs_files } from '../goldens/whole_models.js';
import { keras_h5, keras_zip } from '../helpers/keras_files.js';
import { check_property, processor_time } from '../helpers/properties.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const RECORDING = recording_of('embedding, mask and both directions');
const MODEL = keras_model(RECORDING);

/** Changes of bytes. */
const byte_changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('bit'), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('byte'), at: fc.nat(), value: fc.constantFrom(0, 1, 2, 127, 128, 255) }),
    fc.record({
      kind: fc.constant('copy'),
      at: fc.nat(),
      from: fc.nat(),
      length: fc.constantFrom(1, 4, 8, 30),
    }),
    fc.record({ kind: fc.constant('cut'), at: fc.nat() }),
    fc.record({ kind: fc.constant('grow'), at: fc.nat(), length: fc.nat(40) }),
  ),
  { minLength: 1, maxLength: 3 },
);

/** @param {Uint8Array} bytes @param {any[]} list */
function changed(bytes, list) {
  let result = bytes.slice();
  for (const { kind, at, bit, value, from, length } of list) {
    const place = at % result.length;
    if (kind === 'bit') result[place] ^= 1 << bit;
    else if (kind === 'byte') result[place] = value;
    else if (kind === 'copy') result.copyWithin(place, from % result.length, (from % result.length) + length);
    else if (kind === 'cut') result = result.slice(0, Math.max(place, 1));
    else {
      const longer = new Uint8Array(result.length + length);
      longer.set(result.subarray(0, place));
      longer.set(result.subarray(place), place + length);
      result = longer;
    }
  }
  return result;
}

const VALUES = [
  '0',
  '1',
  '-1',
  '2.5',
  '1e9',
  '4294967296',
  '1e400',
  'null',
  'true',
  '[]',
  '{}',
  '"GRU"',
  '"Dense"',
  '[[1]]',
  '{"class_name":"__tuple__","items":[null]}',
];

/** Changes of JSON: a value or a word in place of another, a part left out or repeated, deep nesting. */
const json_changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('value'), at: fc.nat(), text: fc.constantFrom(...VALUES) }),
    fc.record({ kind: fc.constant('word'), at: fc.nat(), from: fc.nat() }),
    fc.record({ kind: fc.constant('nest'), at: fc.nat() }),
    fc.record({ kind: fc.constant('drop'), at: fc.nat() }),
  ),
  { minLength: 1, maxLength: 3 },
);

/** @param {string} json @param {any[]} list */
function changed_json(json, list) {
  let text = json;
  for (const { kind, at, text: value, from } of list) {
    const words = [...text.matchAll(/"\w+"/g)];
    const values = [...text.matchAll(/(?<=:)("\w*"|-?[\d.]+|true|false|null|\[[^[\]]*\])/g)];
    const members = [...text.matchAll(/"\w+":("\w*"|-?[\d.]+|true|false|null),/g)];
    const matches = kind === 'word' ? words : kind === 'drop' ? members : values;
    if (!matches.length) continue;
    const match = matches[at % matches.length];
    const other =
      kind === 'value'
        ? value
        : kind === 'word'
          ? words[from % words.length][0]
          : kind === 'drop'
            ? ''
            : '['.repeat(5000) + ']'.repeat(5000);
    text = text.slice(0, match.index) + other + text.slice(match.index + match[0].length);
  }
  return text;
}

/** @param {any} source */
async function load(source) {
  const start = processor_time();
  const refused = (/** @type {any} */ error) => {
    if (error instanceof InvalidArgumentError || error instanceof NotFoundError) return null;
    throw error;
  };
  const model = await load_model(source).catch(refused);
  const size = model?.weights.length;
  model?.dispose();
  const weights = await read_weights(source).catch(refused);
  for (const { create } of weights?.grus ?? []) {
    try {
      create().dispose();
    } catch (error) {
      expect(/** @type {Error} */ (error).message).toMatch(/activation|merge_mode|reset_after/);
    }
  }
  expect(processor_time() - start).toBeLessThan(1000);
  return size !== undefined;
}

const h5 = keras_h5(MODEL);
const zip = keras_zip(MODEL, { version: '2.15.0' });
const files = tfjs_files(RECORDING);
const graph_files = tfjs_files(GRAPHS[1]);

/** @type {[string, any, (list: any[]) => any][]} */
const FORMS = [
  ['bytes of an HDF5 file', byte_changes, (list) => changed(h5, list)],
  ['bytes of a .keras file', byte_changes, (list) => changed(zip, list)],
  [
    'bytes of model.json',
    byte_changes,
    (list) => ({ ...files, 'model.json': changed(files['model.json'], list) }),
  ],
  [
    'the JSON of model.json',
    json_changes,
    (list) => ({ ...files, 'model.json': strToU8(changed_json(strFromU8(files['model.json']), list)) }),
  ],
  [
    'the JSON of a functional model',
    json_changes,
    (list) => ({
      ...graph_files,
      'model.json': strToU8(changed_json(strFromU8(graph_files['model.json']), list)),
    }),
  ],
  [
    'the JSON of a .keras file',
    json_changes,
    (list) => {
      const parts = unzipSync(zip);
      return zipSync(
        { ...parts, 'config.json': strToU8(changed_json(strFromU8(parts['config.json']), list)) },
        { level: 0 },
      );
    },
  ],
];

test.each(FORMS)('%s changed', async (_, changes, make) => {
  const before = memory();
  const outcomes = { loaded: 0, refused: 0 };
  const property = fc.asyncProperty(changes, async (list) => {
    outcomes[(await load(make(list))) ? 'loaded' : 'refused'] += 1;
    reset_default_graph();
  });
  await check_property(property, { runs: 150, seed: 4 });
  expect(memory()).toEqual(before);
  expect(outcomes.loaded).toBeGreaterThan(5);
  expect(outcomes.refused).toBeGreaterThan(10);
});
