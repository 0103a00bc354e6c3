// Files that hold no weights, by their first bytes: for messages.
import { decode_latin1 } from './utf8.js';
import { zip_has_end } from './zip_directory.js';

const ARCHIVE = 'is a compressed archive: unpack it first';

/** How a file begins, and what it is then. @type {[beginning: string, kind: string][]} */
const BEGINNINGS = [
  [
    'version https://git-lfs',
    'is a pointer of Git LFS: the file itself is not there (git lfs pull downloads it)',
  ],
  ['\x1f\x8b', 'is compressed with gzip: unpack it first'],
  ['BZh', ARCHIVE],
  ['\xfd7zXZ', ARCHIVE],
  ['7z\xbc\xaf', ARCHIVE],
  ['\x28\xb5\x2f\xfd', ARCHIVE],
  ['Rar!', ARCHIVE],
  ['\x89PNG', 'is a picture'],
  ['\xff\xd8\xff', 'is a picture'],
  ['GIF8', 'is a picture'],
  ['%PDF', 'is a PDF document'],
  ['\x00asm', 'is a WebAssembly module'],
];

/** @param {Uint8Array} bytes @returns {string | null} what they are; null: not known */
export function other_file(bytes) {
  const start = decode_latin1(bytes.subarray(0, 100));
  if (!start) return 'is empty';
  if (/^\s*<(!doctype html|html|head|body)/i.test(start.replace(/^\xef\xbb\xbf/, '')))
    return 'is a page of HTML, which a server may send for an address where it has no file';
  if (start.slice(4, 8) === 'TFL3')
    return 'is a model of TensorFlow Lite, which is not read; convert what it was made from';
  if (start.startsWith('PK\x03\x04') && !zip_has_end(bytes))
    return 'begins like a zip archive, but its end is missing: it is cut off';
  return BEGINNINGS.find(([beginning]) => start.startsWith(beginning))?.[1] ?? null;
}
