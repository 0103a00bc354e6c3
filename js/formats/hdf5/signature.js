// How an HDF5 file begins. Apart from the reader, which is loaded only when a file has this signature.

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Its length in bytes. */
export const SIGNATURE_LENGTH = SIGNATURE.length;

/**
 * Where the superblock begins: at 0, or after a block of the user's own at 512, 1024, 2048, …
 * @param {Uint8Array} bytes
 * @returns {number} -1: nowhere
 */
export function superblock_start(bytes) {
  for (let start = 0; start + SIGNATURE_LENGTH <= bytes.length; start = start ? 2 * start : 512)
    if (SIGNATURE.every((byte, i) => bytes[start + i] === byte)) return start;
  return -1;
}

/**
 * Whether bytes are in this format.
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not; null: they may be
 */
export const hdf5_mismatch = (bytes) =>
  superblock_start(bytes) < 0 ? "it does not begin with the signature '\\x89HDF'" : null;
