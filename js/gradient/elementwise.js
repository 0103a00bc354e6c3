// Operations element by element, under the names of `keras.ops`.

import { size_of } from '../runtime/check.js';
import { activate, activate_gradient } from '../runtime/layers.js';
import { array_of } from '../runtime/tensor.js';
import { broadcast_shapes, expand, reduce_to } from './broadcast.js';
import { cast, result_of, take_floats, take_operand, take_operands } from './operands.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('./operands.js').Taken} Taken
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/heap.js').Floats} Floats
 */

/**
 * @param {string} name
 * @param {Taken[]} operands of one dtype
 * @param {(a: number, b: number) => number} f
 * @param {(d: number, a: number, b: number) => number} by_a the gradient that reaches a
 * @param {(d: number, a: number, b: number) => number} by_b
 */
function binary(name, [a, b], f, by_a, by_b) {
  const { dtype } = a;
  const shape = broadcast_shapes(name, [a.shape, b.shape]);
  const [left, right] = [expand(a.data, a.shape, shape), expand(b.data, b.shape, shape)];
  const data = array_of(dtype, size_of(shape));
  for (let i = 0; i < data.length; i++) data[i] = f(left[i], right[i]);
  return result_of([a, b], data, shape, dtype, (d, needed) =>
    [by_a, by_b].map((by, place) => {
      if (!needed[place]) return null;
      const back = d.map((value, i) => by(value, left[i], right[i]));
      return reduce_to(back, shape, [a, b][place].shape);
    }),
  );
}

/**
 * x1 + x2, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} shapes that do not fit, or float32 beside float64
 */
export function add(x1, x2) {
  const same = (/** @type {number} */ d) => d;
  return binary('add', take_operands('add', { x1, x2 }), (a, b) => a + b, same, same);
}

/**
 * x1 - x2, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function subtract(x1, x2) {
  const operands = take_operands('subtract', { x1, x2 });
  return binary(
    'subtract',
    operands,
    (a, b) => a - b,
    (d) => d,
    (d) => -d,
  );
}

/**
 * x1 * x2, element by element, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function multiply(x1, x2) {
  const operands = take_operands('multiply', { x1, x2 });
  return binary(
    'multiply',
    operands,
    (a, b) => a * b,
    (d, _, b) => d * b,
    (d, a) => d * a,
  );
}

/**
 * x1 / x2, broadcast; of integers in float32.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function divide(x1, x2) {
  const operands = take_operands('divide', { x1, x2 });
  return binary(
    'divide',
    operands.map((operand) => (operand.dtype === 'int32' ? cast(operand, 'float32') : operand)),
    (a, b) => a / b,
    (d, _, b) => d / b,
    (d, a, b) => (-d * a) / (b * b),
  );
}

/**
 * x1 where the condition holds and x2 elsewhere, broadcast. No gradient reaches what was not taken, NaN or not.
 * @param {Operand} condition zero or false: it does not hold
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function where(condition, x1, x2) {
  const test = take_operand('where: condition', condition);
  const [a, b] = take_operands('where', { x1, x2 });
  const shape = broadcast_shapes('where', [test.shape, a.shape, b.shape]);
  const holds = expand(test.data, test.shape, shape);
  const [left, right] = [expand(a.data, a.shape, shape), expand(b.data, b.shape, shape)];
  const data = array_of(a.dtype, holds.length);
  for (let i = 0; i < data.length; i++) data[i] = holds[i] ? left[i] : right[i];
  return result_of([a, b], data, shape, a.dtype, (d, [want_a, want_b]) => [
    want_a
      ? reduce_to(
          d.map((value, i) => (holds[i] ? value : 0)),
          shape,
          a.shape,
        )
      : null,
    want_b
      ? reduce_to(
          d.map((value, i) => (holds[i] ? 0 : value)),
          shape,
          b.shape,
        )
      : null,
  ]);
}

/**
 * @param {string} name
 * @param {Operand} x
 * @param {(x: number) => number} f
 * @param {(d: number, x: number, y: number) => number} by
 */
function unary(name, x, f, by) {
  const operand = take_floats(`${name}: x`, x);
  const { data, shape, dtype } = operand;
  const values = data.map(f);
  return result_of([operand], values, shape, dtype, (d) => [
    d.map((value, i) => by(value, data[i], values[i])),
  ]);
}

/** @param {Operand} x @returns {Tensor} e to the power of x */
export const exp = (x) =>
  unary(
    'exp',
    x,
    (value) => Math.exp(value),
    (d, _, y) => d * y,
  );

/** @param {Operand} x @returns {Tensor} the natural logarithm */
export const log = (x) =>
  unary(
    'log',
    x,
    (value) => Math.log(value),
    (d, value) => d / value,
  );

/** @param {Operand} x @returns {Tensor} x * x; of integers in integers */
export function square(x) {
  const operands = take_operands('square', { x });
  return binary(
    'square',
    [operands[0], operands[0]],
    (a) => a * a,
    (d, a) => d * a,
    (d, a) => d * a,
  );
}

/**
 * @param {string} name an activation of the binary
 * @param {Operand} x
 */
function activation(name, x) {
  const operand = take_floats(`${name}: x`, x);
  const { data, shape, dtype } = operand;
  const values = activate(name, data, dtype);
  return result_of([operand], values, shape, dtype, (d) => [activate_gradient(name, data, values, d, dtype)]);
}

/** @param {Operand} x @returns {Tensor} 1 / (1 + exp(-x)) */
export const sigmoid = (x) => activation('sigmoid', x);

/** @param {Operand} x @returns {Tensor} the hyperbolic tangent */
export const tanh = (x) => activation('tanh', x);

/** @param {Operand} x @returns {Tensor} max(x, 0) */
export const relu = (x) => activation('relu', x);
