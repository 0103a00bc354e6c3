// The model of text that the examples and the page step by hand: it must say what the layers say.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GRUCell, init, tensor } from 'gru-wasm';
import { Dense, Embedding, RNN, Sequential } from 'gru-wasm/keras';
import { random, TextModel } from '../../examples/text_model.js';
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

  test('goes back to a state that was kept, and forgets all on reset', () => {
    const model = make_model(null);
    const text_model = new TextModel(model);
    const at_first = text_model.probabilities();
    text_model.feed('an ');
    const kept = text_model.state;
    const expected = text_model.probabilities();
    text_model.feed('ant');
    expect(text_model.probabilities()).not.toEqual(expected);
    text_model.state = kept;
    expect(text_model.probabilities()).toEqual(expected);
    text_model.reset();
    expect(text_model.probabilities()).toEqual(at_first);
    model.dispose();
  });

  test('reads characters that it does not know as the nearest, or passes them over', () => {
    const text_model = new TextModel(make_model(null));
    /** @param {string} text */
    const read = (text) => text_model.decode(text_model.encode(text));
    expect(read('site')).toBe('site');
    expect(read('sïté\tin')).toBe('site in');
    expect(read('“Is it—’tis–a”')).toBe('"Is it—\'tis-a"');
    expect(read('漢🙂\r\n')).toBe('\n');
    expect(text_model.read_as('ß')).toBe('ss');
    expect(text_model.read_as('E')).toBe('e');
    expect(text_model.read_as('i')).toBe('i');
    expect(text_model.read_as('z')).toBe('');
    const before = text_model.state;
    text_model.feed('漢zq');
    expect(text_model.state).toEqual(before);
  });

  test('draws characters as often as they are likely, more boldly the higher the temperature', () => {
    const text_model = new TextModel(make_model(null));
    const probabilities = Float32Array.from(VOCABULARY, (_, id) => [0.6, 0.3, 0.1][id] ?? 0);
    /** @param {number} temperature */
    const draw = (temperature) => {
      const next = random(3);
      const counts = new Map();
      for (let i = 0; i < 20000; ++i) {
        const character = text_model.sample(probabilities, temperature, next);
        counts.set(character, (counts.get(character) ?? 0) + 1 / 20000);
      }
      return VOCABULARY.slice(0, 4).map((character) => counts.get(character) ?? 0);
    };
    const near = (/** @type {number[]} */ found, /** @type {number[]} */ expected) =>
      expect(Math.max(...found.map((share, i) => Math.abs(share - expected[i])))).toBeLessThan(0.015);
    near(draw(1), [0.6, 0.3, 0.1, 0]);
    near(draw(0.5), [0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46, 0]);
    near(draw(2), [0.4727, 0.3343, 0.193, 0]);
    expect(draw(0)[0]).toBeCloseTo(1, 6);
    expect(draw(1e-9)[0]).toBeCloseTo(1, 6);
  });

  test('refuses what is no model of text', async () => {
    const plain = new Sequential([new Dense(2)]);
    plain.build([null, 3]);
    expect(() => new TextModel(plain)).toThrow(/not a model of text/);
    const without_vocabulary = make_model(null);
    without_vocabulary.metadata = null;
    expect(() => new TextModel(without_vocabulary)).toThrow(/not a model of text/);
  });
});

test('random gives the same numbers for the same seed', () => {
  const [a, b, other] = [random(5), random(5), random(6)];
  const first = Array.from({ length: 50 }, a);
  expect(Array.from({ length: 50 }, b)).toEqual(first);
  expect(Array.from({ length: 50 }, other)).not.toEqual(first);
  expect(first.every((value) => value >= 0 && value < 1)).toBe(true);
});
