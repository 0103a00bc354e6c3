// PyTorch's files of before version 1.6: pickles and storages one after the other; and of before 0.2: a tar with three of them.
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { PickleClass, read_pickle } from './pickle.js';
import { is_tar } from './pytorch_mismatch.js';
import { make_storage, PYTORCH_GLOBALS, Storage, StoredTensor } from './pytorch_objects.js';
import { check_other, make_other } from './pytorch_others.js';
import { decode_latin1 } from './utf8.js';

/** What the first pickle holds, an integer of 10 bytes. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid PyTorch file: ${message}`);
};

/** @param {Uint8Array} bytes @returns {import('./pytorch.js').Saved} their storages are little-endian on all machines */
export const read_legacy_file = (bytes) => ({
  content: is_tar(bytes) ? read_tar(bytes) : read_stream(bytes),
  is_big_endian: false,
  is_script: false,
});

/** No value of these pickles is outside of them. */
const PLAIN = {
  globals: PYTORCH_GLOBALS,
  check_other,
  make_other,
  load_persistent: (/** @type {unknown} */ id) =>
    fail(`it refers to ${show(id)} where plain data are expected`),
};

/** @param {Uint8Array} bytes */
function read_stream(bytes) {
  const magic = read_pickle(bytes, 0, PLAIN);
  if (magic.value !== MAGIC) fail('its first number is not that of PyTorch');
  const version = read_pickle(bytes, magic.end, PLAIN);
  if (version.value !== 1001) fail(`its version is ${show(version.value)}, not 1001`);
  // Facts of the machine that wrote it.
  const system = read_pickle(bytes, version.end, PLAIN);
  /** @type {Map<string, { storage: Storage, bytes: Uint8Array | null }>} */
  const storages = new Map();
  const load_persistent = (/** @type {unknown} */ id) => {
    const [kind, storage_class, key, , , view = null] = Array.isArray(id) ? id : [];
    // A module's class, with its source.
    if (kind === 'module' && storage_class instanceof PickleClass) return storage_class;
    if (kind !== 'storage' || typeof key !== 'string')
      return fail(`it refers to ${show(id)}, which is not a storage`);
    const entry = storages.get(key) ?? {
      storage: make_storage(storage_class, key, () => bytes_of(key)),
      bytes: null,
    };
    storages.set(key, entry);
    return view === null ? entry.storage : view_of(entry.storage, view);
  };
  const bytes_of = (/** @type {string} */ key) =>
    storages.get(key)?.bytes ?? fail(`it has no storage ${show(key)}`);
  const content = read_pickle(bytes, system.end, { ...PLAIN, load_persistent });
  const keys = read_pickle(bytes, content.end, PLAIN);
  if (!Array.isArray(keys.value)) fail('its list of storages is not a list');
  let at = keys.end;
  for (const key of keys.value) {
    const entry = storages.get(key) ?? fail(`it has a storage ${show(key)} that no tensor uses`);
    const part = read_storage(bytes, at, entry.storage.width);
    entry.bytes = part.bytes;
    at = part.end;
  }
  return content.value;
}

/** Part of a storage. @param {Storage} storage @param {unknown} view [key, offset, size] in elements */
function view_of(storage, view) {
  const [key, offset, size] = Array.isArray(view) ? view : [];
  const { width } = storage;
  const is_size = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
  if (typeof key !== 'string' || !is_size(offset) || !is_size(size))
    fail(`a view of a storage is ${show(view)}`);
  const read = () => storage.read().subarray(offset * width, (offset + size) * width);
  return new Storage(key, storage.type, storage.type_name, width, read);
}

/**
 * A number of elements (int64), and the elements.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} width bytes of an element
 */
function read_storage(bytes, at, width) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + 8 > bytes.length) fail('it ends before its storages do');
  const size = Number(view.getBigInt64(at, true)) * width;
  const start = at + 8;
  if (!(size >= 0 && size <= bytes.length - start))
    fail(`a storage would have ${size} bytes, but ${bytes.length - start} follow`);
  return { bytes: bytes.subarray(start, start + size), end: start + size };
}

/** @param {Uint8Array} bytes */
function read_tar(bytes) {
  const files = files_in_tar(bytes);
  const [storages_file, tensors_file, pickle_file] = ['storages', 'tensors', 'pickle'].map(
    (name) => files.get(name) ?? fail(`its tar has no file ${show(name)}`),
  );
  /** @type {Map<unknown, unknown>} */
  const objects = new Map();
  let part = read_pickle(storages_file, 0, PLAIN);
  for (let left = Number(part.value); left > 0; left--) {
    const { value, end } = read_pickle(storages_file, part.end, PLAIN);
    const [key, , storage_class] = Array.isArray(value) ? value : [];
    const storage = make_storage(storage_class, String(key), () => stored.bytes);
    const stored = read_storage(storages_file, end, storage.width);
    objects.set(key, storage);
    part = { value: null, end: stored.end };
  }
  part = read_pickle(tensors_file, 0, PLAIN);
  const view = new DataView(tensors_file.buffer, tensors_file.byteOffset, tensors_file.byteLength);
  for (let left = Number(part.value); left > 0; left--) {
    const { value, end } = read_pickle(tensors_file, part.end, PLAIN);
    const [key, storage_key] = Array.isArray(value) ? value : [];
    const storage = objects.get(storage_key);
    if (!(storage instanceof Storage))
      return fail(`a tensor has the storage ${show(storage_key)}, which is missing`);
    if (end + 8 > tensors_file.length) fail('it ends before its tensors do');
    const rank = view.getInt32(end, true);
    if (!(rank >= 0 && rank <= 32 && end + 16 + 16 * rank <= tensors_file.length))
      fail(`a tensor has ${rank} dimensions`);
    const integers = Array.from({ length: 2 * rank + 1 }, (_, i) =>
      Number(view.getBigInt64(end + 8 + 8 * i, true)),
    );
    if (!integers.every((number) => Number.isSafeInteger(number) && number >= 0))
      fail('a tensor has a negative size or stride');
    const [shape, strides, offset] = [
      integers.slice(0, rank),
      integers.slice(rank, 2 * rank),
      integers[2 * rank],
    ];
    objects.set(key, new StoredTensor(storage, offset, shape, strides));
    part = { value: null, end: end + 16 + 16 * rank };
  }
  const load_persistent = (/** @type {unknown} */ id) =>
    Array.isArray(id)
      ? id[0]
      : (objects.get(Number(id)) ?? objects.get(id) ?? fail(`it refers to ${show(id)}, which is missing`));
  return read_pickle(pickle_file, 0, { ...PLAIN, load_persistent }).value;
}

/** @param {Uint8Array} bytes @returns {Map<string, Uint8Array>} */
function files_in_tar(bytes) {
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  const text = (/** @type {number} */ at, /** @type {number} */ length) =>
    decode_latin1(bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12).trim(), 8);
    if (!(size >= 0 && at + 512 + size <= bytes.length)) fail('a file in its tar is longer than the tar');
    files.set(text(at, 100).replace(/^\.\//, ''), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
