// What weights of Keras without a configuration do not say.
const NO_CONFIGURATION =
  'the file has weights without a configuration, so the activations of a GRU are not known and taken as tanh and sigmoid; ' +
  'Keras 1, Keras 2 before TensorFlow 2 and TensorFlow.js have hard_sigmoid as the default of recurrent_activation';

/**
 * Weights of a GRU with the reset gate before the recurrent product are of the versions of Keras whose default for its activation changed
 * later.
 * @param {ReadonlyMap<string, import('../runtime/tensor.js').Tensor>} tensors of a file without a configuration
 * @returns {string[]} a warning if there are such weights
 */
export const default_warnings = (tensors) =>
  Array.from(tensors).some(([name, { shape }]) => {
    if (/_b_z(:0)?$/.test(name)) return true;
    if (!/(^|\/)recurrent_kernel(:0)?$/.test(name) || shape[1] !== 3 * shape[0]) return false;
    return tensors.get(name.replace(/recurrent_kernel(:0)?$/, 'bias$1'))?.shape.length === 1;
  })
    ? [NO_CONFIGURATION]
    : [];
