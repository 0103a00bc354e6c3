// Reading a text that keeps changing: what it has in common with the last one is not read again.

/** After so many characters the state is kept. */
const INTERVAL = 32;

/**
 * @typedef {Pick<import('../examples/text_model.js').TextModel, 'state' | 'feed'>} Model
 */

export class Reader {
  #model;
  /** What the model has read. @type {string[]} */ #read = [];
  /** The model's state after every `INTERVAL` characters of it, the first after none. @type {Float32Array[]} */ #states;
  /** What it is still to read. @type {string[]} */ #ahead = [];

  /** @param {Model} model at the beginning of every text */
  constructor(model) {
    this.#model = model;
    this.#states = [model.state];
  }

  /**
   * Opens a text: the model goes back to the last state that it kept within what is the same, unless all it has read is.
   * @param {string} text
   */
  open(text) {
    const characters = [...text];
    let same = 0;
    while (same < this.#read.length && this.#read[same] === characters[same]) ++same;
    if (same < this.#read.length) {
      const kept = Math.floor(same / INTERVAL);
      same = kept * INTERVAL;
      this.#model.state = this.#states[kept];
      this.#states.length = kept + 1;
      this.#read.length = same;
    }
    this.#ahead = characters.slice(same);
  }

  /** How many characters are still to be read. */
  get remaining() {
    return this.#ahead.length;
  }

  /**
   * Reads on.
   * @param {number} count at most so many characters
   */
  advance(count) {
    for (const character of this.#ahead.splice(0, count)) this.append(character);
  }

  /** @param {string} character that comes after what was read */
  append(character) {
    this.#model.feed(character);
    this.#read.push(character);
    if (this.#read.length % INTERVAL === 0) this.#states.push(this.#model.state);
  }
}
