// The prediction that every app shows, and the check of it.
import { BINARIES } from '../../js/runtime/binaries.js';
import { gru_sequence } from '../reference/gru.js';

const UNITS = 2;

/** The state after the apps' three steps, evaluated plainly in float64. */
export const EXPECTED = gru_sequence(
  {
    inputs: 1,
    units: UNITS,
    gates_kernel: new Array((1 + UNITS) * 2 * UNITS).fill(0.5),
    gates_bias: new Array(2 * UNITS).fill(1),
    candidate_kernel: new Array((1 + UNITS) * UNITS).fill(0.5),
    candidate_bias: new Array(UNITS).fill(0),
  },
  { batch: 1, steps: 3, x: [1, -2, 0.5] },
).state;

export const TOLERANCE = 1e-6;

/**
 * @param {import('./places.js').Place} place
 * @param {import('./ways.js').Prediction[]} predictions what its app shows
 * @returns {string[]} what is wrong with them
 */
export function faults_of({ binary, results = 1 }, predictions) {
  const faults = [];
  if (predictions.length !== results)
    faults.push(`expected ${results} predictions, not ${predictions.length}`);
  const threads = new Set(predictions.map(({ thread }) => thread));
  if (threads.size !== predictions.length) faults.push('two predictions come from the same thread');
  const { simd } = /** @type {(typeof BINARIES)[number]} */ (BINARIES.find(({ name }) => name === binary));
  for (const prediction of predictions) {
    if (prediction.simd !== simd) faults.push(`the binary is ${prediction.simd}, not ${simd}`);
    const [state = [], ...more] = prediction.state;
    const is_near = (/** @type {number} */ value, /** @type {number} */ i) =>
      Math.abs(state[i] - value) <= TOLERANCE;
    if (more.length || state.length !== EXPECTED.length || !EXPECTED.every(is_near))
      faults.push(`the state is ${JSON.stringify(prediction.state)}, not [${JSON.stringify(EXPECTED)}]`);
  }
  return faults;
}
