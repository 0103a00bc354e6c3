// The layer Embedding (`tf.keras.layers.Embedding`).

import { is_recording, record_operation } from '../gradient/recording.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import { check_config, check_positive_integer, size_of, split_options } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { gather, gather_gradient } from '../runtime/gather.js';
import { GatherStream } from '../runtime/gather_stream.js';
import { Tensor } from '../runtime/tensor.js';
import { as_ids } from './as_ids.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} EmbeddingOnlyOptions
 * @property {import('../layers/initializers.js').InitializerSpec} [embeddings_initializer] default: uniform
 * @property {import('../layers/regularizers.js').RegularizerSpec | null} [embeddings_regularizer]
 * @property {import('./constraints.js').ConstraintSpec | null} [embeddings_constraint]
 * @property {boolean} [mask_zero] whether the id 0 marks padding, which later layers mask. Default false.
 * @property {number | null} [input_length] the steps of the sequences: a Sequential that begins with this layer is built
 * @typedef {import('../layers/layer.js').LayerOptions & EmbeddingOnlyOptions} EmbeddingOptions
 */

const WEIGHTS = /** @type {const} */ ({ embeddings: 'uniform' });
const EMBEDDING_OPTIONS = ['mask_zero', 'input_length', ...weight_option_names(Object.keys(WEIGHTS))];

/**
 * Looks up a vector for each id (`tf.keras.layers.Embedding`).
 *
 * Weight: `embeddings` [input_dim, output_dim].
 */
export class Embedding extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Embedding');

  #input_dim;
  #output_dim;
  /** Initializer, regularizer and constraint of the weight. */ #settings;
  #mask_zero;
  /** @type {Variable | null} */ #embeddings = null;

  /**
   * @param {number} input_dim the number of ids, zero included
   * @param {number} output_dim the size of the vectors
   * @param {EmbeddingOptions} [options]
   * @throws {ValueError} a size that is not a positive integer; an unknown initializer, regularizer or constraint
   * @throws {TypeError} an unknown option
   */
  constructor(input_dim, output_dim, options = {}) {
    const [embedding_options, base_options] = split_options(
      'Embedding',
      options,
      EMBEDDING_OPTIONS,
      LAYER_OPTIONS,
    );
    check_positive_integer('Embedding: input_dim', input_dim);
    check_positive_integer('Embedding: output_dim', output_dim);
    const { input_length = null } = embedding_options;
    if (input_length !== null) check_positive_integer('Embedding: input_length', input_length);
    const { input_shape = null, batch_input_shape = null } = /** @type {EmbeddingOptions} */ (base_options);
    const is_stated = input_length === null || input_shape !== null || batch_input_shape !== null;
    const { embeddings } = read_weight_options('Embedding', embedding_options, WEIGHTS);
    super(is_stated ? base_options : { ...base_options, input_shape: [input_length] });
    this.#input_dim = input_dim;
    this.#output_dim = output_dim;
    this.#settings = embeddings;
    this.#mask_zero = Boolean(embedding_options.mask_zero);
  }

  get input_dim() {
    return this.#input_dim;
  }
  get output_dim() {
    return this.#output_dim;
  }
  get mask_zero() {
    return this.#mask_zero;
  }
  /** Token ids. @returns {'int32'} */
  get input_dtype() {
    return 'int32';
  }
  /** @internal */
  get _makes_mask() {
    return this.#mask_zero;
  }
  get supports_masking() {
    return this.#mask_zero;
  }
  /** The table [input_dim, output_dim]; null before `build`. */
  get embeddings() {
    return this.#embeddings;
  }

  /** @internal */
  _create() {
    this.#embeddings = this.add_weight('embeddings', {
      shape: [this.#input_dim, this.#output_dim],
      ...this.#settings,
    });
  }

  /**
   * @param {TensorInput} inputs [...], ids from 0 to input_dim - 1; integers of any dtype
   * @returns {Tensor} [..., output_dim]
   * @throws {InvalidArgumentError} an id that is not in the table
   */
  call(inputs) {
    this._check_alive();
    const ids = as_ids(`${this.name}: inputs`, inputs);
    this.#check_ids(ids.data);
    this.build(ids.shape);
    return this._regularize(look_up(/** @type {Variable} */ (this.#embeddings), ids), inputs);
  }

  /** Whether each step is computed from that step alone. @internal */
  _is_stepwise() {
    return !this.#mask_zero;
  }

  /** @param {ArrayLike<number>} ids @throws {InvalidArgumentError} */
  #check_ids(ids) {
    for (let i = 0; i < ids.length; i++) {
      if (Number.isInteger(ids[i]) && ids[i] >= 0 && ids[i] < this.#input_dim) continue;
      throw new InvalidArgumentError(
        `${this.name}: inputs must hold ids from 0 to ${this.#input_dim - 1}, but holds ${ids[i]}`,
      );
    }
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage(shape) {
    if (this.#mask_zero && shape.length !== 2) return null;
    const count = size_of(shape);
    const stream = new GatherStream(/** @type {Variable} */ (this.#embeddings), count);
    const mask = this.#mask_zero ? new Uint8Array(count) : null;
    return {
      take: (ids) => {
        this.#check_ids(ids);
        stream.input.set(ids);
        for (let i = 0; mask && i < count; i++) mask[i] = Number(ids[i] !== 0);
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
   * @param {TensorInput} inputs
   * @returns {Tensor | null} of bool: true where the id is not zero; null without `mask_zero`
   */
  compute_mask(inputs) {
    if (!this.#mask_zero) return null;
    const ids = as_ids(`${this.name}: inputs`, inputs);
    return new Tensor(
      Uint8Array.from(ids.data, (id) => (id === 0 ? 0 : 1)),
      ids.shape,
      'bool',
    );
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    return [...shape, this.#output_dim];
  }

  get_config() {
    return {
      ...super.get_config(),
      input_dim: this.#input_dim,
      output_dim: this.#output_dim,
      ...serialize_weight_options({ embeddings: this.#settings }),
      mask_zero: this.#mask_zero,
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { input_dim, output_dim, ...options } = check_config(this, config);
    return new this(input_dim, output_dim, options);
  }

  /** @internal */
  _release_weights() {
    this.#embeddings = null;
    super._release_weights();
  }
}

/**
 * Rows of the table, recorded on the tape.
 * @param {Variable} table
 * @param {Tensor} ids
 */
function look_up(table, ids) {
  const rows = /** @type {Int32Array} */ (ids.data);
  const output = new Tensor(gather(table, rows), [...ids.shape, table.shape[1]], table.dtype);
  if (is_recording([table])) {
    record_operation({
      inputs: [table],
      outputs: [output],
      backward: ([d_output]) => [d_output && gather_gradient(table, rows, d_output)],
    });
  }
  return output;
}
