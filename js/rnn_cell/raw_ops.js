// raw_ops: TensorFlow's block operations, `tf.raw_ops.GRUBlockCell` and `tf.raw_ops.GRUBlockCellGrad`.
import { is_recording, record_operation } from '../gradient/recording.js';
import { block_cell, block_cell_gradient, block_cell_weights } from '../runtime/block_cell.js';
import { check_options, show_shape } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { as_tensor, Tensor } from '../runtime/tensor.js';
import { Variable } from '../runtime/variable.js';

/**
 * @typedef {import('../runtime/tensor.js').TensorInput | Variable} Argument float32
 *
 * @typedef {object} BlockArguments
 * @property {Argument} x [batch, inputs]
 * @property {Argument} h_prev [batch, units]
 * @property {Argument} w_ru [inputs + units, 2 units]: the columns of r, then those of u
 * @property {Argument} w_c [inputs + units, units]
 * @property {Argument} b_ru [2 units]
 * @property {Argument} b_c [units]
 *
 * @typedef {BlockArguments & { r: Argument, u: Argument, c: Argument, d_h: Argument }} BlockGradArguments each [batch, units]
 */

const CELL = /** @type {const} */ (['x', 'h_prev', 'w_ru', 'w_c', 'b_ru', 'b_c']);
const GRAD = /** @type {const} */ ([...CELL, 'r', 'u', 'c', 'd_h']);

/**
 * The arguments as tensors, checked in the order of the original.
 * @template {string} N
 * @param {string} op
 * @param {Record<N, Argument>} args
 * @param {readonly N[]} names
 * @returns {{ tensors: Record<N, Tensor>, sizes: import('../runtime/block_cell.js').BlockSizes }}
 */
function check(op, args, names) {
  check_options(op, args, names);
  const tensors = /** @type {Record<string, Tensor>} */ ({});
  for (const name of names) tensors[name] = as_float32(`${op}: ${name}`, args[name]);

  const rank = (/** @type {string} */ name, /** @type {number} */ expected) => {
    const { shape } = tensors[name];
    if (shape.length !== expected) {
      throw new InvalidArgumentError(
        `${op}: ${name} must have rank ${expected}, not shape ${show_shape(shape)}`,
      );
    }
  };
  /** @type {(name: string, axis: number, expected: number, meaning: string) => void} */
  const size = (name, axis, expected, meaning) => {
    const { shape } = tensors[name];
    if (shape[axis] === expected) return;
    const what = shape.length === 1 ? 'values' : ['rows', 'columns'][axis];
    throw new InvalidArgumentError(
      `${op}: ${name} must have ${expected} ${what} (${meaning}), not shape ${show_shape(shape)}`,
    );
  };
  rank('x', 2);
  rank('h_prev', 2);
  const [batch, inputs] = tensors.x.shape;
  size('h_prev', 0, batch, 'the batch of x');
  const units = tensors.h_prev.shape[1];
  for (const [name, columns, meaning] of /** @type {const} */ ([
    ['w_ru', 2 * units, 'twice the units'],
    ['w_c', units, 'the units'],
  ])) {
    rank(name, 2);
    size(name, 0, inputs + units, 'the inputs and the units');
    size(name, 1, columns, meaning);
  }
  rank('b_ru', 1);
  size('b_ru', 0, 2 * units, 'twice the units');
  rank('b_c', 1);
  size('b_c', 0, units, 'the units');
  for (const name of names.slice(CELL.length)) {
    rank(name, 2);
    size(name, 0, batch, 'the batch of x');
    size(name, 1, units, 'the units');
  }
  return { tensors, sizes: { batch, inputs, units } };
}

/**
 * @param {string} what
 * @param {Argument} value
 * @returns {Tensor}
 */
function as_float32(what, value) {
  if (value === undefined || value === null) throw new TypeError(`${what} is missing`);
  if (value instanceof Variable) return as_float32(what, value.value);
  const is_list = Array.isArray(value) || typeof value === 'number';
  const tensor = as_tensor(what, value, is_list ? 'float32' : null);
  if (tensor.dtype !== 'float32') {
    throw new InvalidArgumentError(`${what} must have dtype float32, not ${tensor.dtype}`);
  }
  return tensor;
}

/**
 * @template {string} N
 * @param {Record<N, Tensor>} tensors
 * @param {readonly N[]} names
 * @returns {Record<N, Tensor['data']>}
 */
const data_of = (tensors, names) =>
  /** @type {Record<N, Tensor['data']>} */ (
    Object.fromEntries(names.map((name) => [name, tensors[name].data]))
  );

/**
 * One step of the cell, with what it computes on the way:
 *
 *     r, u = split(sigmoid([x, h_prev] @ w_ru + b_ru))
 *     c    = tanh([x, r * h_prev] @ w_c + b_c)
 *     h    = u * h_prev + (1 - u) * c
 *
 * Differentiable through `h`, as in TensorFlow: `r`, `u` and `c` have no gradient.
 *
 * @param {BlockArguments} args
 * @returns {{ r: Tensor, u: Tensor, c: Tensor, h: Tensor }} each [batch, units]
 * @throws {InvalidArgumentError} another rank, size or dtype; the first argument that is wrong is named
 * @throws {TypeError} an argument is missing or not known
 */
export function GRUBlockCell(args) {
  const { tensors, sizes } = check('GRUBlockCell', args, CELL);
  const { h_prev } = tensors;
  const result = block_cell(sizes, data_of(tensors, CELL));
  const tensor = (/** @type {Float32Array | Float64Array} */ data) =>
    new Tensor(data, h_prev.shape, 'float32');
  const [r, u, c, h] = [result.r, result.u, result.c, result.h].map(tensor);
  const sources = CELL.map((name) => {
    const source = args[name];
    return source instanceof Tensor || source instanceof Variable ? source : null;
  });
  if (is_recording(sources)) {
    record_operation({
      inputs: sources,
      outputs: [h],
      backward([d_h], [, , ...want_weights]) {
        if (!d_h) return sources.map(() => null);
        const arrays = data_of(
          { ...tensors, r, u, c },
          /** @type {const} */ (['x', 'h_prev', 'w_ru', 'w_c', 'r', 'u', 'c']),
        );
        const { x: inputs, ...read } = arrays;
        const { d_x, d_h_prev, d_c_bar, d_r_bar_u_bar } = block_cell_gradient(sizes, { ...read, d_h });
        if (!want_weights.includes(true)) return [d_x, d_h_prev, null, null, null, null];
        const { h_prev: states, r: reset } = read;
        const weights = block_cell_weights(sizes, {
          x: inputs,
          h_prev: states,
          r: reset,
          d_c_bar,
          d_r_bar_u_bar,
        });
        return [d_x, d_h_prev, weights.d_w_ru, weights.d_w_c, weights.d_b_ru, weights.d_b_c];
      },
    });
  }
  return { r, u, c, h };
}

/**
 * The gradient of {@link GRUBlockCell}:
 *
 *     d_c_bar          = d_h * (1 - u) * (1 - c * c)
 *     d_u_bar          = d_h * (h_prev - c) * u * (1 - u)
 *     [d_x_2, d_hr]    = d_c_bar @ w_c^T
 *     d_r_bar          = d_hr * h_prev * r * (1 - r)
 *     [d_x_1, d_h_1]   = [d_r_bar, d_u_bar] @ w_ru^T
 *     d_x              = d_x_1 + d_x_2
 *     d_h_prev         = d_h_1 + d_hr * r + d_h * u
 *
 * The weights' gradients follow from it: d_w_ru = [x, h_prev]^T @ d_r_bar_u_bar, d_w_c = [x, r * h_prev]^T @ d_c_bar, and the
 * biases' are the sums over the batch.
 *
 * @param {BlockGradArguments} args
 * @returns {{ d_x: Tensor, d_h_prev: Tensor, d_c_bar: Tensor, d_r_bar_u_bar: Tensor }} [batch, inputs], [batch, units],
 *   [batch, units], [batch, 2 units]
 * @throws {InvalidArgumentError} another rank, size or dtype; the first argument that is wrong is named
 * @throws {TypeError} an argument is missing or not known
 */
export function GRUBlockCellGrad(args) {
  const { tensors, sizes } = check('GRUBlockCellGrad', args, GRAD);
  const { batch, inputs, units } = sizes;
  const parts = /** @type {const} */ (['h_prev', 'w_ru', 'w_c', 'r', 'u', 'c', 'd_h']);
  const result = block_cell_gradient(sizes, data_of(tensors, parts));
  return {
    d_x: new Tensor(result.d_x, [batch, inputs], 'float32'),
    d_h_prev: new Tensor(result.d_h_prev, [batch, units], 'float32'),
    d_c_bar: new Tensor(result.d_c_bar, [batch, units], 'float32'),
    d_r_bar_u_bar: new Tensor(result.d_r_bar_u_bar, [batch, 2 * units], 'float32'),
  };
}
