// The stream of a GRU with layer normalization, which the streams of the binary do not compute.
import { stop_recording } from '../gradient/recording.js';
import { FailedPreconditionError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { run_gru_steps } from './gru_steps.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('./gru_steps.js').StepwiseGRU} StepwiseGRU
 */

/**
 * Runs a GRU with layer normalization step by step. The object has the members of `Stream`; a step allocates. Not a class: bundlers keep
 * a class whose member is named by an expression, even if nothing uses it.
 * @param {() => StepwiseGRU} gru throws once its layer is disposed of
 * @param {number} batch
 * @returns {import('../runtime/stream.js').Stream}
 * @internal
 */
export function layer_norm_stream(gru, batch) {
  const { kernel, units } = gru();
  const { dtype } = kernel;
  const [features] = kernel.shape;
  const input = /** @type {Floats} */ (array_of(dtype, batch * features));
  const state = /** @type {Floats} */ (array_of(dtype, batch * units));
  let is_disposed = false;
  const check = () => {
    if (is_disposed) throw new FailedPreconditionError('this stream is used after it was disposed of');
    return gru();
  };
  const stream = {
    batch,
    get input() {
      check();
      return input;
    },
    get state() {
      check();
      return state;
    },
    step() {
      const checked = check();
      const options = {
        inputs: new Tensor(input.slice(), [batch, 1, features], dtype),
        initial_state: new Tensor(state.slice(), [batch, units], dtype),
        return_sequences: false,
      };
      state.set(stop_recording(() => run_gru_steps(checked, options)).state.data);
    },
    reset() {
      stream.state.fill(0);
    },
    run(/** @type {ArrayLike<number>} */ inputs, /** @type {ArrayLike<number>} */ from) {
      stream.input.set(inputs);
      stream.state.set(from);
      stream.step();
      return state.slice();
    },
    dispose() {
      is_disposed = true;
    },
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
      is_disposed = true;
    },
  };
  return /** @type {any} */ (stream);
}
