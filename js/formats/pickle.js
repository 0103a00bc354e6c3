// Python's pickles, as far as PyTorch's files need them. It creates only plain data and the objects of PyTorch that it is told of;
// it calls nothing that a file names.
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { decode_utf8 } from './utf8.js';

/**
 * @typedef {(args: unknown[]) => unknown} Builder makes a value from the arguments of a call in the pickle
 *
 * @typedef {object} PickleOptions
 * @property {ReadonlyMap<string, unknown>} globals values of the names that a pickle may use, such as `torch.float32`; a function is a
 *   {@link Builder} that stands for a class or function
 * @property {(path: string) => void} check_other throws for a class or function that is not in the list and must not be named
 * @property {(path: string, args: unknown[], is_call: boolean) => unknown} make_other a value that stands for an object of such a class,
 *   or for the result of calling it
 * @property {(id: unknown) => unknown} load_persistent values that are outside the pickle
 */

/** The longest integer, in bytes. */
const LONGEST_INTEGER = 256;

/** Where a tuple, list or dictionary begins on the stack. */
const MARK = Symbol('mark');

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid pickle: ${message}`);
};

/** A dictionary: its keys may be any values. */
export class PickleDict extends Map {}

/** An object of a class that is not needed; only the data in it are read. */
export class PickleObject {
  /** @type {unknown} */ attributes = null;
  /** If the class is one of dictionaries. */ items = new PickleDict();
  /** If the class is one of lists, or of tuples. @type {unknown[]} */ list;

  /** @param {unknown[]} [list] */
  constructor(list = []) {
    this.list = list;
  }
}

/** A class or function that is not needed. */
export class PickleClass {
  /** @param {string} path its module and name */
  constructor(path) {
    this.path = path;
  }
}

/**
 * Reads one pickle.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {PickleOptions} options
 * @returns {{ value: any, end: number }} lists and tuples as arrays, dictionaries as {@link PickleDict}, integers as numbers; `end`: of
 *   the pickle
 * @throws {InvalidArgumentError} a damaged pickle, or one that uses anything else
 */
export function read_pickle(bytes, start, { globals, check_other, make_other, load_persistent }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {any[]} */
  const stack = [];
  /** @type {Map<number, unknown>} */
  const memo = new Map();
  let at = start;

  /** @param {number} count @returns {number} the offset of that many bytes, which are skipped */
  const skip = (count) => {
    const offset = at;
    if (!(count >= 0 && count <= bytes.length - at)) fail('it ends in the middle of a value');
    at += count;
    return offset;
  };
  const read_text = (/** @type {number} */ length) => {
    const offset = skip(length);
    try {
      return decode_utf8(bytes.subarray(offset, offset + length));
    } catch {
      return fail('a text in it is not UTF-8');
    }
  };
  const read_line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) fail('it ends in the middle of a line');
    const text = read_text(end - at);
    skip(1);
    return text;
  };
  const uint8 = () => view.getUint8(skip(1));
  const uint16 = () => view.getUint16(skip(2), true);
  const int32 = () => view.getInt32(skip(4), true);
  const uint32 = () => view.getUint32(skip(4), true);
  const uint64 = () => Number(view.getBigUint64(skip(8), true));
  const pop = () => {
    const value = stack.length ? stack.pop() : fail('its stack is empty');
    return value === MARK ? fail('a value is missing on its stack') : value;
  };
  const top = () => (stack.length ? stack[stack.length - 1] : fail('its stack is empty'));
  const pop_to_mark = () => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) return fail('a mark is missing on its stack');
    const items = stack.splice(mark);
    return items.slice(1);
  };
  const recall = (/** @type {number} */ index) =>
    memo.has(index)
      ? stack.push(memo.get(index))
      : fail(`it recalls the value ${index}, which it has not stored`);
  /** @param {string} module @param {string} name */
  const global = (module, name) => {
    const path = `${module}.${name}`;
    if (globals.has(path)) return globals.get(path);
    check_other(path);
    return new PickleClass(path);
  };
  /** @param {unknown} builder @param {unknown} args @param {boolean} is_call */
  const build = (builder, args, is_call) => {
    if (!Array.isArray(args)) return fail('its arguments of a class are not a tuple');
    if (builder instanceof PickleClass) return make_other(builder.path, args, is_call);
    return typeof builder === 'function' ? builder(args) : fail('it calls something that is not a class');
  };
  /** @param {unknown[]} items keys and values in turn */
  const set_items = (items) => {
    const object = top();
    const target = object instanceof PickleObject ? object.items : object;
    if (!(target instanceof PickleDict) || items.length % 2)
      return fail('it sets items of something that is not a dictionary');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  /** @param {unknown[]} items */
  const append = (items) => {
    const object = top();
    const target = object instanceof PickleObject ? object.list : object;
    if (!Array.isArray(target)) return fail('it appends to something that is not a list');
    for (const item of items) target.push(item);
  };
  const read_long = (/** @type {number} */ length) => {
    const offset = skip(length);
    if (length > LONGEST_INTEGER) fail(`it has an integer of more than ${LONGEST_INTEGER} bytes`);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i]);
    if (length && bytes[offset + length - 1] & 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const latin1 = (/** @type {number} */ length) => {
    const offset = skip(length);
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[offset + i]);
    return text;
  };
  const raw = (/** @type {number} */ length) => {
    const offset = skip(length);
    return bytes.slice(offset, offset + length);
  };

  /** By the code of the instruction. @type {Record<string, () => unknown>} */
  const instructions = {
    '\x80': uint8, // PROTO
    '\x95': uint64, // FRAME
    '(': () => stack.push(MARK),
    0: pop,
    1: pop_to_mark,
    2: () => stack.push(top()),
    N: () => stack.push(null),
    '\x88': () => stack.push(true),
    '\x89': () => stack.push(false),
    J: () => stack.push(int32()),
    K: () => stack.push(uint8()),
    M: () => stack.push(uint16()),
    G: () => stack.push(view.getFloat64(skip(8), false)),
    '\x8a': () => stack.push(read_long(uint8())),
    '\x8b': () => stack.push(read_long(uint32())),
    I: () => {
      const text = read_line();
      stack.push(text === '01' ? true : text === '00' ? false : Number(text));
    },
    L: () => stack.push(Number(read_line().replace(/L$/, ''))),
    F: () => stack.push(Number(read_line())),
    X: () => stack.push(read_text(uint32())),
    '\x8c': () => stack.push(read_text(uint8())),
    '\x8d': () => stack.push(read_text(uint64())),
    V: () => stack.push(read_line()),
    U: () => stack.push(latin1(uint8())),
    T: () => stack.push(latin1(uint32())),
    S: () => stack.push(read_line().replace(/^(['"])(.*)\1$/, '$2')),
    C: () => stack.push(raw(uint8())),
    B: () => stack.push(raw(uint32())),
    '\x8e': () => stack.push(raw(uint64())),
    '\x96': () => stack.push(raw(uint64())), // BYTEARRAY8
    ']': () => stack.push([]),
    l: () => stack.push(pop_to_mark()),
    a: () => append([pop()]),
    e: () => append(pop_to_mark()),
    ')': () => stack.push([]),
    t: () => stack.push(pop_to_mark()),
    '\x85': () => stack.push([pop()]),
    '\x86': () => stack.push([pop(), pop()].reverse()),
    '\x87': () => stack.push([pop(), pop(), pop()].reverse()),
    '\x8f': () => stack.push([]),
    '\x90': () => append(pop_to_mark()),
    '\x91': () => stack.push(pop_to_mark()),
    '}': () => stack.push(new PickleDict()),
    d: () => {
      const items = pop_to_mark();
      stack.push(new PickleDict());
      set_items(items);
    },
    s: () => set_items([pop(), pop()].reverse()),
    u: () => set_items(pop_to_mark()),
    p: () => memo.set(Number(read_line()), top()),
    q: () => memo.set(uint8(), top()),
    r: () => memo.set(uint32(), top()),
    '\x94': () => memo.set(memo.size, top()),
    g: () => recall(Number(read_line())),
    h: () => recall(uint8()),
    j: () => recall(uint32()),
    c: () => stack.push(global(read_line(), read_line())),
    '\x93': () => {
      const name = pop();
      const module = pop();
      if (typeof name !== 'string' || typeof module !== 'string')
        fail('it names a class by something that is not text');
      stack.push(global(module, name));
    },
    R: () => {
      const args = pop();
      stack.push(build(pop(), args, true));
    },
    '\x81': () => {
      const args = pop();
      stack.push(build(pop(), args, false));
    },
    '\x92': () => {
      // NEWOBJ_EX, with named arguments
      pop();
      const args = pop();
      stack.push(build(pop(), args, false));
    },
    i: () => {
      const builder = global(read_line(), read_line());
      stack.push(build(builder, pop_to_mark(), true));
    },
    o: () => {
      const [builder, ...args] = pop_to_mark();
      stack.push(build(builder, args, true));
    },
    b: () => {
      const attributes = pop();
      const object = top();
      // Attributes of others, such as `_metadata` of an OrderedDict, are not needed.
      if (object instanceof PickleObject) object.attributes = attributes;
    },
    Q: () => stack.push(load_persistent(pop())),
    P: () => stack.push(load_persistent(read_line())),
  };

  for (;;) {
    const code = String.fromCharCode(uint8());
    if (code === '.') {
      const value = pop();
      if (stack.length) fail('values are left on its stack');
      return { value, end: at };
    }
    const instruction = Object.hasOwn(instructions, code) ? instructions[code] : null;
    if (!instruction) fail(`it has the instruction ${show(code)}, which is not known`);
    else instruction();
  }
}
