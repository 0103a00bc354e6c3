// ONNX's operators that move values, beside those in operators.js; and Einsum.
import { show, size_of } from '../../runtime/check.js';
import { array_of, Tensor } from '../../runtime/tensor.js';
import { axis_of, fail, integers, MOST_ELEMENTS, make, select } from './operator_parts.js';

/** @typedef {import('./operator_parts.js').Operator} Operator */

/** Steps between neighbours along each axis. @param {readonly number[]} shape */
const strides_of = (shape) => shape.map((_, axis) => size_of(shape.slice(axis + 1)));

/** The index along each axis of an element. @param {number} i @param {readonly number[]} shape @param {readonly number[]} strides */
const indices_of = (i, shape, strides) => shape.map((size, axis) => Math.floor(i / strides[axis]) % size);

/** Where a place outside of an axis takes its value from; -1: nowhere. @type {Record<string, (place: number, size: number) => number>} */
const PADDING = {
  constant: (place, size) => (place >= 0 && place < size ? place : -1),
  edge: (place, size) => Math.max(0, Math.min(size - 1, place)),
  reflect: (place, size) => {
    if (size === 1) return 0;
    const period = 2 * size - 2;
    const step = ((place % period) + period) % period;
    return Math.min(step, period - step);
  },
  wrap: (place, size) => ((place % size) + size) % size,
};

/** @param {Tensor} x @param {number[]} pads of the axes, before and then after @param {string} mode @param {number} value @param {number[]} axes */
function pad(x, pads, mode, value, axes) {
  const find = Object.hasOwn(PADDING, mode) ? PADDING[mode] : fail(`Pad has the mode ${show(mode)}`);
  if (pads.length !== 2 * axes.length) fail(`Pad has ${pads.length} widths for ${axes.length} axes`);
  let result = x;
  axes.forEach((axis, i) => {
    const [before, size] = [pads[i], result.shape[axis]];
    const length = size + before + pads[axes.length + i];
    if (!(length >= 0 && length * (result.size / (size || 1)) <= MOST_ELEMENTS))
      fail(`Pad makes ${length} places`);
    if (!size && length && mode !== 'constant') fail('Pad repeats values of an axis without any');
    const places = Array.from({ length }, (_, place) => find(place - before, size));
    const outside = places.map((place) => place < 0);
    const inner = size_of(result.shape.slice(axis + 1));
    const padded = size
      ? select(
          result,
          axis,
          places.map((place) => Math.max(place, 0)),
        )
      : make(
          result.dtype,
          result.shape.map((count, other) => (other === axis ? length : count)),
          () => value,
        );
    if (outside.includes(true))
      for (let j = 0; j < padded.size; j++)
        if (outside[Math.floor(j / inner) % length]) padded.data[j] = value;
    result = padded;
  });
  return result;
}

/** The equation with letters in place of ellipses, the dimensions of which must be the same. @param {Tensor[]} inputs @param {string} equation */
function without_ellipsis(inputs, equation) {
  if (!equation.includes('...')) return equation;
  const [left, right] = equation.split('->');
  const terms = left.split(',');
  const counts = terms.map((term, i) =>
    term.includes('...') ? (inputs[i]?.rank ?? 0) - term.length + 3 : 0,
  );
  const letters = Array.from({ length: counts.reduce((a, b) => Math.max(a, b), 0) }, (_, i) =>
    String.fromCharCode(0xe000 + i),
  ).join('');
  const full = terms
    .map((term, i) => term.replace('...', letters.slice(letters.length - counts[i])))
    .join(',');
  const rest = [...left.replace(/[.,]/g, '')].filter(
    (letter, i, all) => all.indexOf(letter) === i && all.lastIndexOf(letter) === i,
  );
  return `${full}->${right === undefined ? letters + rest.sort().join('') : right.replace('...', letters)}`;
}

/**
 * @param {Tensor[]} inputs
 * @param {string} equation such as `bti,io->bto` or `...i,io->...o`
 */
function einsum(inputs, equation) {
  const text = without_ellipsis(inputs, String(equation).replace(/ /g, ''));
  const [left, right] = text.split('->');
  const terms = left.split(',');
  if (
    text.includes('.') ||
    terms.length !== inputs.length ||
    terms.some((term, i) => term.length !== inputs[i].rank)
  )
    fail(`Einsum has the equation ${show(text)}, which does not fit`);
  /** @type {Map<string, number>} */
  const sizes = new Map();
  terms.forEach((term, i) => {
    [...term].forEach((letter, axis) => {
      const size = inputs[i].shape[axis];
      if ((sizes.get(letter) ?? size) !== size) fail(`Einsum has two sizes for ${letter} in ${show(text)}`);
      sizes.set(letter, size);
    });
  });
  // Without the result in the equation, it has the letters that are there once.
  const letters = [...sizes.keys()];
  const result =
    right ??
    letters
      .filter((letter) => left.split(letter).length === 2)
      .sort()
      .join('');
  if (![...result].every((letter) => sizes.has(letter))) fail(`Einsum has the equation ${show(text)}`);
  const summed = letters.filter((letter) => !result.includes(letter));
  const order = [...result, ...summed];
  const shape = [...result].map((letter) => sizes.get(letter) ?? 0);
  const steps = inputs.map((input, i) => {
    const strides = strides_of(input.shape);
    return order.map((letter) =>
      [...terms[i]].reduce((total, other, axis) => (other === letter ? total + strides[axis] : total), 0),
    );
  });
  const counts = order.map((letter) => sizes.get(letter) ?? 0);
  const width = size_of(summed.map((letter) => sizes.get(letter) ?? 0));
  if (!(size_of(shape) * width <= MOST_ELEMENTS)) fail('Einsum has too many products');
  const data = array_of(inputs[0].dtype, size_of(shape));
  const index = counts.map(() => 0);
  const places = inputs.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    let total = 0;
    for (let j = 0; j < width; j++) {
      total += inputs.reduce((product, input, k) => product * input.data[places[k]], 1);
      for (let axis = counts.length - 1; axis >= 0; axis--) {
        index[axis] += 1;
        const back = index[axis] === counts[axis];
        for (let k = 0; k < places.length; k++) places[k] += steps[k][axis] * (back ? 1 - counts[axis] : 1);
        if (!back) break;
        index[axis] = 0;
      }
    }
    data[i] = total;
  }
  return new Tensor(data, shape, inputs[0].dtype);
}

/** @type {Record<string, Operator>} */
export const LAYOUT_OPERATORS = {
  Pad: ([x, pads, value, axes], { mode = 'constant', pads: stated, value: stated_value = 0 }) =>
    pad(
      x,
      integers(pads, stated) ?? [],
      mode,
      value ? Number(value.data[0]) : stated_value,
      axes
        ? Array.from(axes.data, (/** @type {number} */ axis) => axis_of(axis, x.rank))
        : x.shape.map((/** @type {number} */ _, /** @type {number} */ axis) => axis),
    ),
  Einsum: (inputs, { equation = '' }) => einsum(inputs, equation),
  GatherElements: ([x, indices], { axis = 0 }) => {
    const along = axis_of(axis, x.rank);
    const [from, to] = [strides_of(x.shape), strides_of(indices.shape)];
    const size = x.shape[along];
    return make(x.dtype, indices.shape, (i) => {
      const index = Number(indices.data[i]);
      const place = index < 0 ? index + size : index;
      if (!(place >= 0 && place < size)) fail(`GatherElements has the index ${index} outside of ${size}`);
      const at = indices_of(i, indices.shape, to);
      at[along] = place;
      return x.data[at.reduce((total, step, j) => total + step * from[j], 0)];
    });
  },
  GatherND: ([x, indices], { batch_dims = 0 }) => {
    const depth = indices.shape.at(-1) ?? 0;
    const outer = indices.shape.slice(0, -1);
    const inner = x.shape.slice(batch_dims + depth);
    const [width, strides] = [size_of(inner), strides_of(x.shape)];
    const batch = size_of(x.shape.slice(0, batch_dims));
    const rows = size_of(outer) / batch;
    return make(x.dtype, [...outer, ...inner], (i) => {
      const row = Math.floor(i / width);
      let place = Math.floor(row / rows) * size_of(x.shape.slice(batch_dims)) + (i % width);
      for (let j = 0; j < depth; j++) {
        const size = x.shape[batch_dims + j];
        const index = Number(indices.data[row * depth + j]);
        if (!(index >= -size && index < size)) fail(`GatherND has the index ${index} outside of ${size}`);
        place += (index < 0 ? index + size : index) * strides[batch_dims + j];
      }
      return x.data[place];
    });
  },
  OneHot: ([indices, depth, values], { axis = -1 }) => {
    const size = Number(depth.data[0]);
    const along = axis_of(axis, indices.rank + 1);
    const shape = [...indices.shape.slice(0, along), size, ...indices.shape.slice(along)];
    const inner = size_of(indices.shape.slice(along));
    return make(values.dtype, shape, (i) => {
      const index = Number(indices.data[Math.floor(i / (inner * size)) * inner + (i % inner)]);
      return values.data[(index < 0 ? index + size : index) === Math.floor(i / inner) % size ? 1 : 0];
    });
  },
  Trilu: ([x, diagonal], { upper = 1 }) => {
    const [rows, columns] = x.shape.slice(-2);
    const shift = diagonal ? Number(diagonal.data[0]) : 0;
    return make(x.dtype, x.shape, (i) => {
      const distance = (i % columns) - (Math.floor(i / columns) % rows) - shift;
      return (upper ? distance >= 0 : distance <= 0) ? x.data[i] : 0;
    });
  },
};
