// The list of files in a zip, which is at its end. Small, so that a zip can be told from others without what unpacks it.
import { InvalidArgumentError } from '../runtime/errors.js';

/** @typedef {{ name: string, method: number, compressed: number, size: number, header: number, crc: number }} ZipEntry sizes in bytes */

const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const ENTRY = 0x02014b50;

/** The length of the record at the end, without its comment. */
const END_LENGTH = 22;

/**
 * @param {Uint8Array} bytes
 * @returns {ZipEntry[] | null} null: not a zip. The same name may be there twice.
 * @throws {InvalidArgumentError} a zip whose list is damaged
 */
export function zip_entries(bytes) {
  if (!(bytes[0] === 0x50 && bytes[1] === 0x4b)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = find_end(view);
  if (end < 0) return null;
  let [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === END_64_LOCATOR) {
    const end_64 = Number(view.getBigUint64(locator + 8, true));
    if (end_64 + 56 > bytes.length || view.getUint32(end_64, true) !== END_64)
      fail('its end is not where it says');
    count = Number(view.getBigUint64(end_64 + 32, true));
    start = Number(view.getBigUint64(end_64 + 48, true));
  }
  /** @type {ZipEntry[]} */
  const entries = [];
  for (let at = start; entries.length < count; ) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY)
      fail(`its list of files is shorter than the ${count} that it states`);
    const [name_length, extra_length, comment_length] = [28, 30, 32].map((place) =>
      view.getUint16(at + place, true),
    );
    const next = at + 46 + name_length + extra_length + comment_length;
    if (next > bytes.length) fail('its list of files has no end');
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name_length)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...sizes_of(view, at, at + 46 + name_length, extra_length),
    });
    at = next;
  }
  return entries;
}

/** Whether the record at the end of a zip is there. @param {Uint8Array} bytes */
export const zip_has_end = (bytes) =>
  find_end(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)) >= 0;

/** @param {DataView} view */
function find_end(view) {
  const last = view.byteLength - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) if (view.getUint32(at, true) === END) return at;
  return -1;
}

/**
 * Sizes of 4 bytes, or where one of those is full, of 8 in the extra fields.
 * @param {DataView} view
 * @param {number} at the entry
 * @param {number} extra where its extra fields begin
 * @param {number} extra_length
 * @returns {{ compressed: number, size: number, header: number }}
 */
function sizes_of(view, at, extra, extra_length) {
  const values = {
    size: view.getUint32(at + 24, true),
    compressed: view.getUint32(at + 20, true),
    header: view.getUint32(at + 42, true),
  };
  for (let field = extra; field + 4 <= extra + extra_length; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let place = field + 4;
    const end = Math.min(place + view.getUint16(field + 2, true), extra + extra_length);
    for (const key of /** @type {const} */ (['size', 'compressed', 'header'])) {
      if (values[key] !== 0xffffffff || place + 8 > end) continue;
      values[key] = Number(view.getBigUint64(place, true));
      place += 8;
    }
  }
  return values;
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new InvalidArgumentError(`not a valid zip: ${message}`);
}

/**
 * Whether bytes are a zip with a file whose path ends in some name.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {string | null} why they are not; null: they are
 */
export function zip_mismatch(bytes, name) {
  try {
    const entries = zip_entries(bytes);
    if (!entries) return 'it is not a zip';
    return entries.some((entry) => entry.name.endsWith(name)) ? null : `it is a zip without ${name}`;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}
