// The reader of a changing text: the state is that of the whole text, and only new characters are read.
import { describe, expect, test } from '@jest/globals';
import { Reader } from '../../demo/reader.js';
import { generator } from '../helpers/random.js';

/** A model whose state depends on every character and their order, and which counts what it reads. */
class Model {
  #state = 0;
  count = 0;
  /** @param {string} text */
  feed(text) {
    this.count += 1;
    this.#state = (31 * this.#state + /** @type {number} */ (text.codePointAt(0))) % 1000003;
  }
  get state() {
    return Float32Array.of(this.#state);
  }
  set state([value]) {
    this.#state = value;
  }
}

/** @param {string} text */
function state_of(text) {
  const model = new Model();
  for (const character of text) model.feed(character);
  return model.state[0];
}

function open() {
  const model = new Model();
  const reader = new Reader(model);
  /** @param {string} text */
  const read = (text) => {
    const before = model.count;
    reader.open(text);
    reader.advance(Number.POSITIVE_INFINITY);
    expect(reader.remaining).toBe(0);
    expect(model.state[0]).toBe(state_of(text));
    return model.count - before;
  };
  return { model, reader, read };
}

const LONG = 'The whale, '.repeat(200);

describe('Reader', () => {
  test('reads only what was appended', () => {
    const { read } = open();
    expect(read('')).toBe(0);
    expect(read('Call')).toBe(4);
    expect(read('Call me')).toBe(3);
    expect(read('Call me')).toBe(0);
    expect(read(LONG)).toBe(LONG.length);
    expect(read(`${LONG}!`)).toBe(1);
  });

  test('goes back to a state near to an edit', () => {
    const { read } = open();
    read(LONG);
    expect(read(LONG.slice(0, -1))).toBeLessThan(32);
    const at = LONG.length - 100;
    expect(read(`${LONG.slice(0, at)}white ${LONG.slice(at)}`)).toBeLessThan(100 + 6 + 32);
    expect(read('')).toBe(0);
    expect(read('T')).toBe(1);
  });

  test('agrees with a new reading after any series of edits', () => {
    const { read } = open();
    const next = generator(7);
    let text = '';
    for (let i = 0; i < 300; ++i) {
      const at = Math.floor(next() * (text.length + 1));
      const removed = next() < 0.4 ? Math.floor(next() * 40) : 0;
      const added = 'a white 🐋 whale'.slice(0, Math.floor(next() * 17));
      text = text.slice(0, at) + added + text.slice(at + removed);
      read(text);
    }
    expect(text.length).toBeGreaterThan(64);
  });

  test('another text can be opened before the end of the first', () => {
    const { model, reader, read } = open();
    reader.open(LONG);
    reader.advance(100);
    expect(reader.remaining).toBe(LONG.length - 100);
    expect(read(LONG.slice(0, 150))).toBe(50);
    reader.append('!');
    expect(model.state[0]).toBe(state_of(`${LONG.slice(0, 150)}!`));
    expect(read(`${LONG.slice(0, 150)}!?`)).toBe(1);
  });
});
