// Layer: base class of everything with weights (`tf.keras.layers.Layer`).
import { cast_tensor } from '../gradient/cast_tensor.js';
import { scale } from '../gradient/scale.js';
import {
  check_config,
  check_is_options,
  check_one_of,
  check_options,
  check_partial_shape,
  same_shape,
  show,
  show_shape,
  size_of,
} from '../runtime/check.js';
import { class_name_of, name_of_class } from '../runtime/class_name.js';
import { FailedPreconditionError, ValueError } from '../runtime/errors.js';
import { as_tensor, check_shape, FLOAT_DTYPES, is_float, MAX_RANK, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';
import { get_initializer } from './initializers.js';
import { Records } from './records.js';
import { get_regularizer } from './regularizers.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 *
 * @typedef {object} LayerOptions
 * @property {string | null} [name] default: the class's name in snake case, numbered
 * @property {FloatDtype | null} [dtype] default: that of the first input; float32 where `build` comes first
 * @property {boolean} [trainable] default true
 * @property {import('./regularizers.js').RegularizerSpec | null} [activity_regularizer] adds a loss for every output
 * @property {TensorInput[] | null} [weights] set right after `build`
 * @property {readonly (number | null)[] | null} [input_shape] of a sample, in the first layer of a Sequential, which is then built
 * @property {readonly (number | null)[] | null} [batch_input_shape] the same with the batch
 *
 * @typedef {object} WeightOptions
 * @property {readonly number[]} shape
 * @property {FloatDtype | null} [dtype] default: the layer's
 * @property {import('./initializers.js').InitializerSpec | null} [initializer] default: glorot_uniform
 * @property {import('./regularizers.js').RegularizerSpec | null} [regularizer]
 * @property {boolean} [trainable] default true
 * @property {((value: Tensor) => Tensor) | null} [constraint] applied to the value after every training step
 * @property {import('../runtime/variable.js').Packing | null} [packing] layout on the heap; default: row-major order
 */

/** Names of the options of every layer. */
export const LAYER_OPTIONS = /** @type {const} */ ([
  'name',
  'dtype',
  'trainable',
  'activity_regularizer',
  'weights',
  'input_shape',
  'batch_input_shape',
]);

/** @type {Map<string, number>} */
const names = new Map();

/** @param {string} class_name */
export const snake_case = (class_name) =>
  class_name.replace(/([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])/g, '$1$3_$2$4').toLowerCase();

/** A name that no layer has had yet: `dense`, `dense_1`, … @param {string} class_name */
function default_name(class_name) {
  const base = snake_case(class_name);
  const count = names.get(base) ?? 0;
  names.set(base, count + 1);
  return count ? `${base}_${count}` : base;
}

/**
 * Base of all layers (`tf.keras.layers.Layer`): weights, and a function of inputs and weights.
 *
 * What a subclass may override, and when it is called:
 *
 * - `build(input_shape)`: once, before the first `call`. The one rule: create the weights with `add_weight`, then
 *   `return super.build(input_shape)`, which marks the layer as built. If it throws, the layer stays as it was before.
 * - `call(inputs, options)`: computes the outputs. A layer that is called on its own builds itself first.
 * - `compute_output_shape(input_shape)`: when a model is built or shown. Default: the input's shape.
 * - `compute_mask(inputs, mask)` with `supports_masking`: before each `call` in a model. Default: no mask.
 * - `get_config()` and `static from_config(config)`: when a model is saved and loaded; with them `static class_name`, the name in the file,
 *   as minifiers rename classes.
 * - `submodules`: the inner layers, whose weights and losses count as the layer's.
 * - `stateful`, `input_dtype` (`'int32'` for token ids), `finalize_state()`.
 *
 * Layers of this package create their weights in `_create(input_shape)`, which `build` calls, and drop references to them in
 * `_release_weights()`.
 */
export class Layer extends Records {
  /** @type {FloatDtype | null} */ #dtype;
  #dtype_option;
  /** What the option batch_input_shape says. @type {readonly (number | null)[] | null} @internal */ _input_shape;
  #trainable;
  /** @type {Variable[]} */ #weights = [];
  /** Loss terms of the weights' regularizers. @type {(() => any)[]} */ #weight_losses = [];
  /** @type {readonly (number | null)[] | null} */ #build_shape = null;
  #initial_weights;
  /** @type {ReturnType<typeof get_regularizer> | null} */ #activity_regularizer;
  #disposed = false;

  /**
   * @param {LayerOptions} [options]
   * @throws {ValueError} a dtype that is not a float
   * @throws {TypeError} options that are not an object literal
   */
  constructor(options = {}) {
    super();
    const class_name = name_of_class(new.target);
    check_is_options(class_name, options);
    const {
      name = null,
      dtype = null,
      trainable = true,
      activity_regularizer = null,
      weights = null,
      input_shape = null,
      batch_input_shape = input_shape && [null, ...[input_shape].flat()],
    } = options;
    if (name !== null && (typeof name !== 'string' || !name)) {
      throw new ValueError(`${class_name}: name must be a non-empty string, not ${show(name)}`);
    }
    if (dtype !== null) check_one_of(`${class_name}: dtype`, dtype, FLOAT_DTYPES);
    this.name = name ?? this._default_name(class_name);
    this.#dtype = dtype;
    this.#dtype_option = dtype;
    this.#trainable = Boolean(trainable);
    this.#initial_weights = weights;
    this._input_shape = batch_input_shape;
    this.#activity_regularizer = activity_regularizer
      ? get_regularizer(activity_regularizer, `${class_name}: activity_regularizer`)
      : null;
  }

  /** @param {string} class_name @internal */
  _default_name(class_name) {
    return default_name(class_name);
  }

  /** The dtype of weights and outputs; null: not known yet. @returns {FloatDtype | null} */
  get dtype() {
    return this.#dtype;
  }
  /** @returns {FloatDtype | null} */
  get compute_dtype() {
    return this.#dtype;
  }
  /** @returns {FloatDtype | null} */
  get variable_dtype() {
    return this.#dtype;
  }
  /** `tf.keras.mixed_precision.Policy`: its name is `_infer` while the dtype is not known. */
  get dtype_policy() {
    return { name: this.#dtype ?? '_infer', compute_dtype: this.#dtype, variable_dtype: this.#dtype };
  }
  get activity_regularizer() {
    return this.#activity_regularizer;
  }
  /** Whether the layer can only be run eagerly: false. */
  get dynamic() {
    return false;
  }
  /** Whether the layer keeps a state between calls. */
  get stateful() {
    return false;
  }
  /** Whether `call` takes a mask. */
  get supports_masking() {
    return false;
  }
  /** The dtype of the inputs: `'int32'` for token ids; null for floats, which are cast to the layer's dtype. @returns {'int32' | null} */
  get input_dtype() {
    return null;
  }
  /** Whether `compute_mask` makes a mask from the inputs alone. @returns {boolean} @internal */
  get _makes_mask() {
    return false;
  }
  /** The layers inside this one. @returns {Layer[]} */
  get submodules() {
    return [];
  }
  /** Prefix of the names of the layer's operations. */
  get name_scope() {
    return `${this.name}/`;
  }
  /** Whether the weights exist. */
  get built() {
    return this.#build_shape !== null;
  }
  /** A subclass's `build` may set it. */
  set built(value) {
    this.#build_shape = value ? (this.#build_shape ?? []) : null;
  }

  /** Whether training changes the weights; false moves all of them to the non-trainable ones. @returns {boolean} */
  get trainable() {
    return this.#trainable;
  }
  set trainable(value) {
    this.#trainable = Boolean(value);
    for (const layer of this.submodules) layer.trainable = value;
  }

  /** All weights in the order of their creation, those of inner layers included. @returns {Variable[]} */
  get weights() {
    // An inner layer that is used twice has its weights in the list once.
    return [...new Set([...this.#weights, ...this.submodules.flatMap((layer) => layer.weights)])];
  }
  get variables() {
    return this.weights;
  }
  /** @returns {Variable[]} */
  get trainable_weights() {
    if (!this.#trainable) return [];
    const outer = this.#weights.filter((variable) => variable.trainable);
    return [...new Set([...outer, ...this.submodules.flatMap((layer) => layer.trainable_weights)])];
  }
  get trainable_variables() {
    return this.trainable_weights;
  }
  /** @returns {Variable[]} */
  get non_trainable_weights() {
    const trainable = new Set(this.trainable_weights);
    return this.weights.filter((variable) => !trainable.has(variable));
  }
  get non_trainable_variables() {
    return this.non_trainable_weights;
  }

  /** The current values of all loss terms, those of inner layers included (`Layer.losses`). @returns {any[]} */
  get losses() {
    return [...super.losses, ...this.submodules.flatMap((layer) => layer.losses)];
  }

  /** @param {unknown} inputs @returns {any[]} */
  get_losses_for(inputs) {
    return [
      ...super.get_losses_for(inputs),
      ...this.submodules.flatMap((layer) => layer.get_losses_for(inputs)),
    ];
  }

  /**
   * All update operations, those of inner layers included (`Layer.updates`); none if the layer is not trainable.
   * @returns {unknown[]}
   */
  get updates() {
    return [...this._own_updates, ...this.submodules.flatMap((layer) => layer.updates)];
  }

  /** @param {unknown} inputs @returns {unknown[]} */
  get_updates_for(inputs) {
    const updates = this.#trainable || this.stateful ? super.get_updates_for(inputs) : [];
    return [...updates, ...this.submodules.flatMap((layer) => layer.get_updates_for(inputs))];
  }

  /** The layer's own loss terms, without those of inner layers. @internal */
  get _own_losses() {
    return super.losses;
  }
  /** @returns {unknown[]} @internal */
  get _own_updates() {
    return this.#trainable || this.stateful ? super.updates : [];
  }

  /**
   * Creates the weights; a second call does nothing. Subclasses implement `_create(input_shape)`.
   * @param {readonly (number | null)[]} input_shape null: any size
   * @returns {this}
   */
  build(input_shape) {
    this._check_alive();
    if (this.built) return this;
    // A cell may have a list of inputs, and so a list of shapes.
    const sizes = Array.isArray(input_shape) ? Array.from(input_shape).flat(MAX_RANK) : [input_shape];
    if (!Array.isArray(input_shape) || !sizes.every((size) => size === null || typeof size === 'number')) {
      throw new ValueError(
        `${this.name}.build: input_shape must be a list of sizes or nulls, not ${show(input_shape)}`,
      );
    }
    const dtype = this.#dtype;
    this.#dtype ??= 'float32';
    try {
      this._create(input_shape);
      this.#build_shape = [...input_shape];
      if (this.#initial_weights) this.set_weights(this.#initial_weights);
      this.#initial_weights = null;
    } catch (error) {
      this.#build_shape = null;
      this.#dtype = dtype;
      this._release_weights();
      throw error;
    }
    return this;
  }

  /** Creates the weights. @param {readonly (number | null)[]} _input_shape @internal */
  _create(_input_shape) {}

  /**
   * @param {...any} _inputs
   * @returns {any}
   */
  call(..._inputs) {
    throw new ValueError(`${class_name_of(this)} has no call`);
  }

  /**
   * Builds on first use, and calls (Python's `layer(inputs)`). Keras's layers take what `Input` gives, too.
   * @param {...any} inputs
   * @returns {any}
   */
  apply(...inputs) {
    return inputs[0]?._apply?.(this, inputs) ?? this.call(...inputs);
  }

  /**
   * The first part of `call`: converts the input to a tensor of the layer's dtype, as Keras does, and builds the layer.
   * @param {unknown} inputs
   * @returns {Tensor}
   * @internal
   */
  _take(inputs) {
    this._check_alive();
    const is_list = Array.isArray(inputs) || typeof inputs === 'number';
    const tensor = as_tensor(`${this.name}: inputs`, inputs, is_list ? (this.#dtype ?? 'float32') : null);
    const dtype = this.#dtype ?? (is_float(tensor.dtype) ? tensor.dtype : 'float32');
    const cast = cast_tensor(tensor, dtype);
    this._infer_dtype(dtype, () => this.build(cast.shape));
    return cast;
  }

  /**
   * Builds with the dtype of the first input; if that fails, the dtype stays unknown.
   * @internal
   * @param {FloatDtype} dtype
   * @param {() => void} build
   */
  _infer_dtype(dtype, build) {
    if (this.built) return;
    const before = this.#dtype;
    this.#dtype ??= dtype;
    try {
      build();
    } catch (error) {
      this.#dtype = before;
      throw error;
    }
  }

  /**
   * Adds the activity regularizer's loss, and returns the output.
   * @internal
   * @template {Tensor} R
   * @param {R} output
   * @param {unknown} inputs
   * @returns {R}
   */
  _regularize(output, inputs) {
    if (!this.#activity_regularizer) return output;
    this._forget_conditional_losses();
    const regularizer = this.#activity_regularizer;
    this.add_loss(scale(regularizer(output), 1 / (output.shape[0] || 1)), inputs);
    return output;
  }

  /**
   * Creates a weight of this layer (`Layer.add_weight`).
   * @param {string} name
   * @param {WeightOptions} options
   * @returns {Variable}
   */
  add_weight(name, options) {
    check_options(`${this.name}.add_weight`, options, [
      'shape',
      'dtype',
      'initializer',
      'regularizer',
      'trainable',
      'constraint',
      'packing',
    ]);
    this._check_alive();
    const variable = this._keep(
      this._new_variable(name, { ...options, dtype: options.dtype ?? this.#dtype }),
    );
    if (options.constraint) variable.constraint = options.constraint;
    return variable;
  }

  /**
   * Adds a variable to the layer's weights, and its regularizer to the losses, unless the layer has it already.
   * @param {{ variable: Variable, regularizer: any }} created
   * @internal
   * @returns {Variable}
   */
  _keep({ variable, regularizer }) {
    if (this.weights.includes(variable)) {
      variable._release();
      return variable;
    }
    this.#weights.push(variable);
    if (regularizer) {
      const loss = () => regularizer(variable);
      this.#weight_losses.push(loss);
      this.add_loss(loss);
    }
    return variable;
  }

  /** The older name of `add_weight`. @param {string} name @param {WeightOptions} options */
  add_variable(name, options) {
    return this.add_weight(name, options);
  }

  /**
   * @param {string} name
   * @param {WeightOptions} options
   * @returns {{ variable: Variable, regularizer: any }}
   * @internal
   */
  _new_variable(name, { shape, dtype, initializer, regularizer = null, trainable = true, packing = null }) {
    if (typeof name !== 'string' || !name)
      throw new ValueError(`${this.name}.add_weight: name must be a non-empty string, not ${show(name)}`);
    check_shape(`${this.name}.add_weight: shape`, shape);
    const type = dtype ?? 'float32';
    const make = get_initializer(initializer ?? 'glorot_uniform', `${this.name}.add_weight: initializer`);
    const value = make(shape, type);
    const variable = new Variable({
      name: `${this.name}/${name}`,
      shape,
      dtype: type,
      value,
      trainable,
      packing,
    });
    return {
      variable,
      regularizer: regularizer && get_regularizer(regularizer, `${this.name}.add_weight: regularizer`),
    };
  }

  /**
   * The number of elements of all weights.
   * @returns {number}
   * @throws {ValueError} not built
   */
  count_params() {
    this._check_alive();
    if (!this.built) throw new ValueError(`${this.name} is not built`);
    return this.weights.reduce((sum, { shape }) => sum + size_of(shape), 0);
  }

  /** The values of the weights, in their order; none before `build`. @returns {Tensor[]} */
  get_weights() {
    this._check_alive();
    return this.weights.map((variable) => variable.value);
  }

  /**
   * Sets the weights; all or none.
   * @param {TensorInput[]} weights in the order of `get_weights`, cast to the layer's dtype
   * @throws {ValueError} another number of weights, or another shape
   */
  set_weights(weights) {
    this._check_alive();
    this.#assign(this.weights, `${this.name}.set_weights: weights`, weights);
  }

  /** @param {readonly Variable[]} variables @param {string} argument @param {TensorInput[]} weights */
  #assign(variables, argument, weights) {
    if (!Array.isArray(weights)) throw new TypeError(`${argument} must be a list, not ${show(weights)}`);
    if (weights.length !== variables.length)
      throw new ValueError(`${argument} must be ${variables.length} arrays, not ${weights.length}`);
    const values = weights.map((value, i) => {
      const what = `${argument}[${i}] (${variables[i].name})`;
      const tensor = as_tensor(what, value, null);
      if (!same_shape(tensor.shape, variables[i].shape)) {
        throw new ValueError(
          `${what} must have shape ${show_shape(variables[i].shape)}, not ${show_shape(tensor.shape)}`,
        );
      }
      return tensor;
    });
    values.forEach((value, i) => {
      variables[i].assign(value);
    });
  }

  /**
   * Writes the layer's own weights, without those of layers in it, to a store, under the keys '0', '1', … (`Layer.save_own_variables`).
   * @param {{ [key: string]: Tensor }} store
   */
  save_own_variables(store) {
    this._check_alive();
    this.#check_store('save_own_variables', store);
    this.#weights.forEach((variable, i) => {
      store[`${i}`] = variable.value;
    });
  }

  /**
   * Sets the weights from such a store (`Layer.load_own_variables`).
   * @param {{ [key: string]: TensorInput }} store
   * @throws {ValueError} another number of weights, or another shape
   */
  load_own_variables(store) {
    this._check_alive();
    this.#check_store('load_own_variables', store);
    const keys = Object.keys(store);
    const count = this.#weights.length;
    if (keys.length !== count || !this.#weights.every((_, i) => `${i}` in store)) {
      const built = this.built ? '' : ' (it is not built)';
      throw new ValueError(
        `${this.name}.load_own_variables: the layer has ${count} weights${built}, the store holds ${show(keys)}`,
      );
    }
    this.#assign(
      this.#weights,
      `${this.name}.load_own_variables: store`,
      this.#weights.map((_, i) => store[`${i}`]),
    );
  }

  /** @param {string} method @param {unknown} store */
  #check_store(method, store) {
    if (store === null || typeof store !== 'object' || ArrayBuffer.isView(store))
      throw new TypeError(`${this.name}.${method}: store must be an object, not ${show(store)}`);
  }

  /** The argument of `build`: `{ input_shape }`; null: not built. */
  get_build_config() {
    return this.#build_shape && { input_shape: [...this.#build_shape] };
  }

  /** @param {{ input_shape: readonly (number | null)[] } | null} config */
  build_from_config(config) {
    if (config?.input_shape) this.build(config.input_shape);
  }

  /** The constructor's options, as plain data. @returns {{ [option: string]: any }} */
  get_config() {
    return { name: this.name, trainable: this.#trainable, dtype: this.#dtype };
  }

  /**
   * A layer of this configuration, without weights.
   * @param {{ [option: string]: any }} config
   * @returns {any}
   */
  static from_config(config) {
    return new this(check_config(this, config));
  }

  /**
   * The mask of the outputs: null unless the layer supports masking.
   * @param {unknown} _inputs
   * @param {unknown} [mask]
   * @returns {any}
   * @throws {TypeError} a mask, but the layer does not support masking
   */
  compute_mask(_inputs, mask = null) {
    if (!this.supports_masking && [mask].flat().some((part) => part !== null && part !== undefined)) {
      throw new TypeError(`the layer ${this.name} does not support masking, but mask is not null`);
    }
    return this.supports_masking ? mask : null;
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @returns {(number | null)[]}
   */
  compute_output_shape(input_shape) {
    return [...this._check_shape('compute_output_shape', input_shape)];
  }

  /**
   * @param {{ shape: readonly (number | null)[], dtype?: string }} input_signature
   * @returns {{ shape: (number | null)[], dtype: string }}
   */
  compute_output_signature(input_signature) {
    const { shape, dtype } = /** @type {Partial<typeof input_signature>} */ (input_signature ?? {});
    return {
      shape: this.compute_output_shape(this._check_shape('compute_output_signature', shape)),
      dtype: this.#dtype ?? dtype ?? 'float32',
    };
  }

  /**
   * @param {string} method
   * @param {unknown} input_shape
   * @returns {(number | null)[]}
   * @throws {ValueError} not a list of sizes
   * @internal
   */
  _check_shape(method, input_shape) {
    return check_partial_shape(`${this.name}.${method}: input_shape`, input_shape);
  }

  /**
   * Called after the weights were loaded (`Layer.finalize_state`), by `load_model` for every layer. Does nothing; a subclass may
   * compute values that depend on the weights.
   */
  finalize_state() {}

  /**
   * A method that runs in the layer's name scope (`tf.Module.with_name_scope`). Operations have no names here, so it is the
   * method itself.
   * @template {(...args: any[]) => any} M
   * @param {M} method
   * @returns {M}
   * @throws {TypeError} not a function
   */
  static with_name_scope(method) {
    if (typeof method !== 'function')
      throw new TypeError(`with_name_scope: method must be a function, not ${show(method)}`);
    return method;
  }

  /**
   * The same, as a method of the layer.
   * @template {(...args: any[]) => any} M
   * @param {M} method
   * @returns {M}
   */
  with_name_scope(method) {
    return Layer.with_name_scope(method);
  }

  /** @throws {FailedPreconditionError} after `dispose` @internal */
  _check_alive() {
    if (this.#disposed)
      throw new FailedPreconditionError(`the layer ${this.name} is used after it was disposed of`);
  }

  /** Undoes `build`, for a model that could not be built as a whole. @internal */
  _unbuild() {
    this.#build_shape = null;
    this.#dtype = this.#dtype_option;
    this._release_weights();
  }

  /** Releases the weights. @internal */
  _release_weights() {
    for (const variable of this.#weights) variable._release();
    this.#weights = [];
    this._remove_losses(this.#weight_losses);
    this.#weight_losses = [];
  }

  get disposed() {
    return this.#disposed;
  }

  /**
   * Frees the weights, unless others share them, and those of inner layers; a second call does nothing. Afterwards every method
   * that uses weights, creates them or makes a state throws a FailedPreconditionError; properties, configuration, and the lists of
   * losses, updates and metrics can still be used.
   */
  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    this._release_weights();
    for (const layer of this.submodules) layer.dispose();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}
