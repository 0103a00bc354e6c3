// What differs in Node (and what speaks its file system): where the binaries are and how they are read.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export { default as create_module } from '../../dist/glue.node.js';

/** @returns {{ baseline: URL, relaxed: URL }} */
export const binaries = () => ({
  baseline: new URL('../../dist/gru.baseline.wasm', import.meta.url),
  relaxed: new URL('../../dist/gru.relaxed.wasm', import.meta.url),
});

/**
 * The bytes at an address: a file is read, anything else fetched.
 * @param {URL | string} url
 * @returns {Promise<Uint8Array | Response>}
 */
export async function fetch_binary(url) {
  const address = String(url);
  if (/^(https?|data|blob):/.test(address)) return fetch(address);
  return readFile(address.startsWith('file:') ? fileURLToPath(address) : address);
}
