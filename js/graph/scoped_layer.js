// ScopedLayer: a layer whose variables live in a scope of a graph, as TF1's do.

import { Layer, snake_case } from '../layers/layer.js';
import { show } from '../runtime/check.js';
import { name_of_class } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';
import { get_default_graph } from './graph.js';
import { VariableScope } from './scope.js';
import { AUTO_REUSE, get_variable_scope, open_variable, variable_scope } from './variable_scope.js';

/**
 * @typedef {import('../layers/layer.js').LayerOptions & { reuse?: import('./variable_scope.js').Reuse }} ScopedOptions `reuse`: true: the
 *   variables exist and are shared; `AUTO_REUSE`: shared where they exist; default: they are new
 */

/** A layer with a scope: captured at its first use, kept wherever it is used afterwards. */
export class ScopedLayer extends Layer {
  #reuse;
  #base_name;
  /** @type {VariableScope | null} */ #scope = null;
  /** @type {import('./graph.js').Graph | null} */ #graph = null;
  #held = false;
  /** Whether opening the scope made a later one of the same default name another one. */ #counted = false;
  /** Whether variables that `call` asks for exist. @type {import('./variable_scope.js').Reuse} */ #call_reuse =
    null;

  /**
   * @param {ScopedOptions} [options]
   * @throws {ValueError} reuse is not a boolean, null or AUTO_REUSE
   */
  constructor(options = {}) {
    const { reuse = null, name = null, ...rest } = options;
    super({ name, ...rest });
    if (reuse !== null && reuse !== AUTO_REUSE && typeof reuse !== 'boolean') {
      throw new ValueError(`${this.name}: reuse must be true, false, null or AUTO_REUSE, not ${show(reuse)}`);
    }
    this.#reuse = reuse;
    this.#call_reuse = reuse;
    this.#base_name = name ?? snake_case(name_of_class(new.target));
  }

  /** @param {string} class_name */
  _default_name(class_name) {
    return get_default_graph()._layer_name(snake_case(class_name));
  }

  /** The graph that owns the variables; before the first use the default one. @returns {import('./graph.js').Graph} */
  get graph() {
    return this.#graph ?? get_default_graph();
  }

  /**
   * The full name of the variable scope.
   * @returns {string}
   * @throws {ValueError} before the first use
   */
  get scope_name() {
    if (!this.#scope)
      throw new ValueError(`the layer ${this.name} has no scope_name before it is built or called`);
    return this.#scope.name;
  }

  /** The layers that are this cell's properties. @returns {Layer[]} */
  get submodules() {
    return Object.values(this)
      .flat()
      .filter((value) => value instanceof Layer);
  }

  /**
   * Runs a function in the cell's scope and graph. Variables that it gets there are the cell's.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  _in_scope(body) {
    this._capture_scope(null);
    const scope = /** @type {VariableScope} */ (this.#scope);
    return this.graph.as_default(() =>
      variable_scope(scope, { reuse: this.#call_reuse, dtype: this.dtype }, (opened) => {
        opened._collect = (created) => this._keep(created);
        return body();
      }),
    );
  }

  /** Whether the scope is known, and calls stay in it wherever they are made. */
  get _has_scope() {
    return this.#scope !== null;
  }

  get _own_losses() {
    return super.losses;
  }
  get _own_updates() {
    return super.updates;
  }

  /** The values of all loss terms now, those of inner layers included. @returns {any[]} */
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

  /** All update operations, those of inner layers included. @returns {unknown[]} */
  get updates() {
    return [...super.updates, ...this.submodules.flatMap((layer) => layer.updates)];
  }

  /** @param {unknown} inputs @returns {unknown[]} */
  get_updates_for(inputs) {
    return [
      ...super.get_updates_for(inputs),
      ...this.submodules.flatMap((layer) => layer.get_updates_for(inputs)),
    ];
  }

  /** As it was before its first use. */
  _unbuild() {
    super._unbuild();
    this._release_scope();
  }

  /**
   * The scope where this is the first use; afterwards it stays, wherever the cell is used.
   * @param {string | VariableScope | null} scope
   */
  _capture_scope(scope) {
    if (this.#scope) return;
    const inside = get_variable_scope().name !== '';
    // A name that was made unique for this cell alone, outside any scope, is nobody else's business.
    this.#held = inside || scope !== null || Boolean(this.#reuse) || Boolean(get_variable_scope().reuse);
    this.#graph = get_default_graph();
    this.#counted = !(scope instanceof VariableScope);
    const capture = (/** @type {VariableScope} */ found) => {
      this.#scope = found;
    };
    if (scope !== null || this.#reuse) variable_scope(scope ?? this.#base_name, capture);
    else variable_scope(null, { default_name: this.#base_name }, capture);
  }

  /**
   * @param {true | typeof AUTO_REUSE} reuse whether the variables that `call` asks for exist from now on: all, or some after a
   *   call that failed
   */
  _expect_variables(reuse) {
    this.#call_reuse = this.#call_reuse === true ? true : reuse;
  }

  /** Forgets a scope in which the cell could not be built. */
  _release_scope() {
    if (this.#scope && this.#counted) this.graph._forget_scope(this.#scope.name);
    this.#scope = null;
    this.#graph = null;
    this.#call_reuse = this.#reuse;
  }

  /**
   * @param {readonly (number | null)[]} input_shape
   * @returns {this}
   */
  build(input_shape) {
    this._check_alive();
    if (this.built) return this;
    this._capture_scope(null);
    try {
      const scope = /** @type {VariableScope} */ (this.#scope);
      this.graph.as_default(() =>
        variable_scope(scope, { reuse: this.#reuse }, () => super.build(input_shape)),
      );
    } catch (error) {
      this._release_scope();
      throw error;
    }
    return this;
  }

  /**
   * @param {string} name
   * @param {import('../layers/layer.js').WeightOptions} options
   */
  _new_variable(name, options) {
    if (this.#scope && get_variable_scope().name === this.#scope.name)
      return open_variable(name, { ...options, held: this.#held });
    this._capture_scope(null);
    const scope = /** @type {VariableScope} */ (this.#scope);
    // As in TensorFlow, the scope of a built layer is in reuse: it has no place for new variables.
    const reuse = this.built || this.#reuse;
    return this.graph.as_default(() =>
      variable_scope(scope, { reuse }, () => open_variable(name, { ...options, held: this.#held })),
    );
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    return { ...super.get_config(), reuse: this.#reuse === AUTO_REUSE ? 'AUTO_REUSE' : this.#reuse };
  }
}
