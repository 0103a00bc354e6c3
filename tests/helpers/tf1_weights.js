// Weights of a TF1 cell for files of TensorFlow, and what the cell computes by the equations in float64.
import { expect } from '@jest/globals';
import { tf1_step } from '../reference/gru.js';
import { generator, numbers } from './random.js';

export const [INPUTS, UNITS] = [3, 4];
/** Numbers that differ. */
export const next = generator(5);
/** Random values of a shape. */
export const values = (/** @type {number[]} */ ...shape) => ({
  shape,
  data: numbers(
    shape.reduce((a, b) => a * b),
    next,
    0.8,
  ),
});
/** The weights of a cell by their names. */
export const CELL = {
  'gates/kernel': values(INPUTS + UNITS, 2 * UNITS),
  'gates/bias': values(2 * UNITS),
  'candidate/kernel': values(INPUTS + UNITS, UNITS),
  'candidate/bias': values(UNITS),
};
/** Weights, default those of the cell, under a scope. */
export const under = (/** @type {string} */ scope, /** @type {object} */ parts = CELL) =>
  new Map(Object.entries(parts).map(([name, value]) => [`${scope}/${name}`, value]));

/** Expects a step of a cell with these weights to be that of the equations. @param {any} cell */
export function expect_tf1_step(cell) {
  const x = numbers(INPUTS, next, 1);
  const h = numbers(UNITS, next, 1);
  const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = Object.values(CELL).map(({ data }) =>
    Array.from(data, Math.fround),
  );
  const expected = tf1_step(
    { inputs: INPUTS, units: UNITS, gates_kernel, gates_bias, candidate_kernel, candidate_bias },
    Float32Array.from(x),
    Float32Array.from(h),
  );
  const [output] = cell.call([x], [h]);
  expected.forEach((value, i) => {
    expect(Math.abs(output.data[i] - value)).toBeLessThan(1e-6);
  });
  cell.dispose();
}
