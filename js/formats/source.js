// The bytes of a file from whatever the user passes: bytes, a Blob, a Response, an address.
import { fetch_file } from '#platform';
import { is_address, show } from '../runtime/check.js';
import { NotFoundError } from '../runtime/errors.js';

/** @typedef {ArrayBuffer | ArrayBufferView | Blob | Response | URL | string} FileSource bytes, a Blob or File, a Response, or an
 *   address: in Node a path and `file:` too */

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} source
 * @returns {Promise<Uint8Array>}
 * @throws {NotFoundError} it cannot be read or fetched
 * @throws {TypeError} another type of source
 */
export async function read_source(what, source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (typeof Blob !== 'undefined' && source instanceof Blob)
    return new Uint8Array(await source.arrayBuffer());
  if (typeof Response !== 'undefined' && source instanceof Response)
    return read_response(what, source, source.url || 'the Response');
  if (is_address(source)) {
    const address = String(source);
    const shown = address.length > 200 ? `${address.slice(0, 200)}…` : address;
    const result = await fetch_file(source).catch((/** @type {Error} */ cause) => {
      throw new NotFoundError(`${what} ${shown} cannot be read: ${cause.message}`, { cause });
    });
    return result instanceof Uint8Array ? result : read_response(what, result, shown);
  }
  throw new TypeError(`${what} must be bytes, a Blob, a Response, a URL or a path, not ${show(source)}`);
}

/**
 * @param {string} what
 * @param {Response} response
 * @param {string} shown
 */
async function read_response(what, response, shown) {
  if (!response.ok) throw new NotFoundError(`${what} ${shown} cannot be fetched: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
