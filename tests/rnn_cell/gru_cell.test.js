// GRUCell beside its numbers: construction, building, weights, states, configuration, wrong arguments.
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  FailedPreconditionError,
  GRUCell,
  initializers,
  memory,
  ResourceExhaustedError,
  regularizers,
  tensor,
  ValueError,
} from '../../js/index.js';
import { random_cell } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

describe('construction', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '8', null, undefined, [4], 2 ** 31])(
    'num_units = %p is a ValueError',
    (units) => {
      expect(() => new GRUCell(/** @type {any} */ (units))).toThrow(ValueError);
      expect(() => new GRUCell(/** @type {any} */ (units))).toThrow(/num_units must be a positive integer/);
    },
  );
  test.each([
    [{ activation: 'tanhh' }, ValueError, /activation must be one of .*'tanh'.* not "tanhh"/],
    [{ activation: 3 }, TypeError, /activation must be .* not 3/],
    [{ dtype: 'int32' }, ValueError, /dtype must be one of 'float32', 'float64', not "int32"/],
    [{ dtype: 'bool' }, ValueError, /dtype/],
    [{ dtype: 'string' }, ValueError, /dtype/],
    [{ units: 3 }, TypeError, /no option 'units'/],
    [{ kernel_initializer: 'glorot' }, ValueError, /kernel_initializer/],
    [{ bias_initializer: 7 }, TypeError, /bias_initializer/],
    [{ name: '' }, ValueError, /name/],
    [{ reuse: 'yes' }, ValueError, /reuse/],
    [null, TypeError, /options must be an object/],
  ])('options %p', (options, type, message) => {
    const wrong = () => new GRUCell(4, /** @type {any} */ (options));
    expect(wrong).toThrow(type);
    expect(wrong).toThrow(message);
  });
  test.each([null, undefined, ''])('activation %p means tanh', (activation) => {
    expect(new GRUCell(2, { activation }).get_config().activation).toBe('tanh');
  });
});

describe('building', () => {
  test('creates the variables of the original, in order', () => {
    const cell = new GRUCell(3, { name: 'encoder' });
    cell.build([null, 2]);
    expect(cell.weights.map(({ name, shape }) => [name, [...shape]])).toEqual([
      ['encoder/gates/kernel:0', [5, 6]],
      ['encoder/gates/bias:0', [6]],
      ['encoder/candidate/kernel:0', [5, 3]],
      ['encoder/candidate/bias:0', [3]],
    ]);
    expect(cell.get_weights()[1].array()).toEqual([1, 1, 1, 1, 1, 1]);
    expect(cell.get_weights()[3].array()).toEqual([0, 0, 0]);
    expect(cell.count_params()).toBe(3 * 3 * (2 + 3) + 3 * 3);
    const limits = [Math.sqrt(6 / (5 + 6)), Math.sqrt(6 / (5 + 3))];
    [0, 2].forEach((place, i) => {
      const { data } = cell.get_weights()[place];
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(limits[i]);
      expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(limits[i] / 2);
    });
    cell.dispose();
  });
  test('a given bias_initializer sets both biases', () => {
    const cell = new GRUCell(2, { bias_initializer: initializers.constant(0.25) });
    cell.build([null, 1]);
    expect(cell.get_weights()[1].array()).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(cell.get_weights()[3].array()).toEqual([0.25, 0.25]);
    cell.dispose();
  });
  test.each([[[null, null]], [[]], [[null, 0]], [[2, -1]], [null]])(
    'build(%j) is a ValueError and leaves nothing',
    (shape) => {
      const before = memory();
      const cell = new GRUCell(2);
      expect(() => cell.build(/** @type {any} */ (shape))).toThrow(ValueError);
      expect(cell.built).toBe(false);
      expect(cell.dtype).toBe(null);
      expect(memory()).toEqual(before);
      cell.build([null, 2]);
      expect(cell.scope_name).toBe(cell.weights[0].name.split('/gates')[0]);
      cell.dispose();
    },
  );
  test('the dtype is that of the first input; float32 if build is called first', () => {
    const inferred = new GRUCell(2);
    expect([inferred.dtype, inferred.dtype_policy.name]).toEqual([null, '_infer']);
    inferred.call(tensor([1], [1, 1], 'float64'), [[0, 0]]);
    expect(inferred.dtype).toBe('float64');
    const built = new GRUCell(2);
    built.build([null, 1]);
    expect(built.dtype).toBe('float32');
    inferred.dispose();
    built.dispose();
  });
  test('the option weights sets the weights', () => {
    const weights = [
      [
        [1, 2],
        [3, 4],
      ],
      [5, 6],
      [[7], [8]],
      [9],
    ];
    const cell = new GRUCell(1, { weights });
    cell.build([null, 1]);
    expect(cell.get_weights().map((weight) => weight.array())).toEqual(weights);
    cell.dispose();
  });
  test('out of memory: the error has the size, and nothing changes', () => {
    const before = memory();
    const cell = new GRUCell(2 ** 20);
    expect(() => cell.build([null, 1])).toThrow(ResourceExhaustedError);
    expect(() => cell.build([null, 1])).toThrow(/\d+ bytes/);
    expect(cell.built).toBe(false);
    expect(memory()).toEqual(before);
    const small = random_cell({ inputs: 2, units: 2 });
    expect(small.cell.call([[1, 2]], [[0, 0]])[0].shape).toEqual([1, 2]);
    small.cell.dispose();
  });
});

describe('call', () => {
  const { NaN: nan } = Number;
  /** @type {[any, any, any, RegExp][]} */
  const wrong = [
    [[1, 2], [[0, 0]], ValueError, /inputs must have rank 2/],
    [[[[1, 2]]], [[0, 0]], ValueError, /inputs must have rank 2.*\[1, 1, 2\]/],
    [[[1, 2, 3]], [[0, 0]], ValueError, /inputs must have shape \[\?, 2\], not \[1, 3\]/],
    [[[1, 2], [3]], [[0, 0]], ValueError, /ragged/],
    [[['a', 2]], [[0, 0]], TypeError, /inputs must hold numbers, not "a"/],
    [[[1, 2]], undefined, TypeError, /state is missing/],
    [[[1, 2]], [[0, 0, 0]], ValueError, /state must have shape \[1, 2\], not \[1, 3\]/],
    [
      [
        [1, 2],
        [3, 4],
      ],
      [[0, 0]],
      ValueError,
      /state must have shape \[2, 2\], not \[1, 2\]/,
    ],
    [{ shape: [1, 2], data: new Int32Array(2) }, [[0, 0]], ValueError, /dtype float32, not int32/],
    [{ shape: [1, 2], data: new Float64Array(2) }, [[0, 0]], ValueError, /dtype float32, not float64/],
    [
      [[1, 2]],
      { shape: [1, 2], data: new Float64Array(2) },
      ValueError,
      /state must have dtype float32, not float64/,
    ],
    [{ shape: [1, 2], data: [1] }, [[0, 0]], ValueError, /shape \[1, 2\], but 1 values/],
    ['x', [[0, 0]], ValueError, /inputs/],
    [null, [[0, 0]], ValueError, /inputs/],
    [nan, [[0, 0]], ValueError, /inputs/],
  ];
  test.each(wrong)('call(%j, %j)', (inputs, state, type, message) => {
    const { cell } = random_cell({ inputs: 2, units: 2 });
    const before = memory();
    expect(() => cell.call(inputs, state)).toThrow(type);
    expect(() => cell.call(inputs, state)).toThrow(message);
    expect(memory()).toEqual(before);
    cell.dispose();
  });
  test('accepts nested lists, { shape, data } and tensors with dataSync', () => {
    const { cell } = random_cell({ inputs: 2, units: 2 });
    const expected = cell.call([[1, 2]], [[0.5, 0.25]])[0].array();
    const foreign = { shape: [1, 2], dtype: 'float32', dataSync: () => new Float32Array([1, 2]) };
    expect(cell.call(foreign, { shape: [1, 2], data: [0.5, 0.25] })[0].array()).toEqual(expected);
    cell.dispose();
  });
  test('apply is call', () => {
    const { cell } = random_cell({ inputs: 1, units: 2 });
    expect(cell.apply([[1]], [[0, 0]])[0].array()).toEqual(cell.call([[1]], [[0, 0]])[0].array());
    cell.dispose();
  });
  test('an empty batch gives an empty batch', () => {
    const { cell } = random_cell({ inputs: 2, units: 3 });
    const [output] = cell.call(tensor([], [0, 2], 'float32'), cell.zero_state(0));
    expect(output.shape).toEqual([0, 3]);
    cell.dispose();
  });
});

describe('states', () => {
  test.each([
    [2, [2, 3]],
    [2.0, [2, 3]],
    [[4], [4, 3]],
    [
      [4, 5],
      [4, 5, 3],
    ],
    [0, [0, 3]],
  ])('zero_state(%j)', (batch, shape) => {
    const state = new GRUCell(3).zero_state(batch, 'float64');
    expect([state.shape, state.dtype]).toEqual([shape, 'float64']);
    expect([...state.data].every((value) => value === 0)).toBe(true);
  });
  test.each([null, -1, 1.5, [[1, 2]], Number.NaN, [-1]])('zero_state(%j) is a ValueError', (batch) => {
    expect(() => new GRUCell(3).zero_state(/** @type {any} */ (batch), 'float32')).toThrow(ValueError);
  });
  test('zero_state of a dtype that is not a float', () => {
    expect(() => new GRUCell(3).zero_state(1, /** @type {any} */ ('int32'))).toThrow(/dtype/);
  });
  test('get_initial_state', () => {
    const cell = new GRUCell(3);
    expect(cell.get_initial_state({ inputs: tensor([1, 2], [2, 1]) }).shape).toEqual([2, 3]);
    expect(cell.get_initial_state({ batch_size: 4, dtype: 'float64' }).dtype).toBe('float64');
    expect(() => cell.get_initial_state({ inputs: [[1]], batch_size: 2 })).toThrow(/batch_size is 2/);
    expect(() => cell.get_initial_state({ inputs: [[1]], dtype: 'float64' })).toThrow(/dtype/);
    expect(() => cell.get_initial_state({ batch_size: 2 })).toThrow(ValueError);
    expect(() => cell.get_initial_state({ dtype: 'float32' })).toThrow(ValueError);
  });
});

describe('weights and configuration', () => {
  test('set_weights is all or nothing', () => {
    const { cell } = random_cell({ inputs: 1, units: 1 });
    const before = cell.get_weights().map((weight) => weight.array());
    expect(() =>
      cell.set_weights([
        [
          [1, 1],
          [1, 1],
        ],
      ]),
    ).toThrow(/must be 4 arrays, not 1/);
    expect(() =>
      cell.set_weights([
        [
          [1, 1],
          [1, 1],
        ],
        [1, 1],
        [[1], [1]],
        [1, 2],
      ]),
    ).toThrow(/must have shape \[1\], not \[2\]/);
    expect(cell.get_weights().map((weight) => weight.array())).toEqual(before);
    cell.dispose();
  });
  test('the configuration gives an equal cell', () => {
    const cell = new GRUCell(3, {
      name: 'n',
      activation: 'relu',
      dtype: 'float64',
      kernel_initializer: initializers.glorot_uniform({ seed: 4 }),
      bias_initializer: 'ones',
      trainable: false,
      reuse: true,
    });
    const config = JSON.parse(JSON.stringify(cell.get_config()));
    expect(Object.keys(config).sort()).toEqual([
      'activation',
      'bias_initializer',
      'dtype',
      'kernel_initializer',
      'name',
      'num_units',
      'reuse',
      'trainable',
    ]);
    expect(GRUCell.from_config(config).get_config()).toEqual(cell.get_config());
  });
  test('trainable applies to all weights', () => {
    const { cell } = random_cell({ inputs: 1, units: 1 });
    expect([cell.trainable_weights.length, cell.non_trainable_weights.length]).toEqual([4, 0]);
    cell.trainable = false;
    expect([cell.trainable_weights.length, cell.non_trainable_weights.length]).toEqual([0, 4]);
    cell.dispose();
  });
  test('an activity regularizer adds a loss', () => {
    const cell = new GRUCell(1, { activity_regularizer: regularizers.l2(0.5) });
    const x = tensor([1, 2], [2, 1]);
    const [output] = cell.call(x, cell.zero_state(2));
    const expected = (0.5 * (output.data[0] ** 2 + output.data[1] ** 2)) / 2;
    expect(/** @type {any} */ (cell.get_losses_for(x)[0]).data[0]).toBeCloseTo(expected, 6);
    expect(cell.get_losses_for(null)).toEqual([]);
    cell.dispose();
  });
  test('before build: no weights, and members that raise', () => {
    const cell = new GRUCell(2);
    expect(cell.get_weights()).toEqual([]);
    expect(() => cell.count_params()).toThrow(ValueError);
    expect(() => cell.scope_name).toThrow(ValueError);
    expect(() => cell.stream(1)).toThrow(/build\(\[null, input_size\]\)/);
  });
});

describe('memory', () => {
  test('a thousand cells built, called and disposed of leave the heap as it was', () => {
    const make = () => {
      const { cell } = random_cell({ inputs: 3, units: 5 });
      cell.call([[1, 2, 3]], cell.zero_state(1));
      const stream = cell.stream(2);
      stream.step();
      stream.dispose();
      cell.dispose();
    };
    make();
    const before = memory();
    for (let i = 0; i < 1000; i++) make();
    expect(memory()).toEqual(before);
  });
  test('after dispose every use raises; a second dispose does nothing', () => {
    const { cell } = random_cell({ inputs: 1, units: 1 });
    const stream = cell.stream(1);
    const [kernel] = cell.weights;
    cell.dispose();
    cell.dispose();
    for (const use of [
      () => cell.call([[1]], [[0]]),
      () => cell.build([null, 1]),
      () => cell.stream(1),
      () => cell.set_weights([]),
      () => stream.step(),
      () => stream.state,
      () => kernel.value,
      () =>
        kernel.assign([
          [1, 1],
          [1, 1],
        ]),
    ]) {
      expect(use).toThrow(FailedPreconditionError);
    }
    stream.dispose();
    stream.dispose();
  });
  test('a stream continues after the heap has grown', () => {
    const { cell } = random_cell({ inputs: 2, units: 3 });
    const stream = cell.stream(1);
    stream.input.set([1, 2]);
    stream.step();
    const state = [...stream.state];
    const { heap_bytes } = memory();
    const large = new GRUCell(1200);
    large.build([null, 1200]);
    expect(memory().heap_bytes).toBeGreaterThan(heap_bytes);
    expect([...stream.state]).toEqual(state);
    stream.step();
    expect([...stream.state]).not.toEqual(state);
    stream.reset();
    expect([...stream.state]).toEqual([0, 0, 0]);
    large.dispose();
    stream.dispose();
    cell.dispose();
  });
});
