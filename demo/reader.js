// Reads a text that changes: the beginning that it has in common with the text before is not read again.

/** The state is saved after each so many characters. */
const INTERVAL = 32;

/**
 * @typedef {Pick<import('../examples/text_model.js').TextModel, 'state' | 'feed'>} Model
 */

export class Reader {
  #model;
  /** The characters that the model has read. @type {string[]} */ #read = [];
  /** The states saved after 0, INTERVAL, 2 INTERVAL, … of them. @type {Float32Array[]} */ #states;
  /** The characters still to read. @type {string[]} */ #remaining = [];

  /** @param {Model} model in the state at which every text begins */
  constructor(model) {
    this.#model = model;
    this.#states = [model.state];
  }

  /**
   * Opens a text. If it does not begin with all that was read, the model returns to the last saved state before the first difference.
   * @param {string} text
   */
  open(text) {
    const characters = [...text];
    let same = 0;
    while (same < this.#read.length && this.#read[same] === characters[same]) ++same;
    if (same < this.#read.length) {
      const saved = Math.floor(same / INTERVAL);
      same = saved * INTERVAL;
      this.#model.state = this.#states[saved];
      this.#states.length = saved + 1;
      this.#read.length = same;
    }
    this.#remaining = characters.slice(same);
  }

  /** The number of characters still to read. */
  get remaining() {
    return this.#remaining.length;
  }

  /**
   * Reads the next characters.
   * @param {number} count at most
   */
  advance(count) {
    for (const character of this.#remaining.splice(0, count)) this.append(character);
  }

  /** Reads a character after all others. @param {string} character */
  append(character) {
    this.#model.feed(character);
    this.#read.push(character);
    if (this.#read.length % INTERVAL === 0) this.#states.push(this.#model.state);
  }
}
