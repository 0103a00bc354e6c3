// safetensors: a length (u64, little-endian), a JSON header of so many bytes, and the tensors' bytes.
import { show, show_shape, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { read_numbers, WIDTHS } from './numbers.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 * @typedef {{ dtype: NumberType, shape: number[], begin: number, end: number }} Entry
 */

/** The format's own limit for the header, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** The format's names for this package's dtypes. */
const NAMES = /** @type {const} */ ({ float32: 'F32', float64: 'F64', int32: 'I32', bool: 'BOOL' });

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`this is no whole safetensors file: ${message}`);
};

/**
 * @param {Uint8Array} bytes
 * @returns {{ tensors: Map<string, Tensor>, metadata: Map<string, string> }} numbers of 16 bits come as float32, integers as
 *   int32
 * @throws {InvalidArgumentError} a file that breaks a rule of the format, an integer that int32 cannot hold
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
  check_places(entries, data.length);
  const tensors = new Map();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const numbers = read_numbers(`the tensor ${show(name)}`, data.subarray(begin, end), dtype);
    tensors.set(name, new Tensor(numbers.data, shape, numbers.dtype));
  }
  return { tensors, metadata };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const is_object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {Uint8Array} bytes */
function split(bytes) {
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, and begins with 8 that give the header's length`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > bytes.length - 8 || length > LONGEST_HEADER) {
    fail(`the header is to have ${length} bytes, but ${bytes.length - 8} follow`);
  }
  const text = decode(bytes.subarray(8, 8 + length));
  const header = parse(text);
  const names = keys_of(text);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`the header has ${show(twice)} twice`);
  return { header, data: bytes.subarray(8 + length) };
}

/** @param {Uint8Array} bytes */
function decode(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('the header is not UTF-8');
  }
}

/** @param {string} text @returns {Record<string, unknown>} */
function parse(text) {
  let header;
  try {
    header = JSON.parse(text);
  } catch (error) {
    fail(`the header is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  return is_object(header) ? header : fail('the header is not a JSON object');
}

/**
 * The names in an object, those that are there twice included, which a parser passes over.
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
  if (typeof dtype !== 'string' || !Object.hasOwn(WIDTHS, dtype)) {
    return fail(`${what} has dtype ${show(dtype)}; known are ${Object.keys(WIDTHS).join(', ')}`);
  }
  const is_size = (/** @type {unknown} */ one) =>
    Number.isSafeInteger(one) && /** @type {number} */ (one) >= 0;
  if (!Array.isArray(shape) || !shape.every(is_size)) return fail(`${what} has the shape ${show(shape)}`);
  if (!Array.isArray(data_offsets) || data_offsets.length !== 2 || !data_offsets.every(is_size)) {
    return fail(`${what} has data_offsets ${show(data_offsets)}, which must be two integers of 0 or more`);
  }
  const [begin, end] = data_offsets;
  if (begin > end || end > size) return fail(`${what} lies from ${begin} to ${end} of ${size} bytes`);
  const type = /** @type {NumberType} */ (dtype);
  if (size_of(shape) * WIDTHS[type] !== end - begin) {
    return fail(
      `${what} of shape ${show_shape(shape)} and dtype ${dtype} cannot take up ${end - begin} bytes`,
    );
  }
  return { dtype: type, shape, begin, end };
}

/**
 * The tensors must fill the data, each byte belonging to one of them.
 * @param {Map<string, Entry>} entries
 * @param {number} size
 */
function check_places(entries, size) {
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

/**
 * @param {Map<string, Tensor>} tensors
 * @param {Record<string, string>} [metadata]
 * @returns {Uint8Array}
 * @throws {InvalidArgumentError} the name that is reserved for metadata
 */
export function write_safetensors(tensors, metadata = {}) {
  /** @type {[string, unknown][]} */
  const header = [['__metadata__', metadata]];
  let at = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === '__metadata__') throw new InvalidArgumentError('a tensor cannot have the name __metadata__');
    header.push([name, { dtype: NAMES[dtype], shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces at the end, so that the data begin at a multiple of eight.
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(text, 8);
  at = 8 + length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
