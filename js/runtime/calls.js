// Kernels with many arguments get them in one block on the heap, which JavaScript writes by name.

/**
 * The fields of each call. Their order comes from the binary (`call_fields`); writing checks that none is missing.
 *
 * @typedef {{ batch: number, inputs: number, units: number, work: number }} BlockSizes
 * @typedef {object} CallArguments
 * @property {{ cell: number, batch: number, steps: number, time_major: boolean, repeat_output: boolean, inputs: number, mask: number,
 *   state: number, outputs: number, saved: number, work: number }} sequence
 * @property {{ cell: number, to: number, batch: number, steps: number, time_major: boolean, repeat_output: boolean, inputs: number,
 *   mask: number, saved: number, d_outputs: number, d_state: number, d_inputs: number, work: number }} gradient
 * @property {BlockSizes & { x: number, h_prev: number, w_ru: number, w_c: number, b_ru: number, b_c: number, r: number, u: number,
 *   c: number, h: number }} block_cell
 * @property {BlockSizes & { h_prev: number, w_ru: number, w_c: number, r: number, u: number, c: number, d_h: number, d_x: number,
 *   d_h_prev: number, d_c_bar: number, d_r_bar_u_bar: number }} block_cell_gradient
 * @property {BlockSizes & { x: number, h_prev: number, r: number, d_c_bar: number, d_r_bar_u_bar: number, d_w_ru: number,
 *   d_w_c: number, d_b_ru: number, d_b_c: number }} block_cell_weights
 */

/** @typedef {keyof CallArguments} CallName */

/**
 * The order of the fields of each call.
 * @param {string} text lines of a name and its fields
 * @returns {Record<string, string[]>}
 */
export const parse_call_fields = (text) =>
  Object.fromEntries(
    text.split('\n').map((line) => {
      const [name, ...fields] = line.split(' ');
      return [name, fields];
    }),
  );

/**
 * Writes the arguments of a call in the binary's order.
 * @param {readonly string[]} fields
 * @param {{ [field: string]: number | boolean }} values
 * @param {Int32Array} to
 * @param {number} at index of the first
 * @throws {Error} this JavaScript and the binary were not built together
 */
export function write_arguments(fields, values, to, at) {
  for (let i = 0; i < fields.length; i++) {
    const value = values[fields[i]];
    if (value === undefined) throw new Error(`the binary's argument ${fields[i]} is missing`);
    to[at + i] = Number(value);
  }
}
