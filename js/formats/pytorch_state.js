// Which tensors of a file of PyTorch are a model's: those of a state_dict, of a state_dict in a checkpoint, or of a whole module.
import { PickleDict, PickleObject } from './pickle.js';
import { StoredTensor, UnreadTensor } from './pytorch_objects.js';

/**
 * Keys of a checkpoint under which the state_dict is, in the order in which they are tried. Averages of the weights (EMA) come after the
 * weights themselves.
 */
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
  'ema_state_dict',
  'state_dict_ema',
  'model_ema',
  'ema_model',
  'ema',
  'shadow',
];

/**
 * @typedef {object} State
 * @property {Map<string, StoredTensor>} stored by the keys that lead to each, joined by dots
 * @property {Map<string, UnreadTensor>} unread tensors whose numbers are not read
 * @property {{ [key: string]: unknown }} metadata plain data beside them
 * @property {string[]} warnings
 */

/**
 * @param {unknown} content of the file
 * @returns {State}
 */
export function find_state(content) {
  const root = entries_of(content);
  /** @type {{ [key: string]: unknown }} */
  const metadata = {};
  for (const [key, value] of root)
    if (['number', 'string', 'boolean'].includes(typeof value))
      Object.defineProperty(metadata, key, { value, enumerable: true });
  /** @type {string[]} */
  const warnings = [];
  let state = content;
  // The names of a module's parts are not keys of a checkpoint.
  for (let depth = 0; depth < 4 && state instanceof PickleDict; depth++) {
    const entries = entries_of(state);
    const key = STATE_KEYS.find((name) => {
      const value = entries.get(name);
      return value && !(value instanceof StoredTensor) && tensors_in(value).stored.size;
    });
    if (key === undefined) break;
    const others = [...entries.keys()].filter((name) => name !== key && holds_weights(entries.get(name)));
    if (others.length)
      warnings.push(
        `The file holds several models. The weights are those of ${JSON.stringify(key)}; not read are those of ${others.map((name) => JSON.stringify(name)).join(', ')}.`,
      );
    state = entries.get(key);
  }
  return { ...tensors_in(state), metadata, warnings };
}

/** Whether there are named weights in a part of a checkpoint. An optimizer's are numbered. @param {unknown} value */
const holds_weights = (value) =>
  value instanceof StoredTensor
    ? value.shape.length > 1
    : [...tensors_in(value).stored.keys()].some((name) => /weight/i.test(name));

/**
 * The parts of a dictionary, an object or a list that have texts (or places in the list) as keys.
 * @param {unknown} value
 * @returns {Map<string, unknown>}
 */
function entries_of(value) {
  if (value instanceof PickleObject) return entries_of_object(value);
  if (value instanceof PickleDict) return new Map([...value].filter(([key]) => typeof key === 'string'));
  return new Map(Array.isArray(value) ? value.map((item, i) => [`${i}`, item]) : []);
}

/** Dictionaries and objects in each other, at most. */
const DEEPEST = 100;

/** @param {PickleObject} object @returns {Map<string, unknown>} */
function entries_of_object({ attributes, items, list }) {
  // Beside a dictionary of attributes there may be one of attributes with slots.
  const inner = entries_of(Array.isArray(attributes) ? attributes[0] : attributes);
  if (inner.get('_parameters') instanceof PickleDict && inner.get('_modules') instanceof PickleDict)
    return new Map([
      ...['_parameters', '_buffers', '_modules'].flatMap((kind) => [...entries_of(inner.get(kind))]),
      ...[...inner].filter(([, value]) => value instanceof UnreadTensor),
    ]);
  // TorchScript keeps the weights of recurrent layers a second time.
  inner.delete('_flat_weights');
  return new Map([...inner, ...entries_of(items), ...entries_of(list)]);
}

/**
 * @param {unknown} content
 * @returns {Pick<State, 'stored' | 'unread'>}
 */
function tensors_in(content) {
  /** @type {State['stored']} */
  const stored = new Map();
  /** @type {State['unread']} */
  const unread = new Map();
  const seen = new Set();
  /** @type {{ value: unknown, path: string[] }[]} */
  const pending = [{ value: content, path: [] }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path } = next;
    if (value instanceof StoredTensor) stored.set(path.join('.'), value);
    else if (value instanceof UnreadTensor) unread.set(path.join('.'), value);
    else if (path.length < DEEPEST && typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      const inner = Array.from(entries_of(value), ([key, item]) => ({ value: item, path: [...path, key] }));
      for (const entry of inner.reverse()) pending.push(entry);
    }
  }
  return { stored, unread };
}
