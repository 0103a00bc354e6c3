// What differs in Node (and what speaks its file system): where the binaries are and how they are read.
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
  // Importing it takes 4 ms, as an ES module's names for it include all of its streams and promises. Reading is not
  // asynchronous: that takes a millisecond longer, ten times as long as the reading itself.
  const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
  return readFileSync(address.startsWith('file:') ? new URL(address) : address);
}
