// Damaged and malicious model files: thousands of changed copies of a valid file. Each is refused with an error of this
// package, or gives a model with the configuration and the weights that the changed file states; none takes long or leaves
// memory on the heap.
import { beforeAll, expect, test } from '@jest/globals';
import { read_safetensors } from '../../js/formats/safetensors.js';
import { load_model, read_weights } from '../../js/formats.js';
import {
  GRUCell,
  InvalidArgumentError,
  memory,
  reset_default_graph,
  set_random_seed,
} from '../../js/index.js';
import { Bidirectional, Dense, Dropout, Embedding, GRU, RNN, Sequential } from '../../js/keras.js';
import { class_name_of } from '../../js/runtime/class_name.js';
import { attempts, processor_time, seed_of } from '../helpers/properties.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const COUNT = attempts(6000);
/** Milliseconds. The slowest took 10 on an idle machine. */
const LONGEST = 500;

async function valid_file() {
  set_random_seed(3);
  const model = new Sequential([
    new Embedding(5, 3, { mask_zero: true }),
    new Bidirectional(new GRU(2, { return_sequences: true })),
    new RNN(new GRUCell(2, { activation: 'relu' })),
    new Dropout(0.3),
    new Dense(2, { activation: 'softmax', kernel_regularizer: 'l2' }),
  ]);
  model.build([null, null]);
  const bytes = await model.save({ metadata: { alphabet: 'abé' } });
  model.dispose();
  return bytes;
}

/** @param {string} header @param {Uint8Array} data */
function file_of(header, data) {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const NUMBERS = '0 1 2 -1 0.5 1e9 1e400 4294967296 9007199254740993 100000000 1000000 "x" null [] {}'.split(
  ' ',
);

/**
 * @param {Uint8Array} bytes
 * @param {() => number} next
 * @returns {{ [kind: string]: () => Uint8Array }}
 */
function mutations(bytes, next) {
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit);
  const one_of = (/** @type {any} */ list) => list[below(list.length)];
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const data = bytes.subarray(8 + length);
  const flip = (/** @type {number} */ limit) => {
    const changed = bytes.slice();
    for (let i = below(3); i >= 0; i--) changed[below(limit)] ^= 1 << below(8);
    return changed;
  };
  /** Replaces what one of the matches covers. @param {RegExp} pattern @param {() => string} text */
  const replace = (pattern, text) => {
    const match = one_of([...header.matchAll(pattern)]);
    return file_of(header.slice(0, match.index) + text() + header.slice(match.index + match[0].length), data);
  };
  const words = [...header.matchAll(/[A-Za-z_]+/g)].map(([word]) => word);
  /** A span of the header. */
  const span = () => {
    const start = below(header.length);
    const end = start + 1 + below(40);
    return { before: header.slice(0, start), text: header.slice(start, end), after: header.slice(end) };
  };
  return {
    'bits anywhere': () => flip(bytes.length),
    'bits of the header': () => flip(8 + length),
    truncated: () => bytes.slice(0, below(bytes.length)),
    'bytes at the end': () => {
      const longer = new Uint8Array(bytes.length + 1 + below(100));
      longer.set(bytes);
      return longer;
    },
    "the header's length": () => {
      const changed = bytes.slice();
      const lengths = [0, 1, length - 1, length + 1, length + 8, 2 ** 63, 2 ** 32, data.length + length];
      new DataView(changed.buffer).setBigUint64(0, BigInt(one_of([...lengths, below(2 ** 30)])), true);
      return changed;
    },
    'another number': () => replace(/\d+(\.\d+)?/g, () => one_of(NUMBERS)),
    'another dtype, shape or offsets': () =>
      replace(/"dtype":"\w+"|"shape":\[[^\]]*\]|"data_offsets":\[[^\]]*\]/g, () =>
        one_of([
          '"dtype":"F64"',
          '"dtype":"I32"',
          '"dtype":"BF16"',
          '"dtype":"BOOL"',
          `"shape":[${below(9)},${below(9)}]`,
          '"shape":[0]',
          '"shape":[4294967296,4294967296]',
          `"data_offsets":[${below(200)},${below(200)}]`,
        ]),
      ),
    'another word': () => replace(/[A-Za-z_]+/g, () => one_of(words)),
    'a span left out': () => {
      const { before, after } = span();
      return file_of(before + after, data);
    },
    'a span twice': () => {
      const { before, text, after } = span();
      return file_of(before + text + text + after, data);
    },
    'deep nesting': () => {
      const { before, text, after } = span();
      return file_of(before + '['.repeat(20_000) + ']'.repeat(20_000) + text + after, data);
    },
  };
}

/**
 * The options that a loaded object does not have as its file states them.
 * @param {any} stated `{ class_name, config }`
 * @param {any} loaded
 * @param {string} path
 * @returns {string[]}
 */
function differences(stated, loaded, path = '') {
  const inner = (/** @type {any} */ a, /** @type {any} */ b, /** @type {string} */ key) =>
    differences(a, b, `${path}.${key}`);
  const list = stated.class_name === loaded.class_name ? [] : [`${path}: ${loaded.class_name}`];
  for (const [key, value] of Object.entries(stated.config)) {
    const other = loaded.config[key];
    // A null is a default, a wrapper renames, and initial values have no effect after loading.
    if (value === null || key === 'name' || key === 'weights' || key.endsWith('_initializer')) continue;
    // Bidirectional sets it in its layers, as Keras does.
    if (key === 'zero_output_for_mask' && /layer$/.test(path)) continue;
    if (key === 'layers') {
      list.push(
        ...value.flatMap((/** @type {any} */ one, /** @type {number} */ i) => inner(one, other[i], `${i}`)),
      );
    } else if (['layer', 'backward_layer', 'cell'].includes(key)) list.push(...inner(value, other, key));
    else if (typeof other === 'boolean' ? other !== Boolean(value) : value && !same(value, other))
      list.push(`${path}.${key}: ${JSON.stringify(other)}`);
  }
  return list;
}

/** A regularizer's class may be spelt otherwise, and Keras adds keys. @param {any} stated @param {any} loaded */
const same = (stated, loaded) =>
  loaded?.class_name
    ? JSON.stringify(stated.config) === JSON.stringify(loaded.config)
    : JSON.stringify(stated) === JSON.stringify(loaded);

/** @param {{ shape: readonly number[], dtype: string, data: any }} tensor with NaN */
const bits = ({ shape, dtype, data }) =>
  `${dtype}[${shape}] ${new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join()}`;

test(
  `${COUNT} changed copies of a model's file`,
  async () => {
    const changes = Object.entries(mutations(await valid_file(), generator(seed_of(1))));
    const before = memory();
    /** @type {{ [outcome: string]: number }} */
    const outcomes = { loaded: 0, refused: 0 };
    for (let i = 0; i < COUNT; i++) {
      const [kind, change] = changes[i % changes.length];
      const bytes = change();
      const start = processor_time();
      const model = await load_model(bytes).catch((error) => {
        if (error instanceof InvalidArgumentError) return null;
        throw new Error(`copy ${i} (${kind}): ${error.name}: ${error.message}`, { cause: error });
      });
      const milliseconds = processor_time() - start;
      if (milliseconds > LONGEST) throw new Error(`copy ${i} (${kind}) took ${milliseconds} ms`);
      outcomes[model ? 'loaded' : 'refused'] += 1;
      if (!model) continue;
      const { tensors, metadata } = read_safetensors(bytes);
      const stated = JSON.parse(String(metadata.get('model')));
      const loaded = { class_name: class_name_of(model), config: model.get_config() };
      expect([i, kind, differences(stated, loaded)]).toEqual([i, kind, []]);
      const weights = JSON.parse(String(metadata.get('weights'))).map((/** @type {string} */ name) =>
        bits(/** @type {any} */ (tensors.get(name))),
      );
      expect([i, model.weights.map(({ value }) => bits(value))]).toEqual([i, weights]);
      expect([i, model.metadata]).toEqual([i, JSON.parse(String(metadata.get('metadata')))]);
      model.dispose();
    }
    expect(memory()).toEqual(before);
    expect(outcomes.loaded).toBeGreaterThan(COUNT / 100);
    expect(outcomes.refused).toBeGreaterThan(COUNT / 2);
  },
  attempts(120_000),
);

test(
  'read_weights of the same copies, and create() of the GRUs in them',
  async () => {
    const changes = Object.entries(mutations(await valid_file(), generator(seed_of(2))));
    const before = memory();
    let created = 0;
    for (let i = 0; i < COUNT / 4; i++) {
      const [kind, change] = changes[i % changes.length];
      const weights = await read_weights(change()).catch((error) => {
        if (error instanceof InvalidArgumentError) return { grus: [] };
        throw new Error(`copy ${i} (${kind}): ${error.name}: ${error.message}`, { cause: error });
      });
      for (const { create } of weights.grus) {
        try {
          create().dispose();
          created += 1;
        } catch (error) {
          // The only options that a file can state are activations, merge_mode and reset_after.
          expect([i, /** @type {Error} */ (error).message]).toEqual([
            i,
            expect.stringMatching(/activation|merge_mode|reset_after/),
          ]);
        }
      }
      reset_default_graph();
    }
    expect(memory()).toEqual(before);
    expect(created).toBeGreaterThan(COUNT / 100);
  },
  attempts(120_000),
);

test('a configuration that asks for more memory than its weights take is refused before there is any', async () => {
  const bytes = await valid_file();
  const text = new TextDecoder().decode(
    bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
  );
  const large = text.replace('\\"input_dim\\":5', '\\"input_dim\\":500000000');
  expect(large).not.toBe(text);
  const before = memory();
  const file = file_of(large, bytes.subarray(8 + new TextEncoder().encode(text).length));
  await expect(load_model(file)).rejects.toThrow(/the layers have more weights than the file/);
  expect(memory()).toEqual(before);
});
