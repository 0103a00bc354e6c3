// The activations of a GRU as the nodes of a frozen graph of TensorFlow compute them.

/** @typedef {import('./graph_index.js').GraphIndex} GraphIndex */
/** @typedef {import('../../formats/files.js').GraphNode} GraphNode */

/** Our names of the activations that are one operation. @type {ReadonlyMap<string, string>} */
const ACTIVATIONS = new Map([
  ['Tanh', 'tanh'],
  ['Sigmoid', 'sigmoid'],
  ['Relu', 'relu'],
  ['Relu6', 'relu6'],
  ['Elu', 'elu'],
  ['Selu', 'selu'],
  ['Softplus', 'softplus'],
  ['Softsign', 'softsign'],
  ['Exp', 'exponential'],
]);

/** Operations whose results no activation has changed. */
const SUMS = ['Add', 'AddV2', 'BiasAdd', 'MatMul', 'BatchMatMulV2', 'Split', 'StridedSlice'];

/** @param {number | null} a @param {number} b numbers, of which the first was stored in float32 or float16 */
const near = (a, b) => a !== null && Math.abs(a - b) < 1e-3;

/**
 * @param {GraphIndex} index
 * @param {string} value the output of an activation
 * @returns {{ activation: string | null, sum: GraphNode | undefined }} `activation`: this package's name; null: it is none of the known
 *   ones. `sum`: the node that the activation is of
 */
export function graph_activation(index, value) {
  const node = index.origin(value);
  const of = (/** @type {string | null} */ activation, /** @type {string | undefined} */ input) => ({
    activation,
    sum: index.origin(input ?? ''),
  });
  if (!node) return of(null, '');
  const sigmoid = hard_sigmoid(index, node);
  if (sigmoid) return of(sigmoid.activation, sigmoid.input);
  const name = ACTIVATIONS.get(node.op);
  if (name) return of(name, node.inputs[0]);
  if (SUMS.includes(node.op)) return of('linear', value);
  // x * sigmoid(x)
  const factors = node.op === 'Mul' ? node.inputs.map((input) => index.origin(input)) : [];
  const gate = factors.findIndex(
    (factor, i) => factor?.op === 'Sigmoid' && index.origin(factor.inputs[0]) === factors[1 - i],
  );
  return gate >= 0 ? of('silu', node.inputs[1 - gate]) : of(null, '');
}

/**
 * clip(0.2 x + 0.5, 0, 1), or relu6(x + 3) / 6.
 * @param {GraphIndex} index
 * @param {GraphNode} node
 * @returns {{ activation: string, input: string } | null}
 */
function hard_sigmoid(index, node) {
  let clipped = /** @type {GraphNode | undefined} */ (node);
  let limits = 0;
  while (clipped && ['Minimum', 'Maximum', 'ClipByValue'].includes(clipped.op) && limits < 3) {
    clipped = index.origin(clipped.inputs.find((input) => index.scalar(input) === null) ?? '');
    limits += 1;
  }
  if (limits) {
    const sum = of_constant(index, clipped, ['Add', 'AddV2']);
    const product = sum && of_constant(index, index.origin(sum.input), ['Mul']);
    if (!product || !near(sum.constant, 0.5)) return null;
    if (near(product.constant, 0.2)) return { activation: 'hard_sigmoid', input: product.input };
    return near(product.constant, 1 / 6) ? { activation: 'hard_sigmoid_v3', input: product.input } : null;
  }
  const scaled = of_constant(index, node, ['Mul', 'RealDiv']);
  const relu6 = scaled && index.origin(scaled.input);
  const is_sixth = scaled && near(scaled.constant, node.op === 'Mul' ? 1 / 6 : 6);
  const moved =
    is_sixth && relu6?.op === 'Relu6'
      ? of_constant(index, index.origin(relu6.inputs[0]), ['Add', 'AddV2'])
      : null;
  return moved && near(moved.constant, 3) ? { activation: 'hard_sigmoid_v3', input: moved.input } : null;
}

/**
 * The operands of an operation of which one is a constant with one element.
 * @param {GraphIndex} index
 * @param {GraphNode | undefined} node
 * @param {string[]} ops
 * @returns {{ constant: number, input: string } | null}
 */
function of_constant(index, node, ops) {
  if (!node || !ops.includes(node.op)) return null;
  const [a, b] = node.inputs;
  const [first, second] = [index.scalar(a), index.scalar(b)];
  if (second !== null && a !== undefined) return { constant: second, input: a };
  return first !== null && b !== undefined ? { constant: first, input: b } : null;
}
