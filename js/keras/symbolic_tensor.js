// The outputs of layers before there are values: of what a functional model is made.
import { check_options, check_partial_shape, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * @typedef {import('../layers/layer.js').Layer} Layer
 * @typedef {(number | null)[]} Shape
 *
 * @typedef {object} SymbolicCall a call of a layer
 * @property {Layer} layer
 * @property {SymbolicTensor[]} inputs
 * @property {SymbolicTensor[]} initial_state
 */

/** What `Input` gives, and a layer's `apply` of it. It has a shape, and no values. */
export class SymbolicTensor {
  /** Null: the batch, and other sizes that are not known. @type {Shape} */ shape;
  /** @type {string} */ name;
  /** The call whose output it is; null: an input. @type {SymbolicCall | null} @internal */ _call;
  /** Which of the outputs of the call. @type {number} @internal */ _index;

  /**
   * @param {Shape} shape
   * @param {string} name
   * @param {SymbolicCall | null} call
   * @param {number} index
   * @internal
   */
  constructor(shape, name, call, index) {
    this.shape = [...check_partial_shape('SymbolicTensor: shape', shape)];
    this.name = name;
    this._call = call;
    this._index = index;
  }

  /**
   * What a layer gives for this: called by the layer's `apply`.
   * @param {Layer} layer
   * @param {any[]} args of `apply`
   * @returns {SymbolicTensor | SymbolicTensor[]}
   * @internal
   */
  _apply(layer, args) {
    return apply_layer(layer, [this], args[1]);
  }

  toString() {
    return `SymbolicTensor(${this.name}, shape=${show(this.shape)})`;
  }
}

/**
 * Builds a layer for symbolic inputs, and gives its symbolic outputs.
 * @param {Layer} layer
 * @param {SymbolicTensor[]} inputs
 * @param {any} [options] `initial_state`: symbolic tensors
 * @returns {SymbolicTensor | SymbolicTensor[]} a list where the layer has several outputs
 * @throws {ValueError} a shape that does not fit the layer, or an option that is not symbolic
 * @internal
 */
export function apply_layer(layer, inputs, options = {}) {
  check_options(`${layer.name}.apply`, options, ['initial_state']);
  const initial_state = options.initial_state === undefined ? [] : [options.initial_state].flat();
  if (!initial_state.every((state) => state instanceof SymbolicTensor))
    throw new ValueError(
      `${layer.name}.apply: initial_state must be outputs of layers, not ${show(options.initial_state)}`,
    );
  const shapes = inputs.map(({ shape }) => shape);
  const shape = /** @type {any} */ ('_merge' in layer || shapes.length > 1 ? shapes : shapes[0]);
  layer._infer_dtype(layer.dtype ?? 'float32', () => layer.build(shape));
  const call = { layer, inputs, initial_state };
  const output = /** @type {any} */ (layer.compute_output_shape(shape));
  if (!Array.isArray(output[0])) return new SymbolicTensor(output, layer.name, call, 0);
  return output.map(
    (/** @type {Shape} */ one, /** @type {number} */ i) => new SymbolicTensor(one, layer.name, call, i),
  );
}
