// A call of a layer in a model of which the layers form a graph: several inputs, initial states, masks.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { Model } from './model.js';
import { RecurrentLayer } from './recurrent_layer.js';

/** @typedef {import('../layers/layer.js').Layer} Layer */

/** Whether a layer takes a list of inputs, even of one. @param {Layer} layer @internal */
export const is_merging = (layer) => '_merge' in layer;

/**
 * @param {Layer} layer
 * @param {{ tensor: Tensor, mask: Tensor | null }[]} operands
 * @param {{ tensor: Tensor }[]} states
 * @param {boolean} training
 * @returns {{ tensor: Tensor, mask: Tensor | null }[]} its outputs
 * @internal
 */
export function call_layer(layer, operands, states, training) {
  const is_single = operands.length === 1 && !is_merging(layer);
  const inputs = is_single ? operands[0].tensor : operands.map(({ tensor }) => tensor);
  const masks = operands.map(({ mask }) => mask && as_mask(`${layer.name}: mask`, mask));
  const mask = is_single ? masks[0] : masks;
  /** @type {{ [option: string]: any }} */
  const options = { training };
  if (is_single ? mask : layer instanceof Model && masks.some((one) => one !== null)) options.mask = mask;
  if (states.length) {
    const list = states.map(({ tensor }) => tensor);
    options.initial_state =
      layer instanceof RecurrentLayer && !Array.isArray(layer.state_size) ? list[0] : list;
  }
  const has_mask = masks.some((one) => one !== null) || layer._makes_mask;
  const output_mask = has_mask ? layer.compute_mask(inputs, mask) : null;
  const output = layer.call(inputs, options);
  const outputs = Array.isArray(output) ? output : [output];
  return outputs.map((tensor, i) => {
    if (!(tensor instanceof Tensor))
      throw new ValueError(`${layer.name} must return tensors, not ${show(tensor)}`);
    return {
      tensor,
      mask: (Array.isArray(output_mask) ? output_mask[i] : i === 0 ? output_mask : null) ?? null,
    };
  });
}
