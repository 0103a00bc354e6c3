// Values that functions are called with: hostile ones, and some that may pass the first checks.
import { GRUCell, tensor } from '../../js/index.js';
import { Dense, GRU, GradientTape } from '../../js/keras.js';

/** What the hostile objects throw; such an error may come through. */
export class HostileError extends Error {}

const refuse = () => {
  throw new HostileError('a hostile object');
};

/** A proxy that throws whatever is done with it. @param {any} target */
const throwing_proxy = (target) =>
  new Proxy(target, Object.fromEntries(Reflect.ownKeys(Reflect).map((trap) => [trap, refuse])));

/** By name, for the report: how each value is made, anew for each call. @type {Record<string, () => any>} */
export const VALUES = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  '-Infinity': () => Number.NEGATIVE_INFINITY,
  '-0': () => -0,
  '-1': () => -1,
  0: () => 0,
  0.5: () => 0.5,
  1.5: () => 1.5,
  1: () => 1,
  2: () => 2,
  3: () => 3,
  '2**31': () => 2 ** 31,
  '2**31-1': () => 2 ** 31 - 1,
  '2**53': () => 2 ** 53,
  '1e308': () => 1e308,
  'empty string': () => '',
  'a string': () => 'x',
  tanh: () => 'tanh',
  __proto__name: () => '__proto__',
  constructor_name: () => 'constructor',
  'a symbol': () => Symbol('s'),
  'a big integer': () => 12345678901234567890n,
  'a function': () => () => 1,
  'a function that throws': () => refuse,
  'a class': () => class {},
  'an async function': () => async () => 1,
  '{}': () => ({}),
  'an object without a prototype': () => Object.create(null),
  'a Map': () => new Map([['a', 1]]),
  'a Date': () => new Date(0),
  'a RegExp': () => /x/,
  'a resolved promise': () => Promise.resolve(1),
  '[]': () => [],
  '[[]]': () => [[]],
  '[null]': () => [null],
  '[undefined]': () => [undefined],
  'a list with a hole': () => new Array(2),
  'a ragged list': () => [[1, 2], [3]],
  'a deep ragged list': () => [[[1], [2, 3]], 4],
  'a list of strings': () => ['a', 'b'],
  'a list of symbols': () => [Symbol('s')],
  'a list of big integers': () => [1n, 2n],
  'a list of NaN': () => [Number.NaN, Number.NaN],
  'a list of nulls in lists': () => [[null, 1]],
  '[2**31]': () => [2 ** 31],
  '[2**31, 2**31]': () => [2 ** 31, 2 ** 31],
  '[-1]': () => [-1],
  '[1, 2]': () => [1, 2],
  '[[1, 2]]': () => [[1, 2]],
  '[[[1, 2]]]': () => [[[1, 2]]],
  '[null, 2]': () => [null, 2],
  '[null, null, 2]': () => [null, null, 2],
  'a list that holds itself': () => {
    /** @type {any[]} */
    const list = [];
    list.push(list);
    return list;
  },
  'a Float32Array': () => Float32Array.of(1, 2),
  'an empty Float64Array': () => new Float64Array(),
  'a BigInt64Array': () => BigInt64Array.of(1n),
  'an ArrayBuffer': () => new ArrayBuffer(16),
  'a DataView': () => new DataView(new ArrayBuffer(8)),
  'a tensor [1, 2]': () => tensor([[1, 2]]),
  'a tensor [1, 1, 2]': () => tensor([[[1, 2]]]),
  'a scalar tensor': () => tensor(2),
  'a tensor of no elements': () => tensor([], [0, 2]),
  'a float64 tensor': () => tensor([1, 2], [1, 2], 'float64'),
  'an int32 tensor': () => tensor([1, 0], [1, 2], 'int32'),
  'a bool tensor': () => tensor([true, false], [1, 2], 'bool'),
  'a tensor-like without data': () => ({ shape: [1, 2] }),
  'a tensor-like of another size': () => ({ shape: [3, 2], data: [1] }),
  'a tensor-like with a wrong shape': () => ({ shape: 'x', data: [1] }),
  'a tensor-like with a hostile shape': () => ({ shape: throwing_proxy([]), data: [1] }),
  'a tensor-like of strings': () => ({ shape: [1], data: ['x'] }),
  'a tensor-like that throws': () => ({ shape: [1], dataSync: refuse }),
  'options with inputs': () => ({ inputs: [[1, 2]] }),
  'unknown options': () => ({ no_such_option: 1 }),
  'options of null': () => ({ name: null, shape: null, dtype: null, axis: null }),
  'options of the wrong type': () => ({ name: 1, shape: 'x', dtype: 2, axis: {}, seed: 'x' }),
  'a configuration of nothing': () => ({ class_name: 'Dense' }),
  'a configuration of null': () => ({ class_name: 'Dense', config: null }),
  'a configuration of an unknown class': () => ({ class_name: '__proto__', config: {} }),
  'an object with throwing getters': () =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        ['shape', 'data', 'length', 'name', 'class_name', 'config', 'dtype', 'then'].map((name) => [
          name,
          { get: refuse, enumerable: true },
        ]),
      ),
    ),
  'an object that cannot be shown': () => ({ toString: refuse, [Symbol.toPrimitive]: refuse }),
  'an object with a hostile constructor': () => ({ constructor: throwing_proxy({}) }),
  'an object whose constructor is null': () => ({ constructor: null }),
  'a throwing proxy': () => throwing_proxy({}),
  'a throwing list': () => throwing_proxy([]),
  'a throwing function': () => throwing_proxy(() => 1),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'a cell': () => new GRUCell(2),
  'a layer': () => new Dense(2),
  'a recurrent layer': () => new GRU(2),
  'a tape': () => new GradientTape(),
};

/** What V8 throws for some of these values whatever is done with them. */
export const THROWS_BY_ITSELF =
  /^TypeError: (Cannot perform '\w+' on a proxy that has been revoked|Class constructors cannot be invoked without 'new')/;
