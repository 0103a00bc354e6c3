// The layer Conv1D (`tf.keras.layers.Conv1D`).
import { add } from '../gradient/elementwise.js';
import { concatenate, split } from '../gradient/joining.js';
import { matmul } from '../gradient/matmul.js';
import { is_recording, record_operation } from '../gradient/recording.js';
import { reshape } from '../gradient/shapes.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class } from '../layers/registry.js';
import {
  check_config,
  check_one_of,
  check_positive_integer,
  show_shape,
  split_options,
} from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { array_of, Tensor } from '../runtime/tensor.js';
import { packing_of } from '../runtime/variable.js';
import { apply_activation, check_activation } from './activate.js';
import { product } from './product.js';
import { window_stage } from './stages.js';
import { read_weight_options, serialize_weight_options, weight_option_names } from './weight_options.js';
import { check_data_format, check_sequence, check_steps, windows_of } from './windows_1d.js';

/**
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('../runtime/heap.js').Floats} Floats
 * @typedef {import('../layers/initializers.js').InitializerSpec} InitializerSpec
 * @typedef {import('../layers/regularizers.js').RegularizerSpec} RegularizerSpec
 * @typedef {import('./constraints.js').ConstraintSpec} ConstraintSpec
 *
 * @typedef {object} Conv1DOnlyOptions
 * @property {number} [strides] steps from one window to the next. Default 1.
 * @property {import('./windows_1d.js').Padding} [padding] `'valid'` (default): whole windows only; `'same'`: as many outputs as inputs
 *   where strides is 1; `'causal'`: an output depends on no later input
 * @property {number} [dilation_rate] from one step of a window to the next. Default 1.
 * @property {number} [groups] into which inputs and filters are split. Default 1.
 * @property {'channels_last'} [data_format]
 * @property {import('../layers/activations.js').ActivationSpec | null} [activation] default: linear
 * @property {boolean} [use_bias] default true
 * @property {InitializerSpec} [kernel_initializer] default glorot_uniform
 * @property {InitializerSpec} [bias_initializer] default zeros
 * @property {RegularizerSpec | null} [kernel_regularizer]
 * @property {RegularizerSpec | null} [bias_regularizer]
 * @property {ConstraintSpec | null} [kernel_constraint]
 * @property {ConstraintSpec | null} [bias_constraint]
 * @typedef {import('../layers/layer.js').LayerOptions & Conv1DOnlyOptions} Conv1DOptions
 */

const WEIGHTS = /** @type {const} */ ({ kernel: 'glorot_uniform', bias: 'zeros' });
const CONV_OPTIONS = [
  'strides',
  'padding',
  'dilation_rate',
  'groups',
  'data_format',
  'activation',
  'use_bias',
  ...weight_option_names(Object.keys(WEIGHTS)),
];

/**
 * Filters over windows of the steps of a sequence (`tf.keras.layers.Conv1D`).
 *
 * Weights: `kernel` [kernel_size, inputs / groups, filters], `bias` [filters].
 */
export class Conv1D extends Layer {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Conv1D');

  #filters;
  #size;
  #strides;
  /** @type {import('./windows_1d.js').Padding} */ #padding;
  #dilation;
  #groups;
  #activation;
  #use_bias;
  #settings;
  /** @type {Variable | null} */ #kernel = null;
  /** @type {Variable | null} */ #bias = null;

  /**
   * @param {number} filters the number of features of the output
   * @param {number} kernel_size steps of a window
   * @param {Conv1DOptions} [options]
   * @throws {ValueError} a size that is not a positive integer; filters that groups does not divide; strides and dilation_rate above 1;
   *   an unknown padding, activation, initializer, regularizer or constraint; another data_format
   * @throws {TypeError} an unknown option
   */
  constructor(filters, kernel_size, options = {}) {
    const [conv_options, base_options] = split_options('Conv1D', options, CONV_OPTIONS, LAYER_OPTIONS);
    const { strides = 1, padding = 'valid', dilation_rate = 1, groups = 1, use_bias = true } = conv_options;
    check_positive_integer('Conv1D: filters', filters);
    const size = check_steps('Conv1D: kernel_size', kernel_size);
    const stride = check_steps('Conv1D: strides', strides);
    const dilation = check_steps('Conv1D: dilation_rate', dilation_rate);
    check_one_of('Conv1D: padding', padding, ['valid', 'same', 'causal']);
    check_positive_integer('Conv1D: groups', groups);
    if (filters % groups)
      throw new ValueError(`Conv1D: groups must divide the ${filters} filters, but is ${groups}`);
    if (stride > 1 && dilation > 1)
      throw new ValueError('Conv1D: strides and dilation_rate must not both be above 1');
    check_data_format('Conv1D: data_format', conv_options.data_format);
    const activation = check_activation('Conv1D: activation', conv_options.activation ?? null);
    const settings = read_weight_options('Conv1D', conv_options, WEIGHTS);
    super(base_options);
    this.#filters = filters;
    this.#size = size;
    this.#strides = stride;
    this.#padding = padding;
    this.#dilation = dilation;
    this.#groups = groups;
    this.#activation = activation;
    this.#use_bias = Boolean(use_bias);
    this.#settings = settings;
  }

  get filters() {
    return this.#filters;
  }
  get kernel_size() {
    return this.#size;
  }
  /** The filters [kernel_size, inputs / groups, filters]; null before `build`. */
  get kernel() {
    return this.#kernel;
  }
  /** The vector [filters]; null before `build` and without `use_bias`. */
  get bias() {
    return this.#bias;
  }

  /** @param {readonly (number | null)[]} input_shape @internal */
  _create(input_shape) {
    check_sequence(`${this.name}.build`, input_shape);
    const features = input_shape[2];
    if (features === null || features % this.#groups) {
      throw new ValueError(
        `${this.name}.build: input_shape must have a known number of features that the ${this.#groups} groups divide, not ${show_shape(input_shape)}`,
      );
    }
    const weight = (/** @type {'kernel' | 'bias'} */ name, /** @type {number[]} */ shape) =>
      this.add_weight(name, { shape, packing: packing_of(shape), ...this.#settings[name] });
    this.#kernel = weight('kernel', [this.#size, features / this.#groups, this.#filters]);
    if (this.#use_bias) this.#bias = weight('bias', [this.#filters]);
  }

  /** @param {number} steps */
  #windows(steps) {
    const options = {
      size: this.#size,
      stride: this.#strides,
      dilation: this.#dilation,
      padding: this.#padding,
    };
    return windows_of(steps, options);
  }

  /**
   * @param {import('../runtime/tensor.js').TensorInput} inputs of floats, [batch, steps, features]
   * @returns {Tensor} [batch, windows, filters]
   * @throws {ValueError} inputs of another rank or number of features
   */
  call(inputs) {
    const x = this._take(inputs);
    const kernel = /** @type {Variable} */ (this.#kernel);
    const features = kernel.shape[1] * this.#groups;
    if (x.rank !== 3 || x.shape[2] !== features) {
      throw new ValueError(
        `${this.name}: inputs must have shape [batch, steps, ${features}], not ${show_shape(x.shape)}`,
      );
    }
    return this._regularize(this.#apply(x, this.#windows(x.shape[1])), inputs);
  }

  /** @param {Tensor} x @param {{ count: number, before: number }} windows */
  #apply(x, { count, before }) {
    const kernel = /** @type {Variable} */ (this.#kernel);
    const place = { size: this.#size, stride: this.#strides, dilation: this.#dilation, count, before };
    const output =
      this.#groups === 1 ? product(windows(x, place), kernel, this.#bias) : this.#by_group(x, kernel, place);
    return apply_activation(this.#activation, output);
  }

  /** @param {Tensor} x @param {Variable} kernel @param {Parameters<typeof windows>[1]} place */
  #by_group(x, kernel, place) {
    const [size, features, filters] = kernel.shape;
    const kernels = split(reshape(kernel, [size * features, filters]), this.#groups, { axis: 1 });
    const parts = split(x, this.#groups, { axis: 2 }).map((part, i) =>
      matmul(windows(part, place), kernels[i]),
    );
    const output = concatenate(parts, { axis: 2 });
    return this.#bias ? add(output, this.#bias) : output;
  }

  /** @param {readonly number[]} shape of one step @returns {import('./stages.js').Stage | null} @internal */
  _make_stage([batch, , features]) {
    if (this.#padding !== 'causal' || this.#strides !== 1) return null;
    const steps = (this.#size - 1) * this.#dilation + 1;
    const dtype = /** @type {'float32' | 'float64'} */ (this.dtype);
    return window_stage(
      (window) => this.#apply(window, { count: 1, before: 0 }),
      [batch, steps, features],
      dtype,
    );
  }

  /** A window has no mask of its own. @returns {null} */
  compute_mask() {
    return null;
  }

  /** @param {readonly (number | null)[]} input_shape @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const shape = this._check_shape('compute_output_shape', input_shape);
    check_sequence(this.name, shape);
    const [batch, steps] = shape;
    return [batch, steps === null ? null : this.#windows(steps).count, this.#filters];
  }

  get_config() {
    return {
      ...super.get_config(),
      filters: this.#filters,
      kernel_size: this.#size,
      strides: this.#strides,
      padding: this.#padding,
      data_format: 'channels_last',
      dilation_rate: this.#dilation,
      groups: this.#groups,
      activation: this.#activation,
      use_bias: this.#use_bias,
      ...serialize_weight_options(this.#settings),
    };
  }

  /** @param {{ [option: string]: any }} config */
  static from_config(config) {
    const { filters, kernel_size, ...options } = check_config(this, config);
    return new this(filters, kernel_size, options);
  }

  /** @internal */
  _release_weights() {
    this.#kernel = null;
    this.#bias = null;
    super._release_weights();
  }
}

/**
 * The values of each window in a row, zeros for the padding; recorded.
 * @param {Tensor} x [batch, steps, features]
 * @param {{ size: number, stride: number, dilation: number, count: number, before: number }} place of the windows
 * @returns {Tensor} [batch, count, size * features]
 */
function windows(x, { size, stride, dilation, count, before }) {
  const [batch, steps, features] = x.shape;
  const dtype = /** @type {'float32' | 'float64'} */ (x.dtype);
  /** @type {(visit: (step: number, place: number) => void) => void} where a step begins, and its place in a row */
  const for_each_step = (visit) => {
    for (let row = 0; row < batch * count; row++) {
      const first = (row % count) * stride - before;
      for (let i = 0; i < size; i++) {
        const step = first + i * dilation;
        if (step < 0 || step >= steps) continue;
        visit((Math.floor(row / count) * steps + step) * features, (row * size + i) * features);
      }
    }
  };
  const data = array_of(dtype, batch * count * size * features);
  for_each_step((step, place) => data.set(x.data.subarray(step, step + features), place));
  const output = new Tensor(data, [batch, count, size * features], dtype);
  if (is_recording([x])) {
    const backward = (/** @type {Floats} */ d) => {
      const dx = array_of(dtype, x.size);
      for_each_step((step, place) => {
        for (let i = 0; i < features; i++) dx[step + i] += d[place + i];
      });
      return dx;
    };
    record_operation({
      inputs: [x],
      outputs: [output],
      backward: ([d]) => [d && backward(/** @type {Floats} */ (d))],
    });
  }
  return output;
}
