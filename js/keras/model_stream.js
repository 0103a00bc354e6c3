// ModelStream: a model that runs step by step, with the states of its recurrent layers.
import { check_positive_integer } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { FailedPreconditionError, ValueError } from '../runtime/errors.js';
import { array_of } from '../runtime/tensor.js';
import { called_stage } from './stages.js';

/**
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('./stages.js').Stage} Stage
 * @typedef {import('./stages.js').StepMask} StepMask
 *
 * @typedef {object} StreamPlan a model's calls of layers. Values have numbers: those of the inputs, then one for each call.
 * @property {(readonly (number | null)[])[]} input_shapes with the batch
 * @property {{ layer: any, inputs: number[] }[]} calls in order
 * @property {number[]} outputs
 *
 * @typedef {object} StreamValue
 * @property {number[]} shape with the batch; one step where it is a sequence
 * @property {boolean} is_sequence
 * @property {{ output: any }} source
 * @property {StepMask} mask of the last step
 */

/**
 * Fill `input`, call `step()`, read `output`: what `predict` gives for the steps so far, at the last of them.
 *
 * Layers before the end of the sequence must compute a step from that step and their state alone. GRU, CuDNNGRU, RNN of one cell, Dense
 * and Embedding run on the WebAssembly heap without allocation; other layers are called. Masks work as in `predict`: a masked step leaves
 * the states. Several inputs and outputs are in `inputs` and `outputs`.
 */
export class ModelStream {
  /** @type {{ stage: Stage, inputs: number[] }[]} */ #calls = [];
  /** @type {StreamValue[]} */ #values = [];
  /** The numbers of the values that are outputs. @type {number[]} */ #outputs = [];
  #input_count = 0;
  #disposed = false;
  #batch;

  /**
   * @param {any} model built, with `_stream_plan`
   * @param {number} batch
   * @throws {ValueError} the model is not built, takes no sequence, or has a layer that cannot run step by step
   * @internal
   */
  constructor(model, batch) {
    const what = `${model.name}.stream`;
    this.#batch = check_positive_integer(`${what}: batch`, batch);
    if (!model.built)
      throw new ValueError(
        `${what}: the model is not built: call it, or build(input_shape), or begin it with Input`,
      );
    const plan = model._stream_plan();
    this.#input_count = plan.input_shapes.length;
    plan.input_shapes.forEach((/** @type {any} */ shape, /** @type {number} */ i) => {
      const takes_ids = first_layer(plan, i)?.input_dtype === 'int32';
      this.#add_input(shape, takes_ids, model._known_dtype ?? 'float32');
    });
    if (!this.#values.some(({ is_sequence }) => is_sequence))
      throw new ValueError(`${what}: the model takes no sequence`);
    try {
      const inputs = this.#values.map((_, i) => i);
      this.#outputs = this.#add_calls(what, plan, inputs);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** @param {readonly (number | null)[]} shape @param {boolean} takes_ids @param {'float32' | 'float64'} dtype */
  #add_input(shape, takes_ids, dtype) {
    const is_sequence = shape.length > 2 || takes_ids;
    const step_shape = [this.#batch, ...shape.slice(1)].map((size, axis) =>
      is_sequence && axis === 1 ? 1 : size,
    );
    const count = step_shape.reduce((product, size) => Number(product) * Number(size), 1);
    const output = array_of(takes_ids ? 'int32' : dtype, Number(count));
    this.#values.push({
      shape: /** @type {number[]} */ (step_shape),
      is_sequence,
      source: { output },
      mask: null,
    });
  }

  /**
   * @param {string} what
   * @param {StreamPlan} plan
   * @param {number[]} inputs numbers of the values that are the plan's inputs
   * @returns {number[]} of those that are its outputs
   */
  #add_calls(what, plan, inputs) {
    const numbers = [...inputs];
    for (const { layer, inputs: from } of plan.calls) {
      const operands = from.map((i) => numbers[i]);
      numbers.push(this.#add_call(what, layer, operands));
    }
    return plan.outputs.map((i) => numbers[i]);
  }

  /** @param {string} what @param {any} layer @param {number[]} inputs @returns {number} the number of its output */
  #add_call(what, layer, inputs) {
    const values = inputs.map((i) => this.#values[i]);
    const is_sequence = values.some((value) => value.is_sequence);
    if (is_sequence && layer._stream_plan) return this.#add_calls(what, layer._stream_plan(), inputs)[0];
    const shapes = values.map(({ shape }) => shape);
    const stage = this.#stage_of(what, layer, shapes, is_sequence);
    this.#calls.push({ stage, inputs });
    const shape = layer.compute_output_shape('_merge' in layer ? shapes : shapes[0]);
    if (Array.isArray(shape[0]))
      throw new ValueError(`${what}: ${layer.name} (${class_name_of(layer)}) has several outputs`);
    const ends_sequence = layer.return_sequences === false;
    this.#values.push({ shape, is_sequence: is_sequence && !ends_sequence, source: stage, mask: null });
    return this.#values.length - 1;
  }

  /**
   * @param {string} what
   * @param {any} layer
   * @param {number[][]} shapes
   * @param {boolean} is_sequence
   * @returns {Stage}
   */
  #stage_of(what, layer, shapes, is_sequence) {
    const is_stepwise = describes_call(layer, '_is_stepwise') && layer._is_stepwise(shapes[0].length);
    const may_make = (is_sequence || is_stepwise) && describes_call(layer, '_make_stage');
    const stage = may_make && layer._make_stage(shapes[0]);
    if (stage) return stage;
    if (is_sequence && !is_stepwise)
      throw new ValueError(`${what}: ${layer.name} (${class_name_of(layer)}) cannot run step by step`);
    // After the end of a sequence any layer without a state may follow: it is called anew after each step.
    if (layer.stateful)
      throw new ValueError(`${what}: ${layer.name} is stateful and comes after the end of the sequence`);
    return called_stage(layer, shapes);
  }

  #check() {
    if (this.#disposed) throw new FailedPreconditionError('this stream is used after it was disposed of');
  }

  /** The number of sequences that run side by side. */
  get batch() {
    return this.#batch;
  }

  /** The next step's features [batch * input size], or token ids [batch]. @returns {any} a typed array */
  get input() {
    this.#check();
    return this.#values[0].source.output;
  }

  /** The same of each input of the model, in order. @returns {any[]} typed arrays */
  get inputs() {
    this.#check();
    return this.#values.slice(0, this.#input_count).map(({ source }) => source.output);
  }

  /** The output of the last step, [batch * output size]. Read it again after any other computation. @returns {Floats} */
  get output() {
    this.#check();
    return this.#values[this.#outputs[0]].source.output;
  }

  /** The same of each output of the model, in order. @returns {Floats[]} */
  get outputs() {
    this.#check();
    return this.#outputs.map((i) => this.#values[i].source.output);
  }

  /** Computes one step. */
  step() {
    this.#check();
    const values = this.#values;
    // Not `for of`: its iterator is a new object in each step.
    for (let i = 0; i < this.#calls.length; i++) {
      const { stage, inputs } = this.#calls[i];
      for (let j = 0; j < inputs.length; j++) {
        const { source, mask } = values[inputs[j]];
        stage.take(source.output, mask, j);
      }
      const mask = stage.step();
      const result = values[this.#input_count + i];
      result.mask = result.is_sequence ? mask : null;
    }
  }

  /** Sets the states of all layers to those that a sequence begins with: zeros, or the weights of `trainable_initial_state`. */
  reset() {
    this.#check();
    for (const { stage } of this.#calls) stage.reset?.();
  }

  /** Frees the memory; a second call does nothing. The model stays. */
  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { stage } of this.#calls) stage.dispose?.();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/** The first layer that takes an input, also inside another model. @param {StreamPlan} plan @param {number} input @returns {any} */
function first_layer(plan, input) {
  const call = plan.calls.find(({ inputs }) => inputs.includes(input));
  if (!call?.layer._stream_plan) return call?.layer;
  return first_layer(call.layer._stream_plan(), call.inputs.indexOf(input));
}

/** Whether a member describes the layer's `call`, and no class of the user overrides that. @param {any} layer @param {string} member */
function describes_call(layer, member) {
  if (!(member in layer)) return false;
  const owner = owner_of(layer, member);
  const caller = owner_of(layer, 'call');
  return owner === caller || owner instanceof caller.constructor;
}

/** @param {any} object @param {string} member that the object has @returns {any} the prototype that has it as its own */
const owner_of = (object, member) =>
  Object.hasOwn(object, member) ? object : owner_of(Object.getPrototypeOf(object), member);
