// ONNX's operators on numbers one by one, and sums of them, beside those in operators.js.
import { cast_tensor } from '../../gradient/cast_tensor.js';
import { axis_of, binary, make, reduced, reduction, select, sum, unary } from './operator_parts.js';

/** @typedef {import('./operator_parts.js').Operator} Operator */

/** Half to even. @param {number} x */
function round(x) {
  const down = Math.floor(x);
  const rest = x - down;
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
}

/** Of many operands, one after the other. @param {Operator} add @returns {Operator} */
const of_all = (add) => (inputs) => inputs.reduce((a, b) => add([a, b], {}, 0));

const add = binary((a, b) => a + b);

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** The logarithm of the sum of powers, without overflow. @param {number[]} values */
function log_sum_exp(values) {
  const most = values.reduce((a, b) => Math.max(a, b));
  return Number.isFinite(most) ? most + Math.log(sum(values.map((value) => Math.exp(value - most)))) : most;
}

/** @type {Record<string, Operator>} */
export const MATH_OPERATORS = {
  And: binary((a, b) => Number(a && b), 'bool'),
  Or: binary((a, b) => Number(a || b), 'bool'),
  Xor: binary((a, b) => Number(a !== b), 'bool'),
  GreaterOrEqual: binary((a, b) => Number(a >= b), 'bool'),
  LessOrEqual: binary((a, b) => Number(a <= b), 'bool'),
  Mod: (inputs, { fmod = 0 }) =>
    binary(fmod ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b))(inputs, {}, 0),
  Sum: of_all(add),
  Mean: (inputs) => {
    const total = /** @type {import('../../runtime/tensor.js').Tensor} */ (of_all(add)(inputs, {}, 0));
    return make(total.dtype, total.shape, (i) => total.data[i] / inputs.length);
  },
  IsNaN: ([x]) => make('bool', x.shape, (i) => Number(Number.isNaN(x.data[i]))),
  IsInf: ([x], { detect_negative = 1, detect_positive = 1 }) =>
    make('bool', x.shape, (i) =>
      Number(
        (detect_positive && x.data[i] === Number.POSITIVE_INFINITY) ||
          (detect_negative && x.data[i] === Number.NEGATIVE_INFINITY),
      ),
    ),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Tan: unary(Math.tan),
  Asin: unary(Math.asin),
  Acos: unary(Math.acos),
  Atan: unary(Math.atan),
  Sinh: unary(Math.sinh),
  Cosh: unary(Math.cosh),
  Asinh: unary(Math.asinh),
  Acosh: unary(Math.acosh),
  Atanh: unary(Math.atanh),
  Sign: unary(Math.sign),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(round),
  CastLike: ([x, like]) => cast_tensor(x, like.dtype),
  HardSwish: unary((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  Mish: unary((x) => x * Math.tanh(Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0))),
  Swish: (inputs, { alpha = 1 }) => unary((x) => x * sigmoid(alpha * x))(inputs, {}, 0),
  Celu: (inputs, { alpha = 1 }) =>
    unary((x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)))(inputs, {}, 0),
  ThresholdedRelu: (inputs, { alpha = 1 }) => unary((x) => (x > alpha ? x : 0))(inputs, {}, 0),
  Shrink: (inputs, { bias = 0, lambd = 0.5 }) =>
    unary((x) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0))(inputs, {}, 0),
  ReduceMin: reduction((values) => values.reduce((a, b) => Math.min(a, b))),
  ReduceProd: reduction((values) => values.reduce((a, b) => a * b, 1)),
  ReduceL1: reduction((values) => sum(values.map(Math.abs))),
  ReduceL2: reduction((values) => Math.sqrt(sum(values.map((value) => value * value)))),
  ReduceSumSquare: reduction((values) => sum(values.map((value) => value * value))),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceLogSumExp: reduction(log_sum_exp),
  ArgMin: ([x], { axis = 0, keepdims = 1, select_last_index = 0 }) =>
    cast_tensor(
      reduced(x, [axis_of(axis, x.rank)], keepdims === 1, (values) =>
        values.reduce(
          (best, value, i) =>
            value < values[best] || (select_last_index && value === values[best]) ? i : best,
          0,
        ),
      ),
      'int32',
    ),
  CumSum: ([x, axis], { exclusive = 0, reverse = 0 }) => {
    const along = axis_of(Number(axis.data[0]), x.rank);
    const inner = x.shape
      .slice(along + 1)
      .reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const size = x.shape[along];
    const result = select(
      x,
      along,
      Array.from({ length: size }, (_, i) => i),
    );
    for (let start = 0; start < x.size; start += size * inner) {
      for (let column = start; column < start + inner; column++) {
        let total = 0;
        for (let step = 0; step < size; step++) {
          const place = column + (reverse ? size - 1 - step : step) * inner;
          const value = x.data[place];
          result.data[place] = exclusive ? total : total + value;
          total += value;
        }
      }
    }
    return result;
  },
};
