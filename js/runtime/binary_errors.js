// Errors of loading the binary that say what to do.
import { InvalidArgumentError, NotFoundError, UnimplementedError } from './errors.js';

const ELSEWHERE =
  "Serve the .wasm files of gru-wasm/dist and pass the address: init({ wasm }); with Vite's dev server, optimizeDeps: { exclude: ['gru-wasm'] }";

/**
 * @param {string} shown the address
 * @param {number} status of HTTP
 */
export const missing_binary = (shown, status) =>
  new NotFoundError(`init: the binary ${shown} cannot be fetched: status ${status}. ${ELSEWHERE}`);

/**
 * What the compilation's failure means.
 * @param {string} shown the address
 * @param {Error} cause
 * @param {Uint8Array} [bytes] of the file, where they are known
 */
export function compile_error(shown, cause, bytes) {
  const { message } = cause;
  // `<!`, or the engine's own words for it: a server's answer for any path, often index.html.
  if (bytes ? bytes[0] === 0x3c : /found 3c /i.test(message))
    return new InvalidArgumentError(
      `init: there is a page of HTML at ${shown} in place of the binary. ${ELSEWHERE}`,
      { cause },
    );
  if (/unsafe-eval|Content.Security.Policy|\bCSP\b/i.test(message))
    return new UnimplementedError(
      `init: the Content-Security-Policy of this page refuses WebAssembly: add 'wasm-unsafe-eval' to its script-src (${message})`,
      { cause },
    );
  if (/disallowed by embedder/.test(message))
    return new UnimplementedError(
      `init: this runtime takes only compiled modules: import the .wasm file and pass the WebAssembly.Module, init({ wasm: module }) (${message})`,
      { cause },
    );
  return new InvalidArgumentError(
    `init: the binary ${shown} is not WebAssembly that this engine runs: ${message}`,
    { cause },
  );
}
