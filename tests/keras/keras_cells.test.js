// Keras's GRUCell and StackedRNNCells: what RNN of them computes is what the layer GRU does.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { load_model } from '../../js/formats.js';
import * as index from '../../js/index.js';
import { Bidirectional, GRU, GRUCell, RNN, Sequential, StackedRNNCells } from '../../js/keras.js';
import { generator, numbers } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

const [BATCH, STEPS, INPUTS] = [2, 5, 3];
const next = generator(4);
const X = index.tensor(numbers(BATCH * STEPS * INPUTS, next), [BATCH, STEPS, INPUTS], 'float32');
const MASK = [
  [1, 1, 0, 1, 0],
  [0, 1, 1, 0, 1],
];

/** @param {any} layer @param {readonly (number | null)[]} [shape] */
function filled(layer, shape = [null, null, INPUTS]) {
  layer.build(shape);
  const random = generator(6);
  layer.set_weights(
    layer.weights.map((/** @type {any} */ { shape: size }) =>
      index.tensor(
        numbers(
          size.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1),
          random,
        ),
        size,
        'float32',
      ),
    ),
  );
  return layer;
}

describe.each([
  {},
  { reset_after: false, recurrent_activation: 'hard_sigmoid' },
  { use_bias: false, activation: 'relu' },
  { activation: null, recurrent_activation: 'hard_sigmoid_v3' },
])('%j', (options) => {
  test.each([
    {},
    { return_sequences: true, go_backwards: true },
    { return_sequences: true, zero_output_for_mask: true },
  ])('RNN with %j', (flags) => {
    const before = index.memory();
    const layer = filled(new RNN(new GRUCell(4, options), flags));
    const gru = filled(new GRU(4, { ...options, ...flags }));
    expect(layer.call(X)).toEqual(gru.call(X));
    expect(layer.call(X, { mask: MASK })).toEqual(gru.call(X, { mask: MASK }));
    layer.dispose();
    gru.dispose();
    expect(index.memory()).toEqual(before);
  });

  test('a step, and a stream', () => {
    const cell = filled(new GRUCell(4, options), [null, INPUTS]);
    const gru = filled(new GRU(4, options));
    const h = index.tensor(numbers(BATCH * 4, generator(9)), [BATCH, 4], 'float32');
    const x = index.tensor(X.data.slice(0, BATCH * INPUTS), [BATCH, INPUTS], 'float32');
    const expected = gru.call(index.tensor(x.data, [BATCH, 1, INPUTS]), { initial_state: h });
    expect(cell.call(x, h)).toEqual([expected, expected]);
    // Keras gives a list of states where it gets one.
    expect(cell.call(x, [h])).toEqual([expected, [expected]]);
    const stream = cell.stream(BATCH);
    stream.input.set(x.data);
    stream.state.set(h.data);
    stream.step();
    expect(stream.state).toEqual(expected.data);
    expect(cell.get_initial_state({ batch_size: 3 })).toEqual(index.tensor(new Float32Array(12), [3, 4]));
    expect(cell.get_initial_state({ inputs: x }).shape).toEqual([BATCH, 4]);
    cell.dispose();
    gru.dispose();
  });
});

test('a stack is layer after layer', () => {
  const cells = () => [new GRUCell(4, { reset_after: false }), new GRUCell(2)];
  const stacks = [
    new RNN(new StackedRNNCells(cells()), { return_state: true }),
    new RNN(cells(), { return_state: true }),
  ];
  const [first, second] = [new GRU(4, { reset_after: false, return_sequences: true }), new GRU(2)];
  for (const stack of stacks) {
    filled(stack);
    first.build([null, null, INPUTS]);
    second.build([null, null, 4]);
    first.set_weights(stack.get_weights().slice(0, 3));
    second.set_weights(stack.get_weights().slice(3));
    const below = first.call(X);
    const [output, ...states] = stack.call(X);
    expect(output).toEqual(second.call(below));
    expect(states.map(({ shape }) => shape)).toEqual([
      [BATCH, 4],
      [BATCH, 2],
    ]);
    expect(states[1]).toEqual(output);
    const masked = stack.call(X, { mask: MASK })[0];
    expect(masked).toEqual(second.call(first.call(X, { mask: MASK }), { mask: MASK }));
    const { cell } = stack;
    expect(cell).toBeInstanceOf(StackedRNNCells);
    const x = index.tensor(X.data.slice(0, BATCH * INPUTS), [BATCH, INPUTS], 'float32');
    const [step, next_states] = cell.call(x, cell.get_initial_state({ batch_size: BATCH }));
    expect(next_states[1]).toEqual(step);
    stack.dispose();
  }
});

test("a file: TensorFlow 1's cells and Keras's have the same name, and are told apart", async () => {
  const model = new Sequential([
    new RNN(new GRUCell(4, { reset_after: false }), { return_sequences: true }),
    new RNN(new index.GRUCell(3), { return_sequences: true }),
    new Bidirectional(new RNN([new GRUCell(2), new GRUCell(2)])),
  ]);
  model.build([null, null, INPUTS]);
  const again = await load_model(await model.save());
  expect(again.predict(X)).toEqual(model.predict(X));
  expect(again.layers[0].cell).toBeInstanceOf(GRUCell);
  expect(again.layers[1].cell).toBeInstanceOf(index.GRUCell);
  model.dispose();
  again.dispose();
  index.reset_default_graph();
});

test('a cell of the user on it', () => {
  class Doubled extends GRUCell {
    /** @param {any} inputs @param {any} states */
    call(inputs, states) {
      const [output, next_state] = super.call(inputs, states);
      return /** @type {[any, any]} */ ([
        index.tensor(
          output.data.map((value) => 2 * value),
          output.shape,
        ),
        next_state,
      ]);
    }
  }
  const layer = filled(new RNN(new Doubled(4)));
  const plain = filled(new RNN(new GRUCell(4)));
  expect(layer.cell).toBeInstanceOf(Doubled);
  expect([...layer.call(X).data]).toEqual(Array.from(plain.call(X).data, (value) => 2 * value));
});

test.each(
  /** @type {[() => any, RegExp][]} */ ([
    [() => new GRUCell(0), /GRUCell: units must be a positive integer/],
    [() => new GRUCell(2, { dropout: 2 }), /GRUCell: dropout must be a number from 0 to 1/],
    [() => new StackedRNNCells([]), /cells must be a list of different cells of Keras/],
    [() => new StackedRNNCells([new index.GRUCell(2)]), /cells must be a list of different cells of Keras/],
    [() => new GRUCell(2).call([1, 2], [[0, 0]]), /inputs must have shape \[batch, inputs\]/],
    [() => new GRUCell(2).call([[1, 2]], [[0, 0, 0]]), /states must have shape \[1, 2\]/],
    [() => new GRUCell(2).build([null, null]), /last dimension of input_shape must be a positive integer/],
    [() => new GRUCell(2).stream(), /is not built/],
    [() => filled(new GRUCell(2), [null, 3]).call([[1, 2]], [[0, 0]]), /inputs must have 3 features, not 2/],
    [() => new GRUCell(2).get_initial_state(), /batch_size must be an integer/],
    [
      () => new RNN(new GRUCell(2, { dropout: 0.5 })).call(X, { training: true }),
      /a cell with dropout does not train/,
    ],
  ]),
)('refused: %s', (run, message) => {
  expect(run).toThrow(message);
});
