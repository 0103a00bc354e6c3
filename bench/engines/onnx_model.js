// Writes a stack of GRU layers as an ONNX model, without a protocol buffer library, because only a dozen fields are needed.

/** @typedef {import('../work.js').LayerWeights} LayerWeights */

const VARINT = 0;
const BYTES = 2;
const FLOAT = 1;
const INT64 = 7;
const INT_ATTRIBUTE = 2;

/** @param {number} value @returns {number[]} */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** @param {number} field @param {number} value */
const integer = (field, value) => Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)]);

/** A string, bytes, or a message of fields. @param {number} field @param {string | Uint8Array | Uint8Array[]} value */
function piece(field, value) {
  const content =
    typeof value === 'string'
      ? new TextEncoder().encode(value)
      : Array.isArray(value)
        ? Buffer.concat(value)
        : value;
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + BYTES), ...varint(content.length)]), content]);
}

/** @param {string} name @param {number[]} dims @param {Float32Array | BigInt64Array} values */
function initializer(name, dims, values) {
  return piece(5, [
    ...dims.map((size) => integer(1, size)),
    integer(2, values instanceof Float32Array ? FLOAT : INT64),
    piece(8, name),
    piece(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** An input (11) or output (12) of the graph. @param {11 | 12} field @param {string} name @param {number[]} dims */
function value_info(field, name, dims) {
  const shape = piece(
    2,
    dims.map((size) => piece(1, [integer(1, size)])),
  );
  return piece(field, [piece(1, name), piece(2, [piece(1, [integer(1, FLOAT), shape])])]);
}

/** @param {string} type @param {string[]} inputs @param {string[]} outputs @param {Record<string, number>} [attributes] */
function node(type, inputs, outputs, attributes = {}) {
  return piece(1, [
    ...inputs.map((name) => piece(1, name)),
    ...outputs.map((name) => piece(2, name)),
    piece(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      piece(5, [piece(1, name), integer(3, value), integer(20, INT_ATTRIBUTE)]),
    ),
  ]);
}

/**
 * In ONNX kernels are transposed, the gates are in the order u, r, candidate, and the input and the state have separate kernels.
 * @param {LayerWeights} layer
 */
function onnx_weights({ inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias }) {
  const w = new Float32Array(3 * units * inputs);
  const r = new Float32Array(3 * units * units);
  const b = new Float32Array(6 * units);
  for (let unit = 0; unit < units; unit++) {
    b[unit] = gates_bias[units + unit];
    b[units + unit] = gates_bias[unit];
    b[2 * units + unit] = candidate_bias[unit];
    for (let row = 0; row < inputs + units; row++) {
      const [to, width, place] = row < inputs ? [w, inputs, row] : [r, units, row - inputs];
      to[unit * width + place] = gates_kernel[row * 2 * units + units + unit];
      to[(units + unit) * width + place] = gates_kernel[row * 2 * units + unit];
      to[(2 * units + unit) * width + place] = candidate_kernel[row * units + unit];
    }
  }
  return { w, r, b };
}

/**
 * Inputs `x` [steps, batch, inputs] and, for a single layer, `h` [1, batch, units]; outputs `y` [steps, 1, batch, units] and
 * `y_h`, only one of which is present.
 *
 * @param {LayerWeights[]} layers
 * @param {number} batch
 * @param {number} steps
 * @param {'y' | 'y_h'} output_name
 * @returns {Uint8Array}
 */
export function onnx_model(layers, batch, steps, output_name) {
  /** @type {Uint8Array[]} */
  const graph = [];
  const takes_state = output_name === 'y_h';
  layers.forEach((layer, i) => {
    const { w, r, b } = onnx_weights(layer);
    const { inputs, units } = layer;
    const is_last = i === layers.length - 1;
    const from = i ? `x${i}` : 'x';
    const outputs = is_last ? (takes_state ? ['', 'y_h'] : ['y']) : [`y${i}`];
    graph.push(
      node('GRU', [from, `w${i}`, `r${i}`, `b${i}`, '', takes_state ? 'h' : ''], outputs, {
        hidden_size: units,
        linear_before_reset: 0,
      }),
      initializer(`w${i}`, [1, 3 * units, inputs], w),
      initializer(`r${i}`, [1, 3 * units, units], r),
      initializer(`b${i}`, [1, 6 * units], b),
    );
    if (!is_last) graph.push(node('Squeeze', [`y${i}`, 'axes'], [`x${i + 1}`]));
  });
  if (layers.length > 1) graph.push(initializer('axes', [1], BigInt64Array.of(1n)));
  const units = layers[layers.length - 1].units;
  graph.push(
    piece(2, 'gru'),
    value_info(11, 'x', [steps, batch, layers[0].inputs]),
    takes_state ? value_info(12, 'y_h', [1, batch, units]) : value_info(12, 'y', [steps, 1, batch, units]),
  );
  if (takes_state) graph.push(value_info(11, 'h', [1, batch, units]));
  return Buffer.concat([integer(1, 8), piece(7, graph), piece(8, [piece(1, ''), integer(2, 14)])]);
}
