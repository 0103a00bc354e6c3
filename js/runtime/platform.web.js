// What differs in browsers, workers and everything that has `fetch` and no file system.
export { default as create_module } from '../../dist/glue.web.js';

/** @returns {{ baseline: URL, relaxed: URL }} */
export const binaries = () => ({
  baseline: new URL('../../dist/gru.baseline.wasm', import.meta.url),
  relaxed: new URL('../../dist/gru.relaxed.wasm', import.meta.url),
});

/**
 * @param {URL | string} url
 * @returns {Promise<Uint8Array | Response>}
 */
export const fetch_binary = (url) => fetch(url);

export { fetch_binary as fetch_file };
