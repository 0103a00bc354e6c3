// Cells by the names of their classes, for configurations that hold cells.
import { check_one_of, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { GRUCell } from './gru_cell.js';

/**
 * @typedef {import('./rnn_cell.js').RNNCell} RNNCell
 * @typedef {{ from_config(config: any, custom_objects?: any): any }} CellClass
 * @typedef {{ class_name: string, config: { [option: string]: any } }} CellConfig
 */

/** @type {Map<string, CellClass>} */
const classes = new Map([['GRUCell', GRUCell]]);

/**
 * Makes a class known under a name.
 * @param {string} name
 * @param {CellClass} cell_class
 */
export const register_cell = (name, cell_class) => classes.set(name, cell_class);

/** @param {RNNCell} cell @returns {CellConfig} */
export const serialize_cell = (cell) => ({ class_name: cell.constructor.name, config: cell.get_config() });

/**
 * @param {string} what
 * @param {CellConfig} given
 * @param {{ [class_name: string]: CellClass }} [custom_objects] classes of the user's own
 * @returns {RNNCell}
 * @throws {ValueError} a class that is not known
 */
export function deserialize_cell(what, given, custom_objects = {}) {
  if (!given || typeof given !== 'object' || !given.config) {
    throw new ValueError(`${what} must be { class_name, config }, not ${show(given)}`);
  }
  const known = { ...Object.fromEntries(classes), ...custom_objects };
  const name = check_one_of(`${what}.class_name`, given.class_name, Object.keys(known));
  return known[name].from_config(given.config, custom_objects);
}
