// Keras's GRU with random weights, and the same weights as the reference takes them.
import { tensor } from '../../js/index.js';
import { float32_numbers } from './cells.js';

/** @param {any} options */
export function random_weights({ inputs, units, reset_after, use_bias, next }) {
  const scale = 1 / Math.sqrt(inputs + units);
  const draw = (/** @type {number} */ count) => float32_numbers(count, next, scale);
  return {
    inputs,
    units,
    reset_after,
    kernel: draw(inputs * 3 * units),
    recurrent_kernel: draw(units * 3 * units),
    bias: use_bias ? draw((reset_after ? 2 : 1) * 3 * units) : null,
  };
}

/** @param {import('../../js/keras.js').GRU} layer @param {ReturnType<typeof random_weights>} weights @param {'float32' | 'float64'} dtype */
export function set_weights(layer, { inputs, units, reset_after, kernel, recurrent_kernel, bias }, dtype) {
  layer.build([null, null, inputs]);
  layer.set_weights([
    tensor(kernel, [inputs, 3 * units], dtype),
    tensor(recurrent_kernel, [units, 3 * units], dtype),
    ...(bias ? [tensor(bias, reset_after ? [2, 3 * units] : [3 * units], dtype)] : []),
  ]);
}
