// The text field, with a mirror of its text behind it that gives it its height and marks what the model does not know.
import { glyph } from './glyphs.js';

export class Editor {
  #field;
  #mirror;
  #note;
  /** The characters that the model does not know, and what they are read as. @type {Map<string, string>} */
  #strangers = new Map();

  /**
   * @param {HTMLTextAreaElement} field
   * @param {{ mirror: HTMLElement, note: HTMLElement, on_change: () => void }} options
   */
  constructor(field, { mirror, note, on_change }) {
    this.#field = field;
    this.#mirror = mirror;
    this.#note = note;
    field.addEventListener('input', () => {
      this.#reflect();
      on_change();
    });
    // Who comes here by the keyboard types on, not before.
    field.setSelectionRange(field.value.length, field.value.length);
    this.#reflect();
  }

  get text() {
    return this.#field.value;
  }

  /** @param {string} more goes to the end, as if it had been typed */
  append(more) {
    const end = this.text.length;
    this.#field.setRangeText(more, end, end, 'end');
    this.#field.dispatchEvent(new Event('input'));
    const scroller = /** @type {HTMLElement} */ (this.#field.parentElement);
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** @param {[string, string][]} strangers those in the text, each with what it is read as, or nothing */
  mark(strangers) {
    this.#strangers = new Map(strangers);
    this.#reflect();
    const replaced = strangers.filter(([, read_as]) => read_as);
    const skipped = strangers.filter(([, read_as]) => !read_as);
    this.#note.replaceChildren(
      ...said('Read as the nearest that the model knows:', replaced, 'replaced'),
      ...said('Not in the model’s vocabulary, so passed over:', skipped, 'skipped'),
    );
  }

  #reflect() {
    // A text that ends in a line break has one more line, which the mirror shows only if something is on it.
    const text = `${this.text}\u200b`;
    if (this.#strangers.size === 0) {
      this.#mirror.textContent = text;
      return;
    }
    /** @type {{ kind: string, text: string }[]} */
    const runs = [];
    for (const character of text) {
      const read_as = this.#strangers.get(character);
      const kind = read_as === undefined ? 'known' : read_as ? 'replaced' : 'skipped';
      const run = runs.at(-1);
      if (run?.kind === kind) run.text += character;
      else runs.push({ kind, text: character });
    }
    this.#mirror.replaceChildren(
      ...runs.map(({ kind, text }) => (kind === 'known' ? text : marked(text, kind))),
    );
  }
}

/**
 * @param {string} text
 * @param {string} kind
 */
function marked(text, kind) {
  const mark = document.createElement('mark');
  mark.className = kind;
  mark.textContent = text;
  return mark;
}

/**
 * @param {string} sentence
 * @param {[string, string][]} strangers
 * @param {string} kind
 * @returns {Node[]}
 */
function said(sentence, strangers, kind) {
  if (strangers.length === 0) return [];
  const shown = strangers.slice(0, 12).map(([character, read_as]) => {
    const mark = marked(glyph(character), kind);
    if (read_as) mark.append(` → ${[...read_as].map(glyph).join('')}`);
    return mark;
  });
  const line = document.createElement('span');
  line.append(sentence, ...shown.flatMap((mark) => [' ', mark]));
  if (strangers.length > shown.length) line.append(` and ${strangers.length - shown.length} more`);
  return [line];
}
