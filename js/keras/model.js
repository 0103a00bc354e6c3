// Model: training, evaluation and prediction (`tf.keras.Model`).

import { write_model_file } from '../formats/model_file.js';
import { named_tensors } from '../formats/named_tensors.js';
import { get_optimizer } from '../gradient/optimizers.js';
import { Layer } from '../layers/layer.js';
import { check_function, check_one_of, check_options } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { RuntimeError, ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import {
  batches,
  check_batch_size,
  check_counts,
  check_samples,
  check_whole_batches,
  join_samples,
  read_inputs,
  read_targets,
} from './data.js';
import { read_fit, run_fit } from './fit.js';
import { get_loss, get_metrics, Means } from './metrics.js';
import { ModelStream } from './model_stream.js';
import { read_weighting } from './sample_weights.js';
import { summary_of } from './summary.js';
import { evaluate_batches, train_step } from './training.js';

/**
 * @typedef {import('../runtime/heap.js').FloatDtype} FloatDtype
 * @typedef {import('../runtime/tensor.js').TensorInput} TensorInput
 * @typedef {import('./metrics.js').MeasureSpec} MeasureSpec
 * @typedef {import('./training.js').Logs} Logs
 *
 * @typedef {TensorInput | readonly (TensorInput | null)[] | { [name: string]: TensorInput | null }} ModelData a tensor; of a functional
 *   model with several inputs or outputs a list, or an object by their names
 *
 * @typedef {object} CompileOptions
 * @property {import('../gradient/optimizer.js').Optimizer | string} [optimizer] default `'rmsprop'`
 * @property {MeasureSpec} loss a name, or a function `(y_true, y_pred) => Tensor`; the loss is the mean of its values
 * @property {MeasureSpec[]} [metrics] names, such as `'accuracy'`, or such functions
 *
 * @typedef {object} EvaluateOptions
 * @property {number} [batch_size] default 32
 * @property {ModelData | null} [sample_weight] as that of `fit`
 * @property {boolean} [return_dict] whether the result is `{ loss, … }` instead of a list of numbers. Default false.
 */

/** @param {Layer} layer @returns {Layer[]} the layer and all layers inside it */
const all_layers = (layer) => [layer, ...layer.submodules.flatMap(all_layers)];

/**
 * @param {Logs} logs
 * @param {boolean} as_dict
 * @returns {number | number[] | Logs}
 */
function result_of(logs, as_dict) {
  if (as_dict) return logs;
  const values = Object.values(logs);
  return values.length === 1 ? values[0] : values;
}

/**
 * @param {import('./training.js').Model} model
 * @param {import('./data.js').Samples} samples
 * @param {number} batch_size
 * @param {EvaluateOptions} options
 */
function evaluate(model, samples, batch_size, { return_dict = false }) {
  const steps = evaluate_batches(model, samples, batch_size);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return result_of(step.value, return_dict);
}

/** Base of {@link Sequential}, which implements `_run`. The model owns its layers and disposes of them. */
export class Model extends Layer {
  /** @type {import('./training.js').Compiled | null} */ #compiled = null;
  #fitting = false;
  /** Of a model read from a file: the `metadata` passed to `save`; otherwise null. @type {any} */ metadata =
    null;
  /** Of a model that another program wrote: what of its file is not in the model, as sentences. @type {string[]} */
  warnings = [];

  /** The optimizer passed to `compile`; null before. */
  get optimizer() {
    return this.#compiled?.optimizer ?? null;
  }

  /**
   * @param {any} _inputs
   * @param {boolean} _training
   * @returns {{ output: any, mask: any }}
   * @internal
   */
  _run(_inputs, _training) {
    throw new ValueError(`${class_name_of(this)} has no call`);
  }

  /**
   * The model's calls of layers, for `stream`.
   * @returns {import('./model_stream.js').StreamPlan}
   * @internal
   */
  _stream_plan() {
    throw new ValueError(`${class_name_of(this)} has no call`);
  }

  /**
   * Runs the model step by step: fill `input`, call `step()`, read `output`, which is what `predict` gives for the steps so far, at the
   * last of them. Stateful layers begin with zeros here, too.
   * @param {number} [batch] sequences side by side, default 1
   * @returns {ModelStream}
   * @throws {ValueError} not built, a batch that is not a positive integer, a model without a sequence, or a layer that needs later
   *   steps: one that goes backwards, a `Bidirectional`, a pooling
   */
  stream(batch = 1) {
    this._check_alive();
    return new ModelStream(this, batch);
  }

  /** The dtype of floats in this model; null: not known yet. @returns {FloatDtype | null} @internal */
  get _known_dtype() {
    return this.dtype;
  }

  /**
   * Sets optimizer, loss and metrics. The previous optimizer's slots for this model's variables are freed.
   * @param {CompileOptions} options
   * @throws {ValueError} an unknown name
   * @throws {TypeError} no loss, or an unknown option
   */
  compile(options) {
    const what = `${this.name}.compile`;
    this._check_alive();
    const outputs = this._compile_outputs(what, options);
    const optimizer = get_optimizer(options.optimizer ?? 'rmsprop', `${what}: optimizer`);
    this.optimizer?.forget(this.weights);
    this.#compiled = { optimizer, outputs };
  }

  /**
   * @param {string} what
   * @param {any} options of `compile`
   * @returns {import('./training.js').CompiledOutput[]}
   * @internal
   */
  _compile_outputs(what, options) {
    check_options(what, options, ['optimizer', 'loss', 'metrics']);
    const loss = get_loss(`${what}: loss`, options.loss);
    return [{ name: null, loss, weight: 1, metrics: get_metrics(`${what}: metrics`, options.metrics ?? []) }];
  }

  /**
   * @param {string} what
   * @param {unknown} x
   * @param {unknown} y
   * @param {{ sample_weight?: unknown, class_weight?: unknown }} weighting
   * @param {readonly import('./training.js').CompiledOutput[]} _outputs
   * @returns {import('./data.js').Samples}
   * @throws {ValueError} no samples, or another number of targets or weights
   * @internal
   */
  _read_samples(what, x, y, weighting, _outputs) {
    const inputs = read_inputs(`${what}: x`, x, this);
    const targets = read_targets(`${what}: y`, y, this);
    check_counts(what, [
      ['x', inputs],
      ['y', targets],
    ]);
    return { x: [inputs], y: [targets], weightings: [read_weighting(what, weighting, inputs.shape[0])] };
  }

  /**
   * @param {string} method
   * @returns {import('./training.js').Model}
   */
  #compiled_model(method) {
    this._check_alive();
    if (!this.#compiled) {
      throw new RuntimeError(
        `${this.name}.${method}: the model must be compiled first: compile({ optimizer, loss })`,
      );
    }
    // A layer may be inside several others.
    const layers = [...new Set(all_layers(this))];
    return {
      compiled: this.#compiled,
      variables: () => this.trainable_variables,
      run: (x, training) => this._run(x, training),
      penalties: () => layers.flatMap((layer) => layer._own_losses),
      update: () => {
        const updates = layers.flatMap((layer) => /** @type {(() => void)[]} */ (layer._own_updates));
        for (const update of updates) update();
      },
    };
  }

  /**
   * Trains the model. Between batches the event loop can run, at least every 16 milliseconds. A batch updates all weights or, if it
   * throws, none.
   *
   * @param {ModelData} x samples along the first axis; of several inputs a list, or an object by their names
   * @param {ModelData} y as many targets; of several outputs a list (null: no targets), or an object by their names
   * @param {import('./fit.js').FitOptions} [options]
   * @returns {Promise<import('./fit.js').History>} also resolves if `signal` stopped it, with the finished epochs
   * @throws {RuntimeError} not compiled, or `fit` is running
   * @throws {ValueError} data or options with wrong shapes or values
   * @throws {TypeError} an unknown option
   */
  async fit(x, y, options = {}) {
    const model = this.#compiled_model('fit');
    if (this.#fitting) throw new RuntimeError(`${this.name}.fit: the model is being trained already`);
    const settings = read_fit(`${this.name}.fit`, x, y, options, this, model.compiled.outputs);
    this.#fitting = true;
    try {
      return await run_fit(model, settings, () => this._check_alive());
    } finally {
      this.#fitting = false;
    }
  }

  /**
   * One step of training on one batch.
   * @param {ModelData} x as those of {@link Model.fit}
   * @param {ModelData} y
   * @param {import('./sample_weights.js').WeightingOptions & { return_dict?: boolean }} [options]
   * @returns {number | number[] | Logs} the loss before the step; with metrics a list of the loss and the metrics; with `return_dict` an object
   */
  train_on_batch(x, y, options = {}) {
    const what = `${this.name}.train_on_batch`;
    check_options(what, options, ['return_dict', 'sample_weight', 'class_weight']);
    const model = this.#compiled_model('train_on_batch');
    const means = new Means();
    train_step(model, this._read_samples(what, x, y, options, model.compiled.outputs), means);
    return result_of(means.values, options.return_dict ?? false);
  }

  /**
   * Loss and metrics of one batch.
   * @param {ModelData} x as those of {@link Model.fit}
   * @param {ModelData} y
   * @param {{ return_dict?: boolean, sample_weight?: ModelData | null }} [options]
   * @returns {number | number[] | Logs} as {@link Model.evaluate} returns it
   */
  test_on_batch(x, y, options = {}) {
    const what = `${this.name}.test_on_batch`;
    check_options(what, options, ['return_dict', 'sample_weight']);
    const model = this.#compiled_model('test_on_batch');
    const samples = this._read_samples(what, x, y, options, model.compiled.outputs);
    return evaluate(model, samples, 2 ** 31 - 1, options);
  }

  /**
   * Loss and metrics over samples.
   * @param {ModelData} x as those of {@link Model.fit}
   * @param {ModelData} y
   * @param {EvaluateOptions} [options]
   * @returns {number | number[] | Logs} the loss; with metrics a list of the loss and the metrics; of several outputs a list of the loss,
   *   the outputs' losses and their metrics; with `return_dict` an object
   */
  evaluate(x, y, options = {}) {
    const what = `${this.name}.evaluate`;
    check_options(what, options, ['batch_size', 'return_dict', 'sample_weight']);
    const batch_size = check_batch_size(what, options.batch_size);
    const model = this.#compiled_model('evaluate');
    const samples = this._read_samples(what, x, y, options, model.compiled.outputs);
    check_whole_batches(`${what}: x`, samples.x[0], batch_size, this);
    return evaluate(model, samples, batch_size, options);
  }

  /**
   * The model's outputs, computed batch by batch. The model need not be compiled.
   * @param {TensorInput} x samples along the first axis
   * @param {{ batch_size?: number }} [options] default 32
   * @returns {Tensor}
   */
  predict(x, options = {}) {
    const what = `${this.name}.predict`;
    this._check_alive();
    check_options(what, options, ['batch_size']);
    const samples = check_samples(`${what}: x`, read_inputs(`${what}: x`, x, this));
    const batch_size = check_batch_size(what, options.batch_size);
    check_whole_batches(`${what}: x`, samples, batch_size, this);
    /** @type {Tensor[]} */
    const outputs = [];
    for (const take of batches(samples.shape[0], batch_size)) {
      const { output } = this._run(take(samples), false);
      if (!(output instanceof Tensor)) throw new ValueError(`${what}: the last layer must return one tensor`);
      outputs.push(output);
    }
    return join_samples(outputs);
  }

  /** The outputs for one batch. @param {TensorInput} x @returns {Tensor} */
  predict_on_batch(x) {
    return this.predict(x, { batch_size: 2 ** 31 - 1 });
  }

  /**
   * A table of the layers, their output shapes and their numbers of weights.
   * @param {{ print_fn?: (text: string) => void }} [options] `print_fn`: called with the table; default: `console.log`
   * @returns {string} the table
   * @throws {ValueError} not built
   */
  summary(options = {}) {
    const what = `${this.name}.summary`;
    this._check_alive();
    check_options(what, options, ['print_fn']);
    const { print_fn = console.log } = options;
    check_function(`${what}: print_fn`, print_fn);
    const text = summary_of(this);
    print_fn(text);
    return text;
  }

  /**
   * The model as a file: safetensors with the configuration in its metadata, for `load_model`; or for TensorFlow.js, whose
   * `loadLayersModel` reads it: model.json and weights.bin; or ONNX, with GRUs as GRU nodes, the input `x` and the output `y`. Optimizer,
   * loss and metrics are not saved; in ONNX neither is `metadata`.
   * @template {'safetensors' | 'tfjs' | 'onnx'} [F='safetensors']
   * @param {{ format?: F, metadata?: any }} [options] `format`: default safetensors; `metadata`: plain data to save in the file;
   *   default: the model's `metadata`
   * @returns {Promise<F extends 'tfjs' ? import('../formats/tfjs_write.js').TfjsFiles : Uint8Array>} of `tfjs` an object of the
   *   two files' names to their bytes, which `load_model` takes as well
   * @throws {ValueError} not built, or a configuration or metadata that JSON cannot hold; for `tfjs` a layer, an activation, a dtype or
   *   a GRU with `reset_after`, which TensorFlow.js does not have; for `onnx` a layer or an activation that is not written, a mask, a state
   */
  async save(options = {}) {
    this._check_alive();
    check_options(`${this.name}.save`, options, ['format', 'metadata']);
    const { metadata = this.metadata, format = 'safetensors' } = options;
    const what = `${this.name}.save`;
    check_one_of(`${what}: format`, format, ['safetensors', 'tfjs', 'onnx']);
    if (!this.built) throw new ValueError(`${what}: the model is not built, so it has no weights to save`);
    if (format === 'onnx' && class_name_of(this) !== 'Sequential')
      throw new ValueError(`${what}: only a Sequential can be written in the format onnx`);
    if (format === 'tfjs') {
      const { tfjs_model } = await import('./tfjs_model.js');
      const { write_tfjs } = await import('../formats/tfjs_write.js');
      const { topology, tensors } = tfjs_model(what, this);
      return /** @type {any} */ (write_tfjs(tensors, { topology, metadata }));
    }
    if (format === 'onnx') {
      const { onnx_graph } = await import('./onnx_model.js');
      const { write_onnx } = await import('../formats/onnx_write.js');
      return /** @type {any} */ (write_onnx(onnx_graph(what, this), this.name));
    }
    const model = { class_name: class_name_of(this), config: this.get_config() };
    return /** @type {any} */ (
      write_model_file(what, { model, tensors: named_tensors(this.weights), metadata })
    );
  }

  dispose() {
    if (!this.disposed) this.optimizer?.forget(this.weights);
    super.dispose();
  }
}
