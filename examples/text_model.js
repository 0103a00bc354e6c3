// Runs a trained character model one character at a time. It works in Node and in browsers.
import { GRUCell, init, tensor } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';
import { Dense, Embedding, RNN } from 'gru-wasm/keras';

/** Feed this before a new text, so that the model starts at the beginning of a paragraph. */
export const PARAGRAPH_BREAK = '\n\n';

// Replacements for characters that may be missing in the vocabulary and that Unicode decomposition (NFKD) does not replace.
const REPLACEMENTS = new Map(
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
 * Runs the layers `Embedding`, `RNN` of a `GRUCell` and `Dense` step by step. The GRU runs through the cell's stream, which
 * allocates nothing per step; the output layer runs only when `probabilities` is called.
 */
export class TextModel {
  /** The characters that the model knows. The id of a character is its index. @type {readonly string[]} */ vocabulary;
  /** The metadata of the model file. @type {Record<string, any>} */ metadata;
  /** From character to id. */ #id_of;
  /** [vocabulary size, embedding size] */ #embeddings;
  #stream;
  #dense;
  /** Whether the output layer applies softmax itself. */ #has_softmax;

  /**
   * @param {import('gru-wasm/keras').Sequential} model
   * @throws {Error} if the layers or the metadata are not those of a text model
   */
  constructor(model) {
    const [embedding, rnn, dense] = model.layers;
    const { metadata } = model;
    const vocabulary = metadata?.vocabulary;
    const cell = rnn instanceof RNN ? rnn.cell : null;
    const has_layers = embedding instanceof Embedding && cell instanceof GRUCell && dense instanceof Dense;
    if (!has_layers || !Array.isArray(vocabulary) || vocabulary.length !== dense.units) {
      throw new Error(
        'Not a text model: expected the layers Embedding, RNN (of a GRUCell) and Dense, ' +
          'and metadata.vocabulary with one character for each unit of Dense.',
      );
    }
    this.vocabulary = Object.freeze(vocabulary);
    this.metadata = metadata;
    this.#id_of = new Map(vocabulary.map((character, id) => [character, id]));
    this.#embeddings = embedding.get_weights()[0];
    this.#stream = cell.stream(1);
    this.#dense = dense;
    this.#has_softmax = dense.get_config().activation === 'softmax';
  }

  /**
   * @param {Parameters<typeof load_model>[0]} source of the model file: a URL, bytes, …
   * @returns {Promise<TextModel>}
   */
  static async load(source) {
    await init();
    return new TextModel(await load_model(source));
  }

  /** Sets the hidden state to zero. */
  reset() {
    this.#stream.reset();
  }

  /**
   * Updates the hidden state with the characters of a text. Unknown characters are replaced as in `replacement_of`.
   * @param {string} text one or more characters
   */
  feed(text) {
    const { data, shape } = this.#embeddings;
    const size = shape[1];
    for (const id of this.encode(text)) {
      this.#stream.input.set(data.subarray(id * size, (id + 1) * size));
      this.#stream.step();
    }
  }

  /** The probability of each character of the vocabulary to be the next one. @returns {Float32Array} by id */
  probabilities() {
    const state = this.#stream.state;
    const { data } = this.#dense.call(tensor(state.slice(), [1, state.length]));
    const outputs = /** @type {Float32Array} */ (data);
    return this.#has_softmax ? outputs : softmax(outputs);
  }

  /** A copy of the hidden state. Assign it later to return to this point of the text. @returns {Float32Array} */
  get state() {
    return /** @type {Float32Array} */ (this.#stream.state.slice());
  }
  set state(values) {
    this.#stream.state.set(values);
  }

  /**
   * The known text that `feed` reads in place of a character: the character itself if the vocabulary has it, else a similar one
   * (é becomes e, curly quotes become straight ones), else the empty string, which means that the character is ignored.
   * @param {string} character
   * @returns {string}
   */
  replacement_of(character) {
    if (this.#id_of.has(character)) return character;
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '');
    const candidates = [REPLACEMENTS.get(character), plain, plain.toLowerCase(), plain.toUpperCase()];
    return candidates.find((text) => text && [...text].every((known) => this.#id_of.has(known))) ?? '';
  }

  /**
   * The characters of a text that are not in the vocabulary, without duplicates, each with its replacement.
   * @param {string} text
   * @returns {[character: string, replacement: string][]}
   */
  unknown_characters(text) {
    const unknown = [...new Set(text)].filter((character) => !this.#id_of.has(character));
    return unknown.map((character) => [character, this.replacement_of(character)]);
  }

  /**
   * @param {string} text
   * @returns {number[]} token ids, after the replacement of unknown characters
   */
  encode(text) {
    return [...text]
      .flatMap((character) => [...this.replacement_of(character)])
      .map((known) => /** @type {number} */ (this.#id_of.get(known)));
  }

  /**
   * @param {Iterable<number>} ids
   * @returns {string}
   */
  decode(ids) {
    return Array.from(ids, (id) => this.vocabulary[id]).join('');
  }

  /**
   * Samples a character. A temperature of 1 samples with the probabilities as they are, a lower one favours likely characters,
   * a higher one makes unlikely characters more frequent, and 0 always takes the most likely one.
   * @param {Float32Array} probabilities by id
   * @param {number} temperature
   * @param {() => number} next_random uniform in [0, 1)
   * @returns {string}
   */
  sample(probabilities, temperature, next_random) {
    const most_likely = probabilities.reduce((best, p, id) => (p > probabilities[best] ? id : best), 0);
    if (temperature <= 0) return this.vocabulary[most_likely];
    const weights = Array.from(probabilities, (p) => (p / probabilities[most_likely]) ** (1 / temperature));
    let remaining = next_random() * weights.reduce((sum, weight) => sum + weight, 0);
    const sampled = weights.findIndex((weight) => {
      remaining -= weight;
      return remaining < 0;
    });
    return this.vocabulary[sampled < 0 ? most_likely : sampled];
  }

  dispose() {
    this.#stream.dispose();
  }
}

/**
 * A seeded random number generator (mulberry32): the same seed gives the same numbers on every machine.
 * @param {number} seed
 * @returns {() => number} uniform in [0, 1)
 */
export function random_generator(seed) {
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
  const max = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = logits.map((logit) => Math.exp(logit - max));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((exponential) => exponential / sum);
}
