// The weights in a file of Keras as those of this package's layers.
import { concatenate } from '../../gradient/joining.js';
import { reshape, transpose } from '../../gradient/shapes.js';
import { same_shape, show, show_shape } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { Tensor } from '../../runtime/tensor.js';

/**
 * @typedef {import('../../layers/layer.js').Layer} Layer
 * @typedef {import('../../runtime/variable.js').Variable} Variable
 * @typedef {import('./keras_config.js').SerializedLayer} SerializedLayer
 * @typedef {{ name: string, tensor: Tensor }} Weight
 */

/**
 * Sets the weights of a model's layers.
 * @param {import('../../keras/sequential.js').Sequential} model built
 * @param {SerializedLayer[]} serialized its layers
 * @param {import('../../formats/files.js').FileContents} contents of a Keras file
 * @throws {InvalidArgumentError} a layer whose weights are not in the file, or do not fit
 */
export function set_keras_weights(model, serialized, contents) {
  const { tensors, keras } = contents;
  const { layer_weights } = /** @type {import('../../formats/files.js').KerasModel} */ (keras);
  if (!layer_weights.size) {
    // The names do not tell the layers, so the order does.
    const weights = Array.from(tensors, ([name, tensor]) => ({ name, tensor }));
    model.set_weights(in_order(model, weights));
    return;
  }
  model.layers.forEach((layer, i) => {
    const names = layer_weights.get(layer.name) ?? [];
    layer.set_weights(in_order(layer, weights_of_layer(serialized[i], names, contents)));
  });
}

/**
 * The weights of a layer in a file, as Keras 2 has them.
 * @param {SerializedLayer} layer
 * @param {readonly string[]} names in the file
 * @param {import('../../formats/files.js').FileContents} contents
 * @returns {Weight[]}
 * @throws {InvalidArgumentError} a weight that the file lacks
 */
export function weights_of_layer(layer, names, { tensors, metadata }) {
  const weights = names.map((name) => {
    const tensor = tensors.get(name);
    if (tensor) return { name, tensor };
    throw new InvalidArgumentError(
      `the layer ${show(layer.config.name)} has the weight ${show(name)}, which the file lacks`,
    );
  });
  return from_older(layer, weights, metadata?.backend === 'theano');
}

/**
 * Weights in the order of a layer's own.
 * @param {Layer} layer
 * @param {Weight[]} weights
 * @returns {Tensor[]}
 * @throws {InvalidArgumentError} other numbers, shapes or names of weights
 */
export function in_order(layer, weights) {
  const all_weights = layer.weights;
  // HDF5 files have the weights that are trained before the others; in .keras files, whose names are numbers, each layer has its own.
  const keras_order = [...layer.trainable_weights, ...layer.non_trainable_weights];
  const orders = weights.every(({ name }) => /^\d+$/.test(last_part(name)))
    ? [all_weights]
    : [keras_order, all_weights];
  const order = orders.find(
    (variables) =>
      variables.length === weights.length &&
      variables.every(({ shape }, i) => same_shape(shape, weights[i].tensor.shape)) &&
      same_names(variables, weights),
  );
  if (!order) {
    const stated = weights.map(({ name, tensor }) => `${name} ${show_shape(tensor.shape)}`);
    const expected = keras_order.map(({ name, shape }) => `${name} ${show_shape(shape)}`);
    throw new InvalidArgumentError(
      `the layer ${show(layer.name)} has the weights ${expected.join(', ') || 'none'}, but in the file ${stated.join(', ') || 'none'}`,
    );
  }
  return all_weights.map((variable) => weights[order.indexOf(variable)].tensor);
}

/** `gru_1/kernel:0`: `kernel`. @param {string} name */
const last_part = (name) =>
  name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1).replace(/:\d+$/, '');

/**
 * Whether no weight has the name of another one of the layer's.
 * @param {readonly Variable[]} variables
 * @param {Weight[]} weights
 */
function same_names(variables, weights) {
  const known = new Set(variables.map(({ name }) => last_part(name)));
  return weights.every(
    ({ name }, i) => !known.has(last_part(name)) || last_part(variables[i].name) === last_part(name),
  );
}

/**
 * What Keras 1 stored otherwise.
 * @param {SerializedLayer} layer
 * @param {Weight[]} weights
 * @param {boolean} is_flipped whether kernels of convolutions run backwards, as Theano has them
 * @returns {Weight[]}
 */
function from_older({ class_name, config }, weights, is_flipped) {
  if (class_name === 'GRU' && weights.length === 9) return join_gates(weights);
  if (class_name === 'TimeDistributed') return from_older(config.layer, weights, is_flipped);
  if (class_name === 'Bidirectional') {
    const half = weights.length / 2;
    return [weights.slice(0, half), weights.slice(half)].flatMap((one) =>
      from_older(config.layer, one, is_flipped),
    );
  }
  if (class_name !== 'Conv1D' || !weights.length) return weights;
  const [{ name, tensor }, ...others] = weights;
  const kernel = as_kernel(tensor, config.filters);
  return [{ name, tensor: is_flipped ? backwards(kernel) : kernel }, ...others];
}

/**
 * Keras 1 stored each gate's weights apart: kernel, recurrent kernel and bias of z, of r, of the candidate.
 * @param {Weight[]} weights
 * @returns {Weight[]}
 */
function join_gates(weights) {
  return ['kernel', 'recurrent_kernel', 'bias'].map((name, i) => {
    const parts = [weights[i].tensor, weights[i + 3].tensor, weights[i + 6].tensor];
    const [{ shape }] = parts;
    if (
      !shape.length ||
      !parts.every((part) => same_shape(part.shape, shape) && part.dtype === parts[0].dtype)
    )
      throw new InvalidArgumentError(
        `the weights ${weights.map((one) => one.name).join(', ')} are not those of a GRU's gates`,
      );
    return { name, tensor: concatenate(parts, { axis: -1 }) };
  });
}

/**
 * The kernel [length, inputs, filters] of a convolution that Keras 1 stored as [length, 1, inputs, filters] or [filters, inputs, length, 1].
 * @param {Tensor} kernel
 * @param {unknown} filters
 */
function as_kernel(kernel, filters) {
  if (kernel.rank !== 4) return kernel;
  const [a, b, c, d] = kernel.shape;
  if (b === 1 && d === filters) return reshape(kernel, [a, c, d]);
  return d === 1 ? transpose(reshape(kernel, [a, b, c]), [2, 1, 0]) : kernel;
}

/** @param {Tensor} kernel [length, inputs, filters] @returns {Tensor} */
function backwards(kernel) {
  const data = kernel.data.slice();
  const row = data.length / (kernel.shape[0] || 1);
  for (let i = 0; i < kernel.shape[0]; i++)
    data.set(kernel.data.subarray(i * row, (i + 1) * row), data.length - (i + 1) * row);
  return new Tensor(data, kernel.shape, kernel.dtype);
}
