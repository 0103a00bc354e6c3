// Running a recurrence on tensors, one step or a sequence, recorded on the tapes that are recording.
import { has_tape, is_recording, record_operation } from '../gradient/recording.js';
import { Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/recurrence.js').Recurrence} Recurrence
 */

/**
 * One step.
 * @param {Recurrence} recurrence
 * @param {Tensor} inputs [batch, inputs]
 * @param {Tensor} state [batch, units]
 * @returns {Tensor} the new state
 */
export function run_step(recurrence, inputs, state) {
  const [batch] = inputs.shape;
  if (!has_tape() || !is_recording([inputs, state, ...recurrence.variables])) {
    return new Tensor(recurrence.step(inputs.data, state.data, batch), state.shape, state.dtype);
  }
  const options = { inputs, steps: 1, initial_state: state, return_sequences: false };
  return run_sequence(recurrence, options).state;
}

/**
 * @param {Recurrence} recurrence
 * @param {object} options
 * @param {Tensor} options.inputs [batch, steps, inputs], with `time_major` [steps, batch, inputs]; of one step also
 *   [batch, inputs]
 * @param {number} options.steps
 * @param {Tensor} options.initial_state [batch, units]
 * @param {boolean} [options.time_major]
 * @param {Uint8Array | null} [options.mask] as SequenceOptions
 * @param {boolean} [options.repeat_output] as SequenceOptions
 * @param {boolean} [options.return_sequences] default true
 * @returns {{ outputs: Tensor | null, state: Tensor }}
 */
export function run_sequence(recurrence, options) {
  const { inputs, steps, initial_state, time_major = false, mask = null } = options;
  const { repeat_output = false, return_sequences = true } = options;
  const [batch, units] = initial_state.shape;
  const { dtype } = recurrence;
  const shape = time_major ? [steps, batch, units] : [batch, steps, units];
  if (batch * steps === 0) {
    return {
      outputs: return_sequences ? new Tensor(initial_state.data.slice(0, 0), shape, dtype) : null,
      state: initial_state,
    };
  }
  const sources = [inputs, initial_state, ...recurrence.variables];
  const training = is_recording(sources);
  const { outputs, state, saved } = recurrence.sequence({
    inputs: inputs.data,
    batch,
    steps,
    time_major,
    mask,
    repeat_output,
    initial_state: initial_state.data,
    return_sequences,
    training,
  });
  const result = {
    outputs: outputs && new Tensor(outputs, shape, dtype),
    state: new Tensor(state, [batch, units], dtype),
  };
  if (saved) {
    record_operation({
      inputs: sources,
      outputs: result.outputs ? [result.state, result.outputs] : [result.state],
      backward([d_state, d_outputs = null], [needs_inputs, , ...needs_variables]) {
        const gradients = recurrence.gradient(saved, {
          d_outputs,
          d_state,
          inputs: needs_inputs,
          weights: needs_variables.includes(true),
        });
        return [gradients.d_inputs, gradients.d_initial_state, ...gradients.d_variables];
      },
      dispose: () => saved.dispose(),
    });
  }
  return result;
}
