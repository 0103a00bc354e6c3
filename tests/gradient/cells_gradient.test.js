// Gradients through every kind of cell against central differences of the float64 evaluation.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import {
  bidirectional_dynamic_rnn,
  DropoutWrapper,
  dynamic_rnn,
  GRUCell,
  memory,
  reset_default_graph,
  tensor,
} from '../../js/index.js';
import { float32_numbers } from '../helpers/cells.js';
import { generator } from '../helpers/random.js';
import { ready } from '../helpers/ready.js';
import { MinimalCell, PAIRS, random_states } from '../helpers/user_cells.js';
import { by_tensor, cell_sequence } from '../reference/cells.js';
import { central_differences, relative_difference } from '../reference/differences.js';
import { reverse_sequence } from '../reference/gru.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

const [BATCH, STEPS, INPUTS] = [2, 3, 3];

/** @param {any} structure @returns {any[]} */
const leaves = (structure) => (Array.isArray(structure) ? structure.flatMap(leaves) : [structure]);
/** @param {any} lists of numbers, nested @returns {number[][]} */
const number_lists = (lists) => (typeof lists[0] === 'number' ? [lists] : lists.flatMap(number_lists));
/** A different weight for each number of a result. */
const weight = (/** @type {number} */ which, /** @type {number} */ i) => Math.sin(0.3 + 2 * which + 1.7 * i);
/** @param {number[][]} results */
const weigh = (results) =>
  results.reduce(
    (sum, values, which) => sum + values.reduce((a, value, i) => a + value * weight(which, i), 0),
    0,
  );

/** @param {any[]} targets */
const output_gradients = (targets) =>
  targets.map(({ data, shape }, which) =>
    tensor(
      Float64Array.from(data, (_, i) => weight(which, i)),
      shape,
      'float64',
    ),
  );

/**
 * @param {() => any} run gives the tensors that the loss is made of
 * @param {any[]} sources
 * @param {number[][]} values of the sources
 * @param {(values: ArrayLike<number>[]) => number} loss
 */
function check(run, sources, values, loss) {
  const tape = new GradientTape({ persistent: true });
  tape.watch(sources);
  const targets = leaves(tape.record(run));
  const gradients = tape.gradient(targets, sources, { output_gradients: output_gradients(targets) });
  tape.dispose();
  expect(loss(values)).toBeCloseTo(weigh(targets.map(({ data }) => [...data])), 10);
  sources.forEach((source, which) => {
    const at = (/** @type {ArrayLike<number>} */ changed) =>
      loss(values.map((value, i) => (i === which ? changed : value)));
    const expected = central_differences(at, values[which]);
    const difference = relative_difference(gradients[which].data, expected);
    expect([source.name ?? which, difference < 1e-7, difference]).toEqual([
      source.name ?? which,
      true,
      difference,
    ]);
  });
}

describe.each(Object.keys(PAIRS))('%s', (name) => {
  const set_up = () => {
    const pair = PAIRS[name]({ dtype: 'float64' });
    const next = generator(23);
    const x = float32_numbers(BATCH * STEPS * INPUTS, next);
    const { states, tensors } = random_states(pair.sizes, BATCH, next, 'float64');
    return { ...pair, x, states, tensors, inputs: tensor(x, [BATCH, STEPS, INPUTS], 'float64') };
  };

  test.each([[null], [[3, 1]], [[2, 0]]])('dynamic_rnn, lengths %j', (lengths) => {
    const { cell, parameters, step_of, x, inputs, states, tensors, outputs } = set_up();
    check(
      () => dynamic_rnn(cell, inputs, { sequence_length: lengths, initial_state: tensors }),
      [...cell.trainable_weights, inputs],
      [...parameters, x],
      (values) => {
        const sizes = { batch: BATCH, steps: STEPS, outputs };
        const changed = { ...sizes, x: values[parameters.length], states, lengths };
        const result = cell_sequence(step_of(values.slice(0, parameters.length)), changed);
        return weigh([result.outputs, ...number_lists(by_tensor(result.states))]);
      },
    );
    cell.dispose();
  });

  test('the gradient of the initial state', () => {
    const { cell, inputs, tensors } = set_up();
    const tape = new GradientTape();
    tape.watch(leaves(tensors));
    const [outputs] = tape.record(() =>
      dynamic_rnn(cell, inputs, { initial_state: tensors, sequence_length: [3, 2] }),
    );
    const gradients = tape.gradient([outputs], leaves(tensors), {
      output_gradients: output_gradients([outputs]),
    });
    leaves(tensors).forEach((leaf, which) => {
      const before = leaf.data;
      const expected = central_differences((values) => {
        leaf.data = values;
        const [changed] = dynamic_rnn(cell, inputs, { initial_state: tensors, sequence_length: [3, 2] });
        return weigh([[...changed.data]]);
      }, before);
      leaf.data = before;
      expect(relative_difference(gradients[which]?.data ?? [], expected)).toBeLessThan(1e-7);
    });
    cell.dispose();
  });

  test('bidirectional_dynamic_rnn with lengths', () => {
    const { cell, parameters, step_of, x, inputs, states, tensors, outputs } = set_up();
    const lengths = [3, 2];
    const options = { sequence_length: lengths, initial_state_fw: tensors, initial_state_bw: tensors };
    check(
      () => bidirectional_dynamic_rnn(cell, cell, inputs, options),
      [...cell.trainable_weights, inputs],
      [...parameters, x],
      (values) => {
        const step = step_of(values.slice(0, parameters.length));
        const [x] = values.slice(parameters.length);
        const sizes = { batch: BATCH, steps: STEPS, states, lengths, outputs };
        const fw = cell_sequence(step, { ...sizes, x });
        const turned = reverse_sequence(x, BATCH, STEPS, INPUTS, lengths);
        const bw = cell_sequence(step, { ...sizes, x: turned });
        const back = reverse_sequence(bw.outputs, BATCH, STEPS, outputs, lengths);
        const final = [fw, bw].flatMap((result) => number_lists(by_tensor(result.states)));
        return weigh([fw.outputs, back, ...final]);
      },
    );
    cell.dispose();
  });

  test('NaN past a row’s length reaches no gradient', () => {
    const { cell, x } = set_up();
    const spoilt = x.map((value, i) => (i < (STEPS + 1) * INPUTS ? value : Number.NaN));
    const inputs = tensor(spoilt, [BATCH, STEPS, INPUTS], 'float64');
    const tape = new GradientTape();
    tape.watch(inputs);
    const [outputs] = tape.record(() => dynamic_rnn(cell, inputs, { sequence_length: [3, 1] }));
    const gradients = tape.gradient(outputs, [...cell.weights, inputs]);
    for (const gradient of gradients)
      expect([...(gradient?.data ?? [Number.NaN])].some(Number.isNaN)).toBe(false);
    expect(
      [...(gradients.at(-1)?.data.slice((STEPS + 1) * INPUTS) ?? [])].every((value) => value === 0),
    ).toBe(true);
    cell.dispose();
  });

  test('the tape frees its memory', () => {
    const { cell, inputs } = set_up();
    dynamic_rnn(cell, inputs);
    const before = memory();
    for (let i = 0; i < 4; i++) {
      const tape = new GradientTape();
      const [outputs] = tape.record(() => dynamic_rnn(cell, inputs));
      if (i % 2) tape.gradient(outputs, cell.weights);
      else tape.dispose();
    }
    expect(memory()).toEqual(before);
    cell.dispose();
  });
});

// The masks come from the seed, so that a new wrapper with the same seed is the same function again.
describe.each([
  ['whole sequences', GRUCell, {}],
  ['step by step', MinimalCell, {}],
  ['of the state', GRUCell, { state_keep_prob: 0.7 }],
  [
    'the same at every step',
    MinimalCell,
    { state_keep_prob: 0.7, variational_recurrent: true, input_size: 3, dtype: 'float64' },
  ],
])('dropout, %s', (_, Cell, more) => {
  test('gradients', () => {
    const cell = new Cell(4, { dtype: 'float64' });
    const x = float32_numbers(BATCH * STEPS * INPUTS, generator(2));
    const inputs = tensor(x, [BATCH, STEPS, INPUTS], 'float64');
    const options = { input_keep_prob: 0.6, output_keep_prob: 0.8, seed: 9, ...more };
    const run = () =>
      dynamic_rnn(new DropoutWrapper(cell, /** @type {any} */ (options)), inputs, {
        sequence_length: [3, 2],
      });
    run();
    const kernels = cell.weights.map((variable) => [...variable.value.data]);
    check(run, [...cell.weights, inputs], [...kernels, x], (values) => {
      cell.set_weights(cell.weights.map(({ shape }, i) => ({ shape, data: Float64Array.from(values[i]) })));
      const before = inputs.data;
      inputs.data = Float64Array.from(values[kernels.length]);
      const result = weigh(leaves(run()).map(({ data }) => [...data]));
      inputs.data = before;
      cell.set_weights(cell.weights.map(({ shape }, i) => ({ shape, data: Float64Array.from(kernels[i]) })));
      return result;
    });
    cell.dispose();
  });
});
