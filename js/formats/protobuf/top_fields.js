// The fields of a protocol buffer at the top level, without a reader: enough to recognise a message.

/**
 * @param {Uint8Array} bytes
 * @returns {Set<string> | null} the numbers of the fields with their wire types, such as `1:2`; null: the bytes are not a sequence of
 *   fields, or of more than a million
 */
export function top_fields(bytes) {
  /** @type {Set<string>} */
  const fields = new Set();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return -1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return -1;
  };
  for (let count = 0; at < bytes.length; count++) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (tag < 8 || count > 1e6) return null;
    if (type === 0 && varint() < 0) return null;
    if (type === 1) at += 8;
    if (type === 2) {
      const length = varint();
      if (length < 0) return null;
      at += length;
    }
    if (type === 5) at += 4;
    if (![0, 1, 2, 5].includes(type) || at > bytes.length) return null;
    fields.add(`${field}:${type}`);
  }
  return fields;
}

/**
 * @param {Uint8Array} bytes
 * @param {string} what the message, for the reason
 * @param {readonly string[]} needed fields that it must have
 * @param {readonly string[]} allowed other fields that it may have
 * @returns {string | null} why bytes are not such a message; null: they may be
 */
export function message_mismatch(bytes, what, needed, allowed) {
  const fields = top_fields(bytes);
  if (!fields?.size) return 'it is not a protocol buffer';
  const fits =
    needed.every((field) => fields.has(field)) &&
    [...fields].every((field) => needed.includes(field) || allowed.includes(field));
  return fits ? null : `it is a protocol buffer, but not ${what}`;
}
