// ONNX's operators on tensors, as far as models around GRUs use them. Each is a function of the inputs (null: absent) and attributes.
import { broadcast_shapes, expand } from '../../gradient/broadcast.js';
import { cast_tensor } from '../../gradient/cast_tensor.js';
import { add, multiply } from '../../gradient/elementwise.js';
import { concatenate } from '../../gradient/joining.js';
import { matmul } from '../../gradient/matmul.js';
import { softmax } from '../../gradient/reductions.js';
import { reshape, transpose } from '../../gradient/shapes.js';
import { activate } from '../../runtime/activations.js';
import { show, size_of } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { Tensor } from '../../runtime/tensor.js';
import { LAYOUT_OPERATORS } from './layout_operators.js';
import { MATH_OPERATORS } from './math_operators.js';
import { NORMAL_OPERATORS } from './normal_operators.js';
import {
  axis_of,
  binary,
  fail,
  integers,
  MOST_ELEMENTS,
  make,
  reduced,
  reduction,
  select,
  sum,
  unary,
} from './operator_parts.js';
import { WINDOW_OPERATORS } from './window_operators.js';

/**
 * @typedef {import('./operator_parts.js').Operator} Operator
 */

/** @param {string} name of this package's activation @returns {Operator} */
const activation =
  (name) =>
  ([x]) =>
    new Tensor(activate(name, x.data, x.dtype), x.shape, x.dtype);

/** Before version 13 softmax is over all dimensions from the axis on. @param {Tensor} x @param {number | undefined} axis @param {number} opset */
function softmax_of(x, axis, opset) {
  if (opset >= 13) return softmax(x, { axis: axis_of(axis ?? -1, x.rank) });
  const first = axis_of(axis ?? 1, x.rank);
  const rows = reshape(x, [size_of(x.shape.slice(0, first)), size_of(x.shape.slice(first))]);
  return reshape(softmax(rows, { axis: 1 }), x.shape);
}

/** @param {Tensor} x @param {number[]} starts @param {number[]} ends @param {number[] | null} axes @param {number[] | null} steps */
function slice(x, starts, ends, axes, steps) {
  return starts.reduce((result, first, i) => {
    const axis = axis_of(axes?.[i] ?? i, x.rank);
    const [size, step] = [result.shape[axis], steps?.[i] ?? 1];
    if (!step) fail('a Slice has the step 0');
    const limit = (/** @type {number} */ index, /** @type {number} */ least, /** @type {number} */ most) =>
      Math.max(least, Math.min(most, index < 0 ? index + size : index));
    const [start, end] =
      step > 0
        ? [limit(first, 0, size), limit(ends[i], 0, size)]
        : [limit(first, 0, size - 1), limit(ends[i], -1, size - 1)];
    const indices = [];
    for (let index = start; step > 0 ? index < end : index > end; index += step) indices.push(index);
    return select(result, axis, indices);
  }, x);
}

/** @param {Tensor} x @param {number[]} sizes with 0: the input's (unless `allowzero`), -1: the rest @param {number} allowzero */
function reshape_to(x, sizes, allowzero) {
  const shape = sizes.map((size, i) => (size === 0 && !allowzero ? x.shape[i] : size));
  const rest = size_of(shape.filter((size) => size >= 0));
  return reshape(
    x,
    shape.map((size) => (size === -1 ? (rest ? x.size / rest : 0) : size)),
  );
}

/** @param {Tensor} x @param {number[] | null} axes */
const squeeze = (x, axes) => {
  const list =
    axes?.map((axis) => axis_of(axis, x.rank)) ?? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  return reshape(
    x,
    x.shape.filter((_, axis) => !list.includes(axis)),
  );
};

/** @param {Tensor} x @param {number[]} axes */
function unsqueeze(x, axes) {
  const rank = x.rank + axes.length;
  const list = axes.map((axis) => axis_of(axis, rank));
  const sizes = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (list.includes(axis) ? 1 : (sizes.shift() ?? 1))),
  );
}

/** ONNX's numbers of dtypes. @type {Record<number, import('../../runtime/tensor.js').Dtype>} */
const CAST_TYPES = {
  1: 'float32',
  2: 'int32',
  3: 'int32',
  5: 'int32',
  6: 'int32',
  7: 'int32',
  9: 'bool',
  10: 'float32',
  11: 'float64',
  16: 'float32',
};

/** @type {Record<string, Operator>} */
export const OPERATORS = {
  Identity: ([x]) => x,
  Dropout: ([x, ratio, training]) => {
    if (training?.data[0] && (ratio?.data[0] ?? 0.5) > 0) fail('Dropout is in training mode');
    return [x, make('bool', x.shape, () => 1)];
  },
  Cast: ([x], { to }) => cast_tensor(x, CAST_TYPES[to] ?? fail(`Cast to the type ${to} is not supported`)),
  Shape: ([x], { start = 0, end = x.rank }) => {
    const shape = x.shape.slice(start, end);
    return make('int32', [shape.length], (i) => shape[i]);
  },
  Size: ([x]) => make('int32', [], () => x.size),
  ConstantOfShape: ([shape], { value }) =>
    make(value?.dtype ?? 'float32', Array.from(shape.data, Number), () => value?.data[0] ?? 0),
  Range: ([start, limit, delta]) =>
    make(
      start.dtype,
      [Math.max(Math.ceil((limit.data[0] - start.data[0]) / delta.data[0]), 0)],
      (i) => start.data[0] + i * delta.data[0],
    ),
  Gather: ([x, indices], { axis = 0 }) => {
    const along = axis_of(axis, x.rank);
    const size = x.shape[along];
    const list = Array.from(indices.data, (/** @type {number} */ index) =>
      index < 0 ? index + size : index,
    );
    if (!list.every((index) => index >= 0 && index < size)) fail(`Gather has an index outside of ${size}`);
    const result = select(x, along, list);
    return reshape(result, [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)]);
  },
  Concat: (inputs, { axis }) =>
    inputs.length === 1 ? inputs[0] : concatenate(inputs, { axis: axis_of(axis, inputs[0].rank) }),
  Split: ([x, sizes], { axis = 0, split, num_outputs, outputs = num_outputs }) => {
    const along = axis_of(axis, x.rank);
    const total = x.shape[along];
    const each = Math.ceil(total / (outputs ?? 1));
    const list =
      integers(sizes, split) ??
      Array.from({ length: outputs ?? 1 }, (_, i) => Math.min(each, total - i * each));
    if (list.some((size) => size < 0) || sum(list) !== total)
      fail(`Split has the sizes ${show(list)} for ${total}`);
    let start = 0;
    return list.map((size) => {
      start += size;
      return slice(x, [start - size], [start], [along], null);
    });
  },
  Slice: ([x, starts, ends, axes, steps], attributes) =>
    slice(
      x,
      integers(starts, attributes.starts) ?? [],
      integers(ends, attributes.ends) ?? [],
      integers(axes, attributes.axes),
      integers(steps, undefined),
    ),
  Squeeze: ([x, axes], attributes) => squeeze(x, integers(axes, attributes.axes)),
  Unsqueeze: ([x, axes], attributes) => unsqueeze(x, integers(axes, attributes.axes) ?? []),
  Reshape: ([x, shape], { shape: sizes, allowzero = 0 }) =>
    reshape_to(x, integers(shape, sizes) ?? [], allowzero),
  Flatten: ([x], { axis = 1 }) => {
    const first = axis_of(axis, x.rank);
    return reshape(x, [size_of(x.shape.slice(0, first)), size_of(x.shape.slice(first))]);
  },
  Transpose: ([x], { perm }) => transpose(x, perm ? { axes: perm } : {}),
  Expand: ([x, shape]) => {
    const result = broadcast_shapes('ONNX: Expand', [x.shape, Array.from(shape.data, Number)]);
    if (!(size_of(result) <= MOST_ELEMENTS)) fail('Expand makes too many elements');
    return new Tensor(expand(x.data, x.shape, result).slice(), result, x.dtype);
  },
  Tile: ([x, repeats]) =>
    Array.from(repeats.data, Number).reduce(
      (result, count, axis) =>
        select(
          result,
          axis,
          Array.from({ length: count * result.shape[axis] }, (_, i) => i % result.shape[axis]),
        ),
      x,
    ),
  MatMul: ([a, b]) => matmul(a, b),
  Gemm: ([a, b, c], { alpha = 1, beta = 1, transA = 0, transB = 0 }) => {
    const product = matmul(transA ? transpose(a) : a, transB ? transpose(b) : b);
    const scaled = alpha === 1 ? product : multiply(product, alpha);
    return c ? add(scaled, beta === 1 ? c : multiply(c, beta)) : scaled;
  },
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: ([a, b]) => {
    const divide = binary(a.dtype === 'int32' ? (x, y) => Math.trunc(x / y) : (x, y) => x / y);
    return divide([a, b], {}, 0);
  },
  Pow: binary((a, b) => a ** b),
  Max: (inputs) => inputs.reduce((a, b) => binary((x, y) => Math.max(x, y))([a, b], {}, 0)),
  Min: (inputs) => inputs.reduce((a, b) => binary((x, y) => Math.min(x, y))([a, b], {}, 0)),
  Equal: binary((a, b) => Number(a === b), 'bool'),
  Greater: binary((a, b) => Number(a > b), 'bool'),
  Less: binary((a, b) => Number(a < b), 'bool'),
  Not: ([x]) => make('bool', x.shape, (i) => Number(!x.data[i])),
  Where: ([condition, a, b]) => {
    const shape = broadcast_shapes('ONNX: Where', [condition.shape, a.shape, b.shape]);
    const [test, x, y] = [condition, a, b].map((operand) => expand(operand.data, operand.shape, shape));
    return make(a.dtype, shape, (i) => (test[i] ? x[i] : y[i]));
  },
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Erf: ([x]) => {
    // gelu(x sqrt(2)) = x sqrt(2) (1 + erf(x)) / 2
    const scaled = make(x.dtype, x.shape, (i) => x.data[i] * Math.SQRT2);
    const gelu = activate('gelu', scaled.data, x.dtype);
    return make(x.dtype, x.shape, (i) => (scaled.data[i] === 0 ? 0 : (2 * gelu[i]) / scaled.data[i] - 1));
  },
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  Relu: activation('relu'),
  Softplus: activation('softplus'),
  Softsign: activation('softsign'),
  Selu: (inputs, { alpha = 1.6732631921768188, gamma = 1.0507010221481323 }) =>
    unary((x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)))(inputs, {}, 0),
  LeakyRelu: (inputs, { alpha = 0.01 }) => unary((x) => (x < 0 ? alpha * x : x))(inputs, {}, 0),
  PRelu: ([x, slope]) => binary((value, factor) => (value < 0 ? value * factor : value))([x, slope], {}, 0),
  Elu: (inputs, { alpha = 1 }) => unary((x) => (x < 0 ? alpha * Math.expm1(x) : x))(inputs, {}, 0),
  HardSigmoid: (inputs, { alpha = 0.2, beta = 0.5 }) =>
    unary((x) => Math.max(0, Math.min(1, alpha * x + beta)))(inputs, {}, 0),
  Clip: ([x, min, max], attributes) => {
    const least = min ? min.data[0] : (attributes.min ?? Number.NEGATIVE_INFINITY);
    const most = max ? max.data[0] : (attributes.max ?? Number.POSITIVE_INFINITY);
    return make(x.dtype, x.shape, (i) => Math.min(most, Math.max(least, x.data[i])));
  },
  Softmax: ([x], { axis }, opset) => softmax_of(x, axis, opset),
  LogSoftmax: ([x], { axis }, opset) => {
    const shares = softmax_of(x, axis, opset);
    return make(x.dtype, x.shape, (i) => Math.log(shares.data[i]));
  },
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceSum: reduction(sum),
  ReduceMax: reduction((values) => values.reduce((a, b) => Math.max(a, b))),
  ArgMax: ([x], { axis = 0, keepdims = 1, select_last_index = 0 }) =>
    cast_tensor(
      reduced(x, [axis_of(axis, x.rank)], keepdims === 1, (values) =>
        values.reduce(
          (best, value, i) =>
            value > values[best] || (select_last_index && value === values[best]) ? i : best,
          0,
        ),
      ),
      'int32',
    ),
  Gelu: ([x], { approximate = 'none' }) =>
    new Tensor(activate(approximate === 'tanh' ? 'gelu_tanh' : 'gelu', x.data, x.dtype), x.shape, x.dtype),
  DequantizeLinear: ([x, scale, zero], { axis = 1, block_size = 0 }) => {
    if (block_size) fail('DequantizeLinear in blocks is not supported');
    const along = scale.rank ? axis_of(axis, x.rank) : x.rank;
    const inner = size_of(x.shape.slice(along + 1));
    return make(scale.dtype, x.shape, (i) => {
      const place = scale.size > 1 ? Math.floor(i / inner) % scale.size : 0;
      return (x.data[i] - (zero ? zero.data[place] : 0)) * scale.data[place];
    });
  },
  ...MATH_OPERATORS,
  ...NORMAL_OPERATORS,
  ...LAYOUT_OPERATORS,
  ...WINDOW_OPERATORS,
};

/** @param {string} op */
export const is_known_operator = (op) => Object.hasOwn(OPERATORS, op);

/**
 * @param {import('../../formats/files.js').GraphNode} node
 * @param {(Tensor | null)[]} inputs
 * @param {number} opset
 * @returns {Tensor[]}
 */
export function run_operator({ op, name, attributes, outputs }, inputs, opset) {
  try {
    const result = OPERATORS[op](
      inputs,
      op === 'Split' ? { ...attributes, outputs: outputs.length } : attributes,
      opset,
    );
    return Array.isArray(result) ? result : [result];
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new InvalidArgumentError(`the node ${show(name)} (${op}) cannot be computed: ${message}`, {
      cause,
    });
  }
}
