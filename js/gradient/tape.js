// GradientTape: records operations and computes gradients backwards through them.
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { RuntimeError, ValueError } from '../runtime/errors.js';
import { add_gradient } from '../runtime/gradient_arithmetic.js';
import { HeapGradient } from '../runtime/heap_gradient.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { record_on, stop_recording } from './recording.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */
/** @typedef {import('./recording.js').Source} Source */
/** @typedef {import('./recording.js').Operation} Operation */
/** @typedef {Map<Source, Floats | HeapGradient>} Gradients arrays and blocks that nothing else uses */

/** Records operations and computes gradients (`tf.GradientTape`). */
export class GradientTape {
  #persistent;
  #watch_accessed;
  /** @type {Operation[]} */ #operations = [];
  /** @type {WeakSet<Source>} */ #reached = new WeakSet();
  #used = false;

  /**
   * @param {object} [options]
   * @param {boolean} [options.persistent] whether `gradient` may be called more than once; then call `dispose()` at the end.
   *   Default false.
   * @param {boolean} [options.watch_accessed_variables] whether trainable variables are watched without `watch`. Default true.
   */
  constructor(options = {}) {
    check_options('GradientTape', options, ['persistent', 'watch_accessed_variables']);
    const { persistent = false, watch_accessed_variables = true } = options;
    this.#persistent = persistent;
    this.#watch_accessed = watch_accessed_variables;
  }

  /**
   * Runs a function and records what it computes (Python's `with tape:`). May be called more than once.
   * @template R
   * @param {() => R} body must not be asynchronous
   * @returns {R} what the function returns
   * @throws {TypeError} not a function, or an asynchronous one
   */
  record(body) {
    if (typeof body !== 'function')
      throw new TypeError(`GradientTape.record: body must be a function, not ${show(body)}`);
    const result = record_on(this, body);
    if (result instanceof Promise) {
      throw new TypeError(
        'GradientTape.record: the function must not be asynchronous: what it computes later is not recorded',
      );
    }
    return result;
  }

  /**
   * Makes the gradients of a tensor, or of a variable that is not trainable, available (`tf.GradientTape.watch`).
   * @param {Source | Source[]} sources
   * @throws {ValueError} a tensor that is not of floats
   */
  watch(sources) {
    for (const source of [sources].flat()) {
      check_source('watch: tensor', source);
      this.#reached.add(source);
    }
  }

  /**
   * The gradient of a tensor, or of the sum of its values, with respect to each source.
   *
   * @template {Source | Source[]} S
   * @param {Tensor | Tensor[]} target several: of the sum of them all
   * @param {S} sources variables, or tensors that were watched or computed on the tape
   * @param {object} [options]
   * @param {import('../runtime/tensor.js').TensorInput | (import('../runtime/tensor.js').TensorInput | null)[] | null} [options.output_gradients] weights
   *   of the target's values, in its shape; for several targets a list, in which null stands for ones. Default: ones
   * @returns {S extends any[] ? (Tensor | null)[] : Tensor | null} in the sources' order, each of its source's shape and
   *   dtype; null where the target does not depend on the source
   * @throws {RuntimeError} a second call on a tape that is not persistent
   * @throws {ValueError} output_gradients of another shape or number
   * @throws {TypeError} a target or a source that is none
   */
  gradient(target, sources, options = {}) {
    const list = /** @type {Source[]} */ ([sources].flat());
    const gradients = this._heap_gradients(target, list, options);
    try {
      const tensors = gradients.map(
        (gradient) => gradient && new Tensor(gradient.data, gradient.shape, gradient.dtype),
      );
      return /** @type {any} */ (Array.isArray(sources) ? tensors : tensors[0]);
    } finally {
      dispose_of(gradients);
    }
  }

  /**
   * The same for an optimizer: gradients that were computed on the heap stay there, as {@link HeapGradient}s, which the caller
   * disposes of.
   * @internal
   * @param {Tensor | Tensor[]} target
   * @param {Source[]} sources
   * @param {{ output_gradients?: any }} [options]
   * @returns {(Tensor | null)[]}
   */
  _heap_gradients(target, sources, options = {}) {
    check_options('gradient', options, ['output_gradients']);
    const targets = [target].flat();
    for (const tensor of targets) {
      if (!(tensor instanceof Tensor))
        throw new TypeError(`gradient: target must be a Tensor, not ${show(tensor)}`);
    }
    for (const source of sources) check_source('gradient: sources', source);
    const weights = check_output_gradients(options.output_gradients ?? null, targets, Array.isArray(target));
    if (this.#used && !this.#persistent) {
      throw new RuntimeError(
        'gradient: a tape computes gradients once; make it with { persistent: true } to call gradient again',
      );
    }
    this.#used = true;
    /** @type {Gradients} */
    const gradients = new Map();
    // The caller's arrays must not be written to.
    const in_use = new Set(weights);
    try {
      targets.forEach((tensor, i) => {
        if (is_float(tensor.dtype))
          add(gradients, tensor, weights[i] ?? array_of(tensor.dtype, tensor.size).fill(1), in_use);
      });
      stop_recording(() => this.#go_back(gradients, in_use));
      /** @type {Set<Source>} */
      const returned = new Set();
      const results = sources.map((source) => {
        const values = gradients.get(source);
        if (!values || !this.#reached_or_watched(source)) return null;
        if (!(values instanceof HeapGradient)) return new Tensor(values, source.shape, source.dtype);
        // A source that is named a second time gets a copy.
        if (returned.has(source)) return new Tensor(values.read(), source.shape, source.dtype);
        returned.add(source);
        return values;
      });
      for (const source of returned) gradients.delete(source);
      return results;
    } finally {
      dispose_of(gradients.values());
      if (!this.#persistent) this.dispose();
    }
  }

  /**
   * @param {Gradients} gradients of the targets; in the end of everything they depend on
   * @param {Set<unknown>} in_use see add()
   */
  #go_back(gradients, in_use) {
    for (let i = this.#operations.length - 1; i >= 0; i--) {
      const { inputs, outputs, backward } = this.#operations[i];
      // Only variables have gradients on the heap, and no variable is an output.
      const d_outputs = outputs.map((output) => /** @type {Floats | null} */ (gradients.get(output) ?? null));
      if (d_outputs.every((values) => values === null)) continue;
      const needed = inputs.map((input) => input !== null && this.#reached_or_watched(input));
      const d_inputs = backward(d_outputs, needed);
      try {
        inputs.forEach((input, place) => {
          const values = d_inputs[place];
          if (!values) return;
          if (input && needed[place]) add(gradients, input, values, in_use);
          else dispose_of([values]);
        });
      } catch (error) {
        dispose_of(d_inputs);
        throw error;
      }
    }
  }

  /** @param {Source} source */
  #reached_or_watched(source) {
    return (
      this.#reached.has(source) || (this.#watch_accessed && source instanceof Variable && source.trainable)
    );
  }

  /** Frees the recorded operations; a tape that is not persistent does so after `gradient`. */
  dispose() {
    for (const operation of this.#operations) operation.dispose?.();
    this.#operations = [];
  }

  /** Frees the recorded operations, so that the tape can be used again (`tf.GradientTape.reset`). */
  reset() {
    this.dispose();
    this.#reached = new WeakSet();
    this.#used = false;
  }

  /** @internal @param {readonly (Source | null | undefined)[]} inputs */
  _reaches(inputs) {
    return inputs.some((input) => input && this.#reached_or_watched(input));
  }

  /** @internal @param {Operation} operation */
  _add(operation) {
    this.#operations.push(operation);
    for (const output of operation.outputs) this.#reached.add(output);
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/**
 * @param {any} output_gradients
 * @param {Tensor[]} targets
 * @param {boolean} is_list whether the caller passed a list of targets; then the weights are a list, too
 * @returns {(ArrayLike<number> | null)[]} for each target; null: ones
 */
function check_output_gradients(output_gradients, targets, is_list) {
  const what = 'gradient: output_gradients';
  if (output_gradients === null) return targets.map(() => null);
  const list = is_list ? output_gradients : [output_gradients];
  if (!Array.isArray(list) || list.length !== targets.length) {
    throw new ValueError(
      `${what} must be a list of ${targets.length}, one for each target, not ${show(output_gradients)}`,
    );
  }
  return list.map((weights, i) => {
    if (weights === null || weights === undefined) return null;
    const { shape, dtype } = targets[i];
    const tensor = as_tensor(what, weights, is_float(dtype) ? dtype : null);
    if (!same_shape(tensor.shape, shape)) {
      throw new ValueError(
        `${what} must have the target's shape ${show_shape(shape)}, not ${show_shape(tensor.shape)}`,
      );
    }
    return tensor.data;
  });
}

/**
 * @param {Gradients} gradients
 * @param {Source} source
 * @param {ArrayLike<number> | HeapGradient} values copied only if they are in use, or not an array of the right type
 * @param {Set<unknown>} in_use arrays that must not be written to; those of the gradients are added
 */
function add(gradients, source, values, in_use) {
  const sum = gradients.get(source);
  if (values instanceof HeapGradient) {
    if (!sum) gradients.set(source, values);
    else if (sum instanceof HeapGradient) {
      add_gradient(sum, values);
      values.dispose();
    } else add_to(sum, values.data);
    return;
  }
  if (sum instanceof HeapGradient) {
    const array = /** @type {Floats} */ (sum.data);
    in_use.add(array);
    gradients.set(source, array);
    add_to(array, values);
    return;
  }
  if (sum) {
    add_to(sum, values);
    return;
  }
  const Type = source.dtype === 'float64' ? Float64Array : Float32Array;
  const is_free =
    values instanceof Type && values.byteLength === values.buffer.byteLength && !in_use.has(values);
  const array = is_free ? values : new Type(values);
  in_use.add(array);
  gradients.set(source, array);
}

/**
 * @param {Floats} sum
 * @param {ArrayLike<number>} values
 */
function add_to(sum, values) {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

/**
 * Frees those that are on the heap.
 * @internal
 * @param {Iterable<unknown>} gradients
 */
export function dispose_of(gradients) {
  for (const gradient of gradients) if (gradient instanceof HeapGradient) gradient.dispose();
}

/**
 * @param {string} what
 * @param {unknown} source
 */
function check_source(what, source) {
  if (!(source instanceof Tensor || source instanceof Variable)) {
    throw new TypeError(`${what} must be a Tensor or a Variable, not ${show(source)}`);
  }
  if (!is_float(source.dtype)) throw new ValueError(`${what} must be of floats, not ${source.dtype}`);
}
