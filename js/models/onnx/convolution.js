// ONNX's Conv over one dimension.
import { matmul } from '../../gradient/matmul.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { array_of, Tensor } from '../../runtime/tensor.js';

/**
 * @param {Tensor} x [batch, channels, steps]
 * @param {Tensor} weight [filters, channels / group, width]
 * @param {Tensor | null} bias [filters]
 * @param {{ [name: string]: any }} attributes
 * @returns {Tensor} [batch, filters, steps of the result]
 * @throws {InvalidArgumentError} a convolution over more dimensions
 */
export function convolve(
  x,
  weight,
  bias,
  { strides = [1], dilations = [1], pads = [0, 0], group = 1, auto_pad = 'NOTSET' },
) {
  if (x.rank !== 3 || weight.rank !== 3)
    throw new InvalidArgumentError('only convolutions over one dimension are supported');
  const [batch, channels, steps] = x.shape;
  const [filters, depth, width] = weight.shape;
  const [[stride], [dilation]] = [strides, dilations];
  const reach = (width - 1) * dilation + 1;
  if (depth * group !== channels || filters % group)
    throw new InvalidArgumentError(`the kernel of ${depth} channels does not fit ${channels} channels`);
  const same = Math.max((Math.ceil(steps / stride) - 1) * stride + reach - steps, 0);
  const before =
    auto_pad === 'SAME_UPPER'
      ? Math.floor(same / 2)
      : auto_pad === 'SAME_LOWER'
        ? Math.ceil(same / 2)
        : auto_pad === 'VALID'
          ? 0
          : pads[0];
  const total = /^SAME/.test(auto_pad) ? same : auto_pad === 'VALID' ? 0 : pads[0] + pads[1];
  const count = Math.max(Math.floor((steps + total - reach) / stride) + 1, 0);
  const data = array_of(x.dtype, batch * filters * count);
  const each = filters / group;
  for (let part = 0; part < group; part++) {
    // Rows are the places of the kernel, columns what it covers there.
    const rows = array_of(x.dtype, batch * count * depth * width);
    for (let b = 0, to = 0; b < batch; b++) {
      for (let place = 0; place < count; place++) {
        for (let channel = 0; channel < depth; channel++) {
          for (let i = 0; i < width; i++, to++) {
            const step = place * stride + i * dilation - before;
            if (step >= 0 && step < steps)
              rows[to] = x.data[(b * channels + part * depth + channel) * steps + step];
          }
        }
      }
    }
    const size = depth * width;
    const kernel = array_of(x.dtype, size * each);
    for (let filter = 0; filter < each; filter++)
      for (let i = 0; i < size; i++)
        kernel[i * each + filter] = weight.data[(part * each + filter) * size + i];
    const product = matmul(
      new Tensor(rows, [batch * count, size], x.dtype),
      new Tensor(kernel, [size, each], x.dtype),
    );
    for (let b = 0; b < batch; b++)
      for (let place = 0; place < count; place++)
        for (let filter = 0; filter < each; filter++) {
          const channel = part * each + filter;
          data[(b * filters + channel) * count + place] =
            product.data[(b * count + place) * each + filter] + (bias ? bias.data[channel] : 0);
        }
  }
  return new Tensor(data, [batch, filters, count], x.dtype);
}
