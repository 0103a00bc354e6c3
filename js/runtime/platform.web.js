// What differs in browsers, workers and everything that has `fetch` and no file system.
export { default as create_module } from '../../dist/glue.web.js';

/**
 * @param {URL | string} url
 * @returns {Promise<Uint8Array | Response>}
 */
export async function fetch_binary(url) {
  if (typeof fetch === 'undefined') throw new Error('this environment has no fetch');
  return fetch(url);
}

export { fetch_binary as fetch_file };

/** A page pays for every byte, so here only `gru-wasm/inline` has the binaries in JavaScript. */
export const packed_binary = async () => null;
