// Models of RTNeural: a list of layers, which is a Sequential here.
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { model_with_skip, skip_kernel } from './guitar_amp_model.js';

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
  prelu: () => ({ class_name: 'PReLU', config: { shared_axes: [1] } }),
  batchnorm: ({ epsilon }, { length }) => ({
    class_name: 'BatchNormalization',
    // Of two weights the learned ones are absent.
    config: { epsilon: epsilon ?? 1e-3, center: length > 2, scale: length > 2 },
  }),
  activation: ({ activation }) => ({
    class_name: 'Activation',
    config: { activation: activation_of(activation) },
  }),
};
LAYERS['time-distributed-dense'] = LAYERS.dense;

/** Alphas of PReLU for each channel, as Keras stores them: [1, channels]. @param {Tensor} alpha */
const as_row = (alpha) => new Tensor(alpha.data, [1, alpha.size], alpha.dtype);

/**
 * @param {import('../formats/files.js').FileContents} contents
 * @returns {import('../formats/files.js').FileContents} with the configuration of a Sequential, or of a Functional where the input is added
 *   to the result (`in_skip`), whose weights are the tensors in their order
 * @throws {InvalidArgumentError} a layer that is not known: the message names it
 */
export function rtneural_model(contents) {
  const { tensors, metadata } = contents;
  const { layers, in_shape } = /** @type {{ layers: RTNeuralLayer[], in_shape: any }} */ (contents.rtneural);
  /** @type {[string, Tensor][]} */
  const weights = [];
  const serialized = layers.map((layer, i) => {
    const make = Object.hasOwn(LAYERS, layer.type) ? LAYERS[layer.type] : null;
    if (!make)
      throw new InvalidArgumentError(
        `the layer ${i} of the model has the type ${show(layer.type)}; known are ${Object.keys(LAYERS).join(', ')}`,
      );
    const values = layer.weights.map((name) => {
      const value = /** @type {Tensor} */ (tensors.get(name));
      return layer.type === 'prelu' ? as_row(value) : value;
    });
    layer.weights.forEach((name, place) => {
      weights.push([name, values[place]]);
    });
    const { class_name, config } = make(
      layer,
      values.map(({ shape }) => [...shape]),
    );
    return { class_name, config: { ...config, name: `layer_${i}` } };
  });
  const kernel = tensors.values().next().value;
  const inputs = Number((Array.isArray(in_shape) ? in_shape.at(-1) : null) ?? kernel?.shape.at(-2));
  const gains = ['in_gain', 'out_gain'].filter((name) => metadata?.[name]);
  const warnings = [
    ...(contents.warnings ?? []),
    ...gains.map((name) => `The model's ${name} (in decibels) is not applied.`),
  ];
  if (!metadata?.in_skip) {
    const config = { layers: serialized, build_input_shape: [null, null, inputs] };
    return { ...contents, warnings, tensors: new Map(weights), model: { class_name: 'Sequential', config } };
  }
  const outputs = weights[weights.length - 1]?.[1].shape.at(-1) ?? 0;
  const skip = /** @type {[string, Tensor]} */ ([
    'skip',
    skip_kernel(inputs, outputs, Number(metadata.in_skip)),
  ]);
  return {
    ...contents,
    warnings,
    tensors: new Map([...weights, skip]),
    model: model_with_skip(serialized, inputs, outputs),
  };
}
