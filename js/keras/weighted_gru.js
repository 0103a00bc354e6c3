// Base class of GRU and CuDNNGRU: three weights and the recurrence over them.

import { run_sequence } from '../layers/run_sequence.js';
import { check_config, check_positive_integer, split_options } from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';
import { loaded_heap } from '../runtime/init.js';
import { Recurrence } from '../runtime/recurrence.js';
import { Stream } from '../runtime/stream.js';
import { RECURRENT_OPTIONS, RecurrentLayer } from './recurrent_layer.js';
import { recurrent_stage } from './stages.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../runtime/variable.js').Packing} Packing
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../layers/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../layers/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {object} WeightsOptions
 * @property {InitializerSpec} [kernel_initializer] default glorot_uniform
 * @property {InitializerSpec} [recurrent_initializer] default orthogonal
 * @property {InitializerSpec} [bias_initializer] default zeros
 * @property {RegularizerSpec | null} [kernel_regularizer]
 * @property {RegularizerSpec | null} [recurrent_regularizer]
 * @property {RegularizerSpec | null} [bias_regularizer]
 * @property {ConstraintSpec | null} [kernel_constraint]
 * @property {ConstraintSpec | null} [recurrent_constraint]
 * @property {ConstraintSpec | null} [bias_constraint]
 */

/** Default initializers of the three weights, by the prefix of their options. */
const WEIGHTS = /** @type {const} */ ({ kernel: 'glorot_uniform', recurrent: 'orthogonal', bias: 'zeros' });
const PARTS = /** @type {(keyof typeof WEIGHTS)[]} */ (Object.keys(WEIGHTS));

export const WEIGHT_OPTIONS = weight_option_names(PARTS);

/** Base class of `GRU` and `CuDNNGRU`: creates the three weights and the recurrence over them. */
export class WeightedGRU extends RecurrentLayer {
  #units;
  /** @type {Record<(typeof PARTS)[number], import('./weight_options.js').WeightSettings>} */ #settings;
  /** @type {Recurrence | null} */ #recurrence = null;
  /** The weights by part; empty unless the layer is built. @type {Partial<Record<(typeof PARTS)[number], Variable>>} @internal */ _parts =
    {};

  /**
   * @param {number} units
   * @param {{ [option: string]: any }} options of WEIGHT_OPTIONS and RECURRENT_OPTIONS
   */
  constructor(units, options) {
    const class_name = name_of_class(new.target);
    check_positive_integer(`${class_name}: units`, units);
    loaded_heap();
    const [weight_options, base_options] = split_options(
      class_name,
      options,
      WEIGHT_OPTIONS,
      RECURRENT_OPTIONS,
    );
    const settings = read_weight_options(class_name, weight_options, WEIGHTS);
    super(base_options);
    this.#units = units;
    this.#settings = settings;
  }

  get units() {
    return this.#units;
  }

  /**
   * Names, shapes and heap layouts of the weights; the bias is null if there is none.
   * @param {number} _inputs
   * @returns {Record<(typeof PARTS)[number], { name: string, shape: number[], packing: Packing } | null>}
   * @internal
   */
  _weights_of(_inputs) {
    throw new ValueError(`${class_name_of(this)} has no weights`);
  }

  /**
   * Activations and the place of the reset gate.
   * @returns {Pick<import('../runtime/recurrence.js').RecurrenceOptions, 'activation' | 'recurrent_activation' | 'reset_after'>}
   * @internal
   */
  _form() {
    return { activation: 'tanh', recurrent_activation: 'sigmoid', reset_after: true };
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    const inputs = check_positive_integer(
      `${this.name}.build: the last dimension of input_shape`,
      this._input_width(input_shape),
    );
    const shapes = this._weights_of(inputs);
    for (const part of PARTS) {
      const weight = shapes[part];
      if (!weight) continue;
      const { name, shape, packing } = weight;
      this._parts[part] = this.add_weight(name, { shape, packing, ...this.#settings[part] });
    }
    this._create_recurrence(inputs);
    this._add_initial_state();
  }

  /** Creates what computes the steps, from the weights. @param {number} inputs @internal */
  _create_recurrence(inputs) {
    const dtype = /** @type {FloatDtype} */ (this.dtype);
    this.#recurrence = new Recurrence({
      inputs,
      units: this.#units,
      dtype,
      family: 'keras',
      variables: Object.values(this._parts),
      ...this._form(),
    });
  }

  /** The recurrence of a built layer. @returns {Recurrence} @internal */
  get _recurrence() {
    this._check_alive();
    if (!this.#recurrence) throw new ValueError(`the layer ${this.name} is not built`);
    return this.#recurrence;
  }

  /**
   * Runs the layer step by step, as `GRUCell.stream` does: on views of the WebAssembly heap, without allocation.
   * @param {number} [batch] default 1
   * @returns {Stream}
   * @throws {ValueError} not built, a batch that is not a positive integer, or a layer with go_backwards
   */
  stream(batch = 1) {
    check_positive_integer(`${this.name}.stream: batch`, batch);
    if (this.go_backwards)
      throw new ValueError(`${this.name}.stream: a layer with go_backwards cannot run step by step`);
    return this._begin(this._new_stream(batch));
  }

  /** @param {number} batch @returns {Stream} @internal */
  _new_stream(batch) {
    return new Stream(this._recurrence, batch);
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage(shape) {
    const stage = super._make_stage(shape);
    return stage && !this.zero_output_for_mask ? recurrent_stage(this.stream(shape[0])) : stage;
  }

  /** @param {any} options @internal */
  _sequence({ training: _, ...options }) {
    return run_sequence(this._recurrence, options);
  }

  /** @internal */
  _release_weights() {
    this.#recurrence?.dispose();
    this.#recurrence = null;
    this._parts = {};
    super._release_weights();
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    return { ...super.get_config(), units: this.#units, ...serialize_weight_options(this.#settings) };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { units, ...options } = check_config(this, config);
    return new this(units, options);
  }
}
