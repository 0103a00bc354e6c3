// PyTorch's files (`.pt`, `.pth`): a pickle that names storages, and the storages, in a zip; or the forms of before version 1.6.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers, UnsupportedTensor } from './numbers.js';
import { read_pickle } from './pickle.js';
import { read_legacy_file } from './pytorch_legacy.js';
import { make_storage, PYTORCH_GLOBALS, UnreadTensor } from './pytorch_objects.js';
import { check_other, make_other } from './pytorch_others.js';
import { find_state } from './pytorch_state.js';
import { decode_latin1 } from './utf8.js';
import { read_zip } from './zip.js';

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid PyTorch file: ${message}`);
};

/**
 * What a file holds: the object that was saved, and facts of the file.
 * @typedef {{ content: unknown, is_big_endian: boolean, is_script: boolean }} Saved `is_script`: an archive of TorchScript
 */

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} the tensors of a state_dict, of the one in a checkpoint (without the optimizer's), of a
 *   whole module or of TorchScript, by the names of the state_dict; `metadata`: numbers, texts and booleans beside it
 * @throws {InvalidArgumentError} a damaged file, one that calls functions, or one without tensors that can be read
 */
export function read_pytorch(bytes) {
  const saved = bytes[0] === 0x50 ? read_zip_file(bytes) : read_legacy_file(bytes);
  const { stored, unread, metadata, warnings } = find_state(saved.content);
  const limit = 4 * bytes.length + (1 << 20);
  let total = 0;
  for (const { shape } of stored.values()) total += size_of(shape);
  if (!(total <= limit))
    fail(`its tensors have ${total} elements, too many for a file of ${bytes.length} bytes`);
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const [name, tensor] of stored) {
    const result = to_tensor(name, tensor, saved.is_big_endian);
    if (result instanceof UnreadTensor) unread.set(name, result);
    else tensors.set(name, result);
  }
  const not_read = describe_unread(unread);
  if (!tensors.size) fail(not_read.join('; ') || without_tensors(saved));
  return {
    tensors,
    metadata: Object.keys(metadata).length ? metadata : null,
    warnings: [...warnings, ...not_read],
  };
}

/** @param {Saved} saved */
const without_tensors = ({ is_script }) =>
  is_script
    ? "it is an archive of TorchScript without weights by name, as torch.jit.freeze makes; save the model's state_dict before"
    : 'it has no tensors; a file of a state_dict is expected: torch.save(model.state_dict(), path)';

/** @param {Map<string, UnreadTensor>} unread @returns {string[]} one text for each reason */
function describe_unread(unread) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const [name, { reason }] of unread) names.set(reason, [...(names.get(reason) ?? []), name]);
  return Array.from(names, ([reason, [first, ...others]]) => {
    const count = others.length ? `, as ${others.length} more; they are left out` : '; it is left out';
    const advice = /quant|qtensor|ScriptObject|dtype q/.test(reason)
      ? '. The model is quantized; save the state_dict of the model before it is'
      : '';
    return `the tensor ${show(first)} ${reason}${count}${advice}`;
  });
}

/** @param {Uint8Array} bytes @returns {Saved} */
function read_zip_file(bytes) {
  // PyTorch can be told not to compute checksums.
  const files = read_zip(bytes, { check_crc: false });
  const path =
    [...files.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl')) ??
    fail('it has no data.pkl');
  const folder = path.slice(0, -'data.pkl'.length);
  const unpack = (/** @type {string} */ name) =>
    files.get(folder + name)?.() ?? fail(`it has no ${show(folder + name)}`);
  /** @type {Map<string, import('./pytorch_objects.js').Storage>} */
  const storages = new Map();
  const load_persistent = (/** @type {unknown} */ id) => {
    const [kind, storage_class, key] = Array.isArray(id) ? id : [];
    if (kind !== 'storage' || typeof key !== 'string')
      return fail(`it refers to ${show(id)}, which is not a storage`);
    /** @type {Uint8Array | null} */
    let data = null;
    const read = () => {
      data ??= unpack(`data/${key}`);
      return data;
    };
    const storage = storages.get(key) ?? make_storage(storage_class, key, read);
    storages.set(key, storage);
    return storage;
  };
  const options = { globals: PYTORCH_GLOBALS, check_other, make_other, load_persistent };
  return {
    content: read_pickle(unpack('data.pkl'), 0, options).value,
    is_big_endian:
      files.has(`${folder}byteorder`) && decode_latin1(unpack('byteorder').subarray(0, 3)) === 'big',
    is_script: files.has(`${folder}constants.pkl`),
  };
}

/**
 * @param {string} name
 * @param {import('./pytorch_objects.js').StoredTensor} tensor
 * @param {boolean} is_big_endian
 * @returns {Tensor | UnreadTensor}
 */
function to_tensor(name, { storage, offset, shape, strides }, is_big_endian) {
  const { type, type_name } = storage;
  if (!type) return new UnreadTensor(`has the dtype ${type_name}, which is not supported`);
  const size = size_of(shape);
  const last = size ? offset + shape.reduce((sum, count, axis) => sum + (count - 1) * strides[axis], 0) : -1;
  const bytes = storage.read();
  const width = NUMBERS[type].bytes;
  if ((last + 1) * width > bytes.length)
    fail(
      `the tensor ${show(name)} needs ${last + 1} elements of its storage, which has ${Math.floor(bytes.length / width)}`,
    );
  const is_contiguous = strides.every(
    (stride, axis) => shape[axis] <= 1 || stride === size_of(shape.slice(axis + 1)),
  );
  const part = is_contiguous
    ? bytes.subarray(size ? offset * width : 0, size ? (offset + size) * width : 0)
    : gather(bytes, width, offset, shape, strides);
  try {
    const ordered = is_big_endian ? reverse_bytes(part, width) : part;
    const { data, dtype } = read_numbers('', ordered, type);
    return new Tensor(data, shape, dtype);
  } catch (cause) {
    if (!(cause instanceof UnsupportedTensor)) throw cause;
    return new UnreadTensor(cause.message.trim());
  }
}

/** The bytes of each number in the other order. @param {Uint8Array} bytes @param {number} width of a number */
const reverse_bytes = (bytes, width) =>
  Uint8Array.from(bytes, (_, i) => bytes[i - (i % width) + width - 1 - (i % width)]);

/**
 * The bytes of a strided tensor in row-major order.
 * @param {Uint8Array} bytes
 * @param {number} width bytes of an element
 * @param {number} offset
 * @param {readonly number[]} shape
 * @param {readonly number[]} strides
 */
function gather(bytes, width, offset, shape, strides) {
  const count = size_of(shape);
  const result = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < width; byte++) result[i * width + byte] = bytes[from * width + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] += 1;
      from += strides[axis];
      if (index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
