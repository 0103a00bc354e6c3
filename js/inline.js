// The entry point `gru-wasm/inline`: `gru-wasm` with the binaries in its own text, for places that can load no other file: a page in a
// single file, an AudioWorklet, an extension, a program packed into one file.
import { baseline, relaxed } from '../dist/binaries.js';
import { init as init_with } from './index.js';
import { decode_bytes } from './runtime/bytes_in_text.js';

export * from './index.js';

/**
 * Starts the binary that is in this script; otherwise `init` of `gru-wasm`. The classes are those of `gru-wasm`, `gru-wasm/keras` and
 * `gru-wasm/formats`.
 *
 * @param {import('./index.js').InitOptions} [options]
 * @returns {Promise<import('./runtime/init.js').InitInfo>}
 */
export const init = (options = {}) => init_with({ wasm: BINARIES_HERE, ...options });

/** Only the one that is taken is decoded. */
const BINARIES_HERE = {
  get relaxed() {
    return decode_bytes(relaxed);
  },
  get baseline() {
    return decode_bytes(baseline);
  },
};
