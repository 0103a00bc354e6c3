// Models of RTNeural: a list of layers, which is a Sequential here.
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */
/** @typedef {{ type: string, activation?: string, shape?: any[], weights: string[], [option: string]: any }} RTNeuralLayer */

/** RTNeural's names of activations in ours. @param {unknown} activation */
const activation_of = (activation) => (activation === '' || activation === undefined ? 'linear' : activation);

/** @param {any} value a number, or a list of one */
const first = (value) => (Array.isArray(value) ? value[0] : value);

/** This package's layer for each type. @type {Record<string, (layer: RTNeuralLayer, shapes: number[][]) => { class_name: string, config: object }>} */
const LAYERS = {
  dense: ({ activation }, [kernel]) => ({
    class_name: 'Dense',
    config: { units: kernel[1], activation: activation_of(activation) },
  }),
  gru: ({ activation }, [kernel, , bias]) => ({
    class_name: 'GRU',
    config: {
      units: kernel[1] / 3,
      activation: activation || 'tanh',
      return_sequences: true,
      reset_after: bias?.length === 2,
      use_bias: bias !== undefined,
    },
  }),
  conv1d: ({ activation, kernel_size, dilation }, [kernel]) => ({
    class_name: 'Conv1D',
    config: {
      filters: kernel[2],
      kernel_size: first(kernel_size) ?? kernel[0],
      dilation_rate: first(dilation) ?? 1,
      padding: 'causal',
      activation: activation_of(activation),
    },
  }),
  activation: ({ activation }) => ({
    class_name: 'Activation',
    config: { activation: activation_of(activation) },
  }),
};
LAYERS['time-distributed-dense'] = LAYERS.dense;

/**
 * @param {import('../formats/files.js').FileContents} contents
 * @returns {{ class_name: string, config: { [option: string]: any } }} the configuration of a Sequential, whose weights are the tensors
 *   in their order
 * @throws {InvalidArgumentError} a layer that is not known: the message names it
 */
export function rtneural_config({ tensors, rtneural }) {
  const { layers, in_shape } = /** @type {{ layers: RTNeuralLayer[], in_shape: any }} */ (rtneural);
  const serialized = layers.map((layer, i) => {
    const make = Object.hasOwn(LAYERS, layer.type) ? LAYERS[layer.type] : null;
    if (!make)
      throw new InvalidArgumentError(
        `the layer ${i} of the model has the type ${show(layer.type)}; known are ${Object.keys(LAYERS).join(', ')}`,
      );
    const shapes = layer.weights.map((name) => /** @type {Tensor} */ (tensors.get(name)).shape);
    const { class_name, config } = make(layer, shapes);
    return { class_name, config: { ...config, name: `layer_${i}` } };
  });
  const kernel = tensors.values().next().value;
  const inputs = (Array.isArray(in_shape) ? in_shape.at(-1) : null) ?? kernel?.shape.at(-2);
  return {
    class_name: 'Sequential',
    config: { layers: serialized, build_input_shape: [null, null, inputs] },
  };
}
