// ONNX's convolutions and poolings, over any number of dimensions.
import { matmul } from '../../gradient/matmul.js';
import { size_of } from '../../runtime/check.js';
import { array_of, Tensor } from '../../runtime/tensor.js';
import { fail, MOST_ELEMENTS, make, sum } from './operator_parts.js';

/**
 * @typedef {import('./operator_parts.js').Operator} Operator
 *
 * @typedef {object} Windows where the windows over the last dimensions of a tensor lie
 * @property {number[]} counts of windows along each dimension
 * @property {Int32Array} places for each window, of each of its elements in the dimensions; -1: in the padding
 * @property {number} width elements of a window
 */

/** The index along each dimension. @param {number} i @param {readonly number[]} shape */
function split_index(i, shape) {
  const index = new Array(shape.length);
  for (let rest = i, axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/**
 * @param {readonly number[]} sizes of the dimensions
 * @param {readonly number[]} kernel
 * @param {{ [name: string]: any }} attributes
 * @returns {Windows}
 */
function find_windows(sizes, kernel, { strides, dilations, pads, auto_pad = 'NOTSET', ceil_mode = 0 }) {
  const all = (/** @type {number} */ value) => sizes.map(() => value);
  const [step, apart] = [strides ?? all(1), dilations ?? all(1)];
  const widths = pads ?? all(0).concat(all(0));
  if (
    kernel.length !== sizes.length ||
    [step, apart].some((list) => list.length !== sizes.length) ||
    widths.length !== 2 * sizes.length
  )
    fail(`a window of ${kernel.length} dimensions does not fit ${sizes.length}`);
  if (![...step, ...apart, ...kernel].every((value) => value >= 1))
    fail('a window has a size, stride or dilation below 1');
  const spans = sizes.map((size, i) => {
    const reach = (kernel[i] - 1) * apart[i] + 1;
    const same = Math.max((Math.ceil(size / step[i]) - 1) * step[i] + reach - size, 0);
    const [before, total] = auto_pad.startsWith('SAME')
      ? [auto_pad === 'SAME_UPPER' ? Math.floor(same / 2) : Math.ceil(same / 2), same]
      : auto_pad === 'VALID'
        ? [0, 0]
        : [widths[i], widths[i] + widths[sizes.length + i]];
    const last = (size + total - reach) / step[i];
    const most = ceil_mode ? Math.ceil(last) : Math.floor(last);
    // The last window must not begin in the padding at the end.
    const count = ceil_mode && most * step[i] >= size + before ? most : most + 1;
    return { before, count: Math.max(count, 0) };
  });
  const counts = spans.map(({ count }) => count);
  const width = size_of(kernel);
  const number = size_of(counts);
  if (!(number * width <= MOST_ELEMENTS)) fail(`there would be ${number} windows of ${width}`);
  const places = new Int32Array(number * width);
  for (let window = 0, to = 0; window < number; window++) {
    const start = split_index(window, counts);
    for (let element = 0; element < width; element++, to++) {
      const offset = split_index(element, kernel);
      let place = 0;
      for (let i = 0; i < sizes.length && place >= 0; i++) {
        const at = start[i] * step[i] + offset[i] * apart[i] - spans[i].before;
        place = at >= 0 && at < sizes[i] ? place * sizes[i] + at : -1;
      }
      places[to] = place;
    }
  }
  return { counts, places, width };
}

/** @type {Operator} */
function convolve([x, weight, bias = null], attributes) {
  const [batch, channels, ...sizes] = x.shape;
  const [filters, depth, ...kernel] = weight.shape;
  const { group = 1 } = attributes;
  if (depth * group !== channels || filters % group)
    fail(`the kernel of ${depth} channels does not fit ${channels} channels`);
  const { counts, places, width } = find_windows(sizes, kernel, attributes);
  const [number, size, each] = [size_of(counts), size_of(sizes), filters / group];
  if (!(batch * number * depth * width <= MOST_ELEMENTS)) fail('a convolution is too large');
  const data = array_of(x.dtype, batch * filters * number);
  for (let part = 0; part < group; part++) {
    // Rows are the windows, columns what is in them.
    const rows = array_of(x.dtype, batch * number * depth * width);
    for (let b = 0, to = 0; b < batch; b++)
      for (let window = 0; window < number; window++)
        for (let channel = 0; channel < depth; channel++) {
          const from = (b * channels + part * depth + channel) * size;
          for (let i = window * width; i < (window + 1) * width; i++, to++)
            if (places[i] >= 0) rows[to] = x.data[from + places[i]];
        }
    const columns = depth * width;
    const turned = array_of(x.dtype, columns * each);
    for (let filter = 0; filter < each; filter++)
      for (let i = 0; i < columns; i++)
        turned[i * each + filter] = weight.data[(part * each + filter) * columns + i];
    const product = matmul(
      new Tensor(rows, [batch * number, columns], x.dtype),
      new Tensor(turned, [columns, each], x.dtype),
    );
    for (let b = 0; b < batch; b++)
      for (let window = 0; window < number; window++)
        for (let filter = 0; filter < each; filter++) {
          const channel = part * each + filter;
          data[(b * filters + channel) * number + window] =
            product.data[(b * number + window) * each + filter] + (bias ? bias.data[channel] : 0);
        }
  }
  return new Tensor(data, [batch, filters, ...counts], x.dtype);
}

/** @type {Operator} */
function convolve_transposed([x, weight, bias = null], attributes) {
  const {
    group = 1,
    strides,
    dilations,
    pads,
    output_padding,
    output_shape,
    auto_pad = 'NOTSET',
  } = attributes;
  const [batch, channels, ...sizes] = x.shape;
  const [depth, each, ...kernel] = weight.shape;
  if (auto_pad !== 'NOTSET' || output_shape)
    fail('ConvTranspose with auto_pad or output_shape is not supported');
  if (depth !== channels || channels % group || kernel.length !== sizes.length)
    fail(`the kernel of ${depth} channels does not fit ${channels} channels`);
  const all = (/** @type {number} */ value) => sizes.map(() => value);
  const [step, apart, more] = [strides ?? all(1), dilations ?? all(1), output_padding ?? all(0)];
  const widths = pads ?? all(0).concat(all(0));
  const counts = sizes.map(
    (/** @type {number} */ size, /** @type {number} */ i) =>
      (size - 1) * step[i] + (kernel[i] - 1) * apart[i] + 1 + more[i] - widths[i] - widths[sizes.length + i],
  );
  if (!counts.every((/** @type {number} */ count) => count >= 1)) fail('ConvTranspose has no result');
  // The windows over the result are where each element of the input adds to.
  const before = { strides: step, dilations: apart, pads: widths };
  const { places, width, counts: found } = find_windows(counts, kernel, before);
  const [number, filters, inside] = [size_of(sizes), each * group, channels / group];
  const span = split_spans(found, sizes);
  const result = make(x.dtype, [batch, filters, ...counts], () => 0);
  const room = size_of(counts);
  for (let b = 0; b < batch; b++)
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < number; i++) {
        const value = x.data[(b * channels + channel) * number + i];
        const window = span(i);
        for (let filter = 0; filter < each; filter++) {
          const to = (b * filters + Math.floor(channel / inside) * each + filter) * room;
          for (let j = 0; j < width; j++) {
            const place = places[window * width + j];
            if (place >= 0)
              result.data[to + place] += value * weight.data[(channel * each + filter) * width + j];
          }
        }
      }
  if (bias) for (let i = 0; i < result.size; i++) result.data[i] += bias.data[Math.floor(i / room) % filters];
  return result;
}

/** The window of each element of the input; with output_padding there may be more windows. @param {number[]} counts @param {number[]} sizes */
const split_spans = (counts, sizes) => (/** @type {number} */ i) =>
  split_index(i, sizes).reduce((place, index, axis) => place * counts[axis] + index, 0);

/** @param {(values: number[], width: number) => number} reduce @returns {Operator} */
const pooling =
  (reduce) =>
  ([x], attributes) => {
    const [batch, channels, ...sizes] = x.shape;
    const { counts, places, width } = find_windows(sizes, attributes.kernel_shape ?? [], attributes);
    const [number, size] = [size_of(counts), size_of(sizes)];
    return make(x.dtype, [batch, channels, ...counts], (i) => {
      const [from, window] = [Math.floor(i / number) * size, i % number];
      const values = [];
      for (let j = window * width; j < (window + 1) * width; j++)
        if (places[j] >= 0) values.push(Number(x.data[from + places[j]]));
      return reduce(values, attributes.count_include_pad ? width : values.length);
    });
  };

/** @param {(values: number[]) => number} reduce @returns {Operator} */
const global_pooling =
  (reduce) =>
  ([x]) => {
    const [batch, channels, ...sizes] = x.shape;
    const size = size_of(sizes);
    return make(x.dtype, [batch, channels, ...sizes.map(() => 1)], (i) =>
      reduce(Array.from(x.data.subarray(i * size, (i + 1) * size))),
    );
  };

/** @param {number[]} values */
const greatest = (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** @type {Record<string, Operator>} */
export const WINDOW_OPERATORS = {
  Conv: convolve,
  ConvTranspose: convolve_transposed,
  MaxPool: pooling(greatest),
  AveragePool: pooling((values, width) => sum(values) / width),
  GlobalMaxPool: global_pooling(greatest),
  GlobalAveragePool: global_pooling((values) => sum(values) / values.length),
};
