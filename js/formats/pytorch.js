// PyTorch's files (`.pt`, `.pth`): a pickle that names storages, and the storages, in a zip; or the forms of before version 1.6.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers, UnsupportedTensor } from './numbers.js';
import { PickleDict, PickleObject, read_pickle } from './pickle.js';
import { read_legacy_file } from './pytorch_legacy.js';
import { find_torchscript_class, make_storage, PYTORCH_GLOBALS, StoredTensor } from './pytorch_objects.js';
import { decode_latin1 } from './utf8.js';
import { read_zip } from './zip.js';

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid PyTorch file: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} the tensors of the state_dict by its names (those of a checkpoint's optimizer are left
 *   out); `metadata`: numbers, texts and booleans beside it
 *   Tensors of other dtypes than numbers are left out with a warning.
 * @throws {InvalidArgumentError} a damaged file, or one with other classes than those of tensors and plain data
 */
export function read_pytorch(bytes) {
  const content = bytes[0] === 0x50 ? read_zip_file(bytes) : read_legacy_file(bytes);
  const { stored, metadata } = find_state(content);
  if (!stored.size)
    fail('it has no tensors; a file of a state_dict is expected: torch.save(model.state_dict(), path)');
  const limit = 4 * bytes.length + (1 << 20);
  let total = 0;
  for (const { shape } of stored.values()) total += size_of(shape);
  if (!(total <= limit))
    fail(`its tensors have ${total} elements, too many for a file of ${bytes.length} bytes`);
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  /** @type {string[]} */
  const warnings = [];
  for (const [name, tensor] of stored) {
    try {
      tensors.set(name, to_tensor(name, tensor));
    } catch (error) {
      if (!(error instanceof UnsupportedTensor)) throw error;
      warnings.push(`${error.message}; it is left out`);
    }
  }
  if (!tensors.size) fail(warnings[0]);
  return { tensors, metadata: Object.keys(metadata).length ? metadata : null, warnings };
}

/** @param {Uint8Array} bytes */
function read_zip_file(bytes) {
  // PyTorch can be told not to compute checksums.
  const files = read_zip(bytes, { check_crc: false });
  const path =
    [...files.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl')) ??
    fail('it has no data.pkl');
  const folder = path.slice(0, -'data.pkl'.length);
  const unpack = (/** @type {string} */ name) =>
    files.get(folder + name)?.() ?? fail(`it has no ${show(folder + name)}`);
  if (files.has(`${folder}byteorder`) && decode_latin1(unpack('byteorder').subarray(0, 3)) === 'big')
    fail('its byte order is big-endian, which is not supported');
  /** @type {Map<string, import('./pytorch_objects.js').Storage>} */
  const storages = new Map();
  const load_persistent = (/** @type {unknown} */ id) => {
    const [kind, storage_class, key] = Array.isArray(id) ? id : [];
    if (kind !== 'storage' || typeof key !== 'string')
      return fail(`it refers to ${show(id)}, which is not a storage`);
    const storage = storages.get(key) ?? make_storage(storage_class, key, () => unpack(`data/${key}`));
    storages.set(key, storage);
    return storage;
  };
  const options = { globals: PYTORCH_GLOBALS, find_global: find_torchscript_class, load_persistent };
  return read_pickle(unpack('data.pkl'), 0, options).value;
}

/** Keys of a checkpoint under which the state_dict is, in the order in which they are tried. */
const STATE_KEYS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
];

/**
 * The tensors in a file's content by their names, and plain data beside them.
 * @param {unknown} content
 * @returns {{ stored: Map<string, StoredTensor>, metadata: { [key: string]: unknown } }}
 */
function find_state(content) {
  const root = entries_of(content);
  /** @type {{ [key: string]: unknown }} */
  const metadata = {};
  for (const [key, value] of root)
    if (['number', 'string', 'boolean'].includes(typeof value))
      Object.defineProperty(metadata, key, { value, enumerable: true });
  const key = STATE_KEYS.find((name) => root.has(name) && tensors_in(root.get(name)).size);
  const is_wrapped = key !== undefined && ![...root.values()].some((value) => value instanceof StoredTensor);
  return { stored: tensors_in(is_wrapped ? root.get(key) : content), metadata };
}

/**
 * The parts of a dictionary, an object or a list that have texts (or places in the list) as keys.
 * @param {unknown} value
 * @returns {Map<string, unknown>}
 */
function entries_of(value) {
  if (value instanceof PickleObject) return entries_of(value.attributes);
  if (value instanceof PickleDict) return new Map([...value].filter(([key]) => typeof key === 'string'));
  return new Map(Array.isArray(value) ? value.map((item, i) => [`${i}`, item]) : []);
}

/**
 * @param {unknown} content
 * @returns {Map<string, StoredTensor>} by the keys that lead to each, joined by dots
 */
function tensors_in(content) {
  /** @type {Map<string, StoredTensor>} */
  const tensors = new Map();
  const seen = new Set();
  /** @type {{ value: unknown, path: string[] }[]} */
  const pending = [{ value: content, path: [] }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path } = next;
    if (value instanceof StoredTensor) {
      tensors.set(path.join('.'), value);
      continue;
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const inner = Array.from(entries_of(value), ([key, item]) => ({ value: item, path: [...path, key] }));
    for (const entry of inner.reverse()) pending.push(entry);
  }
  return tensors;
}

/** @param {string} name @param {StoredTensor} tensor @returns {Tensor} */
function to_tensor(name, { storage, offset, shape, strides }) {
  const { type, type_name } = storage;
  if (!type)
    throw new UnsupportedTensor(
      `the tensor ${show(name)} has the dtype ${type_name}, which is not supported`,
    );
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
  const { data, dtype } = read_numbers(`the tensor ${show(name)}`, part, type);
  return new Tensor(data, shape, dtype);
}

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
