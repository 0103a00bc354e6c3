// Input (`tf.keras.Input`): where a functional model, or a Sequential of a known shape, begins.
import { check_options, check_partial_shape, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { SymbolicTensor } from './symbolic_tensor.js';

let count = 0;

/**
 * The input of a model (`tf.keras.Input`): for `layer.apply` and `new Model`, or as the first element of a Sequential's list.
 * @param {object} options
 * @param {readonly (number | null)[]} [options.shape] of a sample, without the batch; null where a size is not known
 * @param {readonly (number | null)[]} [options.batch_shape] the same with the batch, in place of `shape`
 * @param {string | null} [options.name] default: `input`, numbered
 * @param {string | null} [options.dtype] has no effect: a model takes ids as any type of numbers
 * @returns {SymbolicTensor}
 * @throws {ValueError} neither shape nor batch_shape, or both
 * @throws {TypeError} an unknown option
 */
export function Input(options) {
  check_options('Input', options, ['shape', 'batch_shape', 'name', 'dtype']);
  const { shape = null, batch_shape = null, name = null } = options;
  if ((shape === null) === (batch_shape === null))
    throw new ValueError('Input: either shape or batch_shape must be there, and not both');
  const sizes =
    batch_shape === null
      ? [null, ...check_partial_shape('Input: shape', shape)]
      : check_partial_shape('Input: batch_shape', batch_shape);
  if (!sizes.length) throw new ValueError('Input: batch_shape must have at least the batch');
  if (name !== null && (typeof name !== 'string' || !name))
    throw new ValueError(`Input: name must be a string that is not empty, not ${show(name)}`);
  return new SymbolicTensor(sizes, name ?? (count++ ? `input_${count - 1}` : 'input'), null, 0);
}
