// Writing TensorFlow.js's model.json and the file of weights beside it.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { encode_utf8 } from './utf8.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {{ 'model.json': Uint8Array, 'weights.bin': Uint8Array }} TfjsFiles
 */

/**
 * @param {ReadonlyMap<string, Tensor>} tensors
 * @param {{ topology?: any, metadata?: any }} [options] `topology`: of a model, as TensorFlow.js spells it, default none: weights alone;
 *   `metadata`: plain data
 * @returns {TfjsFiles}
 * @throws {ValueError} a tensor of float64, which TensorFlow.js does not have
 */
export function write_tfjs(tensors, { topology = null, metadata = null } = {}) {
  const weights = Array.from(tensors, ([name, { shape, dtype }]) => {
    if (dtype === 'float64') {
      throw new ValueError(
        `${show(name)} is of float64, which TensorFlow.js does not have: write its values as float32`,
      );
    }
    return { name, shape, dtype };
  });
  const model = {
    format: topology ? 'layers-model' : 'weights',
    generatedBy: 'gru-wasm',
    convertedBy: null,
    ...(topology && { modelTopology: topology }),
    ...(metadata && Object.keys(metadata).length && { userDefinedMetadata: metadata }),
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  return {
    'model.json': encode_utf8(JSON.stringify(model)),
    'weights.bin': join_bytes([...tensors.values()]),
  };
}

/** @param {Tensor[]} tensors @returns {Uint8Array} */
function join_bytes(tensors) {
  const bytes = new Uint8Array(tensors.reduce((sum, { data }) => sum + data.byteLength, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { data, dtype } of tensors) {
    if (dtype === 'bool') bytes.set(data, at);
    else if (dtype === 'int32')
      data.forEach((value, i) => {
        view.setInt32(at + 4 * i, value, true);
      });
    else
      data.forEach((value, i) => {
        view.setFloat32(at + 4 * i, value, true);
      });
    at += data.byteLength;
  }
  return bytes;
}
