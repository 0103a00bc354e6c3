// GRUCell, as `tf.compat.v1.nn.rnn_cell.GRUCell`.

import { get_activation } from '../layers/activations.js';
import { get_initializer, serialize_initializer } from '../layers/initializers.js';
import { register_class } from '../layers/registry.js';
import { run_sequence, run_step } from '../layers/run_sequence.js';
import { InputSpec } from '../layers/symbolic.js';
import { check_config, check_positive_integer, show, show_shape, split_options } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { Recurrence } from '../runtime/recurrence.js';
import { Stream } from '../runtime/stream.js';
import { as_tensor, as_tensor_of_shape, is_float } from '../runtime/tensor.js';
import { packing_of } from '../runtime/variable.js';
import { CELL_OPTIONS, RNNCell } from './rnn_cell.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {object} OwnOptions
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] of the candidate; default: tanh. The gates are
 *   sigmoid always.
 * @property {import('../layers/initializers.js').InitializerSpec | null} [kernel_initializer] of both kernels; default: the variable
 *   scope's, else glorot_uniform
 * @property {import('../layers/initializers.js').InitializerSpec | null} [bias_initializer] of both biases; default: ones for the
 *   gates, zeros for the candidate
 * @typedef {import('./rnn_cell.js').CellOptions & OwnOptions} GRUCellOptions
 */

const GRU_OPTIONS = /** @type {const} */ (['activation', 'kernel_initializer', 'bias_initializer']);

/**
 * The gated recurrent unit:
 *
 *     r, u = split(sigmoid([x, h] @ gates_kernel + gates_bias))
 *     c    = activation([x, r * h] @ candidate_kernel + candidate_bias)
 *     h'   = u * h + (1 - u) * c
 *
 * Its variables, in this order: `gates/kernel` [inputs + units, 2 units], `gates/bias` [2 units], `candidate/kernel`
 * [inputs + units, units], `candidate/bias` [units].
 */
export class GRUCell extends RNNCell {
  static class_name = /* @__PURE__ */ register_class(() => this, 'GRUCell');

  #units;
  #activation;
  #kernel_initializer;
  #bias_initializer;
  /** @type {Recurrence | null} */ #recurrence = null;

  /**
   * @param {number} num_units the size of the state
   * @param {GRUCellOptions} [options]
   * @throws {ValueError} num_units is not a positive integer; an unknown activation or initializer; a dtype that is not a float
   * @throws {TypeError} an option that is not known, or of the wrong type
   */
  constructor(num_units, options = {}) {
    const [gru_options, base_options] = split_options('GRUCell', options, GRU_OPTIONS, CELL_OPTIONS);
    check_positive_integer('GRUCell: num_units', num_units);
    loaded_heap();
    const { kernel_initializer = null, bias_initializer = null } = gru_options;
    const activation = get_activation('GRUCell: activation', gru_options.activation ?? null, 'tanh');
    const kernel = kernel_initializer
      ? get_initializer(kernel_initializer, 'GRUCell: kernel_initializer')
      : null;
    const bias = bias_initializer ? get_initializer(bias_initializer, 'GRUCell: bias_initializer') : null;
    super(base_options);
    this.#units = num_units;
    this.#activation = activation;
    this.#kernel_initializer = kernel;
    this.#bias_initializer = bias;
    this.input_spec = new InputSpec({ ndim: 2 });
  }

  /** @returns {number} `num_units` */
  get state_size() {
    return this.#units;
  }

  /** @returns {number} `num_units` */
  get output_size() {
    return this.#units;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const inputs = input_shape.at(-1);
    if (inputs === null || inputs === undefined) {
      throw new ValueError(
        `${this.name}.build: the last dimension of input_shape must be known, not ${show_shape(input_shape)}`,
      );
    }
    check_positive_integer(`${this.name}.build: the last dimension of input_shape`, inputs);
    const units = this.#units;
    const kernel = (/** @type {string} */ name, /** @type {number} */ groups) => {
      const shape = [inputs + units, groups * units];
      return this.add_weight(name, {
        shape,
        initializer: this.#kernel_initializer,
        packing: packing_of(shape, groups),
      });
    };
    const bias = (
      /** @type {string} */ name,
      /** @type {number} */ groups,
      /** @type {string} */ initializer,
    ) => {
      const shape = [groups * units];
      const options = { shape, initializer: this.#bias_initializer ?? initializer };
      return this.add_weight(name, { ...options, packing: packing_of(shape, groups) });
    };
    const variables = [
      kernel('gates/kernel', 2),
      bias('gates/bias', 2, 'ones'),
      kernel('candidate/kernel', 1),
      bias('candidate/bias', 1, 'zeros'),
    ];
    this.#recurrence = new Recurrence({
      inputs,
      units,
      dtype: /** @type {import('../runtime/heap.js').FloatDtype} */ (this.dtype),
      activation: this.#activation,
      family: 'tf1',
      variables,
    });
  }

  /**
   * One step.
   *
   * @param {TensorInput} inputs [batch, inputs]
   * @param {TensorInput} state [batch, num_units]
   * @returns {[Tensor, Tensor]} the output and the new state: the same tensor [batch, num_units] twice
   * @throws {ValueError} another rank, width, batch or dtype
   * @throws {TypeError} no state
   */
  call(inputs, state) {
    if (state === null || state === undefined) throw new TypeError(`${this.name}.call: state is missing`);
    const fallback =
      state && typeof state === 'object' && 'dtype' in state && state.dtype === 'float64' ? 'float64' : null;
    const x = this.#check_inputs(inputs, fallback);
    const h = as_tensor_of_shape(`${this.name}.call: state`, state, x.dtype, [x.shape[0], this.#units]);
    const recurrence = this._recurrence();
    const next = this._regularize(run_step(recurrence, x, h), inputs);
    return [next, next];
  }

  /**
   * @param {unknown} inputs
   * @param {'float64' | null} fallback
   */
  #check_inputs(inputs, fallback) {
    const what = `${this.name}.call: inputs`;
    this._check_alive();
    const is_list = Array.isArray(inputs);
    if (!is_list && !(inputs && typeof inputs === 'object' && 'shape' in inputs)) {
      throw new ValueError(`${what} must have rank 2, [batch, inputs], not ${show(inputs)}`);
    }
    const x = as_tensor(what, inputs, this.dtype ?? (is_list ? (fallback ?? 'float32') : null));
    if (x.rank !== 2) {
      throw new ValueError(`${what} must have rank 2, [batch, inputs], not shape ${show_shape(x.shape)}`);
    }
    // TF1 does not cast.
    if (!is_float(x.dtype)) throw new ValueError(`${what} must have a floating dtype, not ${x.dtype}`);
    this._infer_dtype(x.dtype, () => this.build(x.shape));
    const width = this._recurrence().inputs;
    if (x.shape[1] !== width) {
      throw new ValueError(`${what} must have shape [?, ${width}], not ${show_shape(x.shape)}`);
    }
    return x;
  }

  /**
   * @param {TensorInput} inputs
   * @param {TensorInput} state
   * @returns {[Tensor, Tensor]}
   * @internal
   */
  _invoke(inputs, state) {
    // GRUCell's call creates no variables, so it needs no scope.
    return this._runs_sequences() ? this.call(inputs, state) : super._invoke(inputs, state);
  }

  /** @internal */
  get _output_is_state() {
    return this._runs_sequences();
  }

  /** Whether sequences run in the binary: unless a subclass overrides `call`. @internal */
  _runs_sequences() {
    return this.call === GRUCell.prototype.call;
  }

  /** @returns {import('../layers/layer.js').Layer[]} */
  get submodules() {
    return [];
  }

  /**
   * Builds the cell for sequences, if it is not built, and checks that they fit.
   * @param {Tensor} inputs [batch, steps, inputs] or [steps, batch, inputs], of floats
   * @internal
   */
  _prepare(inputs) {
    this._check_alive();
    this._infer_dtype(/** @type {import('../runtime/heap.js').FloatDtype} */ (inputs.dtype), () =>
      this.build([null, /** @type {number} */ (inputs.shape.at(-1))]),
    );
    const { inputs: width } = this._recurrence();
    if (inputs.shape.at(-1) !== width) {
      throw new ValueError(`${this.name}: inputs must have ${width} features, not ${inputs.shape.at(-1)}`);
    }
  }

  /**
   * A whole sequence in the binary; what `dynamic_rnn` and the Keras layers run.
   * @param {Parameters<typeof run_sequence>[1]} options
   * @internal
   */
  _run_sequence(options) {
    return run_sequence(this._recurrence(), options);
  }

  /** The recurrence of the cell that is built. @returns {Recurrence} @internal */
  _recurrence() {
    this._check_alive();
    if (!this.#recurrence) {
      throw new ValueError(`the layer ${this.name} is not built: call build([null, input_size]) first`);
    }
    return this.#recurrence;
  }

  /**
   * Runs the cell step by step on arrays of the WebAssembly heap: the fastest way for single steps, in which nothing is allocated.
   * Gives the same bits as `call`.
   *
   * @param {number} [batch] default 1
   * @returns {Stream}
   * @throws {ValueError} not built, or a batch that is not a positive integer
   */
  stream(batch = 1) {
    check_positive_integer(`${this.name}.stream: batch`, batch);
    return new Stream(this._recurrence(), batch);
  }

  get_config() {
    return {
      ...super.get_config(),
      num_units: this.#units,
      kernel_initializer: serialize_initializer(this.#kernel_initializer),
      bias_initializer: serialize_initializer(this.#bias_initializer),
      activation: this.#activation,
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { num_units, ...options } = check_config(this, config);
    return new this(num_units, options);
  }

  /** @internal */
  _release_weights() {
    this.#recurrence?.dispose();
    this.#recurrence = null;
    super._release_weights();
  }
}
