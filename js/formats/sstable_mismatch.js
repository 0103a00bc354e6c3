// How an index of TensorFlow's checkpoints is recognised. Apart from the reader, which is loaded only for such a file.

/** The last eight bytes of a table of LevelDB. */
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not such a table; null: they may be
 */
export const sstable_mismatch = (bytes) =>
  MAGIC.every((byte, i) => bytes[bytes.length - 8 + i] === byte)
    ? null
    : 'it does not end like an .index file';
