// The optimizers against their rules in float64, clipping, and errors.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { get_optimizer, optimizers } from '../../js/gradient/optimizers.js';
import { FailedPreconditionError, memory, tensor, ValueError, Variable } from '../../js/index.js';
import { packing_of } from '../../js/runtime/variable.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { relative_difference } from '../reference/differences.js';
import * as reference from '../reference/optimizers.js';

beforeAll(ready);

const { SGD, Adam, RMSprop } = optimizers;
const SHAPE = [7, 5];

/** @param {'float32' | 'float64'} dtype @param {boolean} packed @param {ArrayLike<number>} value */
const make_variable = (dtype, packed, value) =>
  new Variable({ name: 'w', shape: SHAPE, dtype, value, packing: packed ? packing_of(SHAPE) : null });

/** @type {[string, any, keyof typeof reference.optimizers, Record<string, any>][]} */
const RULES = [
  ['SGD', SGD, 'sgd', { learning_rate: 0.1 }],
  ['SGD with momentum', SGD, 'sgd', { learning_rate: 0.1, momentum: 0.8 }],
  ['SGD with nesterov', SGD, 'sgd', { learning_rate: 0.1, momentum: 0.8, nesterov: true }],
  ['Adam', Adam, 'adam', { learning_rate: 0.05, beta_1: 0.8, beta_2: 0.95, epsilon: 1e-3 }],
  ['RMSprop', RMSprop, 'rmsprop', { learning_rate: 0.05, rho: 0.8, epsilon: 1e-3 }],
  [
    'RMSprop with momentum',
    RMSprop,
    'rmsprop',
    { learning_rate: 0.05, rho: 0.8, momentum: 0.6, epsilon: 1e-3 },
  ],
];

describe.each(RULES)('%s', (_, Kind, rule, options) => {
  test.each([
    { dtype: /** @type {const} */ ('float64'), packed: true, tolerance: 1e-14 },
    { dtype: /** @type {const} */ ('float64'), packed: false, tolerance: 1e-14 },
    { dtype: /** @type {const} */ ('float32'), packed: true, tolerance: 1e-6 },
  ])('five steps, $dtype, packed: $packed', ({ dtype, packed, tolerance }) => {
    const next = generator(5);
    let expected = numbers(35, next).map(Math.fround);
    const variable = make_variable(dtype, packed, expected);
    const optimizer = new Kind(options);
    const rules = expected.map(() => reference.optimizers[rule](options));
    for (let step = 1; step <= 5; step++) {
      const gradient = numbers(35, next, 1, 0.2).map(Math.fround);
      expected = expected.map((value, i) => rules[i](value, gradient[i]));
      expect(optimizer.apply_gradients([[tensor(gradient, SHAPE, dtype), variable]])).toBe(step);
      expect(optimizer.iterations).toBe(step);
      expect(relative_difference(variable.value.data, expected)).toBeLessThan(tolerance);
    }
    optimizer.dispose();
    variable.dispose();
  });

  test('get_config and from_config', () => {
    const optimizer = new Kind({ ...options, clipvalue: 2 });
    const again = Kind.from_config(optimizer.get_config());
    expect(again.get_config()).toEqual(optimizer.get_config());
    expect(again.get_config()).toMatchObject({ ...options, clipvalue: 2, clipnorm: null });
  });
});

describe('clipping', () => {
  /** @param {object} options @param {number[][]} gradients what two variables of two moved by, as a rate of 1 moves them */
  const moves = (options, gradients) => {
    const variables = gradients.map(
      (_, i) => new Variable({ name: `v${i}`, shape: [2], dtype: 'float64', value: [0, 0] }),
    );
    const optimizer = new SGD({ learning_rate: 1, ...options });
    optimizer.apply_gradients(gradients.map((g, i) => [tensor(g, [2], 'float64'), variables[i]]));
    const moved = variables.map(({ value }) => Array.from(value.data, (v) => -v));
    for (const variable of variables) variable.dispose();
    return moved;
  };
  const G = [
    [3, -4],
    [0.6, 12],
  ];

  test('by norm: each gradient alone', () => {
    const [a, b] = moves({ clipnorm: 5 }, G);
    expect(a).toEqual([3, -4]);
    const norm = Math.hypot(0.6, 12);
    expect(relative_difference(b, [(0.6 * 5) / norm, (12 * 5) / norm])).toBeLessThan(1e-15);
  });
  test('by global norm: all together, or not at all', () => {
    const norm = Math.hypot(3, 4, 0.6, 12);
    const moved = moves({ global_clipnorm: 2 }, G).flat();
    expect(
      relative_difference(
        moved,
        G.flat().map((g) => (g * 2) / norm),
      ),
    ).toBeLessThan(1e-15);
    expect(moves({ global_clipnorm: 14 }, G)).toEqual(G);
  });
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a global norm with %p in it makes all of them NaN',
    (bad) => {
      const moved = moves({ global_clipnorm: 2 }, [
        [bad, 1],
        [2, 3],
      ]);
      expect(moved.flat()).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    },
  );
  test('by value', () => {
    expect(moves({ clipvalue: 3.5 }, G)).toEqual([
      [3, -3.5],
      [0.6, 3.5],
    ]);
  });
  test('only one of the three', () => {
    expect(() => new SGD({ clipnorm: 1, clipvalue: 1 })).toThrow(
      /only one of clipnorm, global_clipnorm, clipvalue/,
    );
  });
});

test('a NaN in the gradient reaches only its element, not the padding', () => {
  const variable = make_variable('float32', true, new Float32Array(35));
  const optimizer = new Adam();
  optimizer.apply_gradients([
    [
      tensor(
        Float32Array.from({ length: 35 }, (_, i) => (i === 4 ? Number.NaN : 1)),
        SHAPE,
      ),
      variable,
    ],
  ]);
  expect(Array.from(variable.value.data).filter(Number.isNaN)).toHaveLength(1);
  optimizer.dispose();
  variable.dispose();
});

describe('errors', () => {
  test.each([
    [{ learning_rate: Number.NaN }, ValueError, /Adam: learning_rate must be .* not NaN/],
    [{ learning_rate: -1 }, ValueError, /learning_rate/],
    [{ learning_rate: '0.1' }, ValueError, /learning_rate must be .* not "0.1"/],
    [{ beta_1: 1 }, ValueError, /beta_1 must be a number from 0 to less than 1, not 1/],
    [{ beta_2: -0.1 }, ValueError, /beta_2/],
    [{ epsilon: 0 }, ValueError, /epsilon must be a positive number, not 0/],
    [{ clipnorm: 0 }, ValueError, /clipnorm must be a positive number, not 0/],
    [{ lr: 0.1 }, TypeError, /Adam has no option 'lr'/],
  ])('Adam: %p', (options, type, message) => {
    const wrong = () => new Adam(/** @type {any} */ (options));
    expect(wrong).toThrow(type);
    expect(wrong).toThrow(message);
  });

  test('a learning rate that is not a number is refused, and the old one stays', () => {
    const optimizer = new SGD();
    optimizer.learning_rate = 0.5;
    expect(() => {
      optimizer.learning_rate = Number.POSITIVE_INFINITY;
    }).toThrow(ValueError);
    expect(optimizer.learning_rate).toBe(0.5);
  });

  test('gradients of another shape or type; no variable changes', () => {
    const value = numbers(35, generator(3));
    const [first, second] = [1, 2].map(() => make_variable('float64', true, value));
    const gone = make_variable('float64', true, value);
    gone.dispose();
    const optimizer = new SGD({ momentum: 0.9 });
    const before = memory();
    const right = tensor(value, SHAPE, 'float64');
    /** @type {[any, any, RegExp][]} */
    const cases = [
      [
        [
          [right, first],
          [tensor([1, 2]), second],
        ],
        ValueError,
        /the gradient of w must have shape \[7, 5\], not \[2\]/,
      ],
      [
        [
          [right, first],
          [null, null],
        ],
        TypeError,
        /entry 1 must be \[gradient, variable\]/,
      ],
      [
        [
          [right, first],
          ['x', second],
        ],
        TypeError,
        /the gradient of w must be a tensor/,
      ],
      [
        [
          [right, first],
          [right, gone],
        ],
        FailedPreconditionError,
        /the variable w was disposed of/,
      ],
      [
        [
          [null, first],
          [null, second],
        ],
        ValueError,
        /no gradient was given for any variable of w, w/,
      ],
      [[], ValueError, /no gradient/],
      [right, TypeError, /expected a list of \[gradient, variable\]/],
    ];
    for (const [pairs, type, message] of cases) {
      expect(() => optimizer.apply_gradients(pairs)).toThrow(type);
      expect(() => optimizer.apply_gradients(pairs)).toThrow(message);
    }
    expect(optimizer.iterations).toBe(0);
    expect(Array.from(first.value.data)).toEqual(value);
    expect(memory()).toEqual(before);
    first.dispose();
    second.dispose();
  });
});

test('a null gradient does not change its variable', () => {
  const value = numbers(35, generator(3));
  const [first, second] = [1, 2].map(() => make_variable('float64', true, value));
  new SGD().apply_gradients([
    [null, first],
    [tensor(value, SHAPE, 'float64'), second],
  ]);
  expect(Array.from(first.value.data)).toEqual(value);
  expect(Array.from(second.value.data)).not.toEqual(value);
  first.dispose();
  second.dispose();
});

test('the slots of variables are freed', () => {
  const before = memory().blocks;
  const [first, second] = [1, 2].map(() => make_variable('float32', true, new Float32Array(35)));
  const optimizer = new Adam();
  const ones = tensor(new Float32Array(35).fill(1), SHAPE);
  optimizer.apply_gradients([
    [ones, first],
    [ones, second],
  ]);
  expect(memory().blocks).toBe(before + 4);
  optimizer.forget([first]);
  expect(memory().blocks).toBe(before + 3);
  optimizer.dispose();
  optimizer.dispose();
  expect([memory().blocks, optimizer.iterations]).toEqual([before + 2, 0]);
  first.dispose();
  second.dispose();
});

test('get_optimizer by name', () => {
  expect(get_optimizer('adam', 'optimizer')).toBeInstanceOf(Adam);
  expect(get_optimizer('sgd', 'optimizer')).toBeInstanceOf(SGD);
  expect(get_optimizer('RMSprop', 'optimizer')).toBeInstanceOf(RMSprop);
  expect(
    get_optimizer({ class_name: 'SGD', config: { momentum: 0.5 } }, 'optimizer').get_config(),
  ).toMatchObject({
    momentum: 0.5,
    learning_rate: 0.01,
  });
  expect(() => get_optimizer('adamax', 'compile: optimizer')).toThrow(
    /compile: optimizer must be one of sgd, adam, rmsprop, not "adamax"/,
  );
  expect(() => get_optimizer(/** @type {any} */ (3), 'compile: optimizer')).toThrow(TypeError);
});
