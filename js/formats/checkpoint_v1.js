// Checkpoints of the first version, which TensorFlow wrote before 1.0: one file, a table of parts of tensors in protocol buffers.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { join_slices } from './checkpoint_slices.js';
import { decode_message } from './protobuf/decode.js';
import { readSavedTensorSlices } from './protobuf/tensorflow_messages.js';
import { TENSORFLOW_TYPES, tensorflow_shape, tensorflow_tensor } from './tensorflow_tensor.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */
/** @typedef {{ slice: import('./checkpoint_slices.js').Slice, tensor: Tensor }} Part */

/** Whether the entry without a name in a table is that of the first version: its field 1 is a message. @param {Uint8Array} header */
export const is_version_1 = (header) => header[0] === 0x0a;

/** @param {Uint8Array} bytes */
const decode = (bytes) => decode_message('checkpoint', readSavedTensorSlices, bytes);

/**
 * @param {Map<string, Uint8Array>} table
 * @returns {Map<string, Tensor>}
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_version_1(table) {
  const { meta } = decode(table.get('') ?? new Uint8Array());
  /** @type {Map<string, { dtype: number, shape: number[], parts: Part[] }>} */
  const variables = new Map();
  for (const { name, shape, type } of meta?.tensor ?? [])
    if (TENSORFLOW_TYPES.has(type))
      variables.set(name, {
        dtype: type,
        shape: tensorflow_shape(`the variable ${show(name)}`, shape),
        parts: [],
      });
  for (const [key, value] of table) {
    const { data } = key === '' ? { data: null } : decode(value);
    const variable = variables.get(data?.name);
    if (!data?.data || !variable) continue;
    variable.parts.push(read_part(`the variable ${show(data.name)}`, data, variable));
  }
  return new Map(
    Array.from(variables, ([name, { shape, parts }]) => [
      name,
      join_slices(`the variable ${show(name)}`, shape, parts),
    ]),
  );
}

/** @param {string} what @param {any} stored a SavedSlice @param {{ dtype: number, shape: number[] }} variable @returns {Part} */
function read_part(what, { slice, data }, { dtype, shape }) {
  const extent = shape.map((_, axis) => slice?.extent[axis] ?? { start: 0, length: 0 });
  const sizes = extent.map(({ length }, axis) => length || shape[axis]);
  const { float_val, double_val, int_val, int64_val, bool_val, half_val } = data;
  const lists = [float_val, double_val, int_val, int64_val, bool_val, half_val];
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  const tensor_shape = { dim: sizes.map((size) => ({ size })) };
  const tensor =
    count === size_of(sizes) && !data.tensor_content?.length
      ? tensorflow_tensor(what, { ...data, dtype, tensor_shape })
      : null;
  if (!tensor)
    throw new InvalidArgumentError(`${what} has a part of shape ${show(sizes)} with ${count} values`);
  return { slice: { extent }, tensor };
}
