// Classes and functions that a file of PyTorch names beside those of tensors: settings, dates, a module's class. Objects of them are read
// as plain data. Nothing is called; but a file that would call something else when Python loads it is refused.
import { InvalidArgumentError } from '../runtime/errors.js';
import { PickleObject } from './pickle.js';
import { Storage, StoredTensor, UnreadTensor } from './pytorch_objects.js';

/** Modules of Python that run programs, read files, load code or reach the network. Settings do not need them. */
const REFUSED_MODULES = new Set(
  `os posix nt subprocess sys shutil socket ssl http urllib requests ftplib smtplib telnetlib importlib runpy pty ctypes cffi pickle
   _pickle cPickle dill cloudpickle joblib marshal shelve codeop webbrowser _thread multiprocessing asyncio pip timeit cProfile pdb bdb io
   _io operator types`.split(/\s+/),
);

/** What Python's built-in names may be. */
const BUILTINS = new Set(
  'object type list tuple dict set frozenset bytes bytearray str int float complex bool slice range xrange unicode long getattr Ellipsis NotImplemented'.split(
    ' ',
  ),
);

/** Functions that make objects of libraries; others than these are refused, as their names do not say what they do. */
const MAKERS =
  /^(torch\._|numpy\.((_?core|random|ma)\.|(dtype|ndarray)$)|pandas\.(core|_libs)\.|(datetime|decimal|fractions|uuid|collections|copyreg|copy_reg|zoneinfo|pytz|random)\.|functools\.partial$|re\._compile$|_codecs\.encode$|(builtins|__builtin__)\.)/;

/** Values that hold weights, but not as numbers. */
const HOLDS_WEIGHTS = /^torch\._utils\._rebuild|^torch\.(_C\.)?ScriptObject$|^__torch__\.torch\.classes\./;

/** @param {string} path @returns {never} */
const refuse = (path) => {
  throw new InvalidArgumentError(
    `not a valid PyTorch file: it uses ${path}, which is neither a tensor nor plain data; nothing in a file is called. ` +
      'If you trust the file, save its weights alone: torch.save(model.state_dict(), path)',
  );
};

/** @param {string} path a module and a name in it */
export function check_other(path) {
  const [first, ...names] = path.split('.');
  const is_builtin = first === 'builtins' || first === '__builtin__';
  if (is_builtin ? !BUILTINS.has(names.join('.')) : REFUSED_MODULES.has(first)) refuse(path);
}

/**
 * Stands for an object of a class that is not needed.
 * @param {string} path the class, or a function
 * @param {unknown[]} args
 * @param {boolean} is_call whether the class or function would be called, not only an object made
 */
export function make_other(path, args, is_call) {
  if (HOLDS_WEIGHTS.test(path)) return new UnreadTensor(`is made by ${path}`);
  if (!is_call) return new PickleObject(args);
  const name = path.slice(path.lastIndexOf('.') + 1);
  // Classes begin with a capital letter.
  if (!MAKERS.test(path) && !/^_*[A-Z]/.test(name)) refuse(path);
  const holds_tensor = args.some((arg) => arg instanceof StoredTensor || arg instanceof Storage);
  return holds_tensor ? new UnreadTensor(`is made by ${path}`) : new PickleObject();
}
