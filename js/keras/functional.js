// Functional: a model whose layers form a graph, with several inputs and outputs (`tf.keras.Model`), as files of Keras have it.
import { deserialize_layer } from '../layers/deserialize_layer.js';
import { LAYER_OPTIONS, Layer } from '../layers/layer.js';
import { register_class, serialize_object } from '../layers/registry.js';
import { check_config, check_options, is_plain_object, show, show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { call_layer, is_merging } from './call_layer.js';
import { compile_outputs } from './compile_outputs.js';
import {
  batches,
  check_batch_size,
  check_counts,
  check_whole_batches,
  join_samples,
  read_inputs,
} from './data.js';
import { check_references, key_of, plan_of } from './graph_plan.js';
import { Model } from './model.js';
import { read_model_samples } from './model_samples.js';
import { tensors_of } from './named_values.js';
import { trace } from './trace.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').Tensor} Tensor
 * @typedef {import('./symbolic_tensor.js').SymbolicTensor} SymbolicTensor
 * @typedef {import('./graph_plan.js').Reference} Reference
 * @typedef {(number | null)[]} Shape
 *
 * @typedef {object} FunctionalGraph
 * @property {{ name: string, shape: Shape }[]} inputs with the batch
 * @property {{ layer: Layer, nodes: import('./graph_plan.js').NodeConfig[] }[]} layers
 * @property {Reference[]} outputs
 */

/** A graph in place of symbolic tensors. */
class Graph {
  /** @param {any} graph */
  constructor(graph) {
    this.graph = graph;
  }
}

/**
 * A model whose layers form a graph: several inputs and outputs, layers that are called more than once, initial states that other
 * layers give (`tf.keras.Model(inputs, outputs)`):
 *
 *     const x = Input({ shape: [null, 3] });
 *     const model = new Model(x, new Dense(1).apply(new GRU(8).apply(x)));
 *
 * `load_model` makes it of files of Keras, too. The model owns its layers and disposes of them.
 */
export class Functional extends Model {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Functional');

  /** @type {Map<string, Layer>} */ #layers = new Map();
  /** @type {Map<string, import('./graph_plan.js').NodeConfig[]>} */ #nodes = new Map();
  /** @type {{ name: string, shape: Shape }[]} */ #inputs = [];
  /** @type {Reference[]} */ #outputs = [];
  /** @type {import('./graph_plan.js').Step[]} */ #steps = [];
  /** @type {Layer[]} */ #built_layers = [];

  /**
   * @param {SymbolicTensor | SymbolicTensor[]} inputs what `Input` gave
   * @param {SymbolicTensor | SymbolicTensor[]} outputs what layers' `apply` gave
   * @param {import('../layers/layer.js').LayerOptions} [options]
   * @throws {ValueError} two layers of the same name, or outputs that need another input
   * @throws {TypeError} an unknown option
   */
  constructor(inputs, outputs, options = {}) {
    check_options('Model', options, LAYER_OPTIONS);
    const graph = check_graph(inputs instanceof Graph ? inputs.graph : trace(inputs, outputs));
    super(options);
    this.#set_graph(graph);
    if (!(inputs instanceof Graph)) this.#build_for(this.#inputs.map(({ shape }) => shape));
  }

  /** @param {FunctionalGraph} graph */
  #set_graph({ inputs, layers, outputs }) {
    const names = [...inputs.map(({ name }) => name), ...layers.map(({ layer }) => layer.name)];
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new ValueError(`${this.name}: two layers have the name ${show(twice)}`);
    this.#layers = new Map(layers.map(({ layer }) => [layer.name, layer]));
    this.#nodes = new Map(layers.map(({ layer, nodes }) => [layer.name, nodes]));
    this.#inputs = inputs.map(({ name, shape }) => ({ name, shape: [null, ...shape.slice(1)] }));
    this.#outputs = check_references(`${this.name}: outputs`, outputs);
    if (!inputs.length || !outputs.length)
      throw new ValueError(`${this.name}: a model must have inputs and outputs`);
    const list = layers.map(({ layer, nodes }) => ({ name: layer.name, nodes }));
    this.#steps = plan_of(
      this.name,
      inputs.map(({ name }) => name),
      list,
      outputs,
    );
  }

  /** The layers, without those of the inputs. @returns {Layer[]} */
  get layers() {
    return [...this.#layers.values()];
  }
  get submodules() {
    return this.layers;
  }
  get supports_masking() {
    return true;
  }
  /** Whether one of the layers is stateful. */
  get stateful() {
    return this.layers.some((layer) => layer.stateful);
  }
  /** The names of the inputs, in order. @returns {string[]} */
  get input_names() {
    return this.#inputs.map(({ name }) => name);
  }
  /** The names of the outputs, in order: those of their layers; of several of one layer `name`, `name_1`, … @returns {string[]} */
  get output_names() {
    /** @type {Set<string>} */
    const names = new Set();
    for (const [layer] of this.#outputs) {
      let name = layer;
      for (let i = 1; names.has(name); i++) name = `${layer}_${i}`;
      names.add(name);
    }
    return [...names];
  }
  /** @returns {FloatDtype | null} @internal */
  get _known_dtype() {
    return this.layers.find(({ dtype }) => dtype !== null)?.dtype ?? this.dtype;
  }

  /** Of a model with one input, the dtype that the first layer which takes it asks for. @returns {'int32' | null} */
  get input_dtype() {
    return this.#inputs.length > 1 ? null : this.#dtype_of_input(this.#inputs[0].name);
  }

  /** @param {string} name @returns {'int32' | null} */
  #dtype_of_input(name) {
    const first = this.#steps.find(({ inputs }) => inputs.some(([from]) => from === name));
    return (first && this.#layers.get(first.layer)?.input_dtype) ?? null;
  }

  /**
   * @param {string} name
   * @returns {Layer}
   * @throws {ValueError} there is no such layer
   */
  get_layer(name) {
    const layer = this.#layers.get(name);
    if (!layer) throw new ValueError(`${this.name}.get_layer: there is no layer ${show(name)}`);
    return layer;
  }

  /**
   * @template T
   * @param {readonly T[]} values of the inputs
   * @param {(layer: Layer, inputs: any, initial_state: any) => any} run gives a value, or a list where the layer has several outputs
   * @returns {Map<string, any>} by call
   */
  #follow(values, run) {
    const results = new Map(this.#inputs.map(({ name }, i) => [key_of([name, 0]), [values[i]]]));
    const value_of = (/** @type {Reference} */ reference) => {
      const list = results.get(key_of(reference)) ?? [];
      if (!(reference[2] in list))
        throw new ValueError(`${this.name}: there is no output ${show(reference)}`);
      return list[reference[2]];
    };
    for (const { layer: name, node, inputs, initial_state } of this.#steps) {
      const layer = /** @type {Layer} */ (this.#layers.get(name));
      const operands = inputs.map(value_of);
      const result = run(layer, operands, initial_state.map(value_of));
      results.set(key_of([name, node]), result);
    }
    results.set('outputs', this.#outputs.map(value_of));
    return results;
  }

  /** @param {readonly any[]} input_shape of the one input; of several a list of shapes @internal */
  _create(input_shape) {
    const shapes = this.#inputs.length === 1 && !Array.isArray(input_shape[0]) ? [input_shape] : input_shape;
    const dtype = this._known_dtype ?? 'float32';
    try {
      this.#shapes(shapes, (layer, shape) => {
        if (layer.built) return;
        this.#built_layers.push(layer);
        layer._infer_dtype(layer.dtype ?? dtype, () => layer.build(shape));
      });
    } catch (error) {
      this.#unbuild_layers();
      throw error;
    }
  }

  /**
   * @param {readonly any[]} shapes of the inputs
   * @param {(layer: Layer, shape: any) => void} [visit]
   */
  #shapes(shapes, visit = () => {}) {
    return this.#follow(shapes, (layer, operands) => {
      const shape = operands.length === 1 && !is_merging(layer) ? operands[0] : operands;
      visit(layer, shape);
      const output = layer.compute_output_shape(shape);
      return Array.isArray(output[0]) ? output : [output];
    });
  }

  #unbuild_layers() {
    for (const layer of this.#built_layers.splice(0)) layer._unbuild();
  }
  /** @internal */
  _unbuild() {
    this.#unbuild_layers();
    super._unbuild();
  }

  /**
   * @param {any} inputs a tensor; of several inputs a list, or an object by their names
   * @param {{ training?: boolean, mask?: any }} [options]
   * @returns {any} a tensor; of several outputs a list
   */
  call(inputs, options = {}) {
    this._check_alive();
    check_options(`${this.name}.call`, options, ['training', 'mask']);
    const { training = false, mask = null } = options;
    return this._run(inputs, training, mask).output;
  }

  /**
   * @param {any} inputs
   * @param {boolean} training
   * @param {any} [mask] of the inputs
   * @returns {{ output: any, mask: any }}
   * @internal
   */
  _run(inputs, training, mask = null) {
    const tensors = this.#read_inputs(`${this.name}: inputs`, inputs);
    if (!this.built) this.#build_for(tensors.map(({ shape }) => shape));
    const masks = this.#inputs.length === 1 ? [mask] : (mask ?? this.#inputs.map(() => null));
    const values = tensors.map((tensor, i) => ({ tensor, mask: masks[i] ?? null }));
    /** What layers were called with, of which the outputs add losses. @type {Map<Layer, Tensor[]>} */
    const regularized = new Map();
    const results = this.#follow(values, (layer, operands, states) => {
      // A call forgets the losses of the call before it, but those of one run belong together.
      const earlier = regularized.get(layer) ?? [];
      const losses = earlier.length ? layer.get_losses_for(earlier) : [];
      const outputs = call_layer(layer, operands, states, training);
      if (losses.length) layer.add_loss(losses, earlier);
      if (layer.activity_regularizer)
        regularized.set(layer, [...earlier, ...operands.map((/** @type {any} */ { tensor }) => tensor)]);
      return outputs;
    });
    const outputs = /** @type {{ tensor: Tensor, mask: Tensor | null }[]} */ (results.get('outputs'));
    const [first] = outputs;
    return outputs.length === 1
      ? { output: first.tensor, mask: first.mask }
      : { output: outputs.map(({ tensor }) => tensor), mask: outputs.map((one) => one.mask) };
  }

  /** @param {Shape[]} shapes */
  #build_for(shapes) {
    const input_shape = /** @type {any} */ (shapes.length === 1 ? shapes[0] : shapes);
    this._infer_dtype(this._known_dtype ?? 'float32', () => this.build(input_shape));
  }

  /**
   * @param {string} what
   * @param {any} inputs
   * @returns {Tensor[]}
   */
  #read_inputs(what, inputs) {
    const { _known_dtype } = this;
    return tensors_of(what, inputs, this.input_names, 'inputs').map((value, i) => {
      const { name, shape } = this.#inputs[i];
      const input_dtype = this.#dtype_of_input(name);
      const tensor = read_inputs(`${what}: ${name}`, value, { input_dtype, _known_dtype });
      // A number of steps that the file states is a declaration, not a limit. In a vector the first layer checks the size.
      const fits =
        tensor.rank === shape.length &&
        shape.every((size, axis) => axis < 2 || size === null || size === tensor.shape[axis]);
      if (!fits)
        throw new ValueError(
          `${what}: ${name} must have shape ${show_shape(shape)}, not ${show_shape(tensor.shape)}`,
        );
      return tensor;
    });
  }

  /**
   * Sets optimizer, losses and metrics of the outputs. The previous optimizer's slots for this model's variables are freed.
   * @override
   * @param {import('./compile_outputs.js').FunctionalCompileOptions} options
   * @throws {ValueError} an unknown name, a key that names no output, or a list that does not have one entry for each output
   * @throws {TypeError} no loss, or an unknown option
   */
  compile(options) {
    super.compile(/** @type {any} */ (options));
  }

  /**
   * @param {string} what
   * @param {any} options
   * @returns {import('./training.js').CompiledOutput[]}
   * @internal
   */
  _compile_outputs(what, options) {
    return compile_outputs(what, options, this.output_names);
  }

  /**
   * @param {string} what
   * @param {unknown} x
   * @param {unknown} y
   * @param {{ sample_weight?: unknown, class_weight?: unknown }} weighting
   * @param {readonly import('./training.js').CompiledOutput[]} outputs
   * @returns {import('./data.js').Samples}
   * @internal
   */
  _read_samples(what, x, y, weighting, outputs) {
    return read_model_samples(what, this, this.#read_inputs(`${what}: x`, x), y, weighting, outputs);
  }

  /**
   * The model's outputs, computed batch by batch.
   * @param {any} x samples along the first axis; of several inputs a list, or an object by their names
   * @param {{ batch_size?: number }} [options] default 32
   * @returns {any} a tensor; of several outputs a list
   */
  predict(x, options = {}) {
    const what = `${this.name}.predict`;
    this._check_alive();
    check_options(what, options, ['batch_size']);
    const batch_size = check_batch_size(what, options.batch_size);
    const tensors = this.#read_inputs(`${what}: x`, x);
    check_counts(
      what,
      tensors.map((tensor, i) => [tensors.length > 1 ? `x: ${this.input_names[i]}` : 'x', tensor]),
    );
    check_whole_batches(`${what}: x`, tensors[0], batch_size, this);
    /** @type {Tensor[][]} */
    const parts = [];
    for (const take of batches(tensors[0].shape[0], batch_size)) {
      const { output } = this._run(tensors.length === 1 ? take(tensors[0]) : tensors.map(take), false);
      parts.push([output].flat());
    }
    const outputs = parts[0].map((_, i) => join_samples(parts.map((part) => part[i])));
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /**
   * @param {any} inputs
   * @param {any} [mask]
   * @returns {any}
   */
  compute_mask(inputs, mask = null) {
    return this._run(inputs, false, mask).mask;
  }

  /** @param {any} input_shape of the one input; of several a list @returns {any} */
  compute_output_shape(input_shape) {
    const shapes = Array.isArray(input_shape?.[0]) ? input_shape : [input_shape];
    const outputs = this.#shapes(shapes).get('outputs');
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /** @returns {import('./model_stream.js').StreamPlan} @internal */
  _stream_plan() {
    const input_shapes = this.#inputs.map(({ shape }) => shape);
    const numbers = new Map(this.#inputs.map(({ name }, i) => [key_of([name, 0]), i]));
    const number_of = (/** @type {Reference} */ reference) => {
      if (reference[2] !== 0)
        throw new ValueError(`${this.name}.stream: ${reference[0]} has several outputs`);
      return /** @type {number} */ (numbers.get(key_of(reference)));
    };
    const calls = this.#steps.map(({ layer, node, inputs, initial_state }) => {
      if (initial_state.length)
        throw new ValueError(`${this.name}.stream: ${layer} takes its initial state from another layer`);
      const call = { layer: this.#layers.get(layer), inputs: inputs.map(number_of) };
      numbers.set(key_of([layer, node]), numbers.size);
      return call;
    });
    return { input_shapes, calls, outputs: this.#outputs.map(number_of) };
  }

  /** The shapes of the layers' outputs, those of their last calls. @returns {Map<Layer, any>} @internal */
  _output_shapes() {
    /** @type {Map<Layer, any>} */
    const shapes = new Map();
    this.#follow(
      this.#inputs.map(({ shape }) => shape),
      (layer, operands) => {
        const output = layer.compute_output_shape(
          operands.length === 1 && !is_merging(layer) ? operands[0] : operands,
        );
        shapes.set(layer, output);
        return Array.isArray(output[0]) ? output : [output];
      },
    );
    return shapes;
  }

  /** Resets the states of the stateful layers to zeros. */
  reset_states() {
    for (const layer of this.layers)
      if ('reset_states' in layer && layer.stateful) /** @type {any} */ (layer).reset_states();
  }

  /** @returns {{ [option: string]: any }} */
  get_config() {
    return {
      ...super.get_config(),
      inputs: this.#inputs,
      layers: this.layers.map((layer) => ({
        ...serialize_object(layer),
        nodes: this.#nodes.get(layer.name),
      })),
      outputs: this.#outputs,
      is_built: this.built,
    };
  }

  /**
   * @param {{ [option: string]: any }} config
   * @param {import('../layers/registry.js').CustomObjects} [custom_objects] classes of the user that the configuration names
   * @returns {Functional}
   * @throws {ValueError} a class that is not known, or a graph that does not fit together
   */
  static from_config(config, custom_objects = {}) {
    const { inputs, layers, outputs, is_built = false, ...options } = check_config(this, config);
    const what = 'Functional.from_config';
    if (!Array.isArray(layers)) throw new ValueError(`${what}: layers must be a list, not ${show(layers)}`);
    /** @type {{ layer: Layer, nodes: any }[]} */
    const made = [];
    try {
      for (const one of layers) {
        const { nodes, ...serialized } = one ?? {};
        made.push({ layer: deserialize_layer(what, serialized, custom_objects), nodes });
      }
      const graph = /** @type {any} */ (new Graph({ inputs, layers: made, outputs }));
      const model = new this(graph, graph, options);
      if (is_built) model.#build_for(model.#inputs.map(({ shape }) => shape));
      return model;
    } catch (error) {
      for (const { layer } of made) layer.dispose();
      throw error;
    }
  }
}

/**
 * @param {any} graph
 * @returns {FunctionalGraph}
 * @throws {ValueError} not { inputs, layers, outputs } of such lists
 */
function check_graph(graph) {
  const is_shape = (/** @type {any} */ shape) =>
    Array.isArray(shape) && Array.from(shape).every((size) => size === null || Number.isSafeInteger(size));
  const is_input = (/** @type {any} */ one) => typeof one?.name === 'string' && is_shape(one.shape);
  const fits =
    is_plain_object(graph) &&
    Array.isArray(graph.inputs) &&
    Array.from(graph.inputs).every(is_input) &&
    Array.isArray(graph.layers) &&
    Array.from(graph.layers).every((one) => one?.layer instanceof Layer);
  if (fits) return /** @type {any} */ (graph);
  throw new ValueError(
    `Functional: the graph must have inputs, a list of { name, shape }, layers, a list of { layer, nodes }, and outputs, not ${show(graph)}`,
  );
}
