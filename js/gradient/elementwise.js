// Operations element by element, under the names of `keras.ops`.

import { activate, activate_gradient } from '../runtime/activations.js';
import { size_of } from '../runtime/check.js';
import { array_of } from '../runtime/tensor.js';
import { broadcast_shapes, expand, reduce_to } from './broadcast.js';
import { as_float_operand, as_operand, as_operands, cast, result_of } from './operands.js';

/**
 * @typedef {import('./operands.js').Operand} Operand
 * @typedef {import('./operands.js').Values} Values
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('../runtime/tensor.js').Data} Data
 */

/**
 * Computes `to` from arrays of its length. Each operation has its own loop, so that the engine compiles it for that operation alone.
 * @typedef {(to: Data, a: Data, b: Data) => void} Loop
 * @typedef {(to: Data, d: Data, a: Data, b: Data) => void} BackLoop from the gradient of the result to that of an operand
 */

/** The operand's gradient is that of the result. */
const SAME = null;

/**
 * @param {string} name
 * @param {Values[]} operands of one dtype
 * @param {Loop} loop
 * @param {(BackLoop | null)[]} back of both operands
 */
function binary(name, [a, b], loop, back) {
  const { dtype } = a;
  const shape = broadcast_shapes(name, [a.shape, b.shape]);
  const [left, right] = [expand(a.data, a.shape, shape), expand(b.data, b.shape, shape)];
  const data = array_of(dtype, size_of(shape));
  loop(data, left, right);
  return result_of([a, b], data, shape, dtype, (d, needed) =>
    back.map((by, place) => {
      if (!needed[place]) return null;
      /** @type {Data} */
      let reached = d;
      if (by) {
        reached = array_of(dtype, d.length);
        by(reached, d, left, right);
      }
      return reduce_to(reached, shape, [a, b][place].shape);
    }),
  );
}

/**
 * x1 + x2, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} shapes that do not fit
 */
export function add(x1, x2) {
  /** @type {Loop} */
  const loop = (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = a[i] + b[i];
  };
  return binary('add', as_operands('add', { x1, x2 }), loop, [SAME, SAME]);
}

/**
 * x1 - x2, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function subtract(x1, x2) {
  /** @type {Loop} */
  const loop = (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = a[i] - b[i];
  };
  /** @type {BackLoop} */
  const by_b = (to, d) => {
    for (let i = 0; i < to.length; i++) to[i] = -d[i];
  };
  return binary('subtract', as_operands('subtract', { x1, x2 }), loop, [SAME, by_b]);
}

/** @type {Loop} */
function times(to, a, b) {
  for (let i = 0; i < to.length; i++) to[i] = a[i] * b[i];
}

/**
 * x1 * x2, element by element, broadcast.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function multiply(x1, x2) {
  const [a, b] = as_operands('multiply', { x1, x2 });
  return product_of(a, b);
}

/** @param {Values} first @param {Values} second */
const product_of = (first, second) =>
  binary('multiply', [first, second], times, [
    (to, d, _, b) => times(to, d, b),
    (to, d, a) => times(to, d, a),
  ]);

/**
 * x1 / x2, broadcast; of integers in float32.
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function divide(x1, x2) {
  const operands = as_operands('divide', { x1, x2 });
  const floats = operands.map((operand) => (operand.dtype === 'int32' ? cast(operand, 'float32') : operand));
  /** @type {Loop} */
  const loop = (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = a[i] / b[i];
  };
  /** @type {BackLoop} */
  const by_b = (to, d, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (-d[i] * a[i]) / (b[i] * b[i]);
  };
  return binary('divide', floats, loop, [(to, d, _, b) => loop(to, d, b), by_b]);
}

/**
 * x1 where the condition holds and x2 elsewhere, broadcast. The operand that is not selected gets a gradient of zero, even if it is NaN.
 * @param {Operand} condition zero or false: it does not hold
 * @param {Operand} x1
 * @param {Operand} x2
 * @returns {Tensor}
 * @throws {ValueError} as `add`
 */
export function where(condition, x1, x2) {
  const test = as_operand('where: condition', condition);
  const [a, b] = as_operands('where', { x1, x2 });
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
  const operand = as_float_operand(`${name}: x`, x);
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
  const [operand] = as_operands('square', { x });
  return product_of(operand, operand);
}

/**
 * @param {string} name an activation of the binary
 * @param {Operand} x
 */
function activation(name, x) {
  const operand = as_float_operand(`${name}: x`, x);
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
