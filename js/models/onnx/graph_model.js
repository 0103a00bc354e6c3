// GraphModel: a whole model from an ONNX file, which computes its nodes in order.

import { stack } from '../../gradient/joining.js';
import { transpose } from '../../gradient/shapes.js';
import { GRU } from '../../keras/gru.js';
import { reverse } from '../../keras/reverse.js';
import { without_initial_values } from '../../layers/initial_values.js';
import { is_plain_object, show } from '../../runtime/check.js';
import { FailedPreconditionError, InvalidArgumentError, ValueError } from '../../runtime/errors.js';
import { array_of, as_tensor, Tensor } from '../../runtime/tensor.js';
import { fold_constants } from './constants.js';
import { describe_gru } from './onnx_grus.js';

export { find_onnx_grus } from './onnx_grus.js';

import { is_known_operator, run_operator } from './operators.js';

/**
 * @typedef {import('../../formats/files.js').FileContents} FileContents
 * @typedef {import('../../formats/files.js').Graph} Graph
 * @typedef {import('../../formats/files.js').GraphNode} GraphNode
 * @typedef {import('../../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {{ layers: GRU[], batch_first: boolean, attributes: { [name: string]: any } }} GRUNode one layer for each direction
 */

export class GraphModel {
  /** What the user should know of the file, as sentences. @type {string[]} */ warnings;
  /** The names of the inputs. @type {readonly string[]} */ input_names;
  /** The names of the outputs. @type {readonly string[]} */ output_names;
  #graph;
  #constants;
  #reset_after;
  /** @type {Map<GraphNode, GRUNode>} */ #grus = new Map();
  #disposed = false;

  /**
   * @param {FileContents} contents
   * @param {boolean | null} reset_after overrides `linear_before_reset` of the file
   * @param {string[]} warnings
   * @throws {InvalidArgumentError} a node that is not known: the message names the first
   * @internal
   */
  constructor(contents, reset_after, warnings) {
    const graph = /** @type {Graph} */ (contents.graph);
    const unknown = graph.nodes.find(({ op }) => op !== 'GRU' && op !== 'Constant' && !is_known_operator(op));
    if (unknown) {
      const count = graph.nodes.filter(({ op }) => op === 'GRU').length;
      throw new InvalidArgumentError(
        `the node ${show(unknown.name)} has the operator ${unknown.op}, which is not supported; read_weights gives the ${count} GRUs of the file alone`,
      );
    }
    this.#graph = graph;
    this.#constants = fold_constants(graph, contents.tensors);
    this.#reset_after = reset_after;
    this.warnings = warnings;
    this.input_names = graph.inputs.map(({ name }) => name);
    this.output_names = graph.outputs.map(({ name }) => name);
    try {
      for (const node of graph.nodes) {
        const gru = node.op === 'GRU' ? make_gru(node, this.#constants, reset_after) : null;
        if (gru) this.#grus.set(node, gru);
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Computes the outputs.
   * @param {TensorInput | { [name: string]: TensorInput }} inputs a tensor if the model has one input; otherwise tensors by the names
   *   of the inputs
   * @returns {any} a tensor if the model has one output; otherwise an object of tensors by the names of the outputs
   * @throws {ValueError} an input is missing or unknown
   * @throws {InvalidArgumentError} inputs that do not fit the nodes
   */
  predict(inputs) {
    if (this.#disposed) throw new FailedPreconditionError('the model is used after it was disposed of');
    const values = this.#read_inputs(inputs);
    for (const node of this.#graph.nodes) {
      if (node.outputs.every((name) => values.has(name))) continue;
      const operands = node.inputs.map((name) =>
        name === '' ? null : (values.get(name) ?? missing(node, name)),
      );
      const results =
        node.op === 'GRU'
          ? this.#run_gru(node, operands, values)
          : run_operator(node, operands, this.#graph.opset ?? 1);
      node.outputs.forEach((name, i) => {
        if (name && results[i]) values.set(name, results[i]);
      });
    }
    const outputs = this.output_names.map((name) => {
      const value = values.get(name);
      if (value) return /** @type {[string, Tensor]} */ ([name, value]);
      throw new InvalidArgumentError(
        `the output ${show(name)} is not computed by any operator that is supported`,
      );
    });
    return outputs.length === 1 ? outputs[0][1] : Object.fromEntries(outputs);
  }

  /** @param {GraphNode} node @param {(Tensor | null)[]} operands @param {Map<string, Tensor>} values */
  #run_gru(node, operands, values) {
    const gru = this.#grus.get(node);
    if (gru) return run_gru(node, gru, operands);
    // The weights are computed, or inputs of the model.
    const made = make_gru(node, values, this.#reset_after) ?? missing(node, 'its weights');
    try {
      return run_gru(node, made, operands);
    } finally {
      for (const layer of made.layers) layer.dispose();
    }
  }

  /** @param {any} inputs @returns {Map<string, Tensor>} with the constants */
  #read_inputs(inputs) {
    const values = new Map(this.#constants);
    const names = this.input_names;
    const keys = is_plain_object(inputs) ? Object.keys(inputs) : [];
    const is_named =
      is_plain_object(inputs) && (!('shape' in inputs) || keys.every((name) => names.includes(name)));
    if (!is_named && names.length !== 1)
      throw new ValueError(`predict: inputs must be tensors by the names ${names.join(', ')}`);
    const named_values = is_named ? /** @type {{ [name: string]: any }} */ (inputs) : { [names[0]]: inputs };
    const unknown = Object.keys(named_values).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new ValueError(`predict: the model has no input ${show(unknown)}; it has ${names.join(', ')}`);
    for (const name of names) {
      if (!Object.hasOwn(named_values, name))
        throw new ValueError(`predict: the input ${show(name)} is missing`);
      values.set(name, as_tensor(`predict: inputs: ${name}`, named_values[name], null));
    }
    return values;
  }

  /** Frees the weights; a second call does nothing. */
  dispose() {
    this.#disposed = true;
    for (const { layers } of this.#grus.values()) for (const layer of layers) layer.dispose();
    this.#grus.clear();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose();
  }
}

/**
 * The layers of a GRU node.
 * @param {GraphNode} node
 * @param {ReadonlyMap<string, Tensor>} values that are known
 * @param {boolean | null} reset_after
 * @returns {GRUNode | null} null: its weights are not among the values
 */
function make_gru(node, values, reset_after) {
  const gru = describe_gru(node, (name) => values.get(name) ?? null, reset_after);
  if (!gru) return null;
  const { options, units, input_size, reset_gate } = gru;
  const [{ forward, backward }] = gru.layers;
  const layers = [forward, backward].flatMap((weights, i) => {
    if (!weights) return [];
    const layer = new GRU(units, {
      ...(i && options.backward
        ? options.backward
        : { activation: options.activation, recurrent_activation: options.recurrent_activation }),
      reset_after: reset_gate === 'after',
      use_bias: weights.bias !== null,
      go_backwards: i === 1 || options.go_backwards === true,
      return_sequences: true,
      return_state: true,
      time_major: true,
      zero_output_for_mask: true,
      dtype: /** @type {any} */ (weights.kernel.dtype),
    });
    const values = [weights.kernel, weights.recurrent_kernel, ...(weights.bias ? [weights.bias] : [])];
    without_initial_values(
      values.reduce((sum, { size }) => sum + size, 0),
      () => layer.build([null, null, input_size]),
    );
    layer.set_weights(values);
    return [layer];
  });
  // Before the attribute was named layout, drafts had batch_major.
  return {
    layers,
    batch_first: Boolean(node.attributes.layout ?? node.attributes.batch_major),
    attributes: node.attributes,
  };
}

/** @param {GraphNode} node @param {string} name @returns {never} */
function missing(node, name) {
  throw new InvalidArgumentError(
    `the node ${show(node.name)} reads ${show(name)}, which no node before it computes`,
  );
}

/**
 * A GRU node: its outputs Y and Y_h.
 * @param {GraphNode} node
 * @param {GRUNode} gru
 * @param {(Tensor | null)[]} operands X, W, R, B, sequence_lens, initial_h
 * @returns {Tensor[]}
 */
function run_gru(node, { layers, batch_first }, [input, , , , lengths = null, initial = null]) {
  const what = `the GRU ${show(node.name)}`;
  const x = batch_first
    ? transpose(/** @type {Tensor} */ (input), { axes: [1, 0, 2] })
    : /** @type {Tensor} */ (input);
  if (x.rank !== 3) throw new InvalidArgumentError(`${what}: its input must have rank 3, not ${x.rank}`);
  const [steps, batch] = x.shape;
  const states = initial && (batch_first ? transpose(initial, { axes: [1, 0, 2] }) : initial);
  const mask = lengths && mask_of(lengths, steps, batch);
  const results = layers.map((layer, i) => {
    const { units } = layer;
    const initial_state =
      states &&
      new Tensor(states.data.slice(i * batch * units, (i + 1) * batch * units), [batch, units], states.dtype);
    const [output, state] = layer.call(x, { initial_state, mask });
    return { output: layer.go_backwards ? reverse(output, 0) : output, state };
  });
  const y = stack(
    results.map(({ output }) => output),
    { axis: 1 },
  );
  const y_h = stack(
    results.map(({ state }) => state),
    { axis: 0 },
  );
  return batch_first ? [transpose(y, { axes: [2, 0, 1, 3] }), transpose(y_h, { axes: [1, 0, 2] })] : [y, y_h];
}

/** Which steps of each row are within its length. @param {Tensor} lengths @param {number} steps @param {number} batch */
function mask_of(lengths, steps, batch) {
  const data = array_of('bool', steps * batch);
  for (let step = 0; step < steps; step++)
    for (let row = 0; row < batch; row++) data[step * batch + row] = Number(step < lengths.data[row]);
  return new Tensor(data, [steps, batch], 'bool');
}
