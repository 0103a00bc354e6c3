// The text field. A copy of its text behind it (the mirror) sets its height and marks characters that the model does not know.
import { glyph } from './glyphs.js';

export class Editor {
  #field;
  #mirror;
  #note;
  /** Characters that are not in the vocabulary, with their replacements. @type {Map<string, string>} */
  #replacements = new Map();

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
    // Typing continues the text.
    field.setSelectionRange(field.value.length, field.value.length);
    this.#reflect();
  }

  get text() {
    return this.#field.value;
  }

  /** Adds text at the end, as typing does. @param {string} added */
  append(added) {
    const end = this.text.length;
    this.#field.setRangeText(added, end, end, 'end');
    this.#field.dispatchEvent(new Event('input'));
    const scroller = /** @type {HTMLElement} */ (this.#field.parentElement);
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** @param {[character: string, replacement: string][]} unknown_characters an empty replacement: the character is ignored */
  mark(unknown_characters) {
    this.#replacements = new Map(unknown_characters);
    this.#reflect();
    const replaced = unknown_characters.filter(([, replacement]) => replacement);
    const ignored = unknown_characters.filter(([, replacement]) => !replacement);
    this.#note.replaceChildren(
      ...note('Not in the model’s vocabulary, read as:', replaced, 'replaced'),
      ...note('Not in the model’s vocabulary, ignored:', ignored, 'ignored'),
    );
  }

  #reflect() {
    // After a line break at the end, the mirror shows the last, empty line only if a character is on it.
    const text = `${this.text}\u200b`;
    if (this.#replacements.size === 0) {
      this.#mirror.textContent = text;
      return;
    }
    /** @type {{ kind: string, text: string }[]} */
    const runs = [];
    for (const character of text) {
      const replacement = this.#replacements.get(character);
      const kind = replacement === undefined ? 'known' : replacement ? 'replaced' : 'ignored';
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
 * @param {[character: string, replacement: string][]} characters
 * @param {string} kind
 * @returns {Node[]}
 */
function note(sentence, characters, kind) {
  if (characters.length === 0) return [];
  const marks = characters.slice(0, 12).map(([character, replacement]) => {
    const mark = marked(glyph(character), kind);
    if (replacement) mark.append(` → ${[...replacement].map(glyph).join('')}`);
    return mark;
  });
  const line = document.createElement('span');
  line.append(sentence, ...marks.flatMap((mark) => [' ', mark]));
  if (characters.length > marks.length) line.append(` and ${characters.length - marks.length} more`);
  return [line];
}
