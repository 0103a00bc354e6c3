// The files of a source, whatever the user passes: bytes, a Blob, a Response, an address, or several of them by name.
import { fetch_file } from '#platform';
import { is_address, is_plain_object, show } from '../runtime/check.js';
import { InvalidArgumentError, NotFoundError } from '../runtime/errors.js';

/**
 * @typedef {ArrayBuffer | ArrayBufferView | Blob | Response | URL | string} SingleSource bytes, a Blob or File, a Response, or an
 *   address: in Node a path and `file:` too
 * @typedef {SingleSource | readonly File[] | { readonly [name: string]: SingleSource }} FileSource one file; or the files of a
 *   format that has several, as an array of Files or as an object of names to sources
 *
 * @typedef {object} SourceFile
 * @property {string | null} name without folders; null: unknown
 * @property {Uint8Array} bytes
 * @property {(name: string) => Promise<Uint8Array>} sibling the bytes of another file that this one names: of the files that the
 *   user passed, or from the same folder as this one. Throws NotFoundError, and InvalidArgumentError for a name that leaves the folder.
 */

/**
 * @param {string} what the function and the argument, for messages
 * @param {unknown} source
 * @returns {Promise<SourceFile[]>} one, or all that the user passed
 * @throws {NotFoundError} a file that cannot be read or fetched
 * @throws {TypeError} another type of source
 */
export async function read_source(what, source) {
  const named = named_sources(source);
  if (!named) return [await read_single(what, source)];
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  for (const [name, value] of named) {
    if (files.has(name)) throw new InvalidArgumentError(`${what} has two files named ${show(name)}`);
    files.set(name, (await read_single(`${what}: ${show(name)}`, value)).bytes);
  }
  /** @param {string} name */
  const sibling = async (name) => {
    const bytes = files.get(name) ?? files.get(without_folders(name));
    if (bytes) return bytes;
    throw new NotFoundError(
      `${what} lacks the file ${show(name)}; it has ${[...files.keys()].map(show).join(', ')}`,
    );
  };
  return [...files].map(([name, bytes]) => ({ name, bytes, sibling }));
}

/** @param {unknown} source @returns {[name: string, source: unknown][] | null} null: a single one */
function named_sources(source) {
  if (
    Array.isArray(source) &&
    source.length &&
    typeof File !== 'undefined' &&
    Array.from(source).every((item) => item instanceof File)
  )
    return source.map((file) => [file.name, file]);
  if (is_plain_object(source) && Object.keys(source).length) return Object.entries(source);
  return null;
}

/** @param {string} what @param {unknown} source @returns {Promise<SourceFile>} */
async function read_single(what, source) {
  if (source instanceof ArrayBuffer) return alone(what, null, new Uint8Array(source));
  if (ArrayBuffer.isView(source))
    return alone(what, null, new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  if (typeof Blob !== 'undefined' && source instanceof Blob) {
    const name = typeof File !== 'undefined' && source instanceof File ? source.name : null;
    return alone(what, name, new Uint8Array(await source.arrayBuffer()));
  }
  if (typeof Response !== 'undefined' && source instanceof Response) {
    const bytes = await read_response(what, source, source.url || 'the Response');
    return source.url ? beside_others(what, source.url, bytes) : alone(what, null, bytes);
  }
  if (is_address(source)) return beside_others(what, String(source), await read_address(what, source));
  throw new TypeError(
    `${what} must be bytes, a Blob, a Response, a URL or a path, or several as an array of Files or an object of names to ` +
      `them, not ${show(source)}`,
  );
}

/** @param {string} what @param {string | null} name @param {Uint8Array} bytes @returns {SourceFile} */
const alone = (what, name, bytes) => ({
  name,
  bytes,
  async sibling(other) {
    throw new NotFoundError(
      `${what} needs the file ${show(other)} too: pass both, as an array of Files or an object of names to bytes`,
    );
  },
});

/** @param {string} what @param {string} address @param {Uint8Array} bytes @returns {SourceFile} */
function beside_others(what, address, bytes) {
  const is_url = /^[a-z][a-z0-9+.-]+:/i.test(address);
  const path = is_url ? address.replace(/[?#].*$/s, '') : address;
  const query = is_url ? (/\?[^#]*/.exec(address)?.[0] ?? '') : '';
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return {
    name: path.slice(folder.length) || null,
    bytes,
    async sibling(name) {
      const parts = name.split('/');
      if (/^[/\\]|:|\\/.test(name) || parts.some((part) => part === '..' || part === ''))
        throw new InvalidArgumentError(`${what} names ${show(name)}, which is not a file in its folder`);
      const other = is_url ? parts.map(encodeURIComponent).join('/') + query : name;
      return read_address(what, folder + other);
    },
  };
}

/** @param {string} what @param {string | URL} source */
async function read_address(what, source) {
  const address = String(source);
  const shown = address.length > 200 ? `${address.slice(0, 200)}…` : address;
  const result = await fetch_file(source).catch((/** @type {Error} */ cause) => {
    const is_folder = /** @type {{ code?: string }} */ (cause).code === 'EISDIR';
    const reason = is_folder ? 'it is a folder; pass the path of a file in it' : cause.message;
    throw new NotFoundError(`${what} ${shown} cannot be read: ${reason}`, { cause });
  });
  return result instanceof Uint8Array ? result : read_response(what, result, shown);
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

/** @param {string} path */
const without_folders = (path) => path.slice(path.lastIndexOf('/') + 1);
