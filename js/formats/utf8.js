// UTF-8, also where there is no TextDecoder and no TextEncoder (an AudioWorklet).

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {Error} bytes that are not UTF-8
 */
export function decode_utf8(bytes) {
  if (typeof TextDecoder !== 'undefined') return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
}

/** @param {string} text @returns {Uint8Array} */
export function encode_utf8(text) {
  if (typeof TextEncoder !== 'undefined') return new TextEncoder().encode(text);
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  const characters = escaped.match(/%..|./g) ?? [];
  return Uint8Array.from(characters, (part) =>
    part.length > 1 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
}

/** One character for each byte. @param {Uint8Array} bytes */
export const decode_latin1 = (bytes) => Array.from(bytes, (code) => String.fromCharCode(code)).join('');
