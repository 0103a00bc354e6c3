// raw_ops.GRUBlockCell and GRUBlockCellGrad: values, gradients, every check in its order.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import { GRUCell, InvalidArgumentError, memory, raw_ops, tensor, Variable } from '../../js/index.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { rows, tf1_step_parts } from '../reference/gru.js';

beforeAll(ready);

const CELL = ['x', 'h_prev', 'w_ru', 'w_c', 'b_ru', 'b_c'];

/** @param {number} batch @param {number} inputs @param {number} units */
const shapes_of = (batch, inputs, units) =>
  /** @type {Record<string, number[]>} */ ({
    x: [batch, inputs],
    h_prev: [batch, units],
    w_ru: [inputs + units, 2 * units],
    w_c: [inputs + units, units],
    b_ru: [2 * units],
    b_c: [units],
  });

/**
 * Arguments with random values that float32 holds exactly.
 * @param {number} batch
 * @param {number} inputs
 * @param {number} units
 * @param {number} [seed]
 */
function random_arguments(batch, inputs, units, seed = 3) {
  const next = generator(seed);
  const entries = Object.entries(shapes_of(batch, inputs, units)).map(([name, shape]) => [
    name,
    tensor(
      float32_numbers(
        shape.reduce((a, b) => a * b, 1),
        next,
        0.8,
      ),
      shape,
    ),
  ]);
  return /** @type {Record<(typeof CELL)[number], import('../../js/index.js').Tensor>} */ (
    Object.fromEntries(entries)
  );
}

/**
 * r, u, c and h in float64, rows one after the other.
 * @param {Record<string, { data: ArrayLike<number> }>} operands
 * @param {number} batch
 * @param {number} inputs
 * @param {number} units
 */
function reference(operands, batch, inputs, units) {
  const weights = {
    inputs,
    units,
    gates_kernel: operands.w_ru.data,
    gates_bias: operands.b_ru.data,
    candidate_kernel: operands.w_c.data,
    candidate_bias: operands.b_c.data,
  };
  const parts = Array.from({ length: batch }, (_, row) =>
    tf1_step_parts(weights, rows(operands.x.data, row, inputs), rows(operands.h_prev.data, row, units)),
  );
  return {
    r: parts.flatMap(({ r }) => r),
    u: parts.flatMap(({ u }) => u),
    c: parts.flatMap(({ c }) => c),
    h: parts.flatMap(({ h }) => h),
  };
}

const SIZES = [
  [0, 3, 4],
  [1, 1, 1],
  [1, 5, 7],
  [2, 8, 8],
  [5, 3, 17],
  [6, 11, 9],
];

describe('GRUBlockCell', () => {
  test.each(SIZES)('batch %i, inputs %i, units %i', (batch, inputs, units) => {
    const operands = random_arguments(batch, inputs, units);
    const actual = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
    const expected = reference(operands, batch, inputs, units);
    for (const name of /** @type {const} */ (['r', 'u', 'c', 'h'])) {
      expect(actual[name].shape).toEqual([batch, units]);
      expect(actual[name].dtype).toBe('float32');
      expect(relative_difference(actual[name].data, expected[name])).toBeLessThan(1e-6);
    }
  });

  test('is the step of the cell that has these weights', () => {
    const operands = random_arguments(3, 5, 7);
    const cell = new GRUCell(7);
    cell.build([null, 5]);
    cell.set_weights([operands.w_ru, operands.b_ru, operands.w_c, operands.b_c]);
    const { h } = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
    expect(h.data).toEqual(cell.call(operands.x, operands.h_prev)[0].data);
    cell.dispose();
  });

  test('accepts nested lists, and frees all memory', () => {
    const before = memory();
    const operands = random_arguments(2, 3, 4);
    const lists = Object.fromEntries(Object.entries(operands).map(([name, value]) => [name, value.array()]));
    const { h } = raw_ops.GRUBlockCell(/** @type {any} */ (lists));
    expect(h.data).toEqual(raw_ops.GRUBlockCell(/** @type {any} */ (operands)).h.data);
    expect(memory()).toMatchObject({ bytes: before.bytes, blocks: before.blocks });
  });

  test('NaN in a row stays in that row', () => {
    const operands = random_arguments(3, 5, 7);
    const clean = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
    operands.x.data[5 + 2] = Number.NaN;
    const actual = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
    for (const name of /** @type {const} */ (['r', 'u', 'c', 'h'])) {
      expect(rows(actual[name].data, 1, 7)).toEqual(new Array(7).fill(Number.NaN));
      for (const row of [0, 2])
        expect(rows(actual[name].data, row, 7)).toEqual(rows(clean[name].data, row, 7));
    }
  });

  test('saturated gates keep the state, or take the candidate', () => {
    const operands = random_arguments(1, 2, 3);
    operands.b_ru.data.fill(1e4);
    expect(raw_ops.GRUBlockCell(/** @type {any} */ (operands)).h.data).toEqual(operands.h_prev.data);
    operands.b_ru.data.fill(-1e4);
    const { h, c } = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
    expect(h.data).toEqual(c.data);
  });
});

/** @param {number} batch @param {number} inputs @param {number} units */
function random_gradient_arguments(batch, inputs, units) {
  const operands = random_arguments(batch, inputs, units);
  const { r, u, c } = raw_ops.GRUBlockCell(/** @type {any} */ (operands));
  const d_h = tensor(float32_numbers(batch * units, generator(9)), [batch, units]);
  return { ...operands, r, u, c, d_h };
}

/**
 * The gradient of sum(h * d_h) with respect to one argument, by central differences of the float64 reference.
 * @param {ReturnType<typeof random_gradient_arguments>} operands
 * @param {string} name
 * @param {number} batch
 * @param {number} inputs
 * @param {number} units
 */
const differences = (operands, name, batch, inputs, units) =>
  central_differences(
    (values) => {
      const { h } = reference({ ...operands, [name]: { data: values } }, batch, inputs, units);
      return h.reduce((sum, value, i) => sum + value * operands.d_h.data[i], 0);
    },
    /** @type {any} */ (operands)[name].data,
  );

describe('GRUBlockCellGrad', () => {
  test.each(SIZES)('batch %i, inputs %i, units %i', (batch, inputs, units) => {
    const operands = random_gradient_arguments(batch, inputs, units);
    const actual = raw_ops.GRUBlockCellGrad(/** @type {any} */ (operands));
    expect(actual.d_x.shape).toEqual([batch, inputs]);
    expect(actual.d_h_prev.shape).toEqual([batch, units]);
    expect(actual.d_c_bar.shape).toEqual([batch, units]);
    expect(actual.d_r_bar_u_bar.shape).toEqual([batch, 2 * units]);
    const at = /** @type {const} */ ([batch, inputs, units]);
    expect(relative_difference(actual.d_x.data, differences(operands, 'x', ...at))).toBeLessThan(2e-6);
    expect(relative_difference(actual.d_h_prev.data, differences(operands, 'h_prev', ...at))).toBeLessThan(
      2e-6,
    );
    const column_sums = (/** @type {ArrayLike<number>} */ data, /** @type {number} */ width) =>
      Array.from({ length: width }, (_, j) => {
        let sum = 0;
        for (let row = 0; row < batch; row++) sum += data[row * width + j];
        return sum;
      });
    const d_b_ru = column_sums(actual.d_r_bar_u_bar.data, 2 * units);
    const d_b_c = column_sums(actual.d_c_bar.data, units);
    expect(relative_difference(d_b_ru, differences(operands, 'b_ru', ...at))).toBeLessThan(2e-6);
    expect(relative_difference(d_b_c, differences(operands, 'b_c', ...at))).toBeLessThan(2e-6);
  });

  test('NaN in the gradient of a row stays in that row', () => {
    const operands = random_gradient_arguments(3, 4, 5);
    const clean = raw_ops.GRUBlockCellGrad(/** @type {any} */ (operands));
    operands.d_h.data[5 + 1] = Number.NaN;
    const actual = raw_ops.GRUBlockCellGrad(/** @type {any} */ (operands));
    for (const row of [0, 2]) expect(rows(actual.d_x.data, row, 4)).toEqual(rows(clean.d_x.data, row, 4));
    expect(rows(actual.d_x.data, 1, 4)).toEqual(new Array(4).fill(Number.NaN));
  });
});

describe('on the tape', () => {
  test.each(SIZES)('batch %i, inputs %i, units %i', (batch, inputs, units) => {
    const operands = random_gradient_arguments(batch, inputs, units);
    const variables = Object.fromEntries(
      CELL.map((name) => {
        const { shape, data } = /** @type {any} */ (operands)[name];
        return [
          name,
          size_of(shape) ? new Variable({ name, shape, dtype: 'float32', value: data }) : operands.x,
        ];
      }),
    );
    if (batch === 0) return;
    const tape = new GradientTape();
    const h = tape.record(() => raw_ops.GRUBlockCell(/** @type {any} */ (variables)).h);
    const actual = tape.gradient(
      h,
      CELL.map((name) => variables[name]),
      { output_gradients: operands.d_h },
    );
    CELL.forEach((name, i) => {
      const expected = differences(operands, name, batch, inputs, units);
      expect(actual[i]?.shape).toEqual([...variables[name].shape]);
      expect(relative_difference(actual[i]?.data ?? [], expected)).toBeLessThan(3e-6);
    });
    for (const variable of Object.values(variables)) /** @type {Variable} */ (variable).dispose();
  });

  test('a watched tensor alone; r, u and c have no gradient', () => {
    const operands = random_arguments(2, 3, 4);
    const tape = new GradientTape({ persistent: true });
    tape.watch(operands.x);
    const { h, c } = tape.record(() => raw_ops.GRUBlockCell(/** @type {any} */ (operands)));
    expect(tape.gradient(h, operands.x)?.shape).toEqual([2, 3]);
    expect(tape.gradient(h, operands.w_c)).toBeNull();
    expect(tape.gradient(c, operands.x)).toBeNull();
    tape.dispose();
  });
});

/** @param {number[]} shape */
const size_of = (shape) => shape.reduce((a, b) => a * b, 1);

describe('checks', () => {
  const B = 2;
  const I = 3;
  const H = 4;
  /** @type {[string, number[], RegExp][]} each in the order of the original */
  const FORWARD = [
    ['x', [I], /x must have rank 2, not shape \[3\]/],
    ['h_prev', [B, H, 1], /h_prev must have rank 2, not shape \[2, 4, 1\]/],
    ['h_prev', [B + 1, H], /h_prev must have 2 rows .*, not shape \[3, 4\]/],
    ['w_ru', [I + H], /w_ru must have rank 2/],
    ['w_ru', [I + H + 1, 2 * H], /w_ru must have 7 rows .*, not shape \[8, 8\]/],
    ['w_ru', [I + H, 2 * H + 1], /w_ru must have 8 columns .*, not shape \[7, 9\]/],
    ['w_c', [I + H, H, 1], /w_c must have rank 2/],
    ['w_c', [H, H], /w_c must have 7 rows/],
    ['w_c', [I + H, 2 * H], /w_c must have 4 columns/],
    ['b_ru', [1, 2 * H], /b_ru must have rank 1/],
    ['b_ru', [H], /b_ru must have 8 values .*, not shape \[4\]/],
    ['b_c', [], /b_c must have rank 1, not shape \[\]/],
    ['b_c', [2 * H], /b_c must have 4 values/],
  ];
  /** @type {[string, number[], RegExp][]} */
  const BACKWARD = ['r', 'u', 'c', 'd_h'].flatMap((name) => [
    /** @type {[string, number[], RegExp]} */ ([name, [H], new RegExp(`${name} must have rank 2`)]),
    [name, [B + 1, H], new RegExp(`${name} must have 2 rows`)],
    [name, [B, H + 1], new RegExp(`${name} must have 4 columns`)],
  ]);
  const zeros = (/** @type {number[]} */ shape) => tensor(new Float32Array(size_of(shape)), shape);
  const good = () => ({
    ...Object.fromEntries(Object.entries(shapes_of(B, I, H)).map(([name, shape]) => [name, zeros(shape)])),
    ...Object.fromEntries(['r', 'u', 'c', 'd_h'].map((name) => [name, zeros([B, H])])),
  });
  const forward = (/** @type {any} */ { r, u, c, d_h, ...operands }) => raw_ops.GRUBlockCell(operands);
  const backward = (/** @type {any} */ operands) => raw_ops.GRUBlockCellGrad(operands);

  test.each(FORWARD)('GRUBlockCell: %s of shape %p', (name, shape, message) => {
    const run = () => forward({ ...good(), [name]: zeros(shape) });
    expect(run).toThrow(InvalidArgumentError);
    expect(run).toThrow(message);
  });
  test.each([...FORWARD, ...BACKWARD])('GRUBlockCellGrad: %s of shape %p', (name, shape, message) => {
    const run = () => backward({ ...good(), [name]: zeros(shape) });
    expect(run).toThrow(InvalidArgumentError);
    expect(run).toThrow(message);
  });
  test('of two wrong arguments the first is named', () => {
    const order = [...FORWARD, ...BACKWARD];
    for (let i = 0; i < order.length; i++) {
      for (let j = i + 1; j < order.length; j++) {
        const [first, shape, message] = order[i];
        const [second, other] = order[j];
        if (first === second) continue;
        const run = () => backward({ ...good(), [second]: zeros(other), [first]: zeros(shape) });
        expect(run).toThrow(message);
      }
    }
  });
  test('float32 only', () => {
    for (const name of CELL) {
      const wrong = tensor(/** @type {any} */ (good())[name], null, 'float64');
      expect(() => forward({ ...good(), [name]: wrong })).toThrow(InvalidArgumentError);
      expect(() => forward({ ...good(), [name]: wrong })).toThrow(
        `${name} must have dtype float32, not float64`,
      );
    }
  });
  test('a missing or an unknown argument is a TypeError', () => {
    const { x, ...rest } = /** @type {any} */ (good());
    expect(() => forward(rest)).toThrow(TypeError);
    expect(() => forward(rest)).toThrow(/x is missing/);
    expect(() => forward({ ...good(), w: x })).toThrow(TypeError);
    expect(() => raw_ops.GRUBlockCell(/** @type {any} */ (null))).toThrow(TypeError);
  });
});
