// Cells as a user writes them, and pairs of a cell with its plain evaluation.
import { ops } from '../../js/gradient/ops.js';
import { GRUCell, get_variable, MultiRNNCell, ResidualWrapper, RNNCell, tensor } from '../../js/index.js';
import { gru_cell, lstm_cell, minimal_cell, residual, stacked } from '../reference/cells.js';
import { float32_numbers } from './cells.js';
import { generator } from './random.js';

/** A gated unit with one gate; its variables come from `build`. */
export class MinimalCell extends RNNCell {
  /** @param {number} units @param {object} [options] */
  constructor(units, options) {
    super(options);
    this.units = units;
  }
  get state_size() {
    return this.units;
  }
  get output_size() {
    return this.units;
  }
  /** @param {readonly (number | null)[]} input_shape */
  build(input_shape) {
    const inputs = Number(input_shape.at(-1));
    this.kernel = this.add_weight('kernel', { shape: [inputs + this.units, 2 * this.units] });
    this.bias = this.add_weight('bias', { shape: [2 * this.units], initializer: 'zeros' });
    return super.build(input_shape);
  }
  /** @param {any} x @param {any} h @returns {any} */
  call(x, h) {
    const both = ops.add(
      ops.matmul(ops.concatenate([x, h], { axis: 1 }), /** @type {any} */ (this.kernel)),
      /** @type {any} */ (this.bias),
    );
    const [gate, candidate] = ops.split(both, 2, { axis: 1 });
    const update = ops.sigmoid(gate);
    const next = ops.add(ops.multiply(update, h), ops.multiply(ops.subtract(1, update), ops.tanh(candidate)));
    return [next, next];
  }
}

/** TF1's BasicLSTMCell; its variables come from `call`. */
export class LSTMCell extends RNNCell {
  /** @param {number} units @param {object} [options] */
  constructor(units, options) {
    super(options);
    this.units = units;
  }
  get state_size() {
    return [this.units, this.units];
  }
  get output_size() {
    return this.units;
  }
  /** @param {any} x @param {any} state @returns {any} */
  call(x, [c, h]) {
    const { dtype } = x;
    const kernel = get_variable('kernel', { shape: [x.shape[1] + this.units, 4 * this.units], dtype });
    const bias = get_variable('bias', { shape: [4 * this.units], dtype, initializer: 'zeros' });
    const all = ops.add(ops.matmul(ops.concatenate([x, h], { axis: 1 }), kernel), bias);
    const [i, j, f, o] = ops.split(all, 4, { axis: 1 });
    const next_c = ops.add(
      ops.multiply(c, ops.sigmoid(ops.add(f, 1))),
      ops.multiply(ops.sigmoid(i), ops.tanh(j)),
    );
    const next_h = ops.multiply(ops.tanh(next_c), ops.sigmoid(o));
    return [next_h, [next_c, next_h]];
  }
}

/** A GRUCell that runs step by step in a sequence too. */
export class SteppedGRUCell extends GRUCell {
  /** @param {any} x @param {any} h */
  call(x, h) {
    return super.call(x, h);
  }
}

/**
 * @typedef {object} Pair
 * @property {RNNCell} cell built, with the parameters as its weights
 * @property {number[][]} parameters in the order of the cell's weights
 * @property {(parameters: ArrayLike<number>[]) => import('../reference/cells.js').Step} step_of
 * @property {any} sizes of the state
 * @property {number} outputs
 */

/**
 * @param {RNNCell} cell not used yet
 * @param {number} inputs
 * @param {'float32' | 'float64'} dtype
 * @param {Pair['step_of']} step_of
 * @param {number} seed
 * @returns {Pair}
 */
function pair_of(cell, inputs, dtype, step_of, seed) {
  cell.apply(tensor(new Array(inputs).fill(0), [1, inputs], dtype), cell.zero_state(1, dtype));
  const next = generator(seed);
  const parameters = cell.weights.map(({ shape }) =>
    float32_numbers(
      shape.reduce((a, b) => a * b, 1),
      next,
      0.6,
    ),
  );
  cell.set_weights(parameters.map((data, i) => ({ data, shape: cell.weights[i].shape })));
  return { cell, parameters, step_of, sizes: cell.state_size, outputs: cell.output_size };
}

/** @typedef {{ dtype: 'float32' | 'float64' }} Options */

/** What is run over sequences, by name; all take three features. @type {Record<string, (options: Options) => Pair>} */
export const PAIRS = {
  GRUCell: ({ dtype }) => pair_of(new GRUCell(4), 3, dtype, gru_cell(3, 4), 1),
  'GRUCell, step by step': ({ dtype }) => pair_of(new SteppedGRUCell(4), 3, dtype, gru_cell(3, 4), 1),
  minimal: ({ dtype }) => pair_of(new MinimalCell(5), 3, dtype, minimal_cell(5), 2),
  LSTM: ({ dtype }) => pair_of(new LSTMCell(4), 3, dtype, lstm_cell(4), 3),
  'residual GRUCell': ({ dtype }) => {
    const step = gru_cell(3, 3);
    return pair_of(new ResidualWrapper(new GRUCell(3)), 3, dtype, (all) => residual(step(all)), 4);
  },
  'residual minimal': ({ dtype }) => {
    const step = minimal_cell(3);
    return pair_of(new ResidualWrapper(new MinimalCell(3)), 3, dtype, (all) => residual(step(all)), 5);
  },
  'stack of GRUCells': ({ dtype }) => {
    const steps = [gru_cell(3, 5), gru_cell(5, 5), gru_cell(5, 2)];
    const stack = new MultiRNNCell([new GRUCell(5), new ResidualWrapper(new GRUCell(5)), new GRUCell(2)]);
    return pair_of(
      stack,
      3,
      dtype,
      (all) =>
        stacked([steps[0](all.slice(0, 4)), residual(steps[1](all.slice(4, 8))), steps[2](all.slice(8))]),
      6,
    );
  },
  'stack of many kinds': ({ dtype }) => {
    const steps = [gru_cell(3, 4), lstm_cell(3), minimal_cell(2)];
    const stack = new MultiRNNCell([new GRUCell(4), new MultiRNNCell([new LSTMCell(3)]), new MinimalCell(2)]);
    return pair_of(
      stack,
      3,
      dtype,
      (all) =>
        stacked([steps[0](all.slice(0, 4)), stacked([steps[1](all.slice(4, 6))]), steps[2](all.slice(6))]),
      7,
    );
  },
};

/**
 * Random states of so many rows, and the same as tensors.
 * @param {any} sizes
 * @param {number} batch
 * @param {() => number} next
 * @param {'float32' | 'float64'} dtype
 * @returns {{ states: any[], tensors: any }}
 */
export function random_states(sizes, batch, next, dtype) {
  if (typeof sizes === 'number') {
    const data = float32_numbers(batch * sizes, next, 0.7);
    const states = Array.from({ length: batch }, (_, row) => data.slice(row * sizes, (row + 1) * sizes));
    return { states, tensors: tensor(data, [batch, sizes], dtype) };
  }
  const parts = sizes.map((/** @type {any} */ size) => random_states(size, batch, next, dtype));
  const states = Array.from({ length: batch }, (_, row) =>
    parts.map((/** @type {any} */ part) => part.states[row]),
  );
  return { states, tensors: parts.map((/** @type {any} */ part) => part.tensors) };
}
