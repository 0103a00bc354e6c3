// Bidirectional layers with random weights, and their plain evaluation.
import { GRUCell, tensor } from '../../js/index.js';
import { Bidirectional, CuDNNGRU, GRU, RNN } from '../../js/keras.js';
import { from_cudnn, gru_sequence, rows } from '../reference/gru.js';
import { float32_numbers } from './cells.js';

/** @typedef {(sizes: { inputs: number, units: number }, values: ArrayLike<number>[]) => any} WeightsOf */

/**
 * What goes both ways, by name: how it is made, and what the reference takes for its weights.
 * @type {Record<string, { make: (units: number, options: object) => any, weights_of: WeightsOf }>}
 */
export const KINDS = {
  GRU: {
    make: (units, options) => new GRU(units, options),
    weights_of: (sizes, [kernel, recurrent_kernel, bias]) => ({ ...sizes, kernel, recurrent_kernel, bias }),
  },
  'GRU, reset before': {
    make: (units, options) => new GRU(units, { ...options, reset_after: false, activation: 'softsign' }),
    weights_of: (sizes, [kernel, recurrent_kernel, bias]) => ({
      ...sizes,
      kernel,
      recurrent_kernel,
      bias,
      reset_after: false,
      activation: 'softsign',
    }),
  },
  CuDNNGRU: {
    make: (units, options) => new CuDNNGRU(units, options),
    weights_of: ({ inputs, units }, [kernel, recurrent_kernel, bias]) => ({
      inputs,
      units,
      kernel: from_cudnn(kernel, inputs, units),
      recurrent_kernel: from_cudnn(recurrent_kernel, units, units),
      bias,
    }),
  },
  'RNN(GRUCell)': {
    make: (units, options) => new RNN(new GRUCell(units), options),
    weights_of: (sizes, [gates_kernel, gates_bias, candidate_kernel, candidate_bias]) => ({
      ...sizes,
      gates_kernel,
      gates_bias,
      candidate_kernel,
      candidate_bias,
    }),
  },
};

/**
 * Sets random weights that float32 holds exactly.
 * @param {import('../../js/keras.js').Layer} layer built
 * @param {() => number} next
 * @param {number} [scale]
 * @returns {number[][]} their values
 */
export function randomize(layer, next, scale = 0.6) {
  const values = layer.weights.map(({ shape }) =>
    float32_numbers(
      shape.reduce((a, b) => a * b, 1),
      next,
      scale,
    ),
  );
  layer.set_weights(values.map((data, i) => ({ data, shape: layer.weights[i].shape })));
  return values;
}

/**
 * @param {string} kind of KINDS
 * @param {object} options
 * @param {number} options.inputs
 * @param {number} options.units
 * @param {'float32' | 'float64'} options.dtype
 * @param {import('../../js/keras/bidirectional.js').MergeMode} options.merge_mode
 * @param {object} options.layer options of the layer
 * @param {() => number} next
 */
export function make_bidirectional(kind, { inputs, units, dtype, merge_mode, layer: options }, next) {
  const inner = KINDS[kind].make(units, { ...options, dtype });
  const layer = new Bidirectional(inner, { merge_mode });
  layer.build([null, null, inputs]);
  return { layer, values: randomize(layer, next) };
}

/** @type {Record<string, (fw: number, bw: number) => number>} */
const MERGE = {
  sum: (fw, bw) => fw + bw,
  mul: (fw, bw) => fw * bw,
  ave: (fw, bw) => (fw + bw) / 2,
};

/** @param {number[]} values [batch, steps, units] @param {number} batch @param {number} steps */
const turn = (values, batch, steps) => {
  const units = values.length / batch / steps;
  return Array.from({ length: batch * steps }, (_, i) => {
    const [row, step] = [Math.floor(i / steps), i % steps];
    return rows(values, row * steps + steps - 1 - step, units);
  }).flat();
};

/**
 * What Keras's Bidirectional gives.
 * @param {string} kind
 * @param {ArrayLike<number>[]} values of all weights
 * @param {object} options
 * @param {number} options.inputs
 * @param {number} options.units
 * @param {number} options.batch
 * @param {number} options.steps
 * @param {ArrayLike<number>} options.x [batch, steps, inputs]
 * @param {(ArrayLike<number> | null)[]} [options.states] of each direction
 * @param {ArrayLike<number> | null} [options.mask]
 * @param {string | null} options.merge_mode
 * @param {boolean} [options.return_sequences]
 * @param {boolean} [options.go_backwards]
 * @returns {{ outputs: number[][], states: number[][] }} one output, or with merge_mode null two
 */
export function bidirectional(kind, values, options) {
  const { inputs, units, batch, steps, x, states = [null, null], mask = null } = options;
  const { merge_mode, return_sequences = false, go_backwards = false } = options;
  const half = values.length / 2;
  const results = [values.slice(0, half), values.slice(half)].map((own, direction) =>
    gru_sequence(KINDS[kind].weights_of({ inputs, units }, own), {
      batch,
      steps,
      x,
      mask,
      state: states[direction],
      repeat_output: !return_sequences,
      go_backwards: go_backwards !== (direction === 1),
    }),
  );
  const [fw, bw] = results.map(({ outputs }, direction) => {
    if (return_sequences) return direction === 1 ? turn(outputs, batch, steps) : outputs;
    return Array.from({ length: batch }, (_, row) => rows(outputs, (row + 1) * steps - 1, units)).flat();
  });
  const side_by_side = () =>
    Array.from({ length: fw.length / units }, (_, i) => [
      ...rows(fw, i, units),
      ...rows(bw, i, units),
    ]).flat();
  const merged = () =>
    merge_mode === 'concat'
      ? side_by_side()
      : fw.map((value, i) => MERGE[/** @type {string} */ (merge_mode)](value, bw[i]));
  return {
    outputs: merge_mode === null ? [fw, bw] : [merged()],
    states: results.map(({ state }) => state),
  };
}

/**
 * Values in the order of a layer's axes, as a tensor.
 * @param {ArrayLike<number>} values
 * @param {number[]} shape
 * @param {'float32' | 'float64' | 'bool'} dtype
 */
export const to_input = (values, shape, dtype) =>
  tensor(/** @type {any} */ (Array.from(values)), shape, dtype);
