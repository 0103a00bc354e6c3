// Characters as the page shows and names them.

/** Invisible characters: the sign that is shown instead, and the name for screen readers. @type {Record<string, [string, string]>} */
const INVISIBLE = {
  ' ': ['␣', 'space'],
  '\n': ['↵', 'line break'],
  '\t': ['⇥', 'tab'],
  '\r': ['␍', 'carriage return'],
  '\u00a0': ['⍽', 'no-break space'],
};

/** @param {string} character */
export const glyph = (character) =>
  INVISIBLE[character]?.[0] ?? (is_visible(character) ? character : code(character));

/** @param {string} character */
export const spoken = (character) =>
  INVISIBLE[character]?.[1] ?? (is_visible(character) ? character : code(character));

/** @param {string} character */
const is_visible = (character) => !/^[\p{C}\p{Z}\p{M}]$/u.test(character);

/** @param {string} character */
const code = (character) =>
  `U+${/** @type {number} */ (character.codePointAt(0)).toString(16).toUpperCase().padStart(4, '0')}`;
