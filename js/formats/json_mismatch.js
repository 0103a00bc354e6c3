// How a JSON file of weights is recognised. Apart from the reader, which is loaded only for such a file.
import { holds_text, may_be_json } from './byte_search.js';

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not in this format; null: they may be
 */
export function json_weights_mismatch(bytes) {
  if (!may_be_json(bytes)) return "it is not JSON: it does not begin with '{'";
  if (holds_text(bytes, '"weightsManifest"')) return 'it is a model.json of TensorFlow.js';
  const has_weights = ['"weights"', '"state_dict"', 'weight_ih', 'recurrent_kernel'].some((text) =>
    holds_text(bytes, text),
  );
  return has_weights ? null : 'it has neither "weights", "state_dict" nor the names of weights in it';
}
