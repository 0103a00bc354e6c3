// A work is a task for an engine: a shape, and the data.
import { random_numbers, uniform } from './random.js';

/**
 * @typedef {object} Shape
 * @property {string} name of the application that has this shape
 * @property {number} inputs
 * @property {number[]} units of the layers, from first to last
 * @property {number} batch
 * @property {number} steps 1: single steps, the state is passed from call to call
 * @property {Record<string, number>} [floors] the least ratio of a peer's time to that of the relaxed binary
 *
 * @typedef {object} LayerWeights TensorFlow 1's: gates in the order r, u
 * @property {number} inputs
 * @property {number} units
 * @property {Float32Array} gates_kernel [inputs + units, 2 units]
 * @property {Float32Array} gates_bias
 * @property {Float32Array} candidate_kernel [inputs + units, units]
 * @property {Float32Array} candidate_bias
 *
 * @typedef {Shape & { kind: 'step' | 'call' | 'sequence', layers: LayerWeights[], x: Float32Array, state: Float32Array }} RecurrentWork
 *   `x` is [steps, batch, inputs]; `state` [batch, units] is the initial state of a step, which has one layer; sequences begin with zeros
 *
 * @typedef {Shape & { kind: 'training', classes: number, learning_rate: number, epsilon: number, layers: LayerWeights[], ids: Int32Array,
 *   targets: Int32Array, dense_kernel: Float32Array, dense_bias: Float32Array }} TrainingWork
 *   `ids` and `targets` are [batch, steps]; the inputs are the ids as one-hot vectors. `epsilon` is so
 *   small that it does not change results: the engines add it at different places in Adam's formula.
 *
 * @typedef {RecurrentWork | TrainingWork} Work
 *
 * @typedef {object} Prepared a work that an engine is ready to do
 * @property {() => unknown} run the work once; returns a promise if the engine is asynchronous
 * @property {() => Float32Array | Promise<Float32Array>} output of the work, from its initial state: the new
 *   state of a step, all outputs of a sequence in time-major order, the loss of the first training steps
 * @property {() => void} [dispose]
 *
 * @typedef {object} Engine
 * @property {string} version
 * @property {(work: Work) => Prepared | null | Promise<Prepared | null>} prepare null: not supported
 */

/** @param {Pick<Shape, 'inputs' | 'units'>} shape @param {() => number} next @returns {LayerWeights[]} */
function layer_weights({ inputs, units }, next) {
  return units.map((size, i) => {
    const from = i ? units[i - 1] : inputs;
    const spread = 1.5 / Math.sqrt(from + size);
    return {
      inputs: from,
      units: size,
      gates_kernel: uniform(next, (from + size) * 2 * size, spread),
      gates_bias: uniform(next, 2 * size, 0.5, 0.3),
      candidate_kernel: uniform(next, (from + size) * size, spread),
      candidate_bias: uniform(next, size, 0.5, -0.1),
    };
  });
}

/** @param {Shape} shape @param {RecurrentWork['kind']} kind @returns {RecurrentWork} */
export function recurrent_work(shape, kind) {
  const next = random_numbers(1009 * shape.inputs + 31 * shape.units[0] + shape.steps);
  return {
    ...shape,
    kind,
    layers: layer_weights(shape, next),
    x: uniform(next, shape.steps * shape.batch * shape.inputs, 1),
    state: uniform(next, shape.batch * shape.units[0], 0.9),
  };
}

/** @param {Shape & { classes: number, learning_rate: number, epsilon: number }} shape @returns {TrainingWork} */
export function training_work(shape) {
  const next = random_numbers(7919);
  const rows = shape.batch * shape.steps;
  const units = /** @type {number} */ (shape.units.at(-1));
  const ids = (/** @type {number} */ below) =>
    Int32Array.from({ length: rows }, () => Math.floor(next() * below));
  return {
    ...shape,
    kind: 'training',
    layers: layer_weights(shape, next),
    ids: ids(shape.inputs),
    targets: ids(shape.classes),
    dense_kernel: uniform(next, units * shape.classes, 0.2),
    dense_bias: uniform(next, shape.classes, 0.1),
  };
}
