// ONNX's normalizations.
import { add, multiply } from '../../gradient/elementwise.js';
import { reshape } from '../../gradient/shapes.js';
import { size_of } from '../../runtime/check.js';
import { axis_of, binary, fail, make, reduced, sum } from './operator_parts.js';

/** @typedef {import('./operator_parts.js').Operator} Operator */
/** @typedef {import('../../runtime/tensor.js').Tensor} Tensor */

/** @param {Tensor} x @param {{ scale: Tensor, bias: Tensor | null, axes: number[], epsilon: number }} options */
function normalize(x, { scale, bias, axes, epsilon }) {
  const mean = reduced(x, axes, true, (values) => sum(values) / values.length);
  const centered = /** @type {Tensor} */ (binary((a, b) => a - b)([x, mean], {}, 0));
  const variance = reduced(
    centered,
    axes,
    true,
    (values) => sum(values.map((value) => value * value)) / values.length,
  );
  const factor = make(variance.dtype, variance.shape, (i) => 1 / Math.sqrt(variance.data[i] + epsilon));
  const scaled = multiply(multiply(centered, factor), scale);
  return bias ? add(scaled, bias) : scaled;
}

/** A vector for each channel, of axis 1. @param {Tensor} vector @param {number} rank */
const per_channel = (vector, rank) =>
  reshape(vector, [vector.size, ...new Array(Math.max(rank - 2, 0)).fill(1)]);

/** @type {Record<string, Operator>} */
export const NORMAL_OPERATORS = {
  LayerNormalization: ([x, scale, bias], { axis = -1, epsilon = 1e-5 }) => {
    const first = axis_of(axis, x.rank);
    const axes = x.shape.flatMap((/** @type {number} */ _, /** @type {number} */ i) =>
      i >= first ? [i] : [],
    );
    return normalize(x, { scale, bias: bias ?? null, axes, epsilon });
  },
  BatchNormalization: ([x, scale, bias, mean, variance], { epsilon = 1e-5, training_mode = 0 }) => {
    if (training_mode) fail('BatchNormalization is in training mode');
    const factor = make(x.dtype, scale.shape, (i) => scale.data[i] / Math.sqrt(variance.data[i] + epsilon));
    const offset = make(x.dtype, scale.shape, (i) => bias.data[i] - mean.data[i] * factor.data[i]);
    return add(multiply(x, per_channel(factor, x.rank)), per_channel(offset, x.rank));
  },
  InstanceNormalization: ([x, scale, bias], { epsilon = 1e-5 }) =>
    normalize(x, {
      scale: per_channel(scale, x.rank),
      bias: per_channel(bias, x.rank),
      axes: x.shape.flatMap((/** @type {number} */ _, /** @type {number} */ i) => (i > 1 ? [i] : [])),
      epsilon,
    }),
  GroupNormalization: ([x, scale, bias], { epsilon = 1e-5, num_groups = 1 }, opset) => {
    if (opset < 21) fail('GroupNormalization before version 21 is not supported');
    const [batch, channels, ...sizes] = x.shape;
    if (channels % num_groups) fail(`${num_groups} groups do not fit ${channels} channels`);
    const grouped = reshape(x, [batch, num_groups, (channels / num_groups) * size_of(sizes)]);
    const one = make(x.dtype, [], () => 1);
    const normal = reshape(normalize(grouped, { scale: one, bias: null, axes: [2], epsilon }), x.shape);
    return add(multiply(normal, per_channel(scale, x.rank)), per_channel(bias, x.rank));
  },
};
