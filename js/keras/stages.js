// Stages: what a ModelStream runs for each call of a layer, one step at a time.
import { size_of } from '../runtime/check.js';
import { array_of, Tensor } from '../runtime/tensor.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 *
 * @typedef {Uint8Array | null} StepMask [batch]: 0 where the step does not count; null: it counts everywhere
 *
 * @typedef {object} Stage
 * @property {(values: any, mask: StepMask, i: number) => void} take copies the i-th input
 * @property {() => StepMask} step computes the output, and returns its mask
 * @property {Floats | Int32Array} output of the last step; it may change its place
 * @property {() => void} [reset] sets the states to the initial ones
 * @property {() => void} [dispose]
 */

/**
 * A stage of a stream without state.
 * @param {{ input: any, output: any, step(): void, dispose(): void }} stream
 * @returns {Stage}
 * @internal
 */
export function stage_of_stream(stream) {
  /** @type {StepMask} */
  let mask = null;
  return {
    take(values, values_mask) {
      stream.input.set(values);
      mask = values_mask;
    },
    step() {
      stream.step();
      return mask;
    },
    get output() {
      return stream.output;
    },
    dispose: () => stream.dispose(),
  };
}

/**
 * A stage of a stream whose output is its state. In rows that the mask leaves out the state stays; before a row's first step that counts
 * its output is zeros, also where the initial state is not.
 * @param {import('../runtime/stream.js').Stream} stream
 * @returns {Stage}
 * @internal
 */
export function recurrent_stage(stream) {
  /** @type {StepMask} */
  let mask = null;
  /** @type {Floats | null} */
  let before = null;
  const has_begun = new Uint8Array(stream.batch);
  return {
    take(values, values_mask) {
      stream.input.set(values);
      mask = values_mask;
    },
    step() {
      if (!mask?.includes(0)) {
        stream.step();
        has_begun.fill(1);
        return mask;
      }
      before ??= stream.state.slice();
      before.set(stream.state);
      stream.step();
      restore_rows(stream.state, before, mask);
      for (let row = 0; row < mask.length; row++) has_begun[row] |= mask[row];
      return mask;
    },
    get output() {
      const { state } = stream;
      if (!has_begun.includes(0)) return state;
      const output = state.slice();
      restore_rows(output, output.slice().fill(0), has_begun);
      return output;
    },
    reset() {
      stream.reset();
      has_begun.fill(0);
    },
    dispose: () => stream.dispose(),
  };
}

/**
 * Writes back the rows that the mask leaves out.
 * @param {Floats} values [batch * width]
 * @param {Floats} before
 * @param {Uint8Array} mask [batch]
 */
function restore_rows(values, before, mask) {
  const width = values.length / mask.length;
  mask.forEach((counts, row) => {
    if (!counts) values.set(before.subarray(row * width, (row + 1) * width), row * width);
  });
}

/**
 * A stage that calls a layer that has no state; it allocates.
 * @param {any} layer
 * @param {readonly (readonly number[])[]} shapes of its inputs: of one step each, or without an axis of steps
 * @returns {Stage}
 * @internal
 */
export function called_stage(layer, shapes) {
  const dtype = /** @type {FloatDtype} */ (layer.dtype ?? 'float32');
  const input_dtype = layer.input_dtype ?? dtype;
  const inputs = shapes.map((shape) => array_of(input_dtype, size_of(shape)));
  /** @type {StepMask[]} */
  const masks = shapes.map(() => null);
  let output = array_of(dtype, 0);
  return {
    take(values, mask, i) {
      inputs[i].set(values);
      masks[i] = mask;
    },
    step() {
      const tensors = inputs.map((data, i) => new Tensor(data, shapes[i], input_dtype));
      const step_masks = masks.map((mask) => mask && new Tensor(mask, [mask.length, 1], 'bool'));
      const is_list = '_merge' in layer;
      const has_mask = masks.some((mask) => mask !== null) || layer._makes_mask;
      const [x, mask] = is_list ? [tensors, step_masks] : [tensors[0], step_masks[0]];
      output = layer.call(x).data;
      return has_mask ? (layer.compute_mask(x, mask)?.data ?? null) : null;
    },
    get output() {
      return output;
    },
  };
}

/**
 * A stage of a layer with a state, one step of its sequence after the other; it allocates.
 * @param {any} layer of RecurrentLayer
 * @param {readonly number[]} shape of its input, [batch, 1, ...]
 * @returns {Stage}
 * @internal
 */
export function sequence_stage(layer, shape) {
  const [batch] = shape;
  const dtype = /** @type {FloatDtype} */ (layer.dtype);
  const input = array_of(dtype, size_of(shape));
  let state = layer._first_state(batch, dtype);
  let output = array_of(dtype, 0);
  /** @type {StepMask} */
  let mask = null;
  return {
    take(values, values_mask) {
      input.set(values);
      mask = values_mask;
    },
    step() {
      const options = { batch, steps: 1, time_major: false, return_sequences: true, training: false };
      const inputs = new Tensor(input.slice(), shape, dtype);
      const result = layer._sequence({
        ...options,
        inputs,
        initial_state: state,
        mask,
        repeat_output: false,
      });
      const next = result.outputs.data.slice();
      const before = output.length ? output : next.slice().fill(0);
      output = next;
      if (mask && !layer.zero_output_for_mask) restore_rows(output, before, mask);
      state = result.state;
      return mask;
    },
    get output() {
      return output;
    },
    reset() {
      state = layer._first_state(batch, dtype);
      output = array_of(dtype, 0);
    },
  };
}

/**
 * A stage of a layer over windows of steps, each window the last steps and before the first one zeros; it allocates.
 * @param {(window: Tensor) => Tensor} call
 * @param {readonly number[]} shape [batch, steps of a window, features]
 * @param {FloatDtype} dtype
 * @returns {Stage}
 * @internal
 */
export function window_stage(call, shape, dtype) {
  const [batch, steps, features] = shape;
  const window = array_of(dtype, size_of(shape));
  /** @type {Floats} */
  let output = array_of(dtype, 0);
  return {
    take(values) {
      for (let row = 0; row < batch; row++) {
        const start = row * steps * features;
        window.copyWithin(start, start + features, start + steps * features);
        window.set(values.subarray(row * features, (row + 1) * features), start + (steps - 1) * features);
      }
    },
    step() {
      output = /** @type {Floats} */ (call(new Tensor(window.slice(), shape, dtype)).data);
      return null;
    },
    get output() {
      return output;
    },
    reset: () => void window.fill(0),
  };
}
