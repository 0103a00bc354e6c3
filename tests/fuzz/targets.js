// Everything that a user can call: found by walking the exports of the entry points.
import * as formats from '../../js/formats.js';
import * as index from '../../js/index.js';
import * as keras from '../../js/keras.js';

const { GRUCell, MultiRNNCell, DropoutWrapper, ResidualWrapper, RNNCell, Tensor, Variable, Graph } = index;
const { GRU, Dense, RNN, Sequential } = keras;

/**
 * Valid instances of each exported class, so that their methods are met on real objects. A class that is exported and not here fails
 * the fuzz.
 * @type {Record<string, (() => any)[]>}
 */
const INSTANCES = {
  // TensorFlow 1's and Keras's.
  GRUCell: [
    () => new GRUCell(3),
    () => new GRUCell(3).build([null, 2]),
    () => disposed(new GRUCell(3)),
    () => new keras.GRUCell(3),
    () => new keras.GRUCell(3).build([null, 2]),
  ],
  RNNCell: [() => new RNNCell()],
  MultiRNNCell: [
    () => new MultiRNNCell([new GRUCell(2), new GRUCell(3)]),
    () => new MultiRNNCell([new GRUCell(2)]).build([null, 2]),
  ],
  DropoutWrapper: [
    () => new DropoutWrapper(new GRUCell(2), { output_keep_prob: 0.5, seed: 1 }),
    () => new DropoutWrapper(new GRUCell(2).build([null, 2])),
  ],
  ResidualWrapper: [
    () => new ResidualWrapper(new GRUCell(2)),
    () => new ResidualWrapper(new GRUCell(2).build([null, 2])),
  ],
  Tensor: [() => index.tensor([[1, 2]]), () => new Tensor(new Int32Array(2), [2], 'int32')],
  Variable: [() => new Variable({ name: 'v', shape: [2], dtype: 'float32', value: [1, 2] })],
  Graph: [() => new Graph(), () => disposed(new Graph())],
  GradientTape: [() => new keras.GradientTape()],
  Optimizer: [() => new keras.Optimizer()],
  SGD: [() => new keras.optimizers.SGD({ momentum: 0.5 })],
  Adam: [() => new keras.optimizers.Adam()],
  RMSprop: [() => new keras.optimizers.RMSprop()],
  Layer: [() => new keras.Layer(), () => disposed(new keras.Layer())],
  Activation: [() => new keras.Activation('relu')],
  Bidirectional: [
    () => new keras.Bidirectional(new GRU(2)),
    () => new keras.Bidirectional(new GRU(2)).build([null, null, 2]),
  ],
  CuDNNGRU: [() => new keras.CuDNNGRU(2).build([null, null, 2])],
  AveragePooling1D: [() => new keras.AveragePooling1D()],
  BatchNormalization: [
    () => new keras.BatchNormalization(),
    () => new keras.BatchNormalization().build([null, null, 2]),
  ],
  Conv1D: [() => new keras.Conv1D(2, 3), () => new keras.Conv1D(2, 3).build([null, null, 2])],
  ELU: [() => new keras.ELU()],
  Add: [() => new keras.Add()],
  Average: [() => new keras.Average()],
  Concatenate: [() => new keras.Concatenate()],
  Model: [
    () =>
      keras.Model.from_config({
        inputs: [{ name: 'x', shape: [null, 2] }],
        layers: [
          { class_name: 'Dense', config: { units: 2, name: 'a' }, nodes: [{ inputs: [['x', 0, 0]] }] },
          {
            class_name: 'Add',
            config: { name: 'b' },
            nodes: [
              {
                inputs: [
                  ['a', 0, 0],
                  ['x', 0, 0],
                ],
              },
            ],
          },
        ],
        outputs: [['b', 0, 0]],
        is_built: true,
      }),
  ],
  Maximum: [() => new keras.Maximum()],
  Minimum: [() => new keras.Minimum()],
  Multiply: [() => new keras.Multiply()],
  Subtract: [() => new keras.Subtract()],
  Flatten: [() => new keras.Flatten()],
  GlobalAveragePooling1D: [() => new keras.GlobalAveragePooling1D()],
  GlobalMaxPooling1D: [() => new keras.GlobalMaxPooling1D()],
  LayerNormalization: [
    () => new keras.LayerNormalization(),
    () => new keras.LayerNormalization().build([null, null, 2]),
  ],
  LeakyReLU: [() => new keras.LeakyReLU()],
  MaxPooling1D: [() => new keras.MaxPooling1D()],
  PReLU: [() => new keras.PReLU(), () => new keras.PReLU().build([null, 2])],
  ReLU: [() => new keras.ReLU()],
  RepeatVector: [() => new keras.RepeatVector(3)],
  Reshape: [() => new keras.Reshape([2, -1])],
  Softmax: [() => new keras.Softmax()],
  SpatialDropout1D: [() => new keras.SpatialDropout1D(0.5)],
  StackedRNNCells: [
    () => new keras.StackedRNNCells([new keras.GRUCell(2), new keras.GRUCell(3)]),
    () => new keras.StackedRNNCells([new keras.GRUCell(2)]).build([null, 2]),
  ],
  ThresholdedReLU: [() => new keras.ThresholdedReLU()],
  ZeroPadding1D: [() => new keras.ZeroPadding1D()],
  Dense: [() => new Dense(2), () => new Dense(2).build([null, 2])],
  Dropout: [() => new keras.Dropout(0.5)],
  Embedding: [() => new keras.Embedding(3, 2), () => new keras.Embedding(3, 2).build([null, null])],
  GRU: [() => new GRU(2, { stateful: true }), () => new GRU(2).build([null, null, 2])],
  Masking: [() => new keras.Masking()],
  RNN: [() => new RNN(new GRUCell(2)), () => new RNN([new GRUCell(2)]).build([null, null, 2])],
  Sequential: [
    () => new Sequential([new Dense(2)]),
    () => {
      const model = new Sequential([new GRU(2), new Dense(1)]).build([null, null, 2]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      return model;
    },
    () => disposed(new Sequential([new Dense(2)])),
  ],
  TimeDistributed: [() => new keras.TimeDistributed(new Dense(2))],
};

/** @template {{ dispose(): void }} T @param {T} object */
function disposed(object) {
  object.dispose();
  return object;
}

/** Called for every test, and not by itself. @type {Record<string, string>} */
const SKIPPED = {
  'index.init': 'it has tests of its own, and the binary is loaded already',
};

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} arity
 * @property {() => any} [make] the object that the call is made on, fresh
 * @property {(object: any, args: any[]) => any} call
 */

/** @param {unknown} value */
const is_class = (value) =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));

/** @param {any} object @returns {Map<string | symbol, PropertyDescriptor>} its own properties and those of its prototypes */
function members_of(object) {
  /** @type {Map<string | symbol, PropertyDescriptor>} */
  const members = new Map();
  for (let at = object; at && at !== Object.prototype && at !== Error; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(at, key));
      if (key !== 'constructor' && !members.has(key)) members.set(key, descriptor);
    }
  }
  return members;
}

/** @param {string} name @param {any} Class @returns {Target[]} */
function class_targets(name, Class) {
  /** @type {Target[]} */
  const targets = [
    { name: `new ${name}`, arity: Math.max(Class.length, 2), call: (_, args) => new Class(...args) },
  ];
  for (const [key, { value }] of members_of(Class)) {
    if (typeof value !== 'function' || key === 'prototype' || value === Function.prototype) continue;
    if (Object.hasOwn(Function.prototype, key)) continue;
    targets.push({
      name: `${name}.${String(key)}`,
      arity: Math.max(value.length, 1),
      call: (_, args) => Class[key](...args),
    });
  }
  const is_error = Class.prototype instanceof Error;
  const makers = is_error
    ? [() => new Class('x')]
    : INSTANCES[/** @type {string} */ (name.split('.').at(-1))];
  if (!makers) throw new Error(`tests/fuzz/targets.js: INSTANCES must have the exported class ${name}`);
  makers.forEach((make, i) => {
    const label = `${name}#${i}`;
    for (const [key, { value, get, set }] of members_of(make())) {
      const shown = String(key);
      // Members with an underscore are not public.
      if (shown.startsWith('_')) continue;
      if (typeof value === 'function') {
        targets.push({
          name: `${label}.${shown}`,
          arity: Math.max(value.length, 1),
          make,
          call: (object, args) => object[key](...args),
        });
      }
      if (get) targets.push({ name: `get ${label}.${shown}`, arity: 0, make, call: (object) => object[key] });
      if (set) {
        targets.push({
          name: `set ${label}.${shown}`,
          arity: 1,
          make,
          call: (object, [value_to_set]) => {
            object[key] = value_to_set;
          },
        });
      }
    }
  });
  return targets;
}

/** @returns {Target[]} */
export function find_targets() {
  /** @type {Target[]} */
  const targets = [];
  const seen = new Set();
  const walk = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (Object.hasOwn(SKIPPED, name) || seen.has(value)) return;
    if (typeof value === 'function' || (value && typeof value === 'object')) seen.add(value);
    if (is_class(value)) targets.push(...class_targets(name, value));
    else if (typeof value === 'function') {
      targets.push({ name, arity: Math.max(value.length, 2), call: (_, args) => value(...args) });
    } else if (value && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(`${name}.${key}`, inner);
    }
  };
  for (const [entry, exports] of Object.entries({ index, keras, formats })) {
    for (const [key, value] of Object.entries(exports)) walk(`${entry}.${key}`, value);
  }
  return targets;
}

/** The error classes of the package. @returns {(new (...args: any[]) => Error)[]} */
export const error_classes = () =>
  Object.values(index).filter((value) => typeof value === 'function' && value.prototype instanceof Error);
