// DropoutWrapper, as `tf.compat.v1.nn.rnn_cell.DropoutWrapper`.
import { times_factors } from '../gradient/dropout.js';
import { check_seed, random_of } from '../layers/random.js';
import { register_class } from '../layers/registry.js';
import { show, size_of, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, as_tensor, is_float } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { CellWrapper, WRAPPER_OPTIONS } from './cell_wrapper.js';
import { dropped_parts } from './state_filter.js';

/**
 * @typedef {import('./state_filter.js').StateFilter} StateFilter
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {number | Variable | import('../runtime/tensor.js').TensorInput} Probability from 0 to 1; that of a variable is read
 *   whenever it is used
 *
 * @typedef {object} OwnOptions
 * @property {Probability} [input_keep_prob] probability to keep each input. Default 1: no dropout.
 * @property {Probability} [output_keep_prob] the same of the outputs
 * @property {Probability} [state_keep_prob] the same of the new state
 * @property {boolean} [variational_recurrent] whether every step of a sequence, and every row, drops the same ones. Default false.
 * @property {number | readonly number[] | null} [input_size] needed with `variational_recurrent` and an `input_keep_prob`
 *   below 1
 * @property {import('../runtime/heap.js').FloatDtype | null} [dtype] needed with `variational_recurrent`
 * @property {number | null} [seed] seed of the wrapper's random numbers; default: the generator that all layers share
 * @property {StateFilter | null} [dropout_state_filter_visitor] which parts of the state may be dropped; default: all
 * @typedef {import('./cell_wrapper.js').WrapperOptions & OwnOptions} DropoutOptions
 *
 * @typedef {'input' | 'output' | 'state'} Place
 */

const DROPOUT_OPTIONS = /** @type {const} */ ([
  'input_keep_prob',
  'output_keep_prob',
  'state_keep_prob',
  'variational_recurrent',
  'input_size',
  'dtype',
  'seed',
  'dropout_state_filter_visitor',
]);

const PLACES = /** @type {const} */ (['input', 'output', 'state']);

/**
 * Dropout on a cell's inputs, outputs or new states, at every call: set the keep probabilities to 1 when the model is not being
 * trained. Values that are kept are divided by the keep probability.
 */
export class DropoutWrapper extends CellWrapper {
  static class_name = /* @__PURE__ */ register_class(() => this, 'DropoutWrapper');

  /** @type {Record<Place, number | Variable>} */ #keep;
  #variational;
  #input_size;
  #dtype;
  #seed;
  #filter;
  /** @type {Map<string, import('../layers/random.js').Random>} */ #randoms = new Map();
  /** The factors of a sequence. @type {Map<string, ArrayLike<number>>} */ #factors = new Map();

  /**
   * @param {import('./rnn_cell.js').RNNCell} cell
   * @param {DropoutOptions} [options]
   * @throws {ValueError} a probability that is not from 0 to 1; `variational_recurrent` without what it needs
   * @throws {TypeError} not a cell, a visitor that is not a function, or an option that is not known
   */
  constructor(cell, options = {}) {
    const [dropout_options, base_options] = split_options(
      'DropoutWrapper',
      options,
      DROPOUT_OPTIONS,
      WRAPPER_OPTIONS,
    );
    const { input_keep_prob = 1, output_keep_prob = 1, state_keep_prob = 1 } = dropout_options;
    const { variational_recurrent = false, input_size = null, dtype = null, seed = null } = dropout_options;
    const { dropout_state_filter_visitor: filter = null } = dropout_options;
    const keep = {
      input: check_probability('input_keep_prob', input_keep_prob),
      output: check_probability('output_keep_prob', output_keep_prob),
      state: check_probability('state_keep_prob', state_keep_prob),
    };
    const checked_seed = check_seed('DropoutWrapper: seed', seed);
    if (filter !== null && typeof filter !== 'function') {
      throw new TypeError(
        `DropoutWrapper: dropout_state_filter_visitor must be a function, not ${show(filter)}`,
      );
    }
    if (dtype !== null && !is_float(dtype)) {
      throw new ValueError(`DropoutWrapper: dtype must be float32 or float64, not ${show(dtype)}`);
    }
    if (variational_recurrent) {
      if (dtype === null) throw new ValueError('DropoutWrapper: dtype is needed with variational_recurrent');
      if (input_size === null && keep.input !== 1) {
        throw new ValueError(
          `DropoutWrapper: input_size is needed with variational_recurrent and an input_keep_prob of ${show(keep.input)}`,
        );
      }
    }
    super(cell, base_options);
    this.#keep = keep;
    this.#variational = Boolean(variational_recurrent);
    this.#input_size = input_size;
    this.#dtype = dtype;
    this.#seed = checked_seed;
    this.#filter = filter;
  }

  /**
   * Draws the masks of `variational_recurrent` anew at the next step. `dynamic_rnn` and its relatives do so before every
   * sequence; who calls the cell step by step says so here.
   */
  reset_dropout_mask() {
    this.#factors.clear();
  }

  /** @internal */
  _begin_sequence() {
    this.reset_dropout_mask();
    super._begin_sequence();
  }

  /**
   * @param {any} inputs
   * @param {any} state
   * @param {(inputs: any, state: any) => [any, any]} call_cell
   * @returns {[any, any]}
   * @internal
   */
  _wrap(inputs, state, call_cell) {
    const [outputs, new_state] = call_cell(this.#drop('input', inputs), state);
    const may_drop = this.#keeps('state') < 1 && this.#filter ? dropped_parts(this.#filter, new_state) : true;
    return [this.#drop('output', outputs), this.#drop('state', new_state, may_drop)];
  }

  /** @param {Place} place */
  #keeps(place) {
    const keep = this.#keep[place];
    return typeof keep === 'number'
      ? keep
      : check_range(`DropoutWrapper: ${place}_keep_prob`, keep.value.data[0]);
  }

  /**
   * @param {Place} place
   * @param {any} values tensors
   * @param {any} [may_drop] booleans of their structure, or one for all
   * @param {(x: Tensor, key: string) => ArrayLike<number>} [factors]
   */
  #drop(place, values, may_drop = true, factors = (x, key) => this.#factors_of(place, key, x.shape)) {
    if (this.#keeps(place) === 1) return values;
    let count = 0;
    /** @type {(x: any, may: any) => any} */
    const walk = (x, may) => {
      if (Array.isArray(x)) return x.map((item, i) => walk(item, Array.isArray(may) ? may[i] : may));
      const key = `${place} ${count++}`;
      if (!is_float(x.dtype)) {
        throw new ValueError(`${this.name}: dropout takes an ${place} of floats, not of ${x.dtype}`);
      }
      return may === false ? x : times_factors(x, factors(x, key));
    };
    return walk(values, may_drop);
  }

  /**
   * @param {Place} place
   * @param {string} key
   * @param {readonly number[]} shape of a step
   * @returns {ArrayLike<number>}
   */
  #factors_of(place, key, shape) {
    if (!this.#variational) return this.#draw(place, key, size_of(shape));
    const width = size_of(shape.slice(1));
    const known = this.#factors.get(key);
    if (known?.length === width) return known;
    const expected =
      known?.length ?? (place === 'input' ? size_of([this.#input_size ?? width].flat()) : width);
    if (expected !== width) {
      throw new ValueError(`${this.name}: the ${place} must have ${expected} features, not ${width}`);
    }
    const drawn = this.#draw(place, key, width);
    this.#factors.set(key, drawn);
    return drawn;
  }

  /**
   * @param {Place} place
   * @param {string} key with a seed, each key has its own generator
   * @param {number} count
   */
  #draw(place, key, count) {
    const keep = this.#keeps(place);
    let random = this.#randoms.get(key);
    if (!random) {
      const [, index] = key.split(' ');
      random = random_of(this.#seed, [PLACES.indexOf(place), Number(index)]);
      if (this.#seed !== null) this.#randoms.set(key, random);
    }
    const factors = new Float64Array(count);
    for (let i = 0; i < count; i++) factors[i] = random.uniform() < keep ? 1 / keep : 0;
    return factors;
  }

  /** @param {boolean} repeat_output @internal */
  _runs_sequences(repeat_output) {
    return !repeat_output && this.#keeps('state') === 1 && this.cell._runs_sequences(false);
  }

  /**
   * @param {import('./rnn_cell.js').SequenceOptions} options
   * @returns {{ outputs: Tensor | null, state: any }}
   * @internal
   */
  _run_sequence(options) {
    const { steps, time_major = false } = options;
    /** @type {(place: Place) => (x: Tensor, key: string) => ArrayLike<number>} */
    const factors = (place) => (x, key) => this.#sequence_factors(place, key, x, steps, time_major);
    const inputs = this.#drop('input', options.inputs, true, factors('input'));
    const { outputs, state } = this.cell._run_sequence({ ...options, inputs });
    return { outputs: outputs && this.#drop('output', outputs, true, factors('output')), state };
  }

  /**
   * The factors that the steps would draw one after the other.
   * @param {Place} place
   * @param {string} key
   * @param {Tensor} x [batch, steps, width], or with `time_major` [steps, batch, width]
   * @param {number} steps
   * @param {boolean} time_major
   */
  #sequence_factors(place, key, x, steps, time_major) {
    const [batch, width] = [x.shape[time_major ? 1 : 0], x.shape[2]];
    if (this.#variational) return this.#factors_of(place, key, [batch, width]);
    const drawn = this.#draw(place, key, steps * batch * width);
    if (time_major || batch === 1) return drawn;
    const factors = array_of('float64', drawn.length);
    for (let row = 0; row < batch; row++) {
      for (let step = 0; step < steps; step++) {
        const from = (step * batch + row) * width;
        factors.set(drawn.subarray(from, from + width), (row * steps + step) * width);
      }
    }
    return factors;
  }

  get_config() {
    const [input_keep_prob, output_keep_prob, state_keep_prob] = PLACES.map((place) => this.#keeps(place));
    return {
      ...super.get_config(),
      input_keep_prob,
      output_keep_prob,
      state_keep_prob,
      variational_recurrent: this.#variational,
      input_size: this.#input_size,
      dtype: this.#dtype,
      seed: this.#seed,
      dropout_state_filter_visitor: this.#filter,
    };
  }
}

/**
 * @param {string} option
 * @param {unknown} probability
 * @returns {number | Variable}
 */
function check_probability(option, probability) {
  const what = `DropoutWrapper: ${option}`;
  if (probability instanceof Variable) {
    if (probability.shape.length) throw new ValueError(`${what} must be a scalar, not ${show(probability)}`);
    return probability;
  }
  const { data, shape } = as_tensor(what, probability, null);
  if (shape.length) throw new ValueError(`${what} must be a scalar, not ${show(probability)}`);
  return check_range(what, typeof probability === 'number' ? probability : data[0]);
}

/** @param {string} what @param {number} value */
function check_range(what, value) {
  if (!(value >= 0 && value <= 1)) throw new ValueError(`${what} must be from 0 to 1, not ${value}`);
  return value;
}
