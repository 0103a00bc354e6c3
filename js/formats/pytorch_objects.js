// The classes and functions that PyTorch's pickles use, as plain data: storages, tensors, dictionaries.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { MAX_RANK } from '../runtime/tensor.js';
import { NUMBERS } from './numbers.js';
import { PickleClass, PickleDict, PickleObject } from './pickle.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 * @typedef {{ type: NumberType | null, name: string, width: number }} StorageClass `type` null: untyped bytes, or numbers that are not
 *   read; `width`: bytes of an element
 */

/** Bytes of the file, which tensors are views of. */
export class Storage {
  /**
   * @param {string} key
   * @param {NumberType | null} type
   * @param {string} type_name PyTorch's, for messages
   * @param {number} width bytes of an element
   * @param {() => Uint8Array} read
   */
  constructor(key, type, type_name, width, read) {
    this.key = key;
    this.type = type;
    this.type_name = type_name;
    this.width = width;
    this.read = read;
  }
}

/** A tensor, or several packed in one object, whose numbers are not read. */
export class UnreadTensor {
  /** @param {string} reason such as `is made by torch._utils._rebuild_qtensor` */
  constructor(reason) {
    this.reason = reason;
  }
}

/** A tensor as a view of a storage. */
export class StoredTensor {
  /**
   * @param {Storage} storage
   * @param {number} offset in elements
   * @param {number[]} shape
   * @param {number[]} strides in elements
   */
  constructor(storage, offset, shape, strides) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** @param {string} message @returns {never} */
const fail = (message) => {
  throw new InvalidArgumentError(`not a valid PyTorch file: ${message}`);
};

/** PyTorch's names of the types of numbers, of dtypes and of storage classes. @type {[dtype: string, storage: string, type: NumberType][]} */
const TYPES = [
  ['float64', 'Double', 'float64'],
  ['float32', 'Float', 'float32'],
  ['float16', 'Half', 'float16'],
  ['bfloat16', 'BFloat16', 'bfloat16'],
  ['int64', 'Long', 'int64'],
  ['int32', 'Int', 'int32'],
  ['int16', 'Short', 'int16'],
  ['int8', 'Char', 'int8'],
  ['uint8', 'Byte', 'uint8'],
  ['bool', 'Bool', 'bool'],
  ['uint16', 'UInt16', 'uint16'],
  ['uint32', 'UInt32', 'uint32'],
  ['uint64', 'UInt64', 'uint64'],
];

/** Those that are not read: dtypes, storage classes, and bytes of an element. @type {[dtype: string, storage: string, width: number][]} */
const OTHER_TYPES = [
  ['complex32', 'ComplexHalf', 4],
  ['complex64', 'ComplexFloat', 8],
  ['complex128', 'ComplexDouble', 16],
  ['qint8', 'QInt8', 1],
  ['quint8', 'QUInt8', 1],
  ['qint32', 'QInt32', 4],
  ['quint4x2', 'QUInt4x2', 1],
  ['quint2x4', 'QUInt2x4', 1],
  ...['float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2', 'float8_e5m2fnuz'].map(
    (name) => /** @type {[string, string, number]} */ ([name, name, 1]),
  ),
];

/** @param {unknown} value @returns {value is number} */
const is_size = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/** @param {unknown[]} args storage, offset, size, stride, … */
function rebuild_tensor([storage, offset, size, stride]) {
  if (!(storage instanceof Storage)) return fail('a tensor in it has no storage');
  if (
    !Array.isArray(size) ||
    !Array.isArray(stride) ||
    size.length !== stride.length ||
    size.length > MAX_RANK
  )
    return fail(`a tensor in it has the size ${show(size)} and the stride ${show(stride)}`);
  if (
    !is_size(offset) ||
    !size.every(is_size) ||
    !stride.every(is_size) ||
    !Number.isSafeInteger(size_of(size))
  )
    return fail(
      `a tensor in it has the offset ${show(offset)}, the size ${show(size)} and the stride ${show(stride)}`,
    );
  return new StoredTensor(storage, offset, size, stride);
}

/** The same of untyped bytes. @param {unknown[]} args storage, offset, size, stride, requires_grad, hooks, dtype, … */
function rebuild_typed_tensor(args) {
  const { storage, offset, shape, strides } = rebuild_tensor(args);
  const dtype = args[6];
  const { type, name, width } =
    dtype instanceof PickleClass
      ? { type: null, name: dtype.path, width: 1 }
      : /** @type {StorageClass} */ (dtype ?? {});
  const typed = new Storage(storage.key, type ?? null, String(name), width, storage.read);
  return new StoredTensor(typed, offset, shape, strides);
}

/** A dictionary from pairs. @param {unknown[]} args */
function ordered_dict([pairs = []]) {
  if (pairs instanceof PickleDict) return new PickleDict(pairs);
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    return fail('a dictionary in it is not made of pairs');
  return new PickleDict(pairs);
}

/** @param {unknown[]} args */
const first = ([value]) => value;
/** @param {unknown[]} args */
const first_or_empty = ([items = []]) => items;
/** An object whose data are not needed. */
const ignored = () => new PickleObject();

/** @param {unknown[]} args a function, the class, and the function's arguments */
const rebuild_from_type = ([builder, , args]) =>
  typeof builder === 'function' && Array.isArray(args)
    ? builder(args)
    : builder instanceof PickleClass
      ? new UnreadTensor(`is made by ${builder.path}`)
      : fail('a tensor in it has an unknown class');

/** Values of the names that pickles of PyTorch use, for `read_pickle`. @type {ReadonlyMap<string, unknown>} */
export const PYTORCH_GLOBALS = new Map(
  /** @type {[string, unknown][]} */ ([
    ['collections.OrderedDict', ordered_dict],
    ['collections.Counter', ordered_dict],
    ['collections.defaultdict', () => new PickleDict()],
    ['torch._utils._rebuild_tensor', rebuild_tensor],
    ['torch._utils._rebuild_tensor_v2', rebuild_tensor],
    ['torch._utils._rebuild_tensor_v3', rebuild_typed_tensor],
    ['torch._utils._rebuild_parameter', first],
    ['torch._utils._rebuild_parameter_with_state', first],
    ['torch._utils._rebuild_device_tensor_from_cpu_tensor', first],
    ['torch._tensor._rebuild_from_type_v2', rebuild_from_type],
    ['torch.Tensor', rebuild_tensor],
    ['torch.Size', first_or_empty],
    ['torch.device', ignored],
    ['torch.UntypedStorage', { type: null, name: 'untyped', width: 1 }],
    ['torch.storage.UntypedStorage', { type: null, name: 'untyped', width: 1 }],
    ...[
      ...TYPES.map(([dtype, storage, type]) => ({ dtype, storage, type, width: NUMBERS[type].bytes })),
      ...OTHER_TYPES.map(([dtype, storage, width]) => ({ dtype, storage, type: null, width })),
    ].flatMap(({ dtype, storage, type, width }) => {
      const storage_class = { type, name: dtype, width };
      return [
        [`torch.${dtype}`, storage_class],
        [`torch.${storage}Storage`, storage_class],
        [`torch.cuda.${storage}Storage`, storage_class],
        [`torch.${storage}Tensor`, storage_class],
        [`torch.cuda.${storage}Tensor`, storage_class],
      ];
    }),
    ...['set', 'frozenset', 'list', 'tuple'].flatMap((name) =>
      ['builtins', '__builtin__'].map((module) => [`${module}.${name}`, first_or_empty]),
    ),
    ['_codecs.encode', first],
    ['types.SimpleNamespace', ignored],
    ['copyreg._reconstructor', ignored],
    ['copy_reg._reconstructor', ignored],
    ...['intlist', 'doublelist', 'boollist', 'tensorlist'].map((name) => [
      `torch.jit._pickle.build_${name}`,
      first_or_empty,
    ]),
    ['torch.jit._pickle.restore_type_tag', first],
  ]),
);

/** @param {unknown} storage_class @param {string} key @param {() => Uint8Array} read @returns {Storage} */
export function make_storage(storage_class, key, read) {
  const { type, name, width } = /** @type {StorageClass} */ (storage_class ?? {});
  if (typeof name !== 'string' || !width) return fail(`a storage in it has the class ${show(storage_class)}`);
  return new Storage(key, type, name, width, read);
}
