// How a file of PyTorch is recognised. Apart from the reader, which is loaded only for such a file.

import { decode_latin1 } from './utf8.js';
import { zip_mismatch } from './zip_directory.js';

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not in this format; null: they may be
 */
export function pytorch_mismatch(bytes) {
  if (starts_with_magic(bytes) || is_tar(bytes)) return null;
  const mismatch = zip_mismatch(bytes, 'data.pkl');
  return mismatch && `${mismatch}, and has not the beginning of the forms before PyTorch 1.6`;
}

/** A pickle of PyTorch's magic number, with which files of before version 1.6 begin. @param {Uint8Array} bytes */
const starts_with_magic = (bytes) =>
  [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9].every((byte, i) => bytes[i] === byte);

/** The form of before version 0.2. @param {Uint8Array} bytes */
export const is_tar = (bytes) => decode_latin1(bytes.subarray(257, 262)) === 'ustar';
