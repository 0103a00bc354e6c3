// ONNX: GRU nodes become layers, graphs around them whole models; both compute what the specification says in float64.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model, read_weights } from '../../js/formats.js';
import { memory, tensor } from '../../js/index.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { float_tensor, int_tensor, onnx_file, onnx_node } from '../helpers/onnx_files.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { onnx_gru } from '../reference/onnx_gru.js';

beforeAll(ready);

const [STEPS, BATCH, INPUTS, UNITS] = [4, 3, 2, 5];
const next = generator(3);
const values = (/** @type {number[]} */ ...shape) => ({
  shape,
  data: Array.from(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      next,
      0.7,
    ),
    Math.fround,
  ),
});

/** @param {ArrayLike<number>} actual @param {ArrayLike<number>} expected */
function near(actual, expected) {
  expect(actual.length).toBe(expected.length);
  const worst = Array.from(expected).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - actual[i])),
    0,
  );
  expect(worst).toBeLessThan(1e-6);
}

/** @param {ArrayLike<number>} data [a, b, c] @param {number[]} shape @returns {number[]} [b, a, c] */
const swap = (data, [a, b, c]) =>
  Array.from(
    { length: a * b * c },
    (_, i) => data[((Math.floor(i / c) % a) * b + Math.floor(i / (a * c))) * c + (i % c)],
  );

/** @param {number} directions */
const weights = (directions) => ({
  W: values(directions, 3 * UNITS, INPUTS),
  R: values(directions, 3 * UNITS, UNITS),
  B: values(directions, 6 * UNITS),
});

/**
 * @param {ReturnType<typeof weights>} parts
 * @param {{ [name: string]: any }} attributes
 * @param {{ bias?: boolean, lengths?: boolean, initial?: boolean, producer?: string }} [options]
 */
const gru_file = (
  { W, R, B },
  attributes,
  { bias = true, lengths = false, initial = false, producer } = {},
) =>
  onnx_file(
    {
      nodes: [
        onnx_node(
          'GRU',
          ['X', 'W', 'R', bias ? 'B' : '', lengths ? 'lengths' : '', initial ? 'initial' : ''],
          ['Y', 'Y_h'],
          { hidden_size: UNITS, ...attributes },
          'the_gru',
        ),
      ],
      inputs: ['X', ...(lengths ? ['lengths'] : []), ...(initial ? ['initial'] : [])],
      outputs: ['Y', 'Y_h'],
      initializers: [float_tensor('W', W), float_tensor('R', R), float_tensor('B', B)],
    },
    { producer },
  );

/** @type {Record<string, ('forward' | 'reverse')[]>} */
const DIRECTIONS = { forward: ['forward'], reverse: ['reverse'], bidirectional: ['forward', 'reverse'] };

describe.each(Object.keys(DIRECTIONS))('direction %s', (direction) => {
  const directions = DIRECTIONS[direction];
  const parts = weights(directions.length);
  const reference = (/** @type {boolean} */ linear_before_reset, /** @type {object} */ more = {}) => ({
    W: parts.W.data,
    R: parts.R.data,
    B: parts.B.data,
    units: UNITS,
    inputs: INPUTS,
    directions,
    linear_before_reset,
    ...more,
  });
  const X = values(STEPS, BATCH, INPUTS);
  const initial = values(directions.length, BATCH, UNITS);
  const lengths = [4, 1, 3];

  test.each([0, 1])(
    'load_model, linear_before_reset %d: lengths, initial_h, both layouts, no bias',
    async (linear_before_reset) => {
      const before = memory();
      const bytes = gru_file(parts, { direction, linear_before_reset }, { lengths: true, initial: true });
      const model = await load_model(bytes);
      const inputs = {
        X: tensor(X.data, X.shape),
        lengths: tensor(lengths, [BATCH], 'int32'),
        initial: tensor(initial.data, initial.shape),
      };
      const { Y, Y_h } = model.predict(inputs);
      const expected = onnx_gru(reference(Boolean(linear_before_reset)), X.data, STEPS, BATCH, {
        lengths,
        initial: initial.data,
      });
      expect([Y.shape, Y_h.shape]).toEqual([
        [STEPS, directions.length, BATCH, UNITS],
        [directions.length, BATCH, UNITS],
      ]);
      near(Y.data, expected.Y);
      near(Y_h.data, expected.Y_h);
      model.dispose();

      const batchwise = await load_model(
        gru_file(parts, { direction, linear_before_reset, layout: 1 }, { bias: false }),
      );
      const result = batchwise.predict(tensor(swap(X.data, X.shape), [BATCH, STEPS, INPUTS]));
      const plain = onnx_gru({ ...reference(Boolean(linear_before_reset)), B: null }, X.data, STEPS, BATCH);
      expect(result.Y.shape).toEqual([BATCH, STEPS, directions.length, UNITS]);
      near(result.Y_h.data, swap(plain.Y_h, [directions.length, BATCH, UNITS]));
      batchwise.dispose();
      expect(memory()).toEqual(before);
    },
  );

  test('read_weights: create gives a Keras layer', async () => {
    const { format, grus, warnings } = await read_weights(
      gru_file(parts, { direction, linear_before_reset: 1 }),
    );
    expect([format, warnings, grus.length]).toEqual(['ONNX', [], 1]);
    const [gru] = grus;
    expect(gru).toMatchObject({
      name: 'the_gru',
      units: UNITS,
      input_size: INPUTS,
      bidirectional: directions.length === 2,
      reset_after: true,
    });
    const layer = gru.create();
    const output = layer.call(tensor(swap(X.data, X.shape), [BATCH, STEPS, INPUTS]));
    const { Y_h } = onnx_gru(reference(true), X.data, STEPS, BATCH);
    near(output.data, directions.length === 2 ? swap(Y_h, [2, BATCH, UNITS]) : Y_h);
    layer.dispose();
  });

  test('activations with parameters, of each direction, and clip', async () => {
    const activations = directions.flatMap((_, i) =>
      i ? ['Sigmoid', 'LeakyRelu'] : ['HardSigmoid', 'ScaledTanh'],
    );
    const attributes = {
      direction,
      activations,
      activation_alpha: [0.3, 1.5, 0.25].slice(0, directions.length + 1),
      activation_beta: [0.4, 0.5],
      clip: 0.5,
    };
    const clip = (/** @type {number} */ x) => Math.max(-0.5, Math.min(0.5, x));
    const f = [
      (/** @type {number} */ x) => Math.max(0, Math.min(1, 0.3 * clip(x) + 0.4)),
      (/** @type {number} */ x) => 1 / (1 + Math.exp(-clip(x))),
    ];
    const g = [
      (/** @type {number} */ x) => 1.5 * Math.tanh(0.5 * clip(x)),
      (/** @type {number} */ x) => (clip(x) >= 0 ? clip(x) : 0.25 * clip(x)),
    ];
    const bytes = gru_file(parts, attributes);
    const expected = onnx_gru(reference(false, { f, g }), X.data, STEPS, BATCH);
    const model = await load_model(bytes);
    near(model.predict(tensor(X.data, X.shape)).Y.data, expected.Y);
    model.dispose();
    const layer = (await read_weights(bytes)).grus[0].create();
    const output = layer.call(tensor(swap(X.data, X.shape), [BATCH, STEPS, INPUTS]));
    near(output.data, directions.length === 2 ? swap(expected.Y_h, [2, BATCH, UNITS]) : expected.Y_h);
    layer.dispose();
  });
});

test('weights behind Constant, Transpose, Slice, Concat, Unsqueeze and Identity', async () => {
  const { W, R, B } = weights(1);
  const gates = [1, 0, 2].map((gate) => W.data.slice(gate * UNITS * INPUTS, (gate + 1) * UNITS * INPUTS));
  const rows = { data: gates.flat(), shape: [3 * UNITS, INPUTS] };
  const slice = (/** @type {string} */ name, /** @type {number} */ gate) =>
    onnx_node('Slice', ['rows', `from${gate}`, `to${gate}`, 'axis'], [name]);
  const bytes = onnx_file({
    nodes: [
      onnx_node('Constant', [], ['rows'], { value: float_tensor('', rows) }),
      slice('r', 0),
      slice('z', 1),
      slice('h', 2),
      onnx_node('Concat', ['z', 'r', 'h'], ['zrh'], { axis: 0 }),
      onnx_node('Unsqueeze', ['zrh', 'axis'], ['W']),
      onnx_node('Transpose', ['R_turned'], ['R'], { perm: [0, 2, 1] }),
      onnx_node('Identity', ['B_'], ['B']),
      onnx_node('GRU', ['X', 'W', 'R', 'B'], ['', 'Y_h'], { hidden_size: UNITS, linear_before_reset: 1 }),
    ],
    inputs: ['X'],
    outputs: ['Y_h'],
    initializers: [
      float_tensor('R_turned', { shape: [1, UNITS, 3 * UNITS], data: swap_last(R.data, 3 * UNITS, UNITS) }),
      float_tensor('B_', B),
      int_tensor('axis', [0]),
      ...[0, 1, 2].flatMap((gate) => [
        int_tensor(`from${gate}`, [gate * UNITS]),
        int_tensor(`to${gate}`, [gate === 2 ? 2 ** 53 - 1 : (gate + 1) * UNITS]),
      ]),
    ],
  });
  const { grus, tensors } = await read_weights(bytes);
  expect(tensors.get('to2')?.dtype).toBe('float64');
  const layer = grus[0].create();
  const X = values(STEPS, 1, INPUTS);
  const expected = onnx_gru(
    {
      W: W.data,
      R: R.data,
      B: B.data,
      units: UNITS,
      inputs: INPUTS,
      directions: ['forward'],
      linear_before_reset: true,
    },
    X.data,
    STEPS,
    1,
  );
  near(layer.call(tensor(X.data, [1, STEPS, INPUTS])).data, expected.Y_h);
  layer.dispose();
});

/** @param {ArrayLike<number>} data @param {number} rows @param {number} columns */
function swap_last(data, rows, columns) {
  return Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
}

describe('whole models', () => {
  test('Gather, GRU, Transpose, Squeeze, LayerNormalization, Gemm, Softmax', async () => {
    const { W, R, B } = weights(1);
    const [table, scale, bias, kernel, offset] = [
      values(7, INPUTS),
      values(UNITS),
      values(UNITS),
      values(3, UNITS),
      values(3),
    ];
    const bytes = onnx_file({
      nodes: [
        onnx_node('Gather', ['table', 'ids'], ['embedded']),
        onnx_node('Transpose', ['embedded'], ['X'], { perm: [1, 0, 2] }),
        onnx_node('GRU', ['X', 'W', 'R', 'B'], ['Y', 'Y_h'], { hidden_size: UNITS, linear_before_reset: 1 }),
        onnx_node('Squeeze', ['Y_h', 'zero'], ['state']),
        onnx_node('LayerNormalization', ['state', 'scale', 'bias'], ['normal'], { epsilon: 0.001 }),
        onnx_node('Gemm', ['normal', 'kernel', 'offset'], ['logits'], { transB: 1 }),
        onnx_node('Softmax', ['logits'], ['shares']),
      ],
      inputs: ['ids'],
      outputs: ['shares'],
      initializers: [
        float_tensor('table', table),
        float_tensor('W', W),
        float_tensor('R', R),
        float_tensor('B', B),
        int_tensor('zero', [0]),
        float_tensor('scale', scale),
        float_tensor('bias', bias),
        float_tensor('kernel', kernel),
        float_tensor('offset', offset),
      ],
    });
    const model = await load_model(bytes);
    expect([model.input_names, model.output_names]).toEqual([['ids'], ['shares']]);
    const ids = [3, 0, 6, 1];
    const shares = model.predict(tensor([ids], null, 'int32'));
    const X = ids.flatMap((id) => table.data.slice(id * INPUTS, (id + 1) * INPUTS));
    const { Y_h } = onnx_gru(
      {
        W: W.data,
        R: R.data,
        B: B.data,
        units: UNITS,
        inputs: INPUTS,
        directions: ['forward'],
        linear_before_reset: true,
      },
      X,
      4,
      1,
    );
    const mean = Y_h.reduce((a, b) => a + b) / UNITS;
    const variance = Y_h.reduce((sum, value) => sum + (value - mean) ** 2, 0) / UNITS;
    const normal = Array.from(
      Y_h,
      (value, i) => ((value - mean) / Math.sqrt(variance + 0.001)) * scale.data[i] + bias.data[i],
    );
    const logits = [0, 1, 2].map((row) =>
      normal.reduce((sum, value, i) => sum + value * kernel.data[row * UNITS + i], offset.data[row]),
    );
    const powers = logits.map(Math.exp);
    near(
      shares.data,
      powers.map((value) => value / powers.reduce((a, b) => a + b)),
    );
    model.dispose();
    expect(() => model.predict(tensor([ids], null, 'int32'))).toThrow(/used after it was disposed of/);
  });

  test('Conv with groups, padding, dilation and stride; BatchNormalization', async () => {
    const [x, kernel, bias] = [values(2, 4, 9), values(6, 2, 3), values(6)];
    const [scale, shift, mean] = [values(6), values(6), values(6)];
    const variance = { shape: [6], data: [0.5, 1, 2, 0.1, 3, 1] };
    const bytes = onnx_file({
      nodes: [
        onnx_node('Conv', ['x', 'kernel', 'bias'], ['c'], {
          kernel_shape: [3],
          pads: [2, 1],
          dilations: [2],
          strides: [2],
          group: 2,
        }),
        onnx_node('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'variance'], ['y']),
      ],
      inputs: ['x'],
      outputs: ['y'],
      initializers: Object.entries({ kernel, bias, scale, shift, mean, variance }).map(([name, value]) =>
        float_tensor(name, value),
      ),
    });
    const model = await load_model(bytes);
    const y = model.predict(tensor(x.data, x.shape));
    const count = Math.floor((9 + 3 - 5) / 2) + 1;
    expect(y.shape).toEqual([2, 6, count]);
    const expected = [];
    for (let b = 0; b < 2; b++)
      for (let filter = 0; filter < 6; filter++)
        for (let place = 0; place < count; place++) {
          let sum = bias.data[filter];
          for (let c = 0; c < 2; c++)
            for (let i = 0; i < 3; i++) {
              const step = place * 2 + i * 2 - 2;
              if (step >= 0 && step < 9)
                sum +=
                  kernel.data[(filter * 2 + c) * 3 + i] *
                  x.data[(b * 4 + (filter < 3 ? 0 : 2) + c) * 9 + step];
            }
          expected.push(
            ((sum - mean.data[filter]) / Math.sqrt(variance.data[filter] + 1e-5)) * scale.data[filter] +
              shift.data[filter],
          );
        }
    near(y.data, expected);
    model.dispose();
  });

  /** One node on constants and an input. @param {string} op @param {any} x @param {any[]} others @param {object} [attributes] @param {number} [opset] */
  async function run(op, x, others, attributes = {}, opset = 17) {
    const names = others.map((_, i) => `c${i}`);
    const bytes = onnx_file(
      {
        nodes: [onnx_node(op, ['x', ...names.map((name, i) => (others[i] ? name : ''))], ['y'], attributes)],
        inputs: ['x'],
        outputs: ['y'],
        initializers: others.flatMap((value, i) => (value ? [{ ...value, name: names[i] }] : [])),
      },
      { opset },
    );
    const model = await load_model(bytes);
    const result = model.predict(x);
    model.dispose();
    return result.array();
  }
  const X = tensor([
    [1, -2, 3],
    [4, 5, -6],
  ]);

  test.each(
    /** @type {[string, any[], object, any, number?][]} */ ([
      [
        'Add',
        [float_tensor('', { data: [1, 2, 3], shape: [3] })],
        {},
        [
          [2, 0, 6],
          [5, 7, -3],
        ],
      ],
      [
        'Div',
        [float_tensor('', { data: [2], shape: [] })],
        {},
        [
          [0.5, -1, 1.5],
          [2, 2.5, -3],
        ],
      ],
      ['MatMul', [float_tensor('', { data: [1, 0, 1], shape: [3, 1] })], {}, [[4], [-2]]],
      [
        'Gemm',
        [float_tensor('', { data: [1, 1], shape: [1, 2] }), null],
        { transA: 1, transB: 1, alpha: 2 },
        [[10], [6], [-6]],
      ],
      [
        'Slice',
        [int_tensor('', [-1]), int_tensor('', [-9999]), int_tensor('', [1]), int_tensor('', [-1])],
        {},
        [
          [3, -2, 1],
          [-6, 5, 4],
        ],
      ],
      ['Slice', [], { starts: [0, 1], ends: [1, 2 ** 40] }, [[-2, 3]], 9],
      [
        'Reshape',
        [int_tensor('', [0, -1, 1])],
        {},
        [
          [[1], [-2], [3]],
          [[4], [5], [-6]],
        ],
      ],
      [
        'Unsqueeze',
        [],
        { axes: [0] },
        [
          [
            [1, -2, 3],
            [4, 5, -6],
          ],
        ],
        11,
      ],
      [
        'Concat',
        [float_tensor('', { data: [7, 8], shape: [2, 1] })],
        { axis: -1 },
        [
          [1, -2, 3, 7],
          [4, 5, -6, 8],
        ],
      ],
      ['Flatten', [], { axis: 0 }, [[1, -2, 3, 4, 5, -6]]],
      [
        'Relu',
        [],
        {},
        [
          [1, 0, 3],
          [4, 5, 0],
        ],
      ],
      [
        'LeakyRelu',
        [],
        { alpha: 0.5 },
        [
          [1, -1, 3],
          [4, 5, -3],
        ],
      ],
      [
        'Clip',
        [float_tensor('', { data: [0], shape: [] }), float_tensor('', { data: [3], shape: [] })],
        {},
        [
          [1, 0, 3],
          [3, 3, 0],
        ],
      ],
      ['ReduceMean', [], { axes: [1], keepdims: 0 }, [2 / 3, 1].map(Math.fround)],
      ['ReduceMax', [int_tensor('', [0])], { keepdims: 1 }, [[4, 5, 3]], 18],
      ['ArgMax', [], { axis: 1, keepdims: 0 }, [2, 1]],
      [
        'Expand',
        [int_tensor('', [2, 1, 3])],
        {},
        [
          [
            [1, -2, 3],
            [4, 5, -6],
          ],
          [
            [1, -2, 3],
            [4, 5, -6],
          ],
        ],
      ],
      ['Shape', [], {}, [2, 3]],
      [
        'Cast',
        [],
        { to: 7 },
        [
          [1, -2, 3],
          [4, 5, -6],
        ],
      ],
      [
        'Transpose',
        [],
        {},
        [
          [1, 4],
          [-2, 5],
          [3, -6],
        ],
      ],
      [
        'Where',
        [float_tensor('', { data: [0], shape: [] }), float_tensor('', { data: [9], shape: [] })],
        {},
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
    ]),
  )('%s, %#', async (...row) => {
    const [op, others, attributes, expected, opset] = row;
    expect(await run(op, X, others, attributes, opset)).toEqual(expected);
  });

  test('softmax before and since version 13', async () => {
    const x = tensor([
      [
        [0, 1],
        [2, 3],
      ],
    ]);
    const all = await run('Softmax', x, [], {}, 11);
    const last = await run('Softmax', x, [], {}, 13);
    expect(all.flat(2).reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b)).toBeCloseTo(1, 6);
    expect(last[0][0][0] + last[0][0][1]).toBeCloseTo(1, 6);
  });

  test.each([
    ['constant', [5, 0, 1, -2, 3, 5]],
    ['edge', [1, 1, 1, -2, 3, 3]],
    ['reflect', [3, -2, 1, -2, 3, -2]],
  ])('Pad, %s', async (mode, row) => {
    const x = tensor([[0, 1, -2, 3]]);
    const pads = int_tensor('', mode === 'constant' ? [0, 1, 0, 1] : [0, 2, 0, 1]);
    const input = mode === 'constant' ? x : tensor([[1, -2, 3]]);
    const value = mode === 'constant' ? float_tensor('', { data: [5], shape: [] }) : null;
    expect(await run('Pad', input, [pads, value], { mode })).toEqual([row]);
    expect(await run('Pad', input, [], { mode, pads: [0, -1, 0, 0] }, 10)).toEqual([
      input.array()[0].slice(1),
    ]);
  });

  test('convolution over two dimensions, and its transpose', async () => {
    const x = tensor([
      [
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      ],
    ]);
    const kernel = float_tensor('', { data: [1, 2, 3, 4], shape: [1, 1, 2, 2] });
    expect(await run('Conv', x, [kernel], { strides: [1, 2], pads: [0, 1, 0, 0] })).toEqual([
      [
        [
          [2 * 1 + 4 * 4, 2 + 2 * 3 + 3 * 5 + 4 * 6],
          [2 * 4 + 4 * 7, 5 + 2 * 6 + 3 * 8 + 4 * 9],
        ],
      ],
    ]);
    const row = tensor([[[[1, 2]]]]);
    expect(await run('ConvTranspose', row, [kernel], { strides: [1, 2] })).toEqual([
      [
        [
          [1, 2, 2, 4],
          [3, 4, 6, 8],
        ],
      ],
    ]);
    const rows = await run(
      'Einsum',
      tensor([
        [1, 2],
        [3, 4],
      ]),
      [float_tensor('', { data: [1, 0, 2], shape: [3] })],
      {
        equation: '...i,j->...ij',
      },
    );
    expect(rows).toEqual([
      [
        [1, 0, 2],
        [2, 0, 4],
      ],
      [
        [3, 0, 6],
        [4, 0, 8],
      ],
    ]);
    await expect(run('Split', row, [int_tensor('', [3, 3])], { axis: 3 })).rejects.toThrow(
      'Split has the sizes [3, 3] for 2',
    );
    const sum = await run('Einsum', row, [kernel], { equation: 'abcd,efdg->abcg' });
    expect(sum).toEqual([[[[1 + 2 * 3, 2 + 2 * 4]]]]);
  });

  test('a state as an input and an output: steps one by one are the whole sequence', async () => {
    const parts = weights(1);
    const model = await load_model(gru_file(parts, { linear_before_reset: 1 }, { initial: true }));
    const X = values(STEPS, 1, INPUTS);
    let initial = tensor(new Array(UNITS).fill(0), [1, 1, UNITS]);
    for (let step = 0; step < STEPS; step++) {
      const x = tensor(X.data.slice(step * INPUTS, (step + 1) * INPUTS), [1, 1, INPUTS]);
      initial = model.predict({ X: x, initial }).Y_h;
    }
    const whole = model.predict({
      X: tensor(X.data, X.shape),
      initial: tensor(new Array(UNITS).fill(0), [1, 1, UNITS]),
    });
    near(initial.data, whole.Y_h.data);
    model.dispose();
  });

  test('an LSTM is the first node that is not known; inputs may be named shape and data', async () => {
    const { W, R, B } = weights(1);
    const bytes = onnx_file({
      nodes: [
        onnx_node('GRU', ['X', 'W', 'R', 'B'], ['Y'], { hidden_size: UNITS }),
        onnx_node('LSTM', ['Y', 'W', 'R'], ['out'], {}, 'the_lstm'),
      ],
      inputs: ['X'],
      outputs: ['out'],
      initializers: [float_tensor('W', W), float_tensor('R', R), float_tensor('B', B)],
    });
    await expect(load_model(bytes)).rejects.toThrow('the node "the_lstm" has the operator LSTM');
    expect((await read_weights(bytes)).grus).toHaveLength(1);
    const model = await load_model(
      onnx_file({
        nodes: [onnx_node('Reshape', ['data', 'shape'], ['y'])],
        inputs: ['data', 'shape'],
        outputs: ['y'],
      }),
    );
    const y = model.predict({ data: tensor([[1, 2, 3, 4]]), shape: tensor([2, 2], null, 'int32') });
    expect(y.shape).toEqual([2, 2]);
    model.dispose();
  });

  test('an output that nothing computes, and operators in training mode, are errors', async () => {
    const nodes = [onnx_node('Relu', ['x'], ['y', 'z'])];
    const model = await load_model(onnx_file({ nodes, inputs: ['x'], outputs: ['z'] }));
    expect(() => model.predict(tensor([1]))).toThrow('the output "z" is not computed');
    model.dispose();
    const training = { ...int_tensor('', [1], []), data_type: 9, raw_data: Uint8Array.of(1) };
    await expect(run('Dropout', X, [null, training])).rejects.toThrow('Dropout is in training mode');
  });

  test('an unknown node is named, and read_weights gives the GRUs', async () => {
    const { W, R, B } = weights(1);
    const bytes = onnx_file({
      nodes: [
        onnx_node('GRU', ['X', 'W', 'R', 'B'], ['Y'], { hidden_size: UNITS }),
        onnx_node('NonMaxSuppression', ['Y'], ['out'], {}, 'the_node'),
      ],
      inputs: ['X'],
      outputs: ['out'],
      initializers: [float_tensor('W', W), float_tensor('R', R), float_tensor('B', B)],
    });
    await expect(load_model(bytes)).rejects.toThrow(
      'the node "the_node" has the operator NonMaxSuppression, which is not supported; read_weights gives the 1 GRUs',
    );
    expect((await read_weights(bytes)).grus).toHaveLength(1);
  });
});

describe('files that exporters wrote wrongly', () => {
  const parts = weights(1);
  const X = values(STEPS, 1, INPUTS);
  const expected = (/** @type {boolean} */ linear_before_reset) =>
    onnx_gru(
      {
        W: parts.W.data,
        R: parts.R.data,
        B: parts.B.data,
        units: UNITS,
        inputs: INPUTS,
        directions: ['forward'],
        linear_before_reset,
      },
      X.data,
      STEPS,
      1,
    ).Y_h;

  test('PyTorch with linear_before_reset = 0: a warning, and an option that overrides it', async () => {
    const bytes = gru_file(parts, {}, { producer: 'pytorch' });
    for (const read of [read_weights, load_model]) {
      const { warnings } = /** @type {any} */ (await read(bytes));
      expect(warnings).toEqual([
        expect.stringMatching(
          /^PyTorch 1 wrote a GRU with linear_before_reset = 0 \(the_gru\).*pass \{ reset_after: true \}/,
        ),
      ]);
    }
    for (const reset_after of [true, false]) {
      const { warnings, grus } = await read_weights(bytes, { reset_after });
      expect(warnings).toEqual([]);
      const layer = grus[0].create();
      near(layer.call(tensor(X.data, [1, STEPS, INPUTS])).data, expected(reset_after));
      layer.dispose();
      const model = await load_model(bytes, { reset_after });
      near(model.predict(tensor(X.data, X.shape)).Y_h.data, expected(reset_after));
      model.dispose();
    }
    expect(
      (await read_weights(gru_file(parts, { linear_before_reset: 1 }, { producer: 'pytorch' }))).warnings,
    ).toEqual([]);
    expect((await read_weights(gru_file(parts, {}, { producer: 'tf2onnx' }))).warnings).toEqual([]);
  });

  test('a GRU that was unrolled into a Loop', async () => {
    const body = { node: ['MatMul', 'Sigmoid', 'Tanh'].map((op) => onnx_node(op, ['a'], ['b'])) };
    const bytes = onnx_file({
      nodes: [onnx_node('Loop', ['X'], ['Y'], { body }, 'loop_1')],
      inputs: ['X'],
      outputs: ['Y'],
    });
    expect((await read_weights(bytes)).warnings).toEqual([
      expect.stringMatching(/^the node "loop_1" is a Loop of matrix products/),
    ]);
    await expect(load_model(bytes)).rejects.toThrow('the operator Loop, which is not supported');
  });

  test.each([
    [{ direction: 'sideways' }, /has the direction "sideways"/],
    [{ hidden_size: 4 }, /has weights of the shapes/],
    [{ direction: 'bidirectional' }, /of 2 directions has weights of the shapes/],
    [{ activations: ['Sigmoid'] }, /has 1 activations/],
    [{ activations: ['Sigmoid', 'Sine'] }, /the activation "Sine", which is not known/],
    [{ activations: 'Tanh' }, /has the attribute activations = "Tanh", which must be a list of texts/],
    [{ clip: 'x' }, /has the attribute clip = "x", which must be a number/],
  ])('an error: %j', async (attributes, message) => {
    await expect(read_weights(gru_file(parts, attributes))).rejects.toThrow(message);
  });

  test('reset_after of another format is a ValueError', async () => {
    await expect(
      read_weights(/** @type {any} */ (Uint8Array.of(1)), /** @type {any} */ ({ reset_after: 1 })),
    ).rejects.toThrow(/reset_after must be true, false or null, not 1/);
  });
});

test('external data, and data that is not stored as bytes', async () => {
  const { W, R } = weights(1);
  const big = new Uint8Array(Float32Array.from([0, ...W.data]).buffer);
  const external = {
    name: 'W',
    dims: W.shape,
    data_type: 1,
    data_location: 1,
    external_data: [
      { key: 'location', value: 'big.bin' },
      { key: 'offset', value: '4' },
    ],
  };
  const file = onnx_file({
    nodes: [onnx_node('GRU', ['X', 'W', 'R'], ['Y'], { hidden_size: UNITS })],
    inputs: ['X'],
    outputs: ['Y'],
    initializers: [
      external,
      { name: 'R', dims: R.shape, data_type: 1, float_data: R.data },
      { name: 'h', dims: [2], data_type: 10, int32_data: [0x3800, 0xc000] },
    ],
  });
  const { grus, tensors } = await read_weights({ 'model.onnx': file, 'big.bin': big });
  near(tensors.get('W')?.data ?? [], W.data);
  expect(tensors.get('h')?.array()).toEqual([0.5, -2]);
  expect(grus).toHaveLength(1);
  await expect(read_weights(file)).rejects.toThrow(/needs the file "big.bin" too/);
  await expect(read_weights({ 'model.onnx': file, 'big.bin': big.slice(0, 8) })).rejects.toThrow(
    /must have \d+ bytes|outside of the file/,
  );
});

test('damaged copies', async () => {
  const bytes = gru_file(
    { W: values(1, 3 * UNITS, INPUTS), R: values(1, 3 * UNITS, UNITS), B: values(1, 6 * UNITS) },
    { direction: 'forward', activations: ['Sigmoid', 'Tanh'] },
  );
  for (const read of [read_weights, load_model]) {
    const counts = await read_damaged_copies(bytes, {
      read: async (copy) => {
        const result = /** @type {any} */ (await read(copy));
        result.dispose?.();
      },
    });
    expect(counts.refused).toBeGreaterThan(50);
  }
});
