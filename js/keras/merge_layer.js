// Base class of the layers that make one tensor of several.
import { cast_tensor } from '../gradient/cast_tensor.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { check_options, show, show_shape } from '../runtime/check.js';
import { name_of_class } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';
import { as_tensor, is_float, Tensor } from '../runtime/tensor.js';
import { as_mask } from './as_mask.js';
import { apply_layer, SymbolicTensor } from './symbolic_tensor.js';

/**
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 */

/** Base class of the layers that make one tensor of a list. Subclasses implement `_merge` and `_merged_shape`. */
export class MergeLayer extends Layer {
  /**
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {TypeError} an unknown option
   */
  constructor(options = {}) {
    check_options(name_of_class(new.target), options, LAYER_OPTIONS);
    super(options);
  }

  /** Whether each step is computed from that step alone. @param {number} _rank of the inputs @internal */
  _is_stepwise(_rank) {
    return true;
  }

  get supports_masking() {
    return true;
  }

  /**
   * @param {Tensor[]} tensors of floats
   * @returns {Tensor}
   * @internal
   */
  _merge(tensors) {
    return tensors[0];
  }

  /**
   * @param {(number | null)[][]} shapes
   * @returns {(number | null)[]}
   * @internal
   */
  _merged_shape(shapes) {
    return shapes[0];
  }

  /**
   * @param {TensorInput[]} inputs of floats
   * @returns {Tensor}
   * @throws {ValueError} not a list of at least one tensor, or shapes that do not fit
   */
  call(inputs) {
    this._check_alive();
    if (!Array.isArray(inputs) || !inputs.length)
      throw new ValueError(`${this.name}: inputs must be a list of tensors, not ${show(inputs)}`);
    const tensors = Array.from(inputs, (input, i) =>
      as_tensor(`${this.name}: inputs[${i}]`, input, Array.isArray(input) ? (this.dtype ?? 'float32') : null),
    );
    const first = tensors.find(({ dtype }) => is_float(dtype));
    const dtype = this.dtype ?? /** @type {FloatDtype} */ (first?.dtype ?? 'float32');
    this._infer_dtype(dtype, () => this.build(/** @type {any} */ (tensors.map(({ shape }) => shape))));
    this._merged_shape(tensors.map(({ shape }) => shape));
    return this._regularize(this._merge(tensors.map((tensor) => cast_tensor(tensor, dtype))), inputs);
  }

  /**
   * @param {...any} args a list of tensors, or of outputs of layers
   * @returns {any}
   */
  apply(...args) {
    const [inputs] = args;
    const is_symbolic =
      Array.isArray(inputs) &&
      inputs.length > 0 &&
      Array.from(inputs).every((one) => one instanceof SymbolicTensor);
    return is_symbolic ? apply_layer(this, inputs) : this.call(inputs);
  }

  /**
   * A step counts where it counts in every input that has a mask.
   * @param {unknown} _inputs
   * @param {(Tensor | null)[] | null} [masks] of the inputs
   * @returns {Tensor | null}
   * @throws {ValueError} not such a list, or masks of different shapes
   */
  compute_mask(_inputs, masks = null) {
    if (masks === null) return null;
    if (!Array.isArray(masks))
      throw new ValueError(`${this.name}: masks must be a list of masks and nulls, not ${show(masks)}`);
    const present = Array.from(masks)
      .filter((mask) => mask !== null && mask !== undefined)
      .map((mask) => as_mask(`${this.name}: masks`, mask));
    if (!present.length) return null;
    const [{ data, shape }] = present;
    if (present.some((mask) => String(mask.shape) !== String(shape)))
      throw new ValueError(
        `${this.name}: masks must have one shape, not ${present.map((mask) => show_shape(mask.shape)).join(', ')}`,
      );
    const both = Uint8Array.from(data, (_, i) => Number(present.every((mask) => mask.data[i])));
    return new Tensor(both, shape, 'bool');
  }

  /** @param {any} input_shape a list of shapes @returns {(number | null)[]} */
  compute_output_shape(input_shape) {
    const is_list = Array.isArray(input_shape) && input_shape.length > 0;
    if (!is_list || !Array.from(input_shape).every(Array.isArray))
      throw new ValueError(
        `${this.name}: input_shape must be a list of at least one shape, not ${show(input_shape)}`,
      );
    return this._merged_shape(input_shape.map((shape) => this._check_shape('compute_output_shape', shape)));
  }
}
