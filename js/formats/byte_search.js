// Searching text among bytes.

/**
 * @param {Uint8Array} bytes
 * @param {string} text of ASCII letters
 * @returns {boolean}
 */
export function holds_text(bytes, text) {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]); at >= 0; at = bytes.indexOf(codes[0], at + 1))
    if (codes.every((code, i) => bytes[at + i] === code)) return true;
  return false;
}

/**
 * Whether bytes may be a JSON object: whether their first character that is no space is a brace.
 * @param {Uint8Array} bytes
 */
export function may_be_json(bytes) {
  const has_mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const first = bytes
    .subarray(has_mark ? 3 : 0, 1000)
    .find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === 0x7b;
}
