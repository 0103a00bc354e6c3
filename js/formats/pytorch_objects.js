// The classes and functions that PyTorch's pickles use, as plain data: storages, tensors, dictionaries.
import { show, size_of } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { MAX_RANK } from '../runtime/tensor.js';
import { NUMBERS } from './numbers.js';
import { PickleDict, PickleObject } from './pickle.js';

/**
 * @typedef {import('./numbers.js').NumberType} NumberType
 * @typedef {{ type: NumberType | null, name: string }} StorageClass `type` null: untyped bytes, or numbers that are not read
 */

/** Bytes of the file, which tensors are views of. */
export class Storage {
  /**
   * @param {string} key
   * @param {NumberType | null} type
   * @param {string} type_name PyTorch's, for messages
   * @param {() => Uint8Array} read
   */
  constructor(key, type, type_name, read) {
    this.key = key;
    this.type = type;
    this.type_name = type_name;
    this.read = read;
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
];

/** Dtypes and storages that are not read, if a tensor has them. */
const OTHER_DTYPES = [
  'complex32',
  'complex64',
  'complex128',
  'float8_e4m3fn',
  'float8_e5m2',
  'uint16',
  'uint32',
  'uint64',
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
  const { type, name } = /** @type {StorageClass} */ (args[6] ?? {});
  const typed = new Storage(storage.key, type ?? null, String(name), storage.read);
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
const ignored = () => new PickleObject();

/** @param {unknown[]} args a function, the class, and the function's arguments */
const rebuild_from_type = ([builder, , args]) =>
  typeof builder === 'function' && Array.isArray(args)
    ? builder(args)
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
    ['torch._tensor._rebuild_from_type_v2', rebuild_from_type],
    ['torch.Tensor', rebuild_tensor],
    ['torch.Size', first_or_empty],
    ['torch.device', ignored],
    ['torch.UntypedStorage', { type: null, name: 'untyped' }],
    ['torch.storage.UntypedStorage', { type: null, name: 'untyped' }],
    ...TYPES.flatMap(([dtype, storage, type]) => {
      const storage_class = { type, name: dtype };
      return [
        [`torch.${dtype}`, storage_class],
        [`torch.${storage}Storage`, storage_class],
        [`torch.cuda.${storage}Storage`, storage_class],
        [`torch.${storage}Tensor`, storage_class],
        [`torch.cuda.${storage}Tensor`, storage_class],
      ];
    }),
    ...OTHER_DTYPES.map((name) => [`torch.${name}`, { type: null, name }]),
    ...['set', 'frozenset', 'list', 'tuple'].flatMap((name) =>
      ['builtins', '__builtin__'].map((module) => [`${module}.${name}`, first_or_empty]),
    ),
    ['_codecs.encode', first],
    // Data beside the tensors that is not needed.
    ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module) => [
      [`${module}.scalar`, ignored],
      [`${module}._reconstruct`, ignored],
    ]),
    ['numpy.dtype', ignored],
    ['numpy.ndarray', ignored],
    ['argparse.Namespace', ignored],
    ['types.SimpleNamespace', ignored],
    ['pathlib.PosixPath', ignored],
    ['pathlib.WindowsPath', ignored],
    ['copyreg._reconstructor', ignored],
    ['copy_reg._reconstructor', ignored],
    ['builtins.object', ignored],
    ['__builtin__.object', ignored],
    ...['intlist', 'doublelist', 'boollist', 'tensorlist'].map((name) => [
      `torch.jit._pickle.build_${name}`,
      first_or_empty,
    ]),
    ['torch.jit._pickle.restore_type_tag', first],
  ]),
);

/**
 * Classes of TorchScript, the attributes of which are a module's weights and inner modules.
 * @param {string} path
 */
export const find_torchscript_class = (path) => (path.startsWith('__torch__.') ? ignored : undefined);

/** @param {unknown} storage_class @param {string} key @param {() => Uint8Array} read @returns {Storage} */
export function make_storage(storage_class, key, read) {
  const { type, name } = /** @type {StorageClass} */ (storage_class ?? {});
  if (typeof name !== 'string') return fail(`a storage in it has the class ${show(storage_class)}`);
  return new Storage(key, type, name, read);
}

/** Bytes of one element; of untyped storages 1. @param {Storage} storage */
export const element_width = ({ type }) => (type ? NUMBERS[type].bytes : 1);
