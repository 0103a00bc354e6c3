// The GRU nodes of an ONNX graph in neutral form, and what the user should know of the file that they come from.

import { add } from '../../gradient/elementwise.js';
import { concatenate, split, unstack } from '../../gradient/joining.js';
import { reshape, transpose } from '../../gradient/shapes.js';
import { show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { fold_constants } from './constants.js';
import { onnx_activation } from './onnx_activations.js';

/**
 * @typedef {import('../../formats/files.js').FileContents} FileContents
 * @typedef {import('../../formats/files.js').Graph} Graph
 * @typedef {import('../../formats/files.js').GraphNode} GraphNode
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUWeights} GRUWeights
 * @typedef {import('../../runtime/tensor.js').Tensor} Tensor
 */

/**
 * @param {FileContents} contents
 * @param {boolean | null} reset_after overrides `linear_before_reset` of the file; null: as in the file
 * @returns {{ grus: GRUDescription[], warnings: string[] }}
 * @throws {InvalidArgumentError} a GRU whose weights do not fit
 */
export function find_onnx_grus(contents, reset_after) {
  const graph = /** @type {Graph} */ (contents.graph);
  const constants = fold_constants(graph, contents.tensors);
  const nodes = graph.nodes.filter(({ op }) => op === 'GRU');
  const grus = nodes
    .map((node) => describe_gru(node, (name) => constants.get(name) ?? null, reset_after))
    .filter((gru) => gru !== null);
  return { grus, warnings: warnings_of(graph, nodes, reset_after) };
}

/**
 * @param {Graph} graph
 * @param {GraphNode[]} nodes
 * @param {boolean | null} reset_after
 */
function warnings_of({ producer, nodes: all }, nodes, reset_after) {
  const warnings = [];
  const suspicious = nodes.filter(({ attributes }) => !attributes.linear_before_reset);
  if (producer.name === 'pytorch' && suspicious.length && reset_after === null) {
    warnings.push(
      `PyTorch ${producer.version} wrote ${suspicious.length === 1 ? 'a GRU' : 'GRUs'} with linear_before_reset = 0 ` +
        `(${suspicious.map(({ name }) => name).join(', ')}). PyTorch's nn.GRU applies the reset gate after the recurrent product; its exporter ` +
        '(torch.onnx.export with dynamo=True) is known to write this wrongly, and then all results are wrong by some percent. If the model is an ' +
        'nn.GRU, pass { reset_after: true }; if the file is right, { reset_after: false }.',
    );
  }
  for (const { op, name, attributes } of all) {
    const body = Object.values(attributes).find((value) => Array.isArray(value) && value.includes('Tanh'));
    const is_recurrence =
      body?.includes('Sigmoid') &&
      body.some((/** @type {string} */ inner) => /^(MatMul|Gemm|Linear)/.test(inner));
    if (['Loop', 'Scan', 'If'].includes(op) && is_recurrence)
      warnings.push(
        `the node ${show(name)} is a ${op} of matrix products with sigmoid and tanh: a GRU or LSTM that the exporter unrolled. It is not read as a GRU.`,
      );
  }
  return warnings;
}

/**
 * @param {GraphNode} node
 * @param {(name: string) => Tensor | null} constant
 * @param {boolean | null} reset_after
 * @returns {GRUDescription | null} null: its weights are not constant
 * @throws {InvalidArgumentError}
 */
export function describe_gru({ name, inputs, attributes }, constant, reset_after) {
  const what = `the GRU ${show(name)}`;
  check_attributes(what, attributes);
  const [, w_name = '', r_name = '', b_name = ''] = inputs;
  const [w, r] = [constant(w_name), constant(r_name)];
  const b = b_name ? constant(b_name) : null;
  if (!w || !r || (b_name && !b)) return null;
  const { direction = 'forward', hidden_size, linear_before_reset = 0 } = attributes;
  if (!['forward', 'reverse', 'bidirectional'].includes(direction))
    throw new InvalidArgumentError(`${what} has the direction ${show(direction)}`);
  const count = direction === 'bidirectional' ? 2 : 1;
  const units = r.shape.at(-1) ?? 0;
  const input_size = w.shape.at(-1) ?? 0;
  const fits =
    String(w.shape) === String([count, 3 * units, input_size]) &&
    String(r.shape) === String([count, 3 * units, units]) &&
    (!b || String(b.shape) === String([count, 6 * units])) &&
    units > 0 &&
    input_size > 0 &&
    (hidden_size ?? units) === units;
  if (!fits)
    throw new InvalidArgumentError(
      `${what} of ${count} directions has weights of the shapes ${show([w.shape, r.shape, b?.shape ?? null])}`,
    );
  const is_after = reset_after ?? Boolean(linear_before_reset);
  const parts = [w, r, b].map((tensor) => tensor && unstack(tensor, { axis: 0 }));
  const weights = Array.from({ length: count }, (_, i) => {
    const [kernel, recurrent, bias] = parts.map((list) => list?.[i] ?? null);
    return from_onnx(/** @type {Tensor} */ (kernel), /** @type {Tensor} */ (recurrent), bias, is_after);
  });
  const [forward_activations, backward_activations] = activations_of(what, attributes, count);
  const options = {
    ...forward_activations,
    ...(backward_activations && { backward: backward_activations }),
    ...(direction === 'reverse' && { go_backwards: true }),
  };
  const layers = [{ forward: weights[0], backward: weights[1] ?? null }];
  return {
    name,
    kind: 'layer',
    reset_gate: is_after ? 'after' : 'before',
    input_size,
    units,
    options,
    layers,
  };
}

/** @param {unknown} value */
const is_number = (value) => typeof value === 'number';

/** What the attributes of a GRU must be. @type {Record<string, { is: (value: any) => boolean, kind: string }>} */
const ATTRIBUTES = {
  direction: { is: (value) => typeof value === 'string', kind: 'a text' },
  hidden_size: { is: is_number, kind: 'a number' },
  linear_before_reset: { is: is_number, kind: 'a number' },
  clip: { is: is_number, kind: 'a number' },
  activations: {
    is: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    kind: 'a list of texts',
  },
  activation_alpha: {
    is: (value) => Array.isArray(value) && value.every(is_number),
    kind: 'a list of numbers',
  },
  activation_beta: {
    is: (value) => Array.isArray(value) && value.every(is_number),
    kind: 'a list of numbers',
  },
};

/** @param {string} what @param {{ [name: string]: any }} attributes */
function check_attributes(what, attributes) {
  for (const [name, { is, kind }] of Object.entries(ATTRIBUTES))
    if (name in attributes && !is(attributes[name]))
      throw new InvalidArgumentError(
        `${what} has the attribute ${name} = ${show(attributes[name])}, which must be ${kind}`,
      );
}

/** @param {Tensor} kernel @param {Tensor} recurrent @param {Tensor | null} bias @param {boolean} is_after @returns {GRUWeights} */
function from_onnx(kernel, recurrent, bias, is_after) {
  const units = recurrent.shape[1];
  const rows = bias && split(bias, 2);
  return {
    kernel: transpose(kernel),
    recurrent_kernel: transpose(recurrent),
    bias:
      rows &&
      (is_after ? concatenate(rows.map((row) => reshape(row, [1, 3 * units]))) : add(rows[0], rows[1])),
  };
}

/**
 * The activations of each direction.
 * @param {string} what
 * @param {{ [name: string]: any }} attributes
 * @param {number} count
 */
function activations_of(
  what,
  { activations = [], activation_alpha = [], activation_beta = [], clip = null },
  count,
) {
  const names = activations.length ? activations : new Array(count).fill(['Sigmoid', 'Tanh']).flat();
  if (names.length < 2 * count)
    throw new InvalidArgumentError(`${what} of ${count} directions has ${names.length} activations`);
  // Only the activations that have parameters take values of the lists.
  const [alphas, betas] = [[...activation_alpha], [...activation_beta]];
  const specs = names.map((/** @type {string} */ name) => {
    const has_alpha = /^(affine|leakyrelu|thresholdedrelu|scaledtanh|hardsigmoid|elu)$/i.test(name);
    const has_beta = /^(affine|scaledtanh|hardsigmoid)$/i.test(name);
    return onnx_activation(
      what,
      name,
      has_alpha ? alphas.shift() : undefined,
      has_beta ? betas.shift() : undefined,
      clip,
    );
  });
  return Array.from({ length: count }, (_, i) => ({
    recurrent_activation: specs[2 * i],
    activation: specs[2 * i + 1],
  }));
}
