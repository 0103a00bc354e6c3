// Models of Automated-GuitarAmpModelling: a GRU, a dense layer, and the input added to the result.
import { transpose } from '../gradient/shapes.js';
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { find_pytorch_grus } from './converters/pytorch_gru.js';

/**
 * @typedef {import('../formats/files.js').FileContents} FileContents
 * @typedef {import('../formats/files.js').SerializedModel} SerializedModel
 */

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`Automated-GuitarAmpModelling: ${message}`);
};

/**
 * The kernel of a dense layer that gives the channels which are added to the result.
 * @param {number} inputs
 * @param {number} outputs
 * @param {number} skip how many channels of the input; one is added to all of the result's
 */
export function skip_kernel(inputs, outputs, skip) {
  if (!(skip === 1 || skip === outputs) || skip > inputs)
    fail(`skip must be 1 or the ${outputs} outputs, and at most the ${inputs} inputs, not ${show(skip)}`);
  if (!(inputs * outputs <= 1 << 20)) fail(`${inputs} inputs and ${outputs} outputs are too many`);
  const data = array_of('float32', inputs * outputs);
  for (let i = 0; i < outputs; i++) data[(skip === 1 ? 0 : i) * outputs + i] = 1;
  return new Tensor(data, [inputs, outputs], 'float32');
}

/**
 * Layers one after the other, and the input added to their result.
 * @param {{ class_name: string, config: any }[]} layers with names
 * @param {number} inputs
 * @param {number} outputs
 * @returns {SerializedModel} a Functional, whose last weight is {@link skip_kernel}
 */
export function model_with_skip(layers, inputs, outputs) {
  const call = (/** @type {string[]} */ ...names) => [{ inputs: names.map((name) => [name, 0, 0]) }];
  const chain = layers.map((layer, i) => ({
    ...layer,
    nodes: call(i ? layers[i - 1].config.name : 'input'),
  }));
  const skip = {
    class_name: 'Dense',
    config: { units: outputs, use_bias: false, name: 'skip' },
    nodes: call('input'),
  };
  const sum = {
    class_name: 'Add',
    config: { name: 'sum' },
    nodes: call(layers[layers.length - 1].config.name, 'skip'),
  };
  return {
    class_name: 'Functional',
    config: {
      inputs: [{ name: 'input', shape: [null, null, inputs] }],
      layers: [...chain, skip, sum],
      outputs: [['sum', 0, 0]],
      is_built: true,
    },
  };
}

/**
 * @param {FileContents} contents with the state_dict's tensors, and `model_data` in the metadata
 * @returns {FileContents} with the configuration of a model, and its weights in their order
 * @throws {InvalidArgumentError} another kind of model than a GRU with a dense layer
 */
export function guitar_amp_model(contents) {
  const { model = 'SimpleRNN', unit_type = 'GRU', skip = 0 } = contents.metadata.model_data;
  if (model !== 'SimpleRNN')
    fail(`the model must be a SimpleRNN, not ${show(model)}; read_weights gives its weights`);
  if (unit_type !== 'GRU') fail(`unit_type must be GRU, not ${show(unit_type)}`);
  const [gru = fail('the state_dict has no GRU'), ...others] = find_pytorch_grus(contents);
  const kernel = contents.tensors.get('lin.weight') ?? fail('the state_dict has no lin.weight');
  const bias = contents.tensors.get('lin.bias') ?? null;
  const [outputs, width] = kernel.shape;
  const is_sound =
    !others.length &&
    kernel.rank === 2 &&
    width === gru.units &&
    (!bias || String(bias.shape) === `${outputs}`);
  if (!is_sound || gru.layers.some(({ backward }) => backward))
    fail(
      `lin.weight of the shape ${show(kernel.shape)} does not fit one GRU of ${gru.units} units in one direction`,
    );
  const layers = [
    ...gru.layers.map(({ forward }, i) => ({
      class_name: 'GRU',
      config: {
        units: gru.units,
        return_sequences: true,
        reset_after: true,
        use_bias: forward.bias !== null,
        name: `rec_${i}`,
      },
    })),
    { class_name: 'Dense', config: { units: outputs, use_bias: bias !== null, name: 'lin' } },
  ];
  const weights = [
    ...gru.layers.flatMap(({ forward }) => [
      forward.kernel,
      forward.recurrent_kernel,
      ...(forward.bias ? [forward.bias] : []),
    ]),
    transpose(kernel),
    ...(bias ? [bias] : []),
    ...(skip ? [skip_kernel(gru.input_size, outputs, Number(skip))] : []),
  ];
  return {
    ...contents,
    tensors: new Map(weights.map((weight, i) => [`${i}`, weight])),
    model: skip
      ? model_with_skip(layers, gru.input_size, outputs)
      : { class_name: 'Sequential', config: { layers, build_input_shape: [null, null, gru.input_size] } },
  };
}
