// TensorFlow's frozen graphs: the cells in them compute what TF1's equations say in float64.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { read_weights } from '../../js/formats.js';
import { read_damaged_copies } from '../helpers/damaged_files.js';
import { numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { constant, graph_file, node } from '../helpers/tensorflow_files.js';
import { CELL, expect_tf1_step, INPUTS, next, UNITS, under, values } from '../helpers/tf1_weights.js';

beforeAll(ready);

describe('frozen graphs', () => {
  /** GRUCell's operations on an input and a state. @param {string} activation its operation */
  const cell_nodes = (activation, scope = 'rnn/gru_cell') => [
    ...[...under(scope)].map(([name, value]) => constant(name, value)),
    ...[...under(scope)].map(([name]) => node('Identity', `${name}/read`, name)),
    node('ConcatV2', `${scope}/concat`, 'x', 'h', 'axis'),
    node('MatMul', `${scope}/MatMul`, `${scope}/concat`, `${scope}/gates/kernel/read`),
    node('BiasAdd', `${scope}/BiasAdd`, `${scope}/MatMul`, `${scope}/gates/bias/read`),
    node('Sigmoid', `${scope}/Sigmoid`, `${scope}/BiasAdd`),
    node('Split', `${scope}/split`, 'axis', `${scope}/Sigmoid`),
    node('Mul', `${scope}/mul`, `${scope}/split`, 'h'),
    node('ConcatV2', `${scope}/concat_1`, 'x', `${scope}/mul`, 'axis'),
    node('MatMul', `${scope}/MatMul_1`, `${scope}/concat_1`, `${scope}/candidate/kernel/read`),
    node('BiasAdd', `${scope}/BiasAdd_1`, `${scope}/MatMul_1`, `${scope}/candidate/bias/read`),
    ...(activation ? [node(activation, `${scope}/act`, `${scope}/BiasAdd_1`)] : []),
    node('Mul', `${scope}/mul_1`, `${scope}/split:1`, 'h'),
    node('Sub', `${scope}/sub`, 'one', `${scope}/split:1`),
    node('Mul', `${scope}/mul_2`, `${scope}/sub`, activation ? `${scope}/act` : `${scope}/BiasAdd_1`),
    node('AddV2', `${scope}/add`, `${scope}/mul_1`, `${scope}/mul_2`),
  ];
  const frame = [node('Placeholder', 'x'), node('Placeholder', 'h')];

  test('a cell, its place and its activation', async () => {
    const { format, grus } = await read_weights(graph_file([...frame, ...cell_nodes('Tanh')]));
    expect(format).toBe('TensorFlow graph');
    const [{ create, place }] = grus;
    expect(place).toEqual({
      scope: 'rnn/gru_cell',
      input: 'x',
      state: 'h',
      output: 'rnn/gru_cell/add',
      sequence_input: null,
      sequence_output: null,
      last_output: null,
    });
    expect_tf1_step(create());
  });

  test.each([
    ['Relu', 'relu'],
    ['Softsign', 'softsign'],
    ['', 'linear'],
  ])('activation %s', async (op, name) => {
    const [gru] = (await read_weights(graph_file([...frame, ...cell_nodes(op)]))).grus;
    const cell = gru.create();
    expect(cell.get_config().activation).toBe(name);
    cell.dispose();
  });

  test('the sequence around a cell in dynamic_rnn', async () => {
    const nodes = [
      node('TensorArrayV3', 'rnn/TensorArray_1'),
      node(
        'TensorArrayScatterV3',
        'rnn/scatter',
        'rnn/TensorArray_1',
        'range',
        'transpose',
        'rnn/TensorArray_1:1',
      ),
      node('Enter', 'rnn/enter', 'rnn/TensorArray_1'),
      node('TensorArrayReadV3', 'x', 'rnn/enter', 'i', 'rnn/scatter'),
      node('TensorArrayV3', 'rnn/TensorArray'),
      node('Enter', 'rnn/enter_out', 'rnn/TensorArray'),
      node('TensorArrayWriteV3', 'rnn/write', 'rnn/enter_out', 'i', 'rnn/gru_cell/add'),
      node('TensorArrayGatherV3', 'rnn/gather', 'rnn/TensorArray', 'range'),
      node('Placeholder', 'h'),
      ...cell_nodes('Tanh'),
    ];
    const [{ place }] = (await read_weights(graph_file(nodes))).grus;
    expect(place).toMatchObject({ sequence_input: 'transpose', sequence_output: 'rnn/gather' });
  });

  test.each(['MIN_FIRST', 'MIN_COMBINED'])('weights of 8 bits, %s', async (mode) => {
    // As the transform quantize_weights leaves them; the range has zero in it.
    const quantize = (/** @type {any} */ one) => {
      const [values] = one.op === 'Const' && one.name.endsWith('/kernel') ? [one.attr.value.tensor] : [];
      if (!values) return [one];
      const data = new Float32Array(values.tensor_content.slice().buffer);
      const [min, max] = [Math.min(0, ...data), Math.max(0, ...data)];
      const scale = (max - min) / 255;
      const start = mode === 'MIN_FIRST' ? Math.round(min / scale) : min / scale;
      const bytes = Uint8Array.from(data, (value) => Math.round(value / scale - start));
      const tensor = { dtype: 12, tensor_shape: values.tensor_shape, tensor_content: bytes };
      const dequantize = node(
        'Dequantize',
        one.name,
        ...['const', 'min', 'max'].map((part) => `${one.name}_quantized_${part}`),
      );
      return [
        { name: `${one.name}_quantized_const`, op: 'Const', input: [], attr: { value: { tensor } } },
        constant(`${one.name}_quantized_min`, { data: [min], shape: [] }),
        constant(`${one.name}_quantized_max`, { data: [max], shape: [] }),
        { ...dequantize, attr: { mode: { s: new TextEncoder().encode(mode) } } },
      ];
    };
    const { grus, tensors } = await read_weights(
      graph_file([...frame, ...cell_nodes('Tanh').flatMap(quantize)]),
    );
    expect(grus).toMatchObject([{ name: 'rnn/gru_cell', units: UNITS }]);
    for (const name of /** @type {const} */ (['gates/kernel', 'candidate/kernel'])) {
      const { data, shape } = CELL[name];
      const actual = tensors.get(`rnn/gru_cell/${name}`);
      expect([actual?.dtype, actual?.shape]).toEqual(['float32', shape]);
      // Half a step of 255 of the range, which is 1.6 wide at most.
      data.forEach((value, i) => {
        expect(Math.abs(Number(actual?.data[i]) - value)).toBeLessThan(1.01 * (0.8 / 255) + 1e-6);
      });
    }
  });

  test('GRUBlockCell: the shapes tell its weights', async () => {
    const nodes = [
      constant('b/w_c', CELL['gates/kernel']),
      constant('b/b_c', CELL['gates/bias']),
      constant('b/w_ru', CELL['candidate/kernel']),
      constant('b/b_ru', CELL['candidate/bias']),
    ];
    const [gru] = (await read_weights(graph_file(nodes))).grus;
    expect([gru.name, gru.place]).toEqual(['b', null]);
    expect_tf1_step(gru.create());
  });

  test('CudnnCompatibleGRUCell', async () => {
    const [x, h] = [numbers(INPUTS, next, 1), numbers(UNITS, next, 1)];
    const parts = {
      'gates/kernel': CELL['gates/kernel'],
      'gates/bias': CELL['gates/bias'],
      'candidate/input_projection/kernel': values(INPUTS, UNITS),
      'candidate/input_projection/bias': values(UNITS),
      'candidate/hidden_projection/kernel': values(UNITS, UNITS),
      'candidate/hidden_projection/bias': values(UNITS),
    };
    const [gru, ...others] = (
      await read_weights(graph_file([...under('c', parts)].map(([name, value]) => constant(name, value))))
    ).grus;
    expect([gru.reset_after, others.length]).toEqual([true, 0]);
    const layer = gru.create();
    const data = (/** @type {keyof typeof parts} */ name) => parts[name].data;
    const sum = (
      /** @type {ArrayLike<number>} */ v,
      /** @type {ArrayLike<number>} */ m,
      /** @type {number} */ width,
      /** @type {number} */ column,
    ) => Array.from(v).reduce((total, value, row) => total + value * m[row * width + column], 0);
    const sigmoid = (/** @type {number} */ value) => 1 / (1 + Math.exp(-value));
    const expected = h.map((state, unit) => {
      const gate = (/** @type {number} */ column) =>
        sigmoid(sum([...x, ...h], data('gates/kernel'), 2 * UNITS, column) + data('gates/bias')[column]);
      const [r, u] = [gate(unit), gate(UNITS + unit)];
      const from_input =
        sum(x, data('candidate/input_projection/kernel'), UNITS, unit) +
        data('candidate/input_projection/bias')[unit];
      const from_state =
        sum(h, data('candidate/hidden_projection/kernel'), UNITS, unit) +
        data('candidate/hidden_projection/bias')[unit];
      return u * state + (1 - u) * Math.tanh(from_input + r * from_state);
    });
    const { data: actual } = layer.call([[x]], { initial_state: [h] });
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value)).toBeLessThan(1e-6);
    });
    layer.dispose();
  });

  test('values that are stored as one, and dtypes that are not numbers', async () => {
    const tensor = (/** @type {object} */ proto) => ({
      name: 'a',
      op: 'Const',
      input: [],
      attr: { value: { tensor: proto } },
    });
    const shape = { dim: [{ size: 3 }] };
    const read = async (/** @type {object} */ proto) =>
      (await read_weights(graph_file([tensor(proto)]))).tensors.get('a')?.array();
    expect(await read({ dtype: 1, tensor_shape: shape, float_val: [2.5] })).toEqual([2.5, 2.5, 2.5]);
    expect(await read({ dtype: 3, tensor_shape: shape, int_val: [1, 2] })).toEqual([1, 2, 2]);
    expect(await read({ dtype: 19, tensor_shape: shape, half_val: [0x3800] })).toEqual([0.5, 0.5, 0.5]);
    expect(await read({ dtype: 10, tensor_shape: shape })).toEqual([false, false, false]);
    expect(await read({ dtype: 7, tensor_shape: shape })).toBeUndefined();
    // Such as the limits of slices.
    expect(await read({ dtype: 9, tensor_shape: shape, int64_val: [2 ** 53] })).toBeUndefined();
    await expect(
      read({ dtype: 1, tensor_shape: { dim: [{ size: 2 ** 40 }] }, float_val: [1] }),
    ).rejects.toThrow(/cannot have 1 values/);
    await expect(read({ dtype: 1, tensor_shape: { dim: [{ size: -1 }] } })).rejects.toThrow(
      /has the shape \[-1\]/,
    );
  });

  test('damaged copies', async () => {
    const nodes = [
      constant('a/gates/kernel', values(2, 2)),
      constant('a/gates/bias', values(2)),
      node('Add', 'c', 'a', 'b'),
    ];
    const { refused } = await read_damaged_copies(graph_file(nodes));
    expect(refused).toBeGreaterThan(50);
  });
});
