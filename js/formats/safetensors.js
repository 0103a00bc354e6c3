// The format safetensors: the header's length in bytes (u64, little-endian), the header as JSON, and the tensors' bytes.
import { show, show_shape, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { NUMBERS, read_numbers } from './numbers.js';
import { decode_utf8, encode_utf8 } from './utf8.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 * @typedef {{ type: NumberType, shape: number[], begin: number, end: number }} Entry
 */

/** The format's own limit for the header, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** The neutral names of the format's types of numbers. @type {ReadonlyMap<unknown, NumberType>} */
const TYPES = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid safetensors file: ${message}`);
};

/** @param {Uint8Array} bytes at least 8 */
const header_length = (bytes) =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));

/**
 * Whether bytes are in this format, by their beginning.
 * @param {Uint8Array} bytes
 * @returns {string | null} why they are not; null: they may be
 */
export function safetensors_mismatch(bytes) {
  if (bytes.length < 8) return `it has ${bytes.length} bytes, fewer than the 8 of the header's length`;
  const length = header_length(bytes);
  if (length > bytes.length - 8 || length > LONGEST_HEADER)
    return `its first 8 bytes give a header of ${length} bytes, but ${bytes.length - 8} bytes follow`;
  return bytes[8] === 0x7b ? null : "its header does not begin with '{'";
}

/**
 * @param {Uint8Array} bytes
 * @returns {{ tensors: Map<string, Tensor>, metadata: Map<string, string> }} float16 and bfloat16 as float32, integers as int32
 * @throws {InvalidArgumentError} bytes that break a rule of the format, an integer that does not fit int32
 */
export function read_safetensors(bytes) {
  const { header, data } = split(bytes);
  const entries = new Map();
  const metadata = new Map();
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') {
      entries.set(name, check_entry(name, value, data.length));
      continue;
    }
    if (!is_object(value)) return fail(`__metadata__ must be an object, not ${show(value)}`);
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') fail(`__metadata__ must hold strings, but ${show(key)} is ${show(text)}`);
      metadata.set(key, text);
    }
  }
  check_offsets(entries, data.length);
  const tensors = new Map();
  for (const [name, { type, shape, begin, end }] of entries) {
    const numbers = read_numbers(`the tensor ${show(name)}`, data.subarray(begin, end), type);
    tensors.set(name, new Tensor(numbers.data, shape, numbers.dtype));
  }
  return { tensors, metadata };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const is_object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {Uint8Array} bytes */
function split(bytes) {
  const mismatch = safetensors_mismatch(bytes);
  if (mismatch !== null) fail(mismatch);
  const length = header_length(bytes);
  const text = decode(bytes.subarray(8, 8 + length));
  const header = parse(text);
  const names = new Set();
  for (const name of keys_of(text)) {
    if (names.has(name)) fail(`the header has ${show(name)} twice`);
    names.add(name);
  }
  return { header, data: bytes.subarray(8 + length) };
}

/** @param {Uint8Array} bytes */
function decode(bytes) {
  try {
    return decode_utf8(bytes);
  } catch {
    return fail('the header is not UTF-8');
  }
}

/** @param {string} text that begins with '{' @returns {Record<string, unknown>} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(`the header is not JSON: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * The names in an object, with duplicates, of which a parser keeps only the last.
 * @param {string} text of a valid JSON object
 */
function keys_of(text) {
  /** @type {string[]} */
  const keys = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{' || text[i] === '[') depth += 1;
    else if (text[i] === '}' || text[i] === ']') depth -= 1;
    else if (text[i] === '"') {
      const start = i;
      for (i += 1; text[i] !== '"'; i++) if (text[i] === '\\') i += 1;
      if (depth === 1 && /^\s*:/.test(text.slice(i + 1, i + 100)))
        keys.push(JSON.parse(text.slice(start, i + 1)));
    }
  }
  return keys;
}

/**
 * @param {string} name
 * @param {unknown} entry
 * @param {number} size of all data
 * @returns {Entry}
 */
function check_entry(name, entry, size) {
  const what = `the tensor ${show(name)}`;
  if (!is_object(entry)) return fail(`${what} must be described by an object, not ${show(entry)}`);
  const { dtype, shape, data_offsets } = entry;
  const type = TYPES.get(dtype);
  if (!type) return fail(`${what} has dtype ${show(dtype)}; known are ${[...TYPES.keys()].join(', ')}`);
  const is_size = (/** @type {unknown} */ one) =>
    Number.isSafeInteger(one) && /** @type {number} */ (one) >= 0;
  if (!Array.isArray(shape) || !shape.every(is_size)) return fail(`${what} has the shape ${show(shape)}`);
  if (!Array.isArray(data_offsets) || data_offsets.length !== 2 || !data_offsets.every(is_size)) {
    return fail(`${what} has data_offsets ${show(data_offsets)}, which must be two integers of 0 or more`);
  }
  const [begin, end] = data_offsets;
  if (begin > end || end > size)
    return fail(`${what} has data_offsets ${begin} to ${end}, but there are ${size} bytes of data`);
  if (size_of(shape) * NUMBERS[type].bytes !== end - begin) {
    return fail(
      `${what} of shape ${show_shape(shape)} and dtype ${dtype} cannot take up ${end - begin} bytes`,
    );
  }
  return { type, shape, begin, end };
}

/**
 * Each byte of the data must belong to one tensor.
 * @param {Map<string, Entry>} entries
 * @param {number} size
 */
function check_offsets(entries, size) {
  let at = 0;
  for (const [name, { begin, end }] of [...entries].sort(
    ([, a], [, b]) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== at)
      fail(`the tensor ${show(name)} begins at byte ${begin} of the data, where ${at} was expected`);
    at = end;
  }
  if (at !== size) fail(`the tensors take up ${at} of ${size} bytes`);
}

/** The format's names for this package's dtypes. */
const DTYPE_NAMES = Object.fromEntries([...TYPES].map(([name, type]) => [type, name]));

/**
 * @param {Map<string, Tensor>} tensors
 * @param {Record<string, string>} [metadata]
 * @returns {Uint8Array} a file in which the data begin at a multiple of eight
 * @throws {InvalidArgumentError} a tensor named __metadata__, a name that the format reserves
 */
export function write_safetensors(tensors, metadata = {}) {
  /** @type {[string, unknown][]} */
  const header = [['__metadata__', metadata]];
  let size = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === '__metadata__') throw new InvalidArgumentError('a tensor cannot have the name __metadata__');
    const data_offsets = [size, size + data.byteLength];
    header.push([name, { dtype: DTYPE_NAMES[dtype], shape, data_offsets }]);
    size += data.byteLength;
  }
  const text = encode_utf8(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(text, 8);
  let at = 8 + length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
