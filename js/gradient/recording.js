// How operations record themselves on the tapes that are recording. Apart from GradientTape, so that a program that
// does not train does not contain it.

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap_gradient.js').HeapGradient} HeapGradient
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {Tensor | import('../runtime/variable.js').Variable} Source
 *
 * @typedef {object} Operation
 * @property {readonly (Source | null)[]} inputs its operands; null: an operand without a gradient
 * @property {readonly Tensor[]} outputs
 * @property {(d_outputs: (Floats | null)[], needed: boolean[]) => (ArrayLike<number> | HeapGradient | null)[]} backward from the
 *   gradients of the outputs (null: zero) to those of the inputs, in row-major order or, of variables, on the heap; those not
 *   needed may be null. Called at most once unless the tape is persistent; it must not write to its arguments, nor to what
 *   it returned: that belongs to the tape.
 * @property {() => void} [dispose] frees the memory that `backward` needed
 */

/**
 * @typedef {import('./tape.js').GradientTape} Recorder
 */

/** @type {Recorder[]} those that are recording */
const active = [];

/**
 * Runs a function while a tape is recording.
 * @template R
 * @param {Recorder} tape
 * @param {() => R} body
 * @returns {R}
 */
export function record_on(tape, body) {
  active.push(tape);
  try {
    return body();
  } finally {
    active.splice(active.lastIndexOf(tape), 1);
  }
}

/** Whether any tape is recording: a cheap check before `is_recording`. */
export const has_tape = () => active.length > 0;

/**
 * Whether an operation on these inputs is to be recorded: some tape is recording and can be asked for a gradient that goes
 * through one of them.
 * @param {readonly (Source | null | undefined)[]} inputs
 */
export const is_recording = (inputs) => active.some((tape) => tape._reaches(inputs));

/**
 * Records an operation on every tape that needs it. The operation is disposed of with the last of them.
 * @param {Operation} operation
 */
export function record_operation(operation) {
  const tapes = active.filter((tape) => tape._reaches(operation.inputs));
  if (!tapes.length) {
    operation.dispose?.();
    return;
  }
  let holders = tapes.length;
  const shared = {
    ...operation,
    dispose: () => {
      holders -= 1;
      if (holders === 0) operation.dispose?.();
    },
  };
  for (const tape of tapes) tape._add(shared);
}

/**
 * Runs a function without recording (`tf.GradientTape.stop_recording`, for every tape).
 * @template R
 * @param {() => R} body
 * @returns {R}
 */
export function stop_recording(body) {
  const paused = active.splice(0);
  try {
    return body();
  } finally {
    active.push(...paused);
  }
}
