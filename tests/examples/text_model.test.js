// TextModel, which the examples and the page run one character at a time, agrees with its layers.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, init, tensor } from 'gru-wasm';
import { Dense, Embedding, RNN, Sequential } from 'gru-wasm/keras';
import { random_generator, TextModel } from '../../examples/text_model.js';
import { generator, numbers } from '../helpers/random.js';
import { SIMD } from '../helpers/ready.js';

const VOCABULARY = [...'\n "\'-.aeinstI—'];

/** @param {string | null} activation */
function make_model(activation) {
  const model = new Sequential([
    new Embedding(VOCABULARY.length, 6),
    new RNN(new GRUCell(17), { return_sequences: true }),
    new Dense(VOCABULARY.length, { activation }),
  ]);
  model.build([null, null]);
  const next = generator(11);
  model.set_weights(
    model.get_weights().map(({ shape, size }) => tensor(numbers(size, next, 0.9), shape, 'float32')),
  );
  model.metadata = { vocabulary: VOCABULARY };
  return model;
}

beforeAll(async () => {
  expect((await init({ simd: SIMD })).simd).toBe(SIMD);
});

describe('TextModel', () => {
  test.each([null, 'softmax'])('agrees with the layers (activation %s)', async (activation) => {
    const model = make_model(activation);
    const text_model = await TextModel.load(await model.save({ metadata: model.metadata }));
    const text = 'Inane tests\nin a "satin" net';
    for (let end = 1; end <= text.length; ++end) {
      text_model.feed(text[end - 1]);
      const ids = tensor([text_model.encode(text.slice(0, end))], null, 'int32');
      const values = model.call(ids).array()[0].at(-1);
      const powers = activation ? values : values.map(Math.exp);
      const sum = powers.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b);
      text_model.probabilities().forEach((p, id) => {
        expect(Math.abs(p - powers[id] / sum)).toBeLessThan(1e-6);
      });
    }
    text_model.dispose();
    model.dispose();
  });

  test('a saved state can be restored; reset sets it to zero', () => {
    const model = make_model(null);
    const text_model = new TextModel(model);
    const initial = text_model.probabilities();
    text_model.feed('an ');
    const saved = text_model.state;
    const expected = text_model.probabilities();
    text_model.feed('ant');
    expect(text_model.probabilities()).not.toEqual(expected);
    text_model.state = saved;
    expect(text_model.probabilities()).toEqual(expected);
    text_model.reset();
    expect(text_model.probabilities()).toEqual(initial);
    model.dispose();
  });

  test('unknown characters are replaced by similar ones, or ignored', () => {
    const text_model = new TextModel(make_model(null));
    /** @param {string} text */
    const read = (text) => text_model.decode(text_model.encode(text));
    expect(read('site')).toBe('site');
    expect(read('sïté\tin')).toBe('site in');
    expect(read('“Is it—’tis–a”')).toBe('"Is it—\'tis-a"');
    expect(read('漢🙂\r\n')).toBe('\n');
    expect(text_model.replacement_of('ß')).toBe('ss');
    expect(text_model.replacement_of('E')).toBe('e');
    expect(text_model.replacement_of('i')).toBe('i');
    expect(text_model.replacement_of('z')).toBe('');
    const before = text_model.state;
    text_model.feed('漢zq');
    expect(text_model.state).toEqual(before);
  });

  test('sample follows the probabilities and the temperature', () => {
    const text_model = new TextModel(make_model(null));
    const probabilities = Float32Array.from(VOCABULARY, (_, id) => [0.6, 0.3, 0.1][id] ?? 0);
    /** @param {number} temperature */
    const draw = (temperature) => {
      const next = random_generator(3);
      const counts = new Map();
      for (let i = 0; i < 20000; ++i) {
        const character = text_model.sample(probabilities, temperature, next);
        counts.set(character, (counts.get(character) ?? 0) + 1 / 20000);
      }
      return VOCABULARY.slice(0, 4).map((character) => counts.get(character) ?? 0);
    };
    const near = (/** @type {number[]} */ shares, /** @type {number[]} */ expected) =>
      expect(Math.max(...shares.map((share, i) => Math.abs(share - expected[i])))).toBeLessThan(0.015);
    near(draw(1), [0.6, 0.3, 0.1, 0]);
    near(draw(0.5), [0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46, 0]);
    near(draw(2), [0.4727, 0.3343, 0.193, 0]);
    expect(draw(0)[0]).toBeCloseTo(1, 6);
    expect(draw(1e-9)[0]).toBeCloseTo(1, 6);
  });

  test('another model is an error', async () => {
    const plain = new Sequential([new Dense(2)]);
    plain.build([null, 3]);
    expect(() => new TextModel(plain)).toThrow(/Not a text model/);
    const without_vocabulary = make_model(null);
    without_vocabulary.metadata = null;
    expect(() => new TextModel(without_vocabulary)).toThrow(/Not a text model/);
  });
});

test('random_generator gives the same numbers for the same seed', () => {
  const [a, b, other] = [random_generator(5), random_generator(5), random_generator(6)];
  const first = Array.from({ length: 50 }, a);
  expect(Array.from({ length: 50 }, b)).toEqual(first);
  expect(Array.from({ length: 50 }, other)).not.toEqual(first);
  expect(first.every((value) => value >= 0 && value < 1)).toBe(true);
});
