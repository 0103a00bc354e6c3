// A model of text, read and written one character at a time. It runs in Node and in browsers.
import { GRUCell, init, tensor } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';
import { Dense, Embedding, RNN } from 'gru-wasm/keras';

/** What comes before a text that has nothing before it: where a paragraph begins. */
export const BEGINNING = '\n\n';

// What stands for a character that the book was printed without, where decomposing it does not help.
const SUBSTITUTES = new Map(
  Object.entries({
    '\t': ' ',
    '\r': '',
    '\u2018': "'",
    '\u2019': "'",
    '\u201c': '"',
    '\u201d': '"',
    '\u2013': '-',
    '\u2014': '--',
    æ: 'ae',
    Æ: 'AE',
    œ: 'oe',
    Œ: 'OE',
    ß: 'ss',
  }),
);

/**
 * The layers `Embedding`, `RNN` of a `GRUCell`, `Dense`, stepped by hand: the recurrence through the cell's stream, which
 * allocates nothing, and the last layer only when somebody asks for the probabilities.
 */
export class TextModel {
  /** The characters that the model knows; a character's place is its id. @type {readonly string[]} */ vocabulary;
  /** What the file says of the model. @type {Record<string, any>} */ metadata;
  #ids;
  #table;
  #stream;
  #dense;
  #gives_probabilities;

  /**
   * @param {import('gru-wasm/keras').Sequential} model
   * @throws {Error} it is not a model of text
   */
  constructor(model) {
    const [embedding, rnn, dense] = model.layers;
    const { metadata } = model;
    const vocabulary = metadata?.vocabulary;
    const cell = rnn instanceof RNN ? rnn.cell : null;
    const fits = embedding instanceof Embedding && cell instanceof GRUCell && dense instanceof Dense;
    if (!fits || !Array.isArray(vocabulary) || vocabulary.length !== dense.units) {
      throw new Error(
        'This is not a model of text: that has the layers Embedding, RNN and Dense, and its metadata a vocabulary.',
      );
    }
    this.vocabulary = Object.freeze(vocabulary);
    this.metadata = metadata;
    this.#ids = new Map(vocabulary.map((character, id) => [character, id]));
    this.#table = embedding.get_weights()[0];
    this.#stream = cell.stream(1);
    this.#dense = dense;
    this.#gives_probabilities = dense.get_config().activation === 'softmax';
  }

  /**
   * @param {Parameters<typeof load_model>[0]} source the model's file: a URL, bytes, …
   * @returns {Promise<TextModel>}
   */
  static async load(source) {
    await init();
    return new TextModel(await load_model(source));
  }

  /** Forgets all that was read. */
  reset() {
    this.#stream.reset();
  }

  /**
   * Reads on. Characters that the model does not know count as what `read_as` says.
   * @param {string} text one character, or several
   */
  feed(text) {
    const { data, shape } = this.#table;
    for (const id of this.encode(text)) {
      this.#stream.input.set(data.subarray(id * shape[1], (id + 1) * shape[1]));
      this.#stream.step();
    }
  }

  /** How likely each character of the vocabulary is to come next. @returns {Float32Array} */
  probabilities() {
    const state = this.#stream.state;
    const { data } = this.#dense.call(tensor(state.slice(), [1, state.length]));
    const values = /** @type {Float32Array} */ (data);
    return this.#gives_probabilities ? values : softmax(values);
  }

  /** What the model remembers, a copy: the hidden units. Setting it takes the model back to that point. @returns {Float32Array} */
  get state() {
    return /** @type {Float32Array} */ (this.#stream.state.slice());
  }
  set state(values) {
    this.#stream.state.set(values);
  }

  /**
   * What a character is taken for: itself where the model knows it; the nearest that the model knows (é as e, curly quotes as
   * straight ones); or nothing, where it is passed over.
   * @param {string} character
   * @returns {string}
   */
  read_as(character) {
    if (this.#ids.has(character)) return character;
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '');
    const candidates = [SUBSTITUTES.get(character), plain, plain.toLowerCase(), plain.toUpperCase()];
    return candidates.find((text) => text && [...text].every((one) => this.#ids.has(one))) ?? '';
  }

  /**
   * @param {string} text
   * @returns {number[]} the ids of what it is read as
   */
  encode(text) {
    return [...text]
      .flatMap((character) => [...this.read_as(character)])
      .map((known) => /** @type {number} */ (this.#ids.get(known)));
  }

  /**
   * @param {Iterable<number>} ids
   * @returns {string}
   */
  decode(ids) {
    return Array.from(ids, (id) => this.vocabulary[id]).join('');
  }

  /**
   * Draws the next character.
   * @param {Float32Array} probabilities
   * @param {number} temperature 1: as likely as the model says; less: bolder choices are rarer; 0: always the likeliest
   * @param {() => number} next_random uniform in [0, 1)
   * @returns {string}
   */
  sample(probabilities, temperature, next_random) {
    const most = probabilities.reduce((best, p, id) => (p > probabilities[best] ? id : best), 0);
    if (temperature <= 0) return this.vocabulary[most];
    const weights = Array.from(probabilities, (p) => (p / probabilities[most]) ** (1 / temperature));
    let left = next_random() * weights.reduce((sum, weight) => sum + weight, 0);
    const drawn = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return this.vocabulary[drawn < 0 ? most : drawn];
  }

  dispose() {
    this.#stream.dispose();
  }
}

/**
 * A seeded generator (mulberry32): the same seed gives the same text everywhere.
 * @param {number} seed
 * @returns {() => number} uniform in [0, 1)
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {Float32Array} logits
 * @returns {Float32Array}
 */
function softmax(logits) {
  const greatest = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((logit) => Math.exp(logit - greatest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
