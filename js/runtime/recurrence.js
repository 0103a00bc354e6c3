// The recurrence on the heap: the binary's cell of some variables, single steps, sequences, gradients.
import { check_gradient } from './activation_functions.js';
import { element_bytes } from './dtypes.js';
import { with_gradients } from './heap_gradient.js';
import { loaded_heap } from './init.js';
import { SavedSequence } from './saved_sequence.js';
import { Stream } from './stream.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./variable.js').Variable} Variable */
/** @typedef {import('./heap.js').FloatDtype} FloatDtype */
/** @typedef {string | import('./activation_functions.js').ActivationFunction} Activation */

/**
 * @typedef {object} RecurrenceOptions
 * @property {number} inputs
 * @property {number} units
 * @property {FloatDtype} dtype
 * @property {Activation} activation a name, or a function
 * @property {Activation} [recurrent_activation] default `'sigmoid'`
 * @property {'tf1' | 'keras'} family the layout of the variables
 * @property {boolean} [reset_after] for Keras
 * @property {Variable[]} variables TF1: gates kernel, gates bias, candidate kernel, candidate bias. Keras: kernel, recurrent
 *   kernel, and the bias if there is one.
 *
 * @typedef {object} SequenceOptions
 * @property {ArrayLike<number>} inputs in row-major order, [batch, steps, inputs] or with `time_major` [steps, batch, inputs]
 * @property {number} batch
 * @property {number} steps
 * @property {boolean} [time_major]
 * @property {Uint8Array | null} [mask] one value for each row of the inputs: 0 marks a masked step
 * @property {boolean} [repeat_output] whether the output of a masked step is the previous output instead of zeros
 * @property {ArrayLike<number> | null} [initial_state] [batch, units]; null: zeros
 * @property {boolean} [return_sequences] whether to return the outputs of all steps (default) or only the final state
 * @property {boolean} [training] whether to save what `gradient` needs
 *
 * @typedef {object} SequenceResult
 * @property {Floats | null} outputs in the inputs' order
 * @property {Floats} state the final state
 * @property {SavedSequence | null} saved with `training`
 *
 * @typedef {object} Gradients
 * @property {Floats | null} d_inputs
 * @property {Floats} d_initial_state
 * @property {import('./heap_gradient.js').HeapGradient[]} d_variables in the variables' order; empty if not computed
 */

/** A recurrent cell on the heap. It keeps its variables alive until it is disposed of. */
export class Recurrence {
  #options;
  /** @type {import('./heap.js').Block} */ #cell;
  /** @type {Stream | null} */ #stepper = null;
  /** @type {{ gates: number, candidate: number }} */ #activations;

  /** @param {RecurrenceOptions} options */
  constructor(options) {
    this.#options = options;
    const heap = loaded_heap();
    const { activation, recurrent_activation = 'sigmoid' } = options;
    const number_of = (/** @type {Activation} */ value) =>
      typeof value === 'string' ? heap.activations[value] : heap.functions.add(this, value);
    this.#activations = { gates: number_of(recurrent_activation), candidate: number_of(activation) };
    this.#cell = heap.own(this, heap.kernels[options.dtype].cell_bytes(), 'a recurrent cell');
    this.#make(
      this.#cell.address,
      options.variables.map((variable) => variable._address),
    );
    for (const variable of options.variables) variable._retain();
  }

  /**
   * @param {number} to
   * @param {number[]} addresses of the variables, or of blocks with their layout
   */
  #make(to, addresses) {
    const { inputs, units, dtype, family, reset_after = false } = this.#options;
    const kernels = loaded_heap().kernels[dtype];
    const { gates, candidate } = this.#activations;
    const [first, second, third = 0, fourth = 0] = addresses;
    if (family === 'tf1') {
      kernels.make_tf1_cell(to, inputs, units, candidate, first, second, third, fourth);
    } else {
      kernels.make_keras_cell(to, inputs, units, reset_after, gates, candidate, first, second, third);
    }
  }

  /** @returns {import('./activation_functions.js').ActivationFunction[]} */
  get #functions() {
    const { activation, recurrent_activation = 'sigmoid' } = this.#options;
    return [activation, recurrent_activation].filter((value) => typeof value !== 'string');
  }

  /** Whether a step calls functions of JavaScript. */
  get has_functions() {
    return this.#functions.length > 0;
  }

  /** @throws {ValueError} an activation is a function without a gradient */
  check_differentiable() {
    for (const activation of this.#functions) check_gradient(activation);
  }

  get dtype() {
    return this.#options.dtype;
  }

  /** Throws if the cell or one of its variables was disposed of. @returns {number} */
  get address() {
    for (const variable of this.#options.variables) variable._address;
    return this.#cell.address;
  }

  /** In the order of `RecurrenceOptions`. @returns {readonly Variable[]} */
  get variables() {
    return this.#options.variables;
  }
  get inputs() {
    return this.#options.inputs;
  }
  get units() {
    return this.#options.units;
  }

  /**
   * One step: the new state.
   * @param {ArrayLike<number>} inputs [batch, inputs]
   * @param {ArrayLike<number>} state [batch, units]
   * @param {number} batch
   * @returns {Floats}
   */
  step(inputs, state, batch) {
    if (this.#stepper?.batch !== batch) {
      this.#stepper?.dispose();
      this.#stepper = null;
      this.#stepper = new Stream(this, batch);
    }
    return this.#stepper.run(inputs, state);
  }

  /**
   * @param {SequenceOptions} options
   * @returns {SequenceResult}
   */
  sequence(options) {
    const {
      inputs,
      batch,
      steps,
      time_major = false,
      mask = null,
      repeat_output = false,
      initial_state = null,
    } = options;
    const { return_sequences = true, training = false } = options;
    const { units, dtype } = this;
    const width = element_bytes(dtype);
    const heap = loaded_heap();
    const kernels = heap.kernels[dtype];
    const cell = this.address;
    if (training) this.check_differentiable();
    const saved = training
      ? new SavedSequence(this, { batch, steps, time_major, mask, repeat_output })
      : null;
    const rows = batch * steps;
    const purpose = `a sequence of ${steps} steps of ${batch} rows`;
    try {
      return heap.borrow(
        {
          inputs: saved ? 0 : rows * this.inputs * width,
          mask: mask && !saved ? rows : 0,
          state: batch * units * width,
          outputs: return_sequences ? rows * units * width : 0,
          work: kernels.sequence_work(cell, batch, steps, training),
        },
        purpose,
        (at) => {
          const places = saved ? saved.places() : { inputs: at.inputs, mask: at.mask, block: 0 };
          heap.write(places.inputs, inputs, dtype);
          if (mask) heap.write(places.mask, mask, 'bool');
          if (mask && saved) this.#clear_masked(places.inputs, mask);
          if (initial_state) heap.write(at.state, initial_state, dtype);
          else heap.clear(at.state, batch * units * width);
          heap.functions.guard(() =>
            kernels.sequence(
              heap.arguments('sequence', {
                cell,
                batch,
                steps,
                time_major,
                repeat_output,
                inputs: places.inputs,
                mask: places.mask,
                state: at.state,
                outputs: at.outputs,
                saved: places.block,
                work: at.work,
              }),
            ),
          );
          return {
            outputs: return_sequences ? heap.read(at.outputs, rows * units, dtype) : null,
            state: heap.read(at.state, batch * units, dtype),
            saved,
          };
        },
      );
    } catch (error) {
      saved?.dispose();
      throw error;
    }
  }

  /**
   * Sets masked rows of the inputs to zero: their values must not reach a gradient, not even as zero times infinity.
   * @param {number} address
   * @param {Uint8Array} mask
   */
  #clear_masked(address, mask) {
    const bytes = this.inputs * element_bytes(this.dtype);
    const heap = loaded_heap();
    for (let row = 0; row < mask.length; row++) if (!mask[row]) heap.clear(address + row * bytes, bytes);
  }

  /**
   * Back-propagation through time.
   *
   * @param {SavedSequence} saved
   * @param {object} options
   * @param {ArrayLike<number> | null} options.d_outputs the gradient of the outputs, in their order; null: zeros
   * @param {ArrayLike<number> | null} options.d_state the gradient of the final state; null: zeros
   * @param {boolean} [options.inputs] whether to compute the gradient of the inputs. Default true.
   * @param {boolean} [options.weights] whether to compute the gradients of the variables. Default true.
   * @returns {Gradients}
   */
  gradient(saved, { d_outputs, d_state, inputs = true, weights = true }) {
    const { batch, steps, time_major, repeat_output } = saved;
    const { units, dtype } = this;
    const { variables } = this.#options;
    const width = element_bytes(dtype);
    const heap = loaded_heap();
    const kernels = heap.kernels[dtype];
    const cell = this.address;
    const rows = batch * steps;
    const sizes = {
      cell: weights ? kernels.cell_bytes() : 0,
      d_outputs: d_outputs ? rows * units * width : 0,
      d_state: batch * units * width,
      d_inputs: inputs ? rows * this.inputs * width : 0,
      work: kernels.gradient_work(cell, batch, steps, inputs),
    };
    return with_gradients(weights ? variables : [], (d_variables) =>
      heap.borrow(sizes, `the gradient of a sequence of ${steps} steps of ${batch} rows`, (at) => {
        if (weights)
          this.#make(
            at.cell,
            d_variables.map(({ address }) => address),
          );
        if (d_outputs) heap.write(at.d_outputs, d_outputs, dtype);
        if (d_state) heap.write(at.d_state, d_state, dtype);
        else heap.clear(at.d_state, batch * units * width);
        const places = saved.places();
        heap.functions.guard(() =>
          kernels.gradient(
            heap.arguments('gradient', {
              cell,
              to: at.cell,
              batch,
              steps,
              time_major,
              repeat_output,
              inputs: places.inputs,
              mask: places.mask,
              saved: places.block,
              d_outputs: at.d_outputs,
              d_state: at.d_state,
              d_inputs: at.d_inputs,
              work: at.work,
            }),
          ),
        );
        return {
          d_inputs: inputs ? heap.read(at.d_inputs, rows * this.inputs, dtype) : null,
          d_initial_state: heap.read(at.d_state, batch * units, dtype),
          d_variables,
        };
      }),
    );
  }

  dispose() {
    if (this.#cell.disposed) return;
    this.#stepper?.dispose();
    this.#stepper = null;
    this.#cell.dispose();
    for (const number of Object.values(this.#activations)) loaded_heap().functions.release(number);
    for (const variable of this.#options.variables) variable._release();
  }
}
