// Gradients through Embedding, RNN(GRUCell), Dropout, Dense and a loss, against central differences of a plain float64 model.
import { beforeAll, expect, test } from '@jest/globals';
import { tensor } from '../../js/index.js';
import { Activation, Dense, Embedding, GradientTape, losses, RNN, Sequential } from '../../js/keras.js';
import { float32_numbers, random_cell } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { activations } from '../reference/activations.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { gru_sequence } from '../reference/gru.js';
import { softmax } from '../reference/losses.js';

beforeAll(ready);

const [BATCH, STEPS, IDS, WIDTH, UNITS, CLASSES] = [3, 4, 6, 2, 5, 3];
const X = [
  [1, 5, 0, 2],
  [2, 2, 3, 0],
  [0, 4, 1, 1],
];
const NAMES = ['table', 'gates_kernel', 'gates_bias', 'candidate_kernel', 'candidate_bias', 'kernel', 'bias'];

/**
 * @param {object} options
 * @param {string} options.activation of the head: softmax trains on probabilities
 * @param {boolean} options.mask_zero
 * @param {boolean} options.go_backwards
 * @param {boolean} options.return_sequences
 */
function make({ activation, mask_zero, go_backwards, return_sequences }) {
  const { cell, weights, next } = random_cell({ inputs: WIDTH, units: UNITS, dtype: 'float64', seed: 12 });
  const own = {
    table: float32_numbers(IDS * WIDTH, next),
    kernel: float32_numbers(UNITS * CLASSES, next),
    bias: float32_numbers(CLASSES, next),
  };
  const model = new Sequential([
    new Embedding(IDS, WIDTH, { dtype: 'float64', mask_zero }),
    new RNN(cell, { return_sequences, go_backwards }),
    new Dense(CLASSES, { activation: 'tanh' }),
    new Activation(activation),
  ]);
  model.build([null, null]);
  const [dense] = model.layers.slice(2);
  model.layers[0].set_weights([{ shape: [IDS, WIDTH], data: own.table }]);
  dense.set_weights([
    { shape: [UNITS, CLASSES], data: own.kernel },
    { shape: [CLASSES], data: own.bias },
  ]);
  return { model, weights: { ...weights, ...own } };
}

/** @param {Parameters<typeof make>[0]} options @param {ArrayLike<number>} targets */
const reference_loss = (options, targets) => (/** @type {any} */ weights) => {
  const { table, kernel, bias } = weights;
  const x = X.flat().flatMap((id) => Array.from(table.slice(id * WIDTH, id * WIDTH + WIDTH)));
  const { outputs, state } = gru_sequence(weights, {
    batch: BATCH,
    steps: STEPS,
    x,
    mask: options.mask_zero ? X.flat().map((id) => id !== 0) : null,
    repeat_output: true,
    go_backwards: options.go_backwards,
  });
  const rows = options.return_sequences ? outputs : state;
  let loss = 0;
  for (let row = 0; row < rows.length / UNITS; row++) {
    const values = Array.from({ length: CLASSES }, (_, j) => {
      let sum = bias[j];
      for (let i = 0; i < UNITS; i++) sum += rows[row * UNITS + i] * kernel[i * CLASSES + j];
      return activations.tanh(sum);
    });
    loss -= Math.log(softmax(values)[targets[row]]) * Math.sin(1 + row);
  }
  return loss;
};

test.each([
  { activation: 'linear', mask_zero: false, go_backwards: false, return_sequences: true },
  { activation: 'softmax', mask_zero: false, go_backwards: true, return_sequences: true },
  { activation: 'softmax', mask_zero: true, go_backwards: false, return_sequences: true },
  { activation: 'linear', mask_zero: true, go_backwards: true, return_sequences: false },
])('%o', (options) => {
  const { model, weights } = make(options);
  const shape = options.return_sequences ? [BATCH, STEPS] : [BATCH];
  const count = shape.reduce((a, b) => a * b);
  const targets = Int32Array.from({ length: count }, (_, i) => (i * i + 1) % CLASSES);
  const tape = new GradientTape();
  const value = tape.record(() =>
    losses.sparse_categorical_crossentropy(tensor(targets, shape), model.call(X), {
      from_logits: options.activation === 'linear',
    }),
  );
  const output_gradients = tensor(
    Float64Array.from({ length: count }, (_, i) => Math.sin(1 + i)),
    shape,
  );
  const actual = tape.gradient(value, model.trainable_weights, { output_gradients });
  const loss = reference_loss(options, targets);
  NAMES.forEach((name, i) => {
    const at = /** @type {any} */ (weights)[name];
    const expected = central_differences((values) => loss({ ...weights, [name]: values }), at);
    expect(relative_difference(/** @type {any} */ (actual[i]).data, expected)).toBeLessThan(1e-7);
  });
  model.dispose();
});
