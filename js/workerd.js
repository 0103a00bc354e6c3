// The entry point `gru-wasm` in workerd (Cloudflare Workers), which compiles nothing at run time: there an import of a binary is a
// compiled module.
import baseline from '../dist/gru.baseline.wasm';
import relaxed from '../dist/gru.relaxed.wasm';
import { init as init_with } from './index.js';

export * from './index.js';

/**
 * Starts the binary that comes with the package; otherwise `init` of `gru-wasm`.
 *
 * @param {import('./index.js').InitOptions} [options]
 * @returns {Promise<import('./runtime/init.js').InitInfo>}
 */
export const init = (options = {}) => init_with({ wasm: { relaxed, baseline }, ...options });
