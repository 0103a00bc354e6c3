// The neutral description of a GRU: what converters make of a framework's tensors, and what cells and layers are made from.

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 *
 * @typedef {object} GRUWeights one direction of one layer, as Keras stores it: columns for the gates z (update), r (reset), h
 *   (candidate)
 * @property {Tensor} kernel [input_size, 3 units]
 * @property {Tensor} recurrent_kernel [units, 3 units]
 * @property {Tensor | null} bias with the reset gate before the recurrent product [3 units]; after it [2, 3 units], of the
 *   inputs and of the recurrent product; null: none
 *
 * @typedef {object} GRUDescription
 * @property {string} name the file's own name for it
 * @property {'cell' | 'layer'} kind what the file has: TF1's GRUCell, or a layer
 * @property {'before' | 'after' | null} reset_gate where it acts, before or after the recurrent product; null: the file does not
 *   say. The two cannot be converted into each other.
 * @property {number} input_size
 * @property {number} units
 * @property {GRUOptions} options what the file says beside the weights; what it does not say is TensorFlow's default
 * @property {import('./converters/tf1_graph_place.js').GraphPlace | null} [place] where it is in a frozen graph; null: unknown
 * @property {string[]} [warnings] what the user should know of it, as sentences
 * @property {{ forward: GRUWeights, backward: GRUWeights | null }[]} layers the first reads the inputs, each other one the one
 *   before
 *
 * @typedef {object} GRUOptions
 * @property {any} [activation]
 * @property {any} [recurrent_activation]
 * @property {any} [merge_mode] of a bidirectional one
 * @property {{ activation: any, recurrent_activation: any }} [backward] of the backward direction, if they may differ
 * @property {boolean} [go_backwards] whether a layer reads its inputs from the last step to the first
 *
 * @typedef {object} Converter
 * @property {(contents: import('../formats/files.js').FileContents,
 *   graph?: import('./converters/tensorflow_graph.js').TensorFlowGraph | null) => GRUDescription[]} find the GRUs among a file's tensors
 */

/**
 * Tensors whose names end in one of several suffixes, by what comes before it: `a/b/kernel` and `a/b/bias` are those of `a/b`.
 * TensorFlow's `:0` at the end does not count.
 * @param {ReadonlyMap<string, Tensor>} tensors
 * @param {readonly string[]} suffixes
 * @returns {Map<string, { [suffix: string]: Tensor }>}
 */
export function tensors_by_prefix(tensors, suffixes) {
  /** @type {Map<string, { [suffix: string]: Tensor }>} */
  const groups = new Map();
  for (const [full_name, tensor] of tensors) {
    const name = full_name.replace(/:0$/, '');
    const suffix = suffixes.find((one) => name === one || name.endsWith(`/${one}`));
    if (suffix === undefined) continue;
    const prefix = name.slice(0, Math.max(name.length - suffix.length - 1, 0));
    const group = groups.get(prefix) ?? {};
    group[suffix] = tensor;
    groups.set(prefix, group);
  }
  return groups;
}

/**
 * Whether tensors have these shapes and one dtype, of floats.
 * @param {[tensor: Tensor | undefined, shape: readonly number[]][]} expected
 */
export function have_shapes(expected) {
  const dtype = expected[0][0]?.dtype;
  return (
    (dtype === 'float32' || dtype === 'float64') &&
    expected.every(([tensor, shape]) => tensor?.dtype === dtype && String(tensor.shape) === String(shape))
  );
}
