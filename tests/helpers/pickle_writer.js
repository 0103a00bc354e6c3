// Writes pickles of protocol 2, as PyTorch does, and PyTorch's files around them.
import { zipSync } from 'fflate';

/** A tuple; arrays are lists. */
export class Tuple {
  /** @param {unknown[]} items */
  constructor(...items) {
    this.items = items;
  }
}

/** A class or function by its name, such as `collections.OrderedDict`. */
export class Global {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }
}

/** A call: what an object's `__reduce__` returns. */
export class Call {
  /** @param {string} path @param {...unknown} args */
  constructor(path, ...args) {
    this.path = path;
    this.args = args;
  }
}

/** A persistent id. */
export class Persistent {
  /** @param {unknown} id */
  constructor(id) {
    this.id = id;
  }
}

const code = (/** @type {string} */ text) => Array.from(text, (character) => character.charCodeAt(0));

/** @param {number} value @param {number} bytes */
const little_endian = (value, bytes) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff);

/** @param {unknown} value @returns {number[]} */
function write(value) {
  if (value === null) return code('N');
  if (typeof value === 'boolean') return [value ? 0x88 : 0x89];
  if (typeof value === 'bigint') {
    const bytes = [];
    for (let rest = value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
    if ((bytes.at(-1) ?? 0) & 0x80) bytes.push(0);
    return [0x8a, bytes.length, ...bytes];
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return [0x47, ...new Uint8Array(Float64Array.of(value).buffer).reverse()];
    return value >= 0 && value < 256 ? [...code('K'), value] : [...code('J'), ...little_endian(value, 4)];
  }
  if (typeof value === 'string') {
    const bytes = new TextEncoder().encode(value);
    return [...code('X'), ...little_endian(bytes.length, 4), ...bytes];
  }
  if (value instanceof Tuple) return [...code('('), ...value.items.flatMap(write), ...code('t')];
  if (value instanceof Global) {
    const at = value.path.lastIndexOf('.');
    return code(`c${value.path.slice(0, at)}\n${value.path.slice(at + 1)}\n`);
  }
  if (value instanceof Call)
    return [...write(new Global(value.path)), ...write(new Tuple(...value.args)), ...code('R')];
  if (value instanceof Persistent) return [...write(value.id), ...code('Q')];
  if (Array.isArray(value)) return [...code(']('), ...value.flatMap(write), ...code('e')];
  if (value instanceof Map)
    return [
      ...code('}('),
      ...[...value].flatMap(([key, item]) => [...write(key), ...write(item)]),
      ...code('u'),
    ];
  throw new Error(`cannot pickle ${value}`);
}

/** @param {unknown} value @returns {Uint8Array} */
export const pickle = (value) => Uint8Array.from([0x80, 2, ...write(value), ...code('.')]);

/**
 * A storage of float32, and its tensors.
 * @typedef {{ key: string, data: Float32Array }} StorageData
 */

/** @param {string} key @param {number} size @param {string} [name] of the class */
const storage_id = (key, size, name = 'Float') =>
  new Tuple('storage', new Global(`torch.${name}Storage`), key, 'cpu', size);

/**
 * @param {unknown} id of the storage
 * @param {number} offset
 * @param {number[]} shape
 * @param {number[]} [strides] default: row-major order
 */
export const tensor_call = (id, offset, shape, strides) =>
  new Call(
    'torch._utils._rebuild_tensor_v2',
    new Persistent(id),
    offset,
    new Tuple(...shape),
    new Tuple(...(strides ?? shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)))),
    false,
    new Call('collections.OrderedDict'),
  );

/** An OrderedDict with items. @param {Map<string, unknown>} items */
export class OrderedDict extends Map {}

/**
 * The state_dict of tensors, each in a storage of its own.
 * @param {Map<string, { data: ArrayLike<number>, shape: readonly number[] }>} tensors
 * @param {(id: Tuple) => unknown} [change_id]
 */
export function state_dict(tensors, change_id = (id) => id) {
  /** @type {StorageData[]} */
  const storages = [];
  const state = new Map();
  for (const [name, { data, shape }] of tensors) {
    const key = `${storages.length}`;
    storages.push({ key, data: Float32Array.from(data) });
    state.set(name, tensor_call(change_id(storage_id(key, data.length)), 0, [...shape]));
  }
  return { state, storages };
}

const bytes_of = (/** @type {Float32Array} */ data) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * The form since PyTorch 1.6.
 * @param {unknown} content
 * @param {StorageData[]} storages
 * @param {{ level?: 0 | 6, folder?: string }} [options]
 */
export const zip_file = (content, storages, { level = 0, folder = 'archive' } = {}) =>
  zipSync(
    {
      [`${folder}/data.pkl`]: pickle(content),
      [`${folder}/byteorder`]: Uint8Array.from(code('little')),
      ...Object.fromEntries(storages.map(({ key, data }) => [`${folder}/data/${key}`, bytes_of(data)])),
      [`${folder}/version`]: Uint8Array.from(code('3\n')),
    },
    { level },
  );

/**
 * The form before PyTorch 1.6.
 * @param {(change_id: (id: Tuple) => unknown) => { state: unknown, storages: StorageData[] }} make
 */
export function legacy_file(make) {
  const { state, storages } = make((id) => new Tuple(...id.items, null));
  const system = new Map(
    /** @type {[string, unknown][]} */ ([
      ['protocol_version', 1001],
      ['little_endian', true],
    ]),
  );
  return join([
    pickle(0x1950a86a20f9469cfc6cn),
    pickle(1001),
    pickle(system),
    pickle(state),
    pickle(storages.map(({ key }) => key)),
    ...storages.flatMap(({ data }) => [integers(data.length), bytes_of(data)]),
  ]);
}

/**
 * The form before PyTorch 0.2: a tar.
 * @param {Map<string, { data: ArrayLike<number>, shape: readonly number[] }>} tensors
 */
export function tar_file(tensors) {
  const entries = [...tensors];
  const storages = join([
    pickle(entries.length),
    ...entries.flatMap(([, { data }], i) => [
      pickle(new Tuple(100 + i, 'cpu', new Global('torch.FloatStorage'))),
      integers(data.length),
      bytes_of(Float32Array.from(data)),
    ]),
  ]);
  const tensor_list = join([
    pickle(entries.length),
    ...entries.flatMap(([, { shape }], i) => [
      pickle(new Tuple(200 + i, 100 + i, new Global('torch.FloatTensor'))),
      Uint8Array.from([...little_endian(shape.length, 4), 0, 0, 0, 0]),
      integers(...shape),
      integers(...shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))),
      integers(0),
    ]),
  ]);
  const content = pickle(new Map(entries.map(([name], i) => [name, new Persistent(`${200 + i}`)])));
  const files = Object.entries({
    sys_info: pickle(new Map()),
    pickle: content,
    tensors: tensor_list,
    storages,
  });
  return join([
    ...files.flatMap(([name, data]) => [
      tar_header(name, data.length),
      data,
      new Uint8Array(-data.length & 511),
    ]),
    new Uint8Array(1024),
  ]);
}

/** @param {string} name @param {number} size */
function tar_header(name, size) {
  const header = new Uint8Array(512);
  header.set(code(name));
  header.set(code(size.toString(8).padStart(11, '0')), 124);
  header.set(code('ustar\x0000'), 257);
  return header;
}

/** As int64. @param {...number} values */
const integers = (...values) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

/** @param {Uint8Array[]} parts */
function join(parts) {
  const result = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
