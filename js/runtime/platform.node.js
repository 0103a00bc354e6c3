// What differs in Node (and what speaks its file system): where the binaries are and how they are read.
import { decode_bytes } from './bytes_in_text.js';

export { default as create_module } from '../../dist/glue.node.js';

/**
 * The bytes at an address: a file is read, anything else fetched.
 * @param {URL | string} url
 * @param {(files: typeof import('node:fs'), path: URL | string) => Uint8Array | Promise<Uint8Array>} read
 * @returns {Promise<Uint8Array | Response>}
 */
async function fetch_with(url, read) {
  const address = String(url);
  if (/^(https?|data|blob):/.test(address)) return fetch(address);
  // Importing it takes 4 ms, as an ES module's names for it include all of its streams and promises.
  const files = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
  return read(files, address.startsWith('file:') ? new URL(address) : address);
}

/**
 * The binary. It is read at once: asynchronously takes a millisecond longer, ten times as long as the reading itself.
 * @param {URL | string} url
 */
export const fetch_binary = (url) => fetch_with(url, (files, path) => files.readFileSync(path));

/**
 * A file of any size.
 * @param {URL | string} url
 */
export const fetch_file = (url) => fetch_with(url, (files, path) => files.promises.readFile(path));

/**
 * A binary in JavaScript, which every bundler brings: the programs of some have no other files, and in others (Next.js) the address of a
 * file is one for browsers.
 * @param {import('./binaries.js').BinaryName} name
 * @returns {Promise<Uint8Array | null>} null: it has been left out
 */
export const packed_binary = (name) =>
  import('../../dist/binaries.js').then(
    (texts) => decode_bytes(texts[name]),
    () => null,
  );
