// Bytes as text that a script can contain anywhere, a page of HTML included: printable ASCII without quotes, backslash, '<' and '$'. It
// compresses like the bytes themselves (base64 of a binary takes 1.6 times as much), and is decoded where there is no `atob`.

/** The characters, of which the last two are prefixes: each selects the next as many bytes as there are other characters. */
const ALPHABET = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).filter(
  (character) => !'"\'\\<`$'.includes(character),
);
const COUNT = ALPHABET.length - 2;

/** @param {Uint8Array} bytes @returns {string} */
export const encode_bytes = (bytes) =>
  Array.from(bytes, (byte) => {
    const group = Math.floor(byte / COUNT);
    return (group ? ALPHABET[COUNT + group - 1] : '') + ALPHABET[byte % COUNT];
  }).join('');

/** @param {string} text of `encode_bytes` @returns {Uint8Array<ArrayBuffer>} */
export function decode_bytes(text) {
  const bytes = new Uint8Array(text.length);
  const places = new Map(ALPHABET.map((character, i) => [character.charCodeAt(0), i]));
  let count = 0;
  let group = 0;
  for (let i = 0; i < text.length; i++) {
    const place = /** @type {number} */ (places.get(text.charCodeAt(i)));
    if (place >= COUNT) group = place - COUNT + 1;
    else {
      bytes[count++] = group * COUNT + place;
      group = 0;
    }
  }
  return bytes.slice(0, count);
}
