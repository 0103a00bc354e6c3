// Graph: who owns TF1's variables, and which names are taken.
import { check_function } from '../runtime/check.js';
import { RuntimeError, ValueError } from '../runtime/errors.js';

/** @typedef {import('../runtime/variable.js').Variable} Variable */

/** A set of variables, whose names are unique in it (`tf.Graph`). */
export class Graph {
  /** @type {Map<string, Variable | WeakRef<Variable>>} */ #variables = new Map();
  /** @type {Map<string, number>} */ #layer_names = new Map();
  #disposed = false;

  /**
   * How often each variable scope has been opened since the scope around it was closed; what keeps default names apart.
   * @type {Map<string, number>}
   * @internal
   */
  _scope_counts = new Map();
  /** The variable scopes that are open, the innermost last. @type {import('./variable_scope.js').VariableScope[]} @internal */
  _scopes = [];

  /**
   * Runs a function with this graph as the default one (Python's `with graph.as_default():`).
   * @template R
   * @param {() => R} body must not be asynchronous
   * @returns {R} what the function returns
   * @throws {TypeError} the function is asynchronous
   */
  as_default(body) {
    this._check();
    check_function('as_default: body', body);
    graphs.push(this);
    try {
      return check_synchronous('as_default', body());
    } finally {
      graphs.splice(graphs.lastIndexOf(this), 1);
    }
  }

  /** The variables, in the order of their creation (`tf.compat.v1.global_variables`). @returns {Variable[]} */
  get variables() {
    return [...this.#variables.keys()]
      .map((name) => this._find(name))
      .filter((variable) => variable !== undefined);
  }

  /** @param {string} name @returns {Variable | undefined} @internal */
  _find(name) {
    const entry = this.#variables.get(name);
    const variable = entry instanceof WeakRef ? entry.deref() : entry;
    return variable?.disposed ? undefined : variable;
  }

  /**
   * @param {Variable} variable
   * @param {boolean} keep_alive whether the graph keeps it alive: if its name lets others find it. Otherwise it is freed with its cell.
   * @internal
   */
  _add(variable, keep_alive) {
    this._check();
    this.#variables.set(variable.name, keep_alive ? variable : new WeakRef(variable));
  }

  /**
   * A layer's name: `gru_cell_1`, `gru_cell_2`, …
   * @param {string} base
   * @internal
   */
  _layer_name(base) {
    const count = (this.#layer_names.get(base) ?? 0) + 1;
    this.#layer_names.set(base, count);
    return `${base}_${count}`;
  }

  /**
   * Takes back that a variable scope was opened, which then served for nothing.
   * @param {string} name the full one
   * @internal
   */
  _forget_scope(name) {
    const count = this._scope_counts.get(name) ?? 0;
    if (count > 1) this._scope_counts.set(name, count - 1);
    else this._scope_counts.delete(name);
  }

  /** @internal */
  _check() {
    if (this.#disposed) throw new RuntimeError('this Graph is used after it was disposed of');
  }

  /** Frees all its variables, whoever uses them; a second call does nothing. */
  dispose() {
    if (graphs.includes(this, 1))
      throw new ValueError('dispose: this Graph is the default graph of a function that is still running');
    for (const variable of this.variables) variable.dispose();
    this.#variables.clear();
    this.#disposed = true;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/**
 * What a function returned that had to be done by then.
 * @template R
 * @param {string} what
 * @param {R} result
 * @returns {R}
 */
export function check_synchronous(what, result) {
  if (result instanceof Promise) {
    throw new TypeError(`${what}: body must not be asynchronous: what it does later is outside again`);
  }
  return result;
}

/** The default graphs, the innermost last. */
const graphs = [new Graph()];

/** The graph in which variables are created now (`tf.compat.v1.get_default_graph`). @returns {Graph} */
export const get_default_graph = () => /** @type {Graph} */ (graphs.at(-1));

/**
 * Puts a fresh graph in the place of the global default graph, whose variables are freed
 * (`tf.compat.v1.reset_default_graph`).
 * @throws {RuntimeError} inside `as_default` or a variable scope
 */
export function reset_default_graph() {
  // The scope at the root is always open.
  if (graphs.length > 1 || graphs[0]._scopes.length > 1) {
    throw new RuntimeError('reset_default_graph cannot be called inside as_default or a variable_scope');
  }
  const [old] = graphs.splice(0, 1, new Graph());
  old.dispose();
}
