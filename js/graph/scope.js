// VariableScope: the name of a variable scope and the defaults of the variables created in it.

import { get_initializer } from '../layers/initializers.js';
import { get_regularizer } from '../layers/regularizers.js';
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { FLOAT_DTYPES, is_float } from '../runtime/tensor.js';
import { get_default_graph } from './graph.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/variable.js').Variable} Variable
 * @typedef {import('./variable_scope.js').Reuse} Reuse
 *
 * @typedef {{ variable: Variable, regularizer: any }} OpenedVariable the creator of the variable adds the regularizer to its losses;
 *   null where it was shared
 */

/**
 * @param {string} what
 * @param {unknown} dtype
 * @returns {FloatDtype}
 */
export function check_dtype(what, dtype) {
  if (is_float(dtype)) return dtype;
  throw new ValueError(`${what}: dtype must be one of ${FLOAT_DTYPES.join(', ')}, not ${show(dtype)}`);
}

/** A variable scope, open or closed (`tf.compat.v1.VariableScope`). */
export class VariableScope {
  /**
   * @param {string} name the full name; empty at the root
   * @param {Reuse} reuse
   * @param {object} defaults
   * @param {any} defaults.initializer
   * @param {any} defaults.regularizer
   * @param {FloatDtype | null} defaults.dtype
   */
  constructor(name, reuse, { initializer, regularizer, dtype }) {
    this.name = name;
    this.reuse = reuse;
    this.initializer = initializer;
    this.regularizer = regularizer;
    this.dtype = dtype;
  }

  /**
   * What becomes of variables that `get_variable` opens here: the cell that is being called counts them among its weights.
   * @type {((opened: OpenedVariable) => Variable) | null}
   * @internal
   */
  _collect = null;

  /** `name` with a slash, as variables' names begin. */
  get original_name_scope() {
    return this.name ? `${this.name}/` : '';
  }

  /** From now on variables of this scope must exist (`VariableScope.reuse_variables`). */
  reuse_variables() {
    this.reuse = true;
  }

  /** @param {import('../layers/initializers.js').InitializerSpec | null} initializer of variables created from now on */
  set_initializer(initializer) {
    this.initializer = initializer && get_initializer(initializer, 'set_initializer: initializer');
  }

  /** @param {import('../layers/regularizers.js').RegularizerSpec | null} regularizer of variables created from now on */
  set_regularizer(regularizer) {
    this.regularizer = regularizer && get_regularizer(regularizer, 'set_regularizer: regularizer');
  }

  /** @param {FloatDtype} dtype of variables created from now on */
  set_dtype(dtype) {
    this.dtype = check_dtype('set_dtype', dtype);
  }

  /** The variables of this scope and of those inside it, in the order of their creation. @returns {Variable[]} */
  global_variables() {
    return get_default_graph().variables.filter(({ name }) => name.startsWith(this.original_name_scope));
  }

  /** Those of them that are trainable. @returns {Variable[]} */
  trainable_variables() {
    return this.global_variables().filter(({ trainable }) => trainable);
  }
}
