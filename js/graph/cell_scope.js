// CellScope: the variable scope in which a TF1 cell creates its variables.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { get_default_graph } from './graph.js';
import { VariableScope } from './scope.js';
import { AUTO_REUSE, get_variable_scope, open_variable, variable_scope } from './variable_scope.js';

/**
 * @typedef {import('./variable_scope.js').Reuse} Reuse
 * @typedef {import('./scope.js').OpenedVariable} OpenedVariable
 * @typedef {import('../runtime/variable.js').Variable} Variable
 */

/** Captured at the cell's first use, and the same wherever the cell is used afterwards. */
export class CellScope {
  #cell_name;
  #base_name;
  /** @type {Reuse} */ #reuse;
  /** @type {VariableScope | null} */ #scope = null;
  /** @type {import('./graph.js').Graph | null} */ #graph = null;
  /** Whether the graph keeps the variables alive, because others can find them by name. */ #is_kept_by_graph = false;
  /** Whether opening the scope took a default name that `release` must give back. */ #counted = false;
  /** `reuse` for the variables that `call` asks for. @type {Reuse} */ #call_reuse;

  /**
   * @param {string} cell_name for messages
   * @param {string} base_name of the scope, made unique unless `reuse` is on
   * @param {unknown} reuse true: the variables exist and are shared; `AUTO_REUSE`: shared if they exist; false or null: new
   * @throws {ValueError} another reuse
   */
  constructor(cell_name, base_name, reuse) {
    if (reuse !== null && reuse !== AUTO_REUSE && typeof reuse !== 'boolean') {
      throw new ValueError(`${cell_name}: reuse must be true, false, null or AUTO_REUSE, not ${show(reuse)}`);
    }
    this.#cell_name = cell_name;
    this.#base_name = base_name;
    this.#reuse = /** @type {Reuse} */ (reuse);
    this.#call_reuse = this.#reuse;
  }

  get reuse() {
    return this.#reuse;
  }
  /** The graph that owns the variables; before the first use the default graph. */
  get graph() {
    return this.#graph ?? get_default_graph();
  }
  get is_captured() {
    return this.#scope !== null;
  }

  /**
   * The full name of the variable scope.
   * @returns {string}
   * @throws {ValueError} before the first use
   */
  get name() {
    if (this.#scope) return this.#scope.name;
    throw new ValueError(`the layer ${this.#cell_name} has no scope_name before it is built or called`);
  }

  /**
   * Captures the scope at the first use; does nothing afterwards.
   * @param {string | VariableScope | null} scope taken as it is; null: the base name, made unique unless `reuse` is on
   */
  capture(scope) {
    if (this.#scope) return;
    const current = get_variable_scope();
    // A name that was made unique for this cell alone, outside any scope, is of no use to others.
    this.#is_kept_by_graph =
      current.name !== '' || scope !== null || Boolean(this.#reuse) || Boolean(current.reuse);
    this.#graph = get_default_graph();
    this.#counted = !(scope instanceof VariableScope);
    const keep = (/** @type {VariableScope} */ opened) => {
      this.#scope = opened;
    };
    if (scope !== null || this.#reuse) variable_scope(scope ?? this.#base_name, keep);
    else variable_scope(null, { default_name: this.#base_name }, keep);
  }

  /**
   * Runs a function in the scope and its graph.
   * @template R
   * @param {Reuse} reuse
   * @param {(scope: VariableScope) => R} body
   * @param {import('../runtime/heap.js').FloatDtype | null} [dtype] default dtype of the variables
   * @returns {R}
   */
  #enter(reuse, body, dtype = null) {
    this.capture(null);
    const scope = /** @type {VariableScope} */ (this.#scope);
    return this.graph.as_default(() => variable_scope(scope, { reuse, dtype }, body));
  }

  /**
   * Runs the cell's `call`.
   * @template R
   * @param {() => R} body
   * @param {import('../runtime/heap.js').FloatDtype | null} dtype of the variables that it asks for
   * @param {(created: OpenedVariable) => Variable} collect adds such a variable to the cell's weights
   * @returns {R}
   */
  run_call(body, dtype, collect) {
    return this.#enter(
      this.#call_reuse,
      (scope) => {
        scope._collect = collect;
        return body();
      },
      dtype,
    );
  }

  /**
   * Runs the cell's `build`. If it throws, the scope is released.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  run_build(body) {
    try {
      return this.#enter(this.#reuse, body);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * Creates a variable in the scope, or finds it.
   * @param {string} name
   * @param {import('../layers/layer.js').WeightOptions} options
   * @param {boolean} is_built the scope of a built cell is in reuse, as in TensorFlow: it has no place for new variables
   * @returns {OpenedVariable}
   */
  open_variable(name, options, is_built) {
    const open = () => open_variable(name, { ...options, keep_alive: this.#is_kept_by_graph });
    if (this.#scope && get_variable_scope().name === this.#scope.name) return open();
    return this.#enter(is_built || this.#reuse, open);
  }

  /** @param {true | typeof AUTO_REUSE} reuse for the variables that `call` asks for from now on: all exist, or some, after an error */
  expect_variables(reuse) {
    this.#call_reuse = this.#call_reuse === true ? true : reuse;
  }

  /** Forgets the scope, so that the next use captures one anew. */
  release() {
    if (this.#scope && this.#counted) this.graph._forget_scope(this.#scope.name);
    this.#scope = null;
    this.#graph = null;
    this.#call_reuse = this.#reuse;
  }
}
