// Files in a zip: unpacked with a bound on their size.
import { inflateSync } from 'fflate';
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { zip_entries } from './zip_directory.js';

/** All files in a zip together may have this many bytes, plus this many for each byte of the zip. */
const BASE_SIZE = 1 << 28;
const SIZE_PER_BYTE = 20;

const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid zip: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @param {{ check_crc?: boolean }} [options] `check_crc`: whether to compare the checksums. Default true.
 * @returns {Map<string, () => Uint8Array>} a function for each file that unpacks it; files that are stored are views of `bytes`
 * @throws {InvalidArgumentError} not a zip, two files of one name, or more bytes than a sound zip has
 */
export function read_zip(bytes, { check_crc = true } = {}) {
  const entries = zip_entries(bytes) ?? fail('it has no list of files');
  const limit = BASE_SIZE + SIZE_PER_BYTE * bytes.length;
  let total = 0;
  /** @type {Map<string, () => Uint8Array>} */
  const files = new Map();
  for (const entry of entries) {
    if (files.has(entry.name)) fail(`it has two files named ${show(entry.name)}`);
    total += entry.size;
    if (!(total <= limit))
      fail(`its files would take more than ${limit} bytes, too many for a zip of ${bytes.length}`);
    files.set(entry.name, () => {
      const data = unpack(bytes, entry);
      if (check_crc && crc_32(data) !== entry.crc)
        fail(`${show(entry.name)} is damaged: its checksum is wrong`);
      return data;
    });
  }
  return files;
}

/** @param {Uint8Array} bytes @param {import('./zip_directory.js').ZipEntry} entry */
function unpack(bytes, { name, method, compressed, size, header }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header + 30 > bytes.length || view.getUint32(header, true) !== LOCAL_HEADER)
    fail(`${show(name)} is not where the list of files says`);
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (start + compressed > bytes.length) fail(`${show(name)} ends after the end of the zip`);
  const data = bytes.subarray(start, start + compressed);
  if (method === STORED)
    return compressed === size ? data : fail(`${show(name)} has ${compressed} bytes, not ${size}`);
  if (method !== DEFLATED)
    fail(`${show(name)} is compressed by the method ${method}; only deflate is supported`);
  return inflate(name, data, size);
}

/** @param {string} name @param {Uint8Array} data @param {number} size */
function inflate(name, data, size) {
  let result;
  try {
    // One byte more than expected, to notice a result that is too long.
    result = inflateSync(data, { out: new Uint8Array(size + 1) });
  } catch (cause) {
    throw new InvalidArgumentError(
      `not a valid zip: ${show(name)} cannot be decompressed: ${/** @type {Error} */ (cause).message}`,
      { cause },
    );
  }
  return result.length === size
    ? result
    : fail(`${show(name)} does not have the ${size} bytes that the list of files states`);
}

/** @type {Uint32Array | null} */
let crc_table = null;

/** @param {Uint8Array} data */
function crc_32(data) {
  crc_table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) crc = (crc >>> 8) ^ crc_table[(crc ^ data[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}
