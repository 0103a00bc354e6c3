// GradientTape: operations record how to go back through them, and the tape goes back.
import { check_options, same_shape, show, show_shape } from '../runtime/check.js';
import { RuntimeError, ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';

/** @typedef {import('../runtime/heap.js').Floats} Floats */
/** @typedef {Tensor | Variable} Source */

/**
 * @typedef {object} Operation
 * @property {readonly (Source | null)[]} inputs what it was computed from; null: nothing that has a gradient
 * @property {readonly Tensor[]} outputs
 * @property {(d_outputs: (Floats | null)[], needed: boolean[]) => (ArrayLike<number> | null)[]} backward from the gradients of the outputs
 *   (null: zero) to those of the inputs, in row-major order; those not needed may be null. Called at most once unless the tape is persistent; it
 *   must not write to what it is given, nor keep what it gives: that is taken as it is and added to.
 * @property {() => void} [dispose] frees what was kept for `backward`
 */

/** @type {GradientTape[]} */
const active = [];

/**
 * Whether an operation on these inputs is to be recorded: some tape is recording and can be asked for a gradient that goes
 * through one of them.
 * @param {readonly (Source | null | undefined)[]} inputs
 */
export const is_recording = (inputs) => active.some((tape) => tape._reaches(inputs));

/**
 * Records an operation on every tape that needs it. What `backward` keeps is disposed of with the last of them.
 * @param {Operation} operation
 */
export function record_operation(operation) {
  const tapes = active.filter((tape) => tape._reaches(operation.inputs));
  if (!tapes.length) {
    operation.dispose?.();
    return;
  }
  let holders = tapes.length;
  const held = {
    ...operation,
    dispose: () => {
      holders -= 1;
      if (holders === 0) operation.dispose?.();
    },
  };
  for (const tape of tapes) tape._add(held);
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

/** Records operations and computes gradients (`tf.GradientTape`). */
export class GradientTape {
  #persistent;
  #watch_accessed;
  /** @type {Operation[]} */ #operations = [];
  /** @type {WeakSet<Source>} */ #reached = new WeakSet();
  #used = false;

  /**
   * @param {object} [options]
   * @param {boolean} [options.persistent] whether `gradient` may be called more than once; then `dispose()` is due.
   *   Default false.
   * @param {boolean} [options.watch_accessed_variables] whether trainable variables are watched by themselves. Default true.
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
   */
  record(body) {
    active.push(this);
    try {
      const result = body();
      if (result instanceof Promise) {
        throw new TypeError(
          'GradientTape.record: the function must not be asynchronous: what it computes later is not recorded',
        );
      }
      return result;
    } finally {
      active.splice(active.lastIndexOf(this), 1);
    }
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
    check_options('gradient', options, ['output_gradients']);
    const targets = [target].flat();
    const wanted = /** @type {Source[]} */ ([sources].flat());
    for (const tensor of targets) {
      if (!(tensor instanceof Tensor))
        throw new TypeError(`gradient: target must be a Tensor, not ${show(tensor)}`);
    }
    for (const source of wanted) check_source('gradient: sources', source);
    const weights = check_output_gradients(options.output_gradients ?? null, targets, Array.isArray(target));
    if (this.#used && !this.#persistent) {
      throw new RuntimeError(
        'gradient: this tape has given its gradient; make it with { persistent: true } to ask more than once',
      );
    }
    this.#used = true;
    /** @type {Map<Source, Floats>} */
    const gradients = new Map();
    // What the caller gave stays the caller's.
    const held = new Set(weights);
    targets.forEach((tensor, i) => {
      if (is_float(tensor.dtype))
        add(gradients, tensor, weights[i] ?? array_of(tensor.dtype, tensor.size).fill(1), held);
    });
    try {
      stop_recording(() => this.#go_back(gradients, held));
    } finally {
      if (!this.#persistent) this.dispose();
    }
    const result = wanted.map((source) => {
      const values = gradients.get(source);
      return values && this.#reached_or_watched(source)
        ? new Tensor(values, source.shape, source.dtype)
        : null;
    });
    return /** @type {any} */ (Array.isArray(sources) ? result : result[0]);
  }

  /**
   * @param {Map<Source, Floats>} gradients of the targets; in the end of everything they depend on
   * @param {Set<unknown>} held as add() has it
   */
  #go_back(gradients, held) {
    for (let i = this.#operations.length - 1; i >= 0; i--) {
      const { inputs, outputs, backward } = this.#operations[i];
      const d_outputs = outputs.map((output) => gradients.get(output) ?? null);
      if (d_outputs.every((values) => values === null)) continue;
      const needed = inputs.map((input) => input !== null && this.#reached_or_watched(input));
      const d_inputs = backward(d_outputs, needed);
      inputs.forEach((input, place) => {
        const values = d_inputs[place];
        if (input && values && needed[place]) add(gradients, input, values, held);
      });
    }
  }

  /** @param {Source} source */
  #reached_or_watched(source) {
    return (
      this.#reached.has(source) || (this.#watch_accessed && source instanceof Variable && source.trainable)
    );
  }

  /** Forgets what was recorded and frees it; a tape that is not persistent does so by itself. */
  dispose() {
    for (const operation of this.#operations) operation.dispose?.();
    this.#operations = [];
  }

  /** Forgets what was recorded, to begin anew (`tf.GradientTape.reset`). */
  reset() {
    this.dispose();
    this.#reached = new WeakSet();
    this.#used = false;
  }

  /** @param {readonly (Source | null | undefined)[]} inputs */
  _reaches(inputs) {
    return inputs.some((input) => input && this.#reached_or_watched(input));
  }

  /** @param {Operation} operation */
  _add(operation) {
    this.#operations.push(operation);
    for (const output of operation.outputs) this.#reached.add(output);
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/**
 * @param {any} given
 * @param {Tensor[]} targets
 * @param {boolean} is_list whether a list of targets was given, so that the weights are one, too
 * @returns {(ArrayLike<number> | null)[]} for each target; null: ones
 */
function check_output_gradients(given, targets, is_list) {
  const what = 'gradient: output_gradients';
  if (given === null) return targets.map(() => null);
  const list = is_list ? given : [given];
  if (!Array.isArray(list) || list.length !== targets.length) {
    throw new ValueError(`${what} must be a list of ${targets.length}, as the targets, not ${show(given)}`);
  }
  return list.map((weights, i) => {
    if (weights === null || weights === undefined) return null;
    const { shape, dtype } = targets[i];
    const { data, ...found } = as_tensor(what, weights, is_float(dtype) ? dtype : null);
    if (!same_shape(found.shape, shape)) {
      throw new ValueError(
        `${what} must have the target's shape ${show_shape(shape)}, not ${show_shape(found.shape)}`,
      );
    }
    return data;
  });
}

/**
 * @param {Map<Source, Floats>} gradients each an array of its own
 * @param {Source} source
 * @param {ArrayLike<number>} values taken as they are, if they are an array of their own that nobody holds
 * @param {Set<unknown>} held the arrays that somebody holds; these are added
 */
function add(gradients, source, values, held) {
  const sum = gradients.get(source);
  if (sum) {
    for (let i = 0; i < sum.length; i++) sum[i] += values[i];
    return;
  }
  const Type = source.dtype === 'float64' ? Float64Array : Float32Array;
  const is_own =
    values instanceof Type && values.byteLength === values.buffer.byteLength && !held.has(values);
  const taken = is_own ? values : new Type(values);
  held.add(taken);
  gradients.set(source, taken);
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
