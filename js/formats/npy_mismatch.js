// How a file of NumPy is recognised. Apart from the reader, which is loaded only for such a file.

/** `\\x93NUMPY` */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not in this format; null: they may be
 */
export const npy_mismatch = (bytes) =>
  NPY_MAGIC.every((byte, i) => bytes[i] === byte) ? null : 'it does not begin with \\x93NUMPY';
