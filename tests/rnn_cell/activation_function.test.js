// Activations that are functions of the user's, in every path of the cell.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import { dynamic_rnn, GRUCell, memory, tensor, ValueError } from '../../js/index.js';
import { loaded_heap } from '../../js/runtime/init.js';
import { Recurrence } from '../../js/runtime/recurrence.js';
import { packing_of, Variable } from '../../js/runtime/variable.js';
import { DTYPES, float32_numbers, random_cell, TOLERANCE } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_batch_step, gru_sequence } from '../reference/gru.js';

beforeAll(ready);

/** No activation of the binary, and it tells every number from its neighbours. @param {number} x */
const bend = (x) => x / Math.sqrt(1 + x * x) + 0.1 * x;
/** @param {number} x */
const bend_slope = (x) => (1 + x * x) ** -1.5 + 0.1;

/** The same on arrays. */
const bend_arrays = {
  call: (/** @type {Float64Array} */ x) => x.map(bend),
  gradient: (/** @type {Float64Array} */ x, /** @type {Float64Array} */ _y, /** @type {Float64Array} */ dy) =>
    dy.map((d, i) => d * bend_slope(x[i])),
};

const SPECS = /** @type {[string, any][]} */ ([
  ['of a number', bend],
  ['of arrays', bend_arrays],
]);

/**
 * @param {Parameters<typeof random_cell>[0] & { activation: any }} options
 */
function cell_with(options) {
  const { activation, ...rest } = options;
  const { cell: plain, weights, next } = random_cell(rest);
  const cell = new GRUCell(rest.units, { dtype: rest.dtype ?? 'float32', activation });
  cell.build([null, rest.inputs]);
  cell.set_weights(plain.get_weights());
  plain.dispose();
  return { cell, weights: { ...weights, activation: bend }, next };
}

describe.each(SPECS)('a function %s', (_kind, activation) => {
  describe.each(DTYPES)('%s', (dtype) => {
    test.each([
      [1, 1, 1],
      [1, 5, 7],
      [3, 4, 8],
      [2, 3, 13],
    ])('call and stream, batch %i, inputs %i, units %i', (batch, inputs, units) => {
      const { cell, weights, next } = cell_with({ inputs, units, dtype, activation });
      const x = float32_numbers(batch * inputs, next);
      const h = float32_numbers(batch * units, next);
      const expected = gru_batch_step(weights, batch, x, h);
      const [output] = cell.call(tensor(x, [batch, inputs], dtype), tensor(h, [batch, units], dtype));
      expect(relative_difference(output.data, expected)).toBeLessThan(TOLERANCE[dtype]);
      const stream = cell.stream(batch);
      stream.input.set(x);
      stream.state.set(h);
      stream.step();
      expect(stream.state).toEqual(output.data);
      stream.dispose();
      cell.dispose();
    });

    test('dynamic_rnn with lengths', () => {
      const [batch, steps, inputs, units] = [3, 6, 4, 5];
      const { cell, weights, next } = cell_with({ inputs, units, dtype, activation });
      const x = float32_numbers(batch * steps * inputs, next);
      const lengths = [6, 0, 4];
      const expected = gru_sequence(weights, { batch, steps, x, lengths });
      const [outputs, state] = dynamic_rnn(cell, tensor(x, [batch, steps, inputs], dtype), {
        sequence_length: lengths,
      });
      expect(relative_difference(outputs.data, expected.outputs)).toBeLessThan(TOLERANCE[dtype]);
      expect(relative_difference(state.data, expected.state)).toBeLessThan(TOLERANCE[dtype]);
      cell.dispose();
    });
  });

  test('sees real units only', () => {
    /** @type {number[]} */
    const counts = [];
    const call = (/** @type {Float32Array} */ x) => {
      counts.push(x.length);
      return x.map(bend);
    };
    const { cell } = cell_with({ inputs: 3, units: 5, activation: { call } });
    cell.call(tensor(new Float32Array(6), [2, 3]), cell.zero_state(2, 'float32'));
    expect(counts).toEqual([10]);
    cell.dispose();
  });

  test('is in the configuration', () => {
    const { activation: saved_activation, ...config } = new GRUCell(3, { activation }).get_config();
    expect(saved_activation).toBe(activation);
    expect(GRUCell.from_config({ ...config, activation: saved_activation }).get_config().activation).toBe(
      activation,
    );
  });
});

test('a function of infinite values, and padding that would be NaN, reach no other unit', () => {
  // At zero, which is what padding holds, the function and its slope are NaN.
  const activation = {
    call: (/** @type {Float64Array} */ x) => x.map((v) => (v === 0 ? Number.NaN : bend(v))),
    gradient: (
      /** @type {Float64Array} */ x,
      /** @type {Float64Array} */ _y,
      /** @type {Float64Array} */ dy,
    ) => dy.map((d, i) => (x[i] === 0 ? Number.NaN : d * bend_slope(x[i]))),
  };
  const [batch, steps, inputs, units] = [2, 3, 3, 5];
  const { cell, weights, next } = cell_with({ inputs, units, dtype: 'float64', activation });
  const x = tensor(float32_numbers(batch * steps * inputs, next), [batch, steps, inputs], 'float64');
  const tape = new GradientTape();
  tape.watch(x);
  const outputs = tape.record(() => dynamic_rnn(cell, x)[0]);
  const { outputs: expected } = gru_sequence(weights, { batch, steps, x: x.data });
  expect(relative_difference(outputs.data, expected)).toBeLessThan(1e-14);
  for (const gradient of tape.gradient(outputs, [x, ...cell.weights]))
    expect(Array.from(gradient?.data ?? [Number.NaN]).every(Number.isFinite)).toBe(true);
  cell.dispose();
});

describe('training', () => {
  test.each(
    /** @type {[string, number[] | null][]} */ ([
      ['every step', null],
      ['lengths', [4, 0, 2]],
    ]),
  )('gradients agree with central differences: %s', (_name, lengths) => {
    const [batch, steps, inputs, units] = [3, 4, 2, 5];
    const { cell, weights, next } = cell_with({ inputs, units, dtype: 'float64', activation: bend_arrays });
    const x = tensor(float32_numbers(batch * steps * inputs, next), [batch, steps, inputs], 'float64');
    const weigh = float32_numbers(batch * steps * units, next);
    const tape = new GradientTape();
    tape.watch(x);
    const [outputs] = tape.record(() => dynamic_rnn(cell, x, { sequence_length: lengths }));
    const output_gradients = tensor(weigh, [batch, steps, units], 'float64');
    const actual = tape.gradient(outputs, [x, ...cell.weights], { output_gradients });
    const loss = (/** @type {Partial<typeof weights> & { x?: ArrayLike<number> }} */ change) => {
      const { x: values = x.data, ...rest } = change;
      const result = gru_sequence({ ...weights, ...rest }, { batch, steps, x: values, lengths });
      return result.outputs.reduce((sum, value, i) => sum + value * weigh[i], 0);
    };
    const names = /** @type {const} */ ([
      'x',
      'gates_kernel',
      'gates_bias',
      'candidate_kernel',
      'candidate_bias',
    ]);
    names.forEach((name, i) => {
      const at = name === 'x' ? x.data : weights[name];
      const expected = central_differences((values) => loss({ [name]: values }), at);
      expect(relative_difference(actual[i]?.data ?? [], expected)).toBeLessThan(1e-7);
    });
    cell.dispose();
  });

  test('a step past a row’s length reaches no gradient, however steep the function is there', () => {
    const steep = {
      call: (/** @type {Float64Array} */ x) => x.map(bend),
      // What is past the length has a bias of its own: its input is zero.
      gradient: (
        /** @type {Float64Array} */ x,
        /** @type {Float64Array} */ _y,
        /** @type {Float64Array} */ dy,
      ) => dy.map((d, i) => (d === 0 ? Number.NaN : d * bend_slope(x[i]))),
    };
    const { cell, next } = cell_with({ inputs: 2, units: 3, dtype: 'float64', activation: steep });
    const x = tensor(float32_numbers(2 * 4 * 2, next), [2, 4, 2], 'float64');
    const tape = new GradientTape();
    const [, state] = tape.record(() => dynamic_rnn(cell, x, { sequence_length: [4, 2] }));
    for (const gradient of tape.gradient(state, cell.weights))
      expect(Array.from(gradient?.data ?? [Number.NaN]).every(Number.isFinite)).toBe(true);
    cell.dispose();
  });

  test('a plain function is a ValueError when it is recorded, and nothing else', () => {
    const { cell } = cell_with({ inputs: 2, units: 3, activation: bend });
    const { blocks } = memory();
    const x = tensor([[1, 2]]);
    const tape = new GradientTape();
    for (const activation of [bend, { call: bend_arrays.call }]) {
      const other = new GRUCell(3, { activation });
      other.build([null, 2]);
      const wrong = () => tape.record(() => other.call(x, other.zero_state(1, 'float32')));
      expect(wrong).toThrow(ValueError);
      expect(wrong).toThrow(/give \{ call, gradient \}/);
      other.dispose();
    }
    expect(memory().blocks).toBe(blocks);
    expect(cell.call(x, cell.zero_state(1, 'float32'))[0].shape).toEqual([1, 3]);
    cell.dispose();
  });

  test('as the activation of the gates, reset after and before, in a Keras recurrence', () => {
    const [batch, steps, inputs, units] = [2, 3, 3, 5];
    const next = generator(5);
    for (const reset_after of [true, false]) {
      const shapes = [[inputs, 3 * units], [units, 3 * units], reset_after ? [2, 3 * units] : [3 * units]];
      const values = shapes.map((shape) =>
        float32_numbers(
          shape.reduce((a, b) => a * b, 1),
          next,
        ),
      );
      const variables = shapes.map((shape, i) => {
        const packing = packing_of(shape, 3);
        const flat = shape.length === 2 && i === 2 ? { rows: 1, groups: 6, columns: units } : packing;
        return new Variable({ name: `v${i}`, shape, dtype: 'float64', value: values[i], packing: flat });
      });
      const recurrence = new Recurrence({
        inputs,
        units,
        dtype: 'float64',
        activation: bend_arrays,
        recurrent_activation: bend_arrays,
        family: 'keras',
        reset_after,
        variables,
      });
      const x = float32_numbers(batch * steps * inputs, next);
      const weigh = float32_numbers(batch * steps * units, next);
      const evaluate = (/** @type {ArrayLike<number>[]} */ [kernel, recurrent_kernel, bias]) =>
        gru_sequence(
          {
            inputs,
            units,
            kernel,
            recurrent_kernel,
            bias,
            reset_after,
            activation: bend,
            recurrent_activation: bend,
          },
          { batch, steps, x },
        ).outputs;
      const { outputs, saved } = recurrence.sequence({ inputs: x, batch, steps, training: true });
      expect(relative_difference(outputs ?? [], evaluate(values))).toBeLessThan(1e-14);
      const actual = recurrence.gradient(/** @type {any} */ (saved), { d_outputs: weigh, d_state: null });
      values.forEach((value, i) => {
        const expected = central_differences(
          (changed) =>
            evaluate(values.map((other, j) => (i === j ? changed : other))).reduce(
              (sum, output, k) => sum + output * weigh[k],
              0,
            ),
          value,
        );
        expect(relative_difference(actual.d_variables[i].data, expected)).toBeLessThan(1e-7);
      });
      saved?.dispose();
      recurrence.dispose();
      for (const variable of variables) variable.dispose();
    }
  });
});

describe('a function that fails', () => {
  const x = () => tensor([[1, 2]]);

  test.each(
    /** @type {[string, any, any, RegExp][]} */ ([
      [
        'throws',
        () => {
          throw new RangeError('out of it');
        },
        RangeError,
        /out of it/,
      ],
      ['gives no number', () => 'high', TypeError, /must return a number, not "high"/],
      ['gives a promise', async () => 1, TypeError, /must return a number/],
      ['gives an array too short', { call: () => [1] }, ValueError, /call must give 3 values, .* not 1/],
      ['gives no array', { call: () => 1 }, TypeError, /call must return an array of numbers, not 1/],
    ]),
  )('%s', (_what, activation, type, message) => {
    const cell = new GRUCell(3, { activation });
    cell.build([null, 2]);
    const { blocks } = memory();
    const zeros = cell.zero_state(1, 'float32');
    for (const run of [
      () => cell.call(x(), zeros),
      () =>
        dynamic_rnn(cell, [
          [
            [1, 2],
            [3, 4],
          ],
        ]),
    ]) {
      expect(run).toThrow(type);
      expect(run).toThrow(message);
    }
    const stream = cell.stream();
    stream.state.set([1, 2, 3]);
    expect(() => stream.step()).toThrow(type);
    expect(stream.state).toEqual(new Float32Array([1, 2, 3]));
    stream.dispose();
    // The step of `call` keeps its place on the heap.
    expect(memory().blocks).toBe(blocks + 1);
    cell.dispose();
  });

  test('is not called again in that call, but in the next', () => {
    let calls = 0;
    const cell = new GRUCell(2, {
      activation: (value) => {
        calls += 1;
        if (calls === 1) throw new Error('once');
        return value;
      },
    });
    cell.build([null, 2]);
    const run = () =>
      dynamic_rnn(cell, [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ]);
    expect(run).toThrow('once');
    expect(calls).toBe(1);
    run();
    expect(calls).toBe(1 + 3 * 2);
    cell.dispose();
  });

  test('a gradient of the wrong length', () => {
    const cell = new GRUCell(3, { activation: { call: bend_arrays.call, gradient: () => [1] } });
    cell.build([null, 2]);
    const tape = new GradientTape();
    const [output] = tape.record(() => cell.call(x(), cell.zero_state(1, 'float32')));
    const { blocks } = memory();
    expect(() => tape.gradient(output, cell.weights)).toThrow(/gradient must give 3 values, .* not 1/);
    expect(memory().blocks).toBeLessThan(blocks);
    cell.dispose();
  });
});

test('a function may compute with the package itself, and make the heap grow', () => {
  const inner = new GRUCell(1);
  inner.build([null, 1]);
  /** @type {Variable[]} */
  const grown = [];
  const activation = (/** @type {number} */ value) => {
    const size = memory().heap_bytes / 4;
    if (grown.length < 2)
      grown.push(
        new Variable({ name: 'big', shape: [size], dtype: 'float32', value: new Float32Array(size) }),
      );
    return inner.call([[value]], [[0]])[0].data[0];
  };
  const { cell, next } = cell_with({ inputs: 3, units: 5, activation });
  const { cell: other } = cell_with({
    inputs: 3,
    units: 5,
    activation: (/** @type {number} */ value) => inner.call([[value]], [[0]])[0].data[0],
  });
  const values = float32_numbers(2 * 4 * 3, next);
  const [outputs] = dynamic_rnn(cell, tensor(values, [2, 4, 3]), { scope: 'one' });
  const [expected] = dynamic_rnn(other, tensor(values, [2, 4, 3]), { scope: 'two' });
  expect(grown).toHaveLength(2);
  expect(outputs.data).toEqual(expected.data);
  for (const owner of [...grown, inner, cell, other]) owner.dispose();
});

test('the functions of disposed cells are released', () => {
  const before = loaded_heap().functions.size;
  const cell = new GRUCell(2, { activation: bend });
  cell.build([null, 1]);
  expect(loaded_heap().functions.size).toBe(before + 1);
  cell.dispose();
  expect(loaded_heap().functions.size).toBe(before);
});
