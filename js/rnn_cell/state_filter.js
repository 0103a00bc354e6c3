// Which parts of a state may be dropped: what a visitor says of each level of it.
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';

/**
 * Given a part of the state (a tensor, or a list), whether it may be dropped; of a list also a list of booleans, one for each
 * of its parts. The parts of what may be dropped are asked for in turn.
 * @typedef {(substate: any) => boolean | boolean[]} StateFilter
 */

/**
 * @param {StateFilter} visitor
 * @param {any} state
 * @returns {any} booleans in the state's structure; false for a part of which nothing is dropped
 * @throws {TypeError} the visitor gives something else than booleans
 * @throws {ValueError} the visitor gives a list of another length
 */
export function dropped_parts(visitor, state) {
  const what = 'DropoutWrapper: dropout_state_filter_visitor';
  const answer = visitor(state);
  if (!Array.isArray(state)) {
    if (typeof answer !== 'boolean') {
      throw new TypeError(`${what} must give a boolean for a tensor, not ${show(answer)}`);
    }
    return answer;
  }
  if (answer === false) return false;
  if (answer === true) return state.map((part) => dropped_parts(visitor, part));
  if (!Array.isArray(answer) || !answer.every((part) => typeof part === 'boolean')) {
    throw new TypeError(`${what} must give a boolean or a list of booleans for a list, not ${show(answer)}`);
  }
  if (answer.length !== state.length) {
    throw new ValueError(`${what} must give ${state.length} booleans for this list, not ${answer.length}`);
  }
  return state.map((part, i) => answer[i] && dropped_parts(visitor, part));
}
