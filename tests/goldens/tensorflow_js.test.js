// What TensorFlow.js computes: layers, directions, masks, states, gradients, losses, training (tensorflow_js/generate.js made it).
//
// TensorFlow.js rounds the result of each operation to float32 (6e-8 of its size at most). Sums of about ten such errors make up the tolerances
// below: outputs are below 1, gradients below 10. Our float64 differs from the recordings as much as our float32 does.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { tensor, Variable } from '../../js/index.js';
import {
  Bidirectional,
  Dense,
  Embedding,
  GRU,
  GradientTape,
  losses,
  ops,
  optimizers,
  Sequential,
} from '../../js/keras.js';
import { DTYPES } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { greatest_difference, read_json } from './recordings.js';

beforeAll(ready);

const RECORDINGS = read_json('tensorflow_js/recordings.json');
const OUTPUT_TOLERANCE = 3e-7;
const GRADIENT_TOLERANCE = 2e-6;

/** @param {any} actual @param {any} expected @param {number} tolerance */
function expect_close(actual, expected, tolerance) {
  expect(actual.shape).toEqual(expected.shape);
  expect(greatest_difference(actual.data, expected.data)).toBeLessThan(tolerance);
}

/** @param {any} recording @param {'float32' | 'float64'} dtype */
const to_tensor = ({ shape, data }, dtype) => tensor(data, shape, dtype);

/** @param {any} layer @param {any} recording @param {'float32' | 'float64'} dtype */
function check_layer(layer, recording, dtype) {
  const { weights, inputs, mask, initial_state, outputs } = recording;
  layer.build(inputs[0].shape);
  layer.set_weights(weights);
  const options = {
    mask,
    ...(initial_state && {
      initial_state: initial_state.map((/** @type {any} */ state) => to_tensor(state, dtype)),
    }),
  };
  for (const [call, input] of inputs.entries()) {
    const results = [layer.call(to_tensor(input, dtype), options)].flat();
    expect(results).toHaveLength(outputs[call].length);
    for (const [i, result] of results.entries()) expect_close(result, outputs[call][i], OUTPUT_TOLERANCE);
  }
  if (!recording.coefficients) return;
  const tape = new GradientTape();
  const x = to_tensor(inputs[0], dtype);
  tape.watch(x);
  const value = tape.record(() =>
    [layer.call(x, options)]
      .flat()
      .map((output, i) => ops.sum(ops.multiply(output, to_tensor(recording.coefficients[i], dtype))))
      .reduce((a, b) => ops.add(a, b)),
  );
  const gradients = tape.gradient(value, [x, ...layer.trainable_weights]);
  const expected = [recording.input_gradient, ...recording.weight_gradients];
  expect(gradients).toHaveLength(expected.length);
  for (const [i, gradient] of gradients.entries()) expect_close(gradient, expected[i], GRADIENT_TOLERANCE);
}

describe.each(DTYPES)('%s', (dtype) => {
  const layers = RECORDINGS.layers.map((/** @type {any} */ recording, /** @type {number} */ number) => [
    `${number} ${JSON.stringify(recording.options)}`,
    recording,
  ]);
  test.each(layers)('GRU %s', (_, recording) => {
    const [{ shape }] = recording.weights;
    const layer = new GRU(shape[1] / 3, { ...recording.options, reset_after: false, dtype });
    check_layer(layer, recording, dtype);
    layer.dispose();
  });

  const wrappers = RECORDINGS.bidirectional.map(
    (/** @type {any} */ recording, /** @type {number} */ number) => [
      `${number} ${JSON.stringify(recording.options)}`,
      recording,
    ],
  );
  test.each(wrappers)('Bidirectional %s', (_, recording) => {
    const [{ shape }] = recording.weights;
    const gru = new GRU(shape[1] / 3, { ...recording.layer_options, reset_after: false, dtype });
    const layer = new Bidirectional(gru, recording.options);
    check_layer(layer, recording, dtype);
    layer.dispose();
  });

  const loss_recordings = RECORDINGS.losses.map((/** @type {any} */ recording) => [
    recording.name,
    recording,
  ]);
  test.each(loss_recordings)('losses: %s and its gradient', (name, { y_true, y_pred, values, gradient }) => {
    const loss = /** @type {any} */ (losses)[name];
    const prediction = to_tensor(y_pred, dtype);
    const tape = new GradientTape();
    tape.watch(prediction);
    const result = tape.record(() => loss(to_tensor(y_true, dtype), prediction));
    // Losses and their gradients reach about 10.
    expect_close(result, values, 2e-6);
    expect_close(tape.gradient(result, prediction), gradient, 1e-5);
  });

  const step_recordings = RECORDINGS.optimizer_steps.map((/** @type {any} */ recording) => [
    `${recording.name} ${JSON.stringify(recording.options)}`,
    recording,
  ]);
  test.each(step_recordings)('five steps of %s', (_, { name, options, before, gradients, after }) => {
    const variable = new Variable({ name: 'variable', shape: before.shape, dtype, value: before.data });
    const optimizer = new /** @type {any} */ (optimizers)[name](options);
    for (const [i, gradient] of gradients.entries()) {
      optimizer.apply_gradients([[to_tensor(gradient, dtype), variable]]);
      // Values and steps are below 2; TensorFlow.js rounds each of about eight operations of a step.
      expect_close(variable.value, after[i], 1e-6);
    }
    variable.dispose();
  });

  const runs = RECORDINGS.training.map((/** @type {any} */ recording) => [
    `${recording.name} ${JSON.stringify(recording.options)}`,
    recording,
  ]);
  test.each(runs)('training with %s', (_, { name, options, before, ids, classes, ...recorded }) => {
    // Weights of the embedding, three of each GRU, two of the dense layer.
    const [count, width] = before[0].shape;
    const units = [before[2].shape[0], before[5].shape[0]];
    const gru = { reset_after: false, dtype };
    const model = new Sequential(
      [
        new Embedding(count, width, { mask_zero: true, dtype }),
        new GRU(units[0], { ...gru, return_sequences: true }),
        new GRU(units[1], { ...gru, recurrent_activation: 'hard_sigmoid' }),
        new Dense(count, { activation: 'softmax', dtype }),
      ],
      { dtype },
    );
    model.build([null, ids[0].length]);
    model.set_weights(before);
    const optimizer = new /** @type {any} */ (optimizers)[name](options);
    model.compile({ optimizer, loss: 'categorical_crossentropy' });
    const x = tensor(ids, null, 'int32');
    const y = tensor(
      classes.map((/** @type {number} */ id) => Array.from({ length: count }, (_, i) => Number(i === id))),
      null,
      dtype,
    );
    expect_close(model.predict(x), recorded.prediction, OUTPUT_TOLERANCE);
    for (const loss of recorded.losses) {
      const result = /** @type {any} */ (model.train_on_batch(x, y));
      expect(Math.abs((typeof result === 'number' ? result : result.loss) - loss)).toBeLessThan(2e-6);
    }
    for (const [i, weight] of model.get_weights().entries()) expect_close(weight, recorded.after[i], 1e-5);
    model.dispose();
  });
});
