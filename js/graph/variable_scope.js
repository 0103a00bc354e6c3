// Variable scopes: names for variables, and sharing by name (`tf.compat.v1.variable_scope`).

import { get_initializer } from '../layers/initializers.js';
import { get_regularizer } from '../layers/regularizers.js';
import { check_options, check_positive_integer, same_shape, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { packing_of, Variable } from '../runtime/variable.js';
import { check_synchronous, get_default_graph } from './graph.js';
import { check_dtype, VariableScope } from './scope.js';

export { VariableScope };

/** @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype */
/** @typedef {import('./scope.js').OpenedVariable} OpenedVariable */

/** Share a variable where it exists, create it where it does not (`tf.compat.v1.AUTO_REUSE`). */
export const AUTO_REUSE = Symbol('AUTO_REUSE');

/** @typedef {boolean | null | typeof AUTO_REUSE} Reuse */

/**
 * @typedef {object} ScopeOptions
 * @property {Reuse} [reuse] true: variables must exist and are shared; false or null (default): as the scope around;
 *   `AUTO_REUSE`: shared where they exist, else created
 * @property {import('../layers/initializers.js').InitializerSpec | null} [initializer] default for kernels created inside
 * @property {import('../layers/regularizers.js').RegularizerSpec | null} [regularizer] adds a loss for every variable created inside
 * @property {FloatDtype | null} [dtype] default for variables created inside
 * @property {string | null} [default_name] the name, made unique, if name is null
 */

const ROOT = { initializer: null, regularizer: null, dtype: null };

/** The scope in which variables are created now (`tf.compat.v1.get_variable_scope`). @returns {VariableScope} */
export function get_variable_scope() {
  const graph = get_default_graph();
  if (!graph._scopes.length) graph._scopes.push(new VariableScope('', false, ROOT));
  return /** @type {VariableScope} */ (graph._scopes.at(-1));
}

/**
 * Runs a function in a variable scope (Python's `with tf.variable_scope(...)`). Scopes nest; opening one by name again gives
 * the same names again.
 *
 * @template R
 * @param {string | VariableScope | null} name a name inside the current scope, or a scope to re-enter; null with
 *   `default_name`
 * @param {ScopeOptions | ((scope: VariableScope) => R)} options may be left out
 * @param {(scope: VariableScope) => R} [body]
 * @returns {R} what the function returns
 * @throws {ValueError} no name and no default_name; reuse with a default name
 * @throws {TypeError} an option that is not known, no function, or an asynchronous one
 */
export function variable_scope(name, options, body) {
  const run = typeof options === 'function' ? options : body;
  const scope_options = typeof options === 'function' ? {} : (options ?? {});
  if (typeof run !== 'function')
    throw new TypeError(`variable_scope: body must be a function, not ${show(run)}`);
  check_options('variable_scope', scope_options, [
    'reuse',
    'initializer',
    'regularizer',
    'dtype',
    'default_name',
  ]);
  const {
    reuse = null,
    initializer = null,
    regularizer = null,
    dtype = null,
    default_name = null,
  } = scope_options;
  if (reuse !== null && reuse !== AUTO_REUSE && typeof reuse !== 'boolean') {
    throw new ValueError(`variable_scope: reuse must be true, false, null or AUTO_REUSE, not ${show(reuse)}`);
  }
  if (dtype !== null) check_dtype('variable_scope', dtype);
  const around = get_variable_scope();
  const graph = get_default_graph();
  const again = name instanceof VariableScope ? name : null;
  const full = again ? again.name : join(around.name, own_name(name, default_name, reuse));
  const base = again ?? around;
  // A scope that is entered again has its own settings, not those of the current scope.
  const scope = new VariableScope(full, reuse || base.reuse || false, {
    initializer:
      initializer === null ? base.initializer : get_initializer(initializer, 'variable_scope: initializer'),
    regularizer:
      regularizer === null ? base.regularizer : get_regularizer(regularizer, 'variable_scope: regularizer'),
    dtype: dtype ?? base.dtype,
  });
  scope._collect = around._collect;
  const before = again ? new Map(graph._scope_counts) : null;
  if (!again) graph._scope_counts.set(full, (graph._scope_counts.get(full) ?? 0) + 1);
  graph._scopes.push(scope);
  try {
    return check_synchronous('variable_scope', run(scope));
  } finally {
    graph._scopes.pop();
    if (before) graph._scope_counts = before;
    else close_inner(graph._scope_counts, full);
  }
}

/**
 * After a scope is closed, opening it again gives the same inner names again.
 * @param {Map<string, number>} counts
 * @param {string} full
 */
function close_inner(counts, full) {
  for (const name of counts.keys()) if (name.startsWith(`${full}/`)) counts.delete(name);
}

/**
 * @param {unknown} name
 * @param {string | null} default_name
 * @param {Reuse} reuse
 */
function own_name(name, default_name, reuse) {
  if (typeof name === 'string' && name) return name;
  if (name !== null && name !== undefined) {
    throw new TypeError(
      `variable_scope: name must be a non-empty string, a VariableScope or null, not ${show(name)}`,
    );
  }
  if (!default_name) throw new ValueError('variable_scope: name is null, and there is no default_name');
  if (reuse)
    throw new ValueError(
      'variable_scope: reuse needs a name: a default_name is made unique, so nothing can be reused',
    );
  return unique_name(default_name);
}

/**
 * A name that no scope inside the current one has: the given one, or with `_1`, `_2`, …
 * @param {string} base
 */
export function unique_name(base) {
  const { name } = get_variable_scope();
  const counts = get_default_graph()._scope_counts;
  const taken = (/** @type {string} */ candidate) => (counts.get(join(name, candidate)) ?? 0) > 0;
  if (!taken(base)) return base;
  let number = 1;
  while (taken(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** @param {string} outer @param {string} inner */
const join = (outer, inner) => (outer ? `${outer}/${inner}` : inner);

/**
 * @typedef {object} VariableOptions
 * @property {readonly number[]} [shape] needed where the variable is created
 * @property {FloatDtype | null} [dtype] default: the scope's, else float32
 * @property {import('../layers/initializers.js').InitializerSpec | null} [initializer] default: the scope's, else glorot_uniform
 * @property {import('../layers/regularizers.js').RegularizerSpec | null} [regularizer] default: the scope's
 * @property {boolean} [trainable] default true
 */

/**
 * The variable of this name in the current scope: a new one, or with `reuse` the one that exists
 * (`tf.compat.v1.get_variable`). The graph owns it.
 *
 * @param {string} name
 * @param {VariableOptions} [options]
 * @returns {Variable}
 * @throws {ValueError} it exists and reuse is off; it does not and reuse is on; it exists with another shape or dtype
 */
export function get_variable(name, options = {}) {
  check_options('get_variable', options, ['shape', 'dtype', 'initializer', 'regularizer', 'trainable']);
  const opened = open_variable(name, options);
  const { _collect } = get_variable_scope();
  return _collect ? _collect(opened) : opened.variable;
}

/**
 * @param {string} name inside the current scope
 * @param {VariableOptions & { packing?: import('../runtime/variable.js').Packing | null, keep_alive?: boolean }} options `keep_alive`:
 *   whether the graph keeps it alive (default)
 * @returns {OpenedVariable}
 */
export function open_variable(name, { shape, dtype = null, packing = null, keep_alive = true, ...options }) {
  if (typeof name !== 'string' || !name)
    throw new TypeError(`get_variable: name must be a non-empty string, not ${show(name)}`);
  const scope = get_variable_scope();
  const graph = get_default_graph();
  const full = `${join(scope.name, name)}:0`;
  const type = dtype ?? scope.dtype ?? 'float32';
  check_dtype('get_variable', type);
  for (const size of shape ?? [])
    check_positive_integer(`get_variable: every size in the shape of ${full}`, size);
  const existing = graph._find(full);
  if (existing) {
    check_shared(existing, scope, shape, dtype ?? scope.dtype);
    if (packing && packing.groups !== existing._packing?.groups) {
      throw new ValueError(
        `the variable ${existing.name} was not created by a cell of this kind, and cannot be shared with one: let the cell create it`,
      );
    }
    return { variable: existing._retain(), regularizer: null };
  }
  if (scope.reuse === true) {
    throw new ValueError(
      `the variable ${full} does not exist, and reuse is on: build the cell that creates it first, or use AUTO_REUSE`,
    );
  }
  if (!shape) throw new ValueError(`get_variable: shape is needed to create ${full}`);
  const initializer = get_initializer(
    options.initializer ?? scope.initializer ?? 'glorot_uniform',
    'get_variable: initializer',
  );
  const spec = options.regularizer ?? scope.regularizer;
  const regularizer = spec ? get_regularizer(spec, 'get_variable: regularizer') : null;
  const value = initializer(shape, type);
  const { trainable = true } = options;
  // A matrix is packed for products by default.
  const stored = packing ?? (shape.length === 2 ? packing_of(shape) : null);
  const variable = new Variable({ name: full, shape, dtype: type, trainable, value, packing: stored });
  graph._add(variable, keep_alive);
  return { variable, regularizer };
}

/**
 * @param {Variable} existing
 * @param {VariableScope} scope
 * @param {readonly number[] | undefined} shape
 * @param {FloatDtype | null} dtype
 */
function check_shared(existing, scope, shape, dtype) {
  if (!scope.reuse) {
    throw new ValueError(
      `the variable ${existing.name} already exists: set reuse to share it, or give the cell a name or a scope of its own`,
    );
  }
  if (shape && !same_shape(shape, existing.shape)) {
    throw new ValueError(
      `the variable ${existing.name} has shape ${show_shape(existing.shape)} and cannot be shared as ${show_shape(shape)}`,
    );
  }
  if (dtype && dtype !== existing.dtype) {
    throw new ValueError(
      `the variable ${existing.name} has dtype ${existing.dtype} and cannot be shared as ${dtype}`,
    );
  }
}
