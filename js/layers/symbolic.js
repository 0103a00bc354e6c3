// The members of a layer that speak of symbolic graph nodes. There are none here, so they answer as the original does for a
// layer that has not been connected to any.
import { show } from '../runtime/check.js';
import { AttributeError, RuntimeError } from '../runtime/errors.js';

/** What a layer expects of its input (`tf.keras.layers.InputSpec`): so far its rank. */
export class InputSpec {
  /** @param {{ ndim: number }} options */
  constructor({ ndim }) {
    this.ndim = ndim;
  }
}

/** Base of {@link Layer}: inputs and outputs of nodes, which a layer without nodes does not have. */
export class Unconnected {
  /** @type {string} */ name = '';
  /** What the layer expects of its input, or null. @type {InputSpec | null} */ input_spec = null;

  /** Nodes that lead to this layer: none. @returns {[]} */
  get inbound_nodes() {
    return [];
  }
  /** Nodes that lead from this layer: none. @returns {[]} */
  get outbound_nodes() {
    return [];
  }
  /** @throws {AttributeError} always: no symbolic node */
  get input() {
    return this.#missing('input');
  }
  /** @throws {AttributeError} always: no symbolic node */
  get output() {
    return this.#missing('output');
  }
  /** @throws {AttributeError} always: no symbolic node */
  get input_mask() {
    return this.#missing('input mask');
  }
  /** @throws {AttributeError} always: no symbolic node */
  get output_mask() {
    return this.#missing('output mask');
  }
  /** @returns {any} @throws {AttributeError} always: no symbolic node; a Sequential has one */
  get input_shape() {
    return this.#missing('input shape');
  }
  /** @returns {any} @throws {AttributeError} always: no symbolic node; a Sequential has one */
  get output_shape() {
    return this.#missing('output shape');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_input_at(node_index) {
    return this.#missing_at(node_index, 'input');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_output_at(node_index) {
    return this.#missing_at(node_index, 'output');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_input_mask_at(node_index) {
    return this.#missing_at(node_index, 'input mask');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_output_mask_at(node_index) {
    return this.#missing_at(node_index, 'output mask');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_input_shape_at(node_index) {
    return this.#missing_at(node_index, 'input shape');
  }
  /** @param {number} node_index @throws {RuntimeError} always: no symbolic node */
  get_output_shape_at(node_index) {
    return this.#missing_at(node_index, 'output shape');
  }

  /** @param {string} what @returns {never} */
  #missing(what) {
    throw new AttributeError(`the layer ${this.name} has no ${what}: it is connected to no symbolic node`);
  }

  /** @param {number} node_index @param {string} what @returns {never} */
  #missing_at(node_index, what) {
    throw new RuntimeError(
      `the layer ${this.name} has no ${what} at node ${show(node_index)}: it is connected to no symbolic node`,
    );
  }
}
