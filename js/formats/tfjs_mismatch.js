// How a model.json of TensorFlow.js is told. Apart from the reader, which is loaded only for such a file.
import { holds_text, may_be_json } from './byte_search.js';

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not in this format; null: they may be
 */
export function tfjs_mismatch(bytes) {
  if (!may_be_json(bytes)) return "it is not JSON: it does not begin with '{'";
  return holds_text(bytes, '"weightsManifest"') ? null : 'it does not hold "weightsManifest"';
}
