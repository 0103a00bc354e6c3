// Keras's GRUCell (`tf.keras.layers.GRUCell`). TensorFlow 1's is another class of the same name, in the main entry point.

import { reshape } from '../gradient/shapes.js';
import { LAYER_OPTIONS } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { run_sequence, run_step } from '../layers/run_sequence.js';
import { check_config, check_positive_integer, show_shape, split_options } from '../runtime/check.js';
import { UnimplementedError, ValueError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { Recurrence } from '../runtime/recurrence.js';
import { Stream } from '../runtime/stream.js';
import {
  check_rate,
  gamma_of,
  gru_shapes,
  layer_norm_config,
  read_activation,
  read_layer_norm,
} from './gru_options.js';
import { run_gru_steps } from './gru_steps.js';
import { layer_norm_stream } from './layer_norm_stream.js';
import { RecurrentCell } from './recurrent_cell.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 *
 * @typedef {object} GRUCellOnlyOptions
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] of the candidate. Default tanh; null means linear.
 * @property {import('../layers/activations.js').ActivationSpec | null} [recurrent_activation] of the gates. Default sigmoid; null means linear.
 * @property {boolean} [use_bias] default true
 * @property {boolean} [reset_after] whether the reset gate is applied after the recurrent product (as in cuDNN) or before. Default true.
 * @property {number} [dropout] as `GRU`'s; a cell with dropout predicts, and does not train: the layer `GRU` does. Default 0.
 * @property {number} [recurrent_dropout] the same
 * @property {boolean} [layer_norm] whether the products of the inputs and of the state are layer-normalized; only with `reset_after`. Default false.
 * @property {number} [layer_norm_epsilon] what is added to the variances. Default 0.001.
 * @property {number} [implementation] accepted for compatibility; has no effect
 * @typedef {import('../layers/layer.js').LayerOptions & import('./weighted_gru.js').WeightsOptions & GRUCellOnlyOptions} GRUCellOptions
 */

const WEIGHTS = /** @type {const} */ ({ kernel: 'glorot_uniform', recurrent: 'orthogonal', bias: 'zeros' });
const PARTS = /** @type {(keyof typeof WEIGHTS)[]} */ (Object.keys(WEIGHTS));
const OPTIONS = [
  'activation',
  'recurrent_activation',
  'use_bias',
  'reset_after',
  'dropout',
  'recurrent_dropout',
  'layer_norm',
  'layer_norm_epsilon',
  'implementation',
  ...weight_option_names(PARTS),
];

/**
 * One step of the gated recurrent unit, for `RNN` and `StackedRNNCells` (`tf.keras.layers.GRUCell`). `new RNN(new GRUCell(8))` computes
 * what `new GRU(8)` does.
 *
 * Weights as those of `GRU`: `kernel` [inputs, 3 * units], `recurrent_kernel` [units, 3 * units], `bias` [2, 3 * units], or [3 * units] if
 * `reset_after` is false; the gates in the order z, r, h. With `layer_norm` also `gamma` [2, 3 * units]: `GRU` has the equations.
 */
export class GRUCell extends RecurrentCell {
  // The name in files of this package, in which `GRUCell` is TensorFlow 1's.
  static class_name = /* @__PURE__ */ register_class(() => this, 'KerasGRUCell');

  #units;
  #options;
  #settings;
  /** Epsilon of layer normalization; null: none. @type {number | null} */ #layer_norm;
  /** @type {Recurrence | null} */ #recurrence = null;
  /** With layer normalization instead of the recurrence. @type {import('./gru_steps.js').StepwiseGRU | null} */ #stepwise =
    null;

  /**
   * @param {number} units the size of the state and of the output
   * @param {GRUCellOptions} [options]
   * @throws {ValueError} units is not a positive integer; an unknown activation, initializer, regularizer or constraint; dropout is not
   *   between 0 and 1; layer_norm without reset_after; layer_norm_epsilon is not a number of 0 or more
   * @throws {TypeError} an unknown option
   */
  constructor(units, options = {}) {
    const [layer_options, base_options] = split_options('GRUCell', options, OPTIONS, LAYER_OPTIONS);
    check_positive_integer('GRUCell: units', units);
    loaded_heap();
    const { activation, recurrent_activation, use_bias = true, reset_after = true } = layer_options;
    const settings = read_weight_options('GRUCell', layer_options, WEIGHTS);
    const checked = {
      activation: read_activation('GRUCell: activation', activation, 'tanh'),
      recurrent_activation: read_activation('GRUCell: recurrent_activation', recurrent_activation, 'sigmoid'),
      use_bias: Boolean(use_bias),
      reset_after: Boolean(reset_after),
      dropout: check_rate('GRUCell: dropout', layer_options.dropout ?? 0),
      recurrent_dropout: check_rate('GRUCell: recurrent_dropout', layer_options.recurrent_dropout ?? 0),
    };
    const layer_norm = read_layer_norm('GRUCell', layer_options);
    super(base_options);
    this.#layer_norm = layer_norm;
    this.#units = units;
    this.#options = checked;
    this.#settings = settings;
  }

  get units() {
    return this.#units;
  }
  /** @returns {number} `units` */
  get state_size() {
    return this.#units;
  }
  /** @returns {number} `units` */
  get output_size() {
    return this.#units;
  }
  get reset_after() {
    return this.#options.reset_after;
  }
  get use_bias() {
    return this.#options.use_bias;
  }

  /** @param {string} _class_name @internal */
  _default_name(_class_name) {
    return super._default_name('GRUCell');
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const inputs = input_shape.at(-1);
    if (typeof inputs !== 'number' || inputs < 1)
      throw new ValueError(
        `${this.name}.build: the last dimension of input_shape must be a positive integer, not ${show_shape(input_shape)}`,
      );
    const epsilon = this.#layer_norm;
    const is_stepwise = epsilon !== null;
    const shapes = gru_shapes({ inputs, units: this.#units, ...this.#options, is_stepwise });
    const variables = PARTS.flatMap((part) => {
      const weight = shapes[part];
      if (!weight) return [];
      const { name, shape, packing } = weight;
      return [this.add_weight(name, { shape, packing, ...this.#settings[part] })];
    });
    const { activation, recurrent_activation, reset_after } = this.#options;
    if (epsilon !== null) {
      const { name, shape } = gamma_of(this.#units);
      const gamma = this.add_weight(name, { shape, initializer: 'ones' });
      const [kernel, recurrent_kernel, bias = null] = variables;
      const weights = { kernel, recurrent_kernel, bias, layer_norm: { gamma, epsilon } };
      this.#stepwise = { units: this.#units, ...weights, activation, recurrent_activation, reset_after };
      return;
    }
    this.#recurrence = new Recurrence({
      inputs,
      units: this.#units,
      dtype: /** @type {import('../runtime/heap.js').FloatDtype} */ (this.dtype),
      family: 'keras',
      variables,
      activation,
      recurrent_activation,
      reset_after,
    });
  }

  /** Of a layer with layer normalization. */
  #steps() {
    this._check_alive();
    if (!this.#stepwise)
      throw new ValueError(`the layer ${this.name} is not built: call build([null, input_size]) first`);
    return this.#stepwise;
  }

  /** @returns {Recurrence} @internal */
  get _recurrence() {
    this._check_alive();
    if (!this.#recurrence)
      throw new ValueError(`the layer ${this.name} is not built: call build([null, input_size]) first`);
    return this.#recurrence;
  }

  /** @param {Tensor} x @param {Tensor} state @returns {[Tensor, Tensor]} @internal */
  _step(x, state) {
    const next = this.#stepwise
      ? run_gru_steps(this.#steps(), {
          inputs: reshape(x, [x.shape[0], 1, x.shape[1]]),
          initial_state: state,
          return_sequences: false,
        }).state
      : run_step(this._recurrence, x, state);
    return [next, next];
  }

  /** @internal */
  _check_trains() {
    const { dropout, recurrent_dropout } = this.#options;
    if (dropout || recurrent_dropout)
      throw new UnimplementedError(`${this.name}: a cell with dropout does not train; use the layer GRU`);
  }

  /** @internal */
  get _output_is_state() {
    return this._runs_sequences();
  }
  /** Whether sequences run in the binary: unless a subclass overrides `call`. @internal */
  _runs_sequences() {
    return this.call === GRUCell.prototype.call;
  }

  /** @param {Parameters<typeof run_sequence>[1]} options @internal */
  _run_sequence(options) {
    return this.#stepwise ? run_gru_steps(this.#steps(), options) : run_sequence(this._recurrence, options);
  }

  /**
   * Runs the cell step by step, as `GRU.stream` does: on views of the WebAssembly heap, without allocation.
   * @param {number} [batch] default 1
   * @returns {Stream}
   * @throws {ValueError} not built, or a batch that is not a positive integer
   */
  stream(batch = 1) {
    check_positive_integer(`${this.name}.stream: batch`, batch);
    if (this.#layer_norm !== null) return layer_norm_stream(() => this.#steps(), batch);
    return new Stream(this._recurrence, batch);
  }

  get_config() {
    return {
      ...super.get_config(),
      units: this.#units,
      ...this.#options,
      ...layer_norm_config(this.#layer_norm),
      ...serialize_weight_options(this.#settings),
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { units, ...options } = check_config(this, config);
    return new this(units, options);
  }

  /** @internal */
  _release_weights() {
    this.#recurrence?.dispose();
    this.#recurrence = null;
    this.#stepwise = null;
    super._release_weights();
  }
}
