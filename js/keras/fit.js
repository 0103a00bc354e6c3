// fit: training over epochs, which lets the event loop run between batches.
import { check_seed, random_of } from '../layers/random.js';
import { check_options, show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { batches, check_batch_size, check_whole_batches, split_validation, take_samples } from './data.js';
import { Means } from './metrics.js';
import { evaluate_batches, train_step } from './training.js';
import { now, Turns } from './turns.js';

/**
 * @typedef {import('./model.js').ModelData} ModelData
 * @typedef {import('./training.js').Logs} Logs
 * @typedef {import('./data.js').Samples} Samples
 *
 * @typedef {object} FitOptions
 * @property {number} [epochs] index at which training stops (with `initial_epoch` 0 the number of epochs). Default 1.
 * @property {number} [initial_epoch] index of the first epoch. Default 0.
 * @property {number} [batch_size] default 32
 * @property {[ModelData, ModelData] | [ModelData, ModelData, ModelData | null] | null} [validation_data] samples, targets and, if
 *   there are any, their weights, that are evaluated after each epoch
 * @property {ModelData | null} [sample_weight] what each sample counts in the loss, [samples], or each step, [samples, steps]; default 1.
 *   For several outputs a list (null: all count 1) or an object by their names, or one tensor or flat list of numbers for all of them
 * @property {{ [index: number]: number } | null} [class_weight] what the samples, or steps, of a class count in the loss, by the
 *   class's index; default 1. Not in the validation, and only in models with one output.
 * @property {number} [validation_split] fraction of the samples, the last ones, that are used for validation instead of training. Default 0.
 * @property {boolean} [shuffle] whether each epoch has the samples in another order. Default true; false for a stateful model, in which
 *   each batch continues the one before. States continue between epochs too: call `reset_states` in `on_epoch_end` to reset them.
 * @property {number | null} [seed] of these orders; the order of an epoch depends on the seed and the epoch's index only
 * @property {(batch: number, logs: Logs) => unknown} [on_batch_end] called with the index of the batch in its epoch and the
 *   epoch's means so far; a promise that it returns is awaited
 * @property {(epoch: number, logs: Logs) => unknown} [on_epoch_end] called with the epoch's index and its means,
 *   `val_` ones included; a promise that it returns is awaited
 * @property {AbortSignal | null} [signal] stops training after the current batch
 * @property {0 | 1} [verbose] 1: prints a line for each epoch on the console. Default 0.
 *
 * @typedef {object} History
 * @property {{ loss: number[], [name: string]: number[] }} history loss and metrics of each finished epoch; those of the
 *   validation have names that begin with `val_`
 * @property {number[]} epoch the indices of the finished epochs
 * @property {boolean} stopped whether `signal` stopped training
 */

const OPTIONS = [
  'epochs',
  'initial_epoch',
  'batch_size',
  'validation_data',
  'validation_split',
  'sample_weight',
  'class_weight',
  'shuffle',
  'seed',
  'on_batch_end',
  'on_epoch_end',
  'signal',
  'verbose',
];

/**
 * @param {string} what
 * @param {ModelData} x
 * @param {ModelData} y
 * @param {FitOptions} options
 * @param {import('./model.js').Model} model
 * @param {readonly import('./training.js').CompiledOutput[]} outputs
 */
export function read_fit(what, x, y, options, model, outputs) {
  check_options(what, options, OPTIONS);
  const { epochs = 1, initial_epoch = 0, shuffle = !model.stateful, verbose = 0, signal = null } = options;
  const { on_batch_end = null, on_epoch_end = null } = options;
  for (const [name, count] of Object.entries({ epochs, initial_epoch })) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ValueError(`${what}: ${name} must be an integer of 0 or more, not ${show(count)}`);
    }
  }
  for (const [name, callback] of Object.entries({ on_batch_end, on_epoch_end })) {
    if (callback !== null && typeof callback !== 'function') {
      throw new TypeError(`${what}: ${name} must be a function, not ${show(callback)}`);
    }
  }
  if (signal !== null && typeof signal.aborted !== 'boolean') {
    throw new TypeError(`${what}: signal must be an AbortSignal, not ${show(signal)}`);
  }
  const batch_size = check_batch_size(what, options.batch_size);
  const seed = check_seed(`${what}: seed`, options.seed);
  const data = read_data(what, model._read_samples(what, x, y, options, outputs), options, model, outputs);
  check_whole_batches(`${what}: x`, data.training.x[0], batch_size, model);
  if (data.validation)
    check_whole_batches(`${what}: validation data`, data.validation.x[0], batch_size, model);
  return {
    ...data,
    epochs,
    initial_epoch,
    batch_size,
    shuffle,
    seed,
    on_batch_end,
    on_epoch_end,
    signal,
    verbose,
  };
}

/**
 * @param {string} what
 * @param {Samples} samples
 * @param {FitOptions} options
 * @param {import('./model.js').Model} model
 * @param {readonly import('./training.js').CompiledOutput[]} outputs
 * @returns {{ training: Samples, validation: Samples | null }}
 */
function read_data(what, samples, { validation_data = null, validation_split = 0 }, model, outputs) {
  if (validation_data !== null) {
    if (!Array.isArray(validation_data) || ![2, 3].includes(validation_data.length)) {
      throw new TypeError(
        `${what}: validation_data must be [x, y] or [x, y, sample_weight], not ${show(validation_data)}`,
      );
    }
    const [x, y, sample_weight = null] = validation_data;
    const validation = model._read_samples(`${what}: validation_data`, x, y, { sample_weight }, outputs);
    return { training: samples, validation };
  }
  if (validation_split === 0) return { training: samples, validation: null };
  return split_validation(`${what}: validation_split`, samples, validation_split);
}

/**
 * @param {import('./training.js').Model} model
 * @param {ReturnType<typeof read_fit>} options
 * @param {() => void} check throws if the model has been disposed of since the last batch
 * @returns {Promise<History>}
 */
export async function run_fit(model, options, check) {
  const { training, validation, epochs, initial_epoch, batch_size, signal } = options;
  const [count] = training.x[0].shape;
  const turns = new Turns();
  /** @type {History} */
  const result = { history: { loss: [] }, epoch: [], stopped: signal?.aborted ?? false };
  for (let epoch = initial_epoch; epoch < epochs && !result.stopped; epoch++) {
    const start = now();
    const order = options.shuffle ? epoch_order(count, options.seed, epoch) : null;
    const means = new Means();
    let index = 0;
    for (const take of batches(count, batch_size, order)) {
      check();
      train_step(model, take_samples(take, training), means);
      if (options.on_batch_end) await options.on_batch_end(index, means.values);
      await turns.give();
      index += 1;
      if (signal?.aborted) return { ...result, stopped: true };
    }
    const logs = means.values;
    if (validation) {
      const validation_logs = await evaluate_in_turns(model, validation, batch_size, turns, signal);
      if (!validation_logs) return { ...result, stopped: true };
      for (const [name, value] of Object.entries(validation_logs)) logs[`val_${name}`] = value;
    }
    for (const [name, value] of Object.entries(logs)) {
      result.history[name] ??= [];
      result.history[name].push(value);
    }
    result.epoch.push(epoch);
    if (options.verbose) print_epoch(epoch, epochs, (now() - start) / 1000, logs);
    if (options.on_epoch_end) await options.on_epoch_end(epoch, logs);
    result.stopped = signal?.aborted ?? false;
  }
  return result;
}

/**
 * @param {number} count
 * @param {number | null} seed
 * @param {number} epoch
 */
const epoch_order = (count, seed, epoch) => random_of(seed, [epoch]).permutation(count);

/**
 * @param {import('./training.js').Model} model
 * @param {Samples} samples
 * @param {number} batch_size
 * @param {Turns} turns
 * @param {AbortSignal | null} signal
 * @returns {Promise<Logs | null>} null: stopped by the signal
 */
async function evaluate_in_turns(model, samples, batch_size, turns, signal) {
  const steps = evaluate_batches(model, samples, batch_size);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await turns.give();
    if (signal?.aborted) return null;
  }
}

/**
 * @param {number} epoch
 * @param {number} epochs
 * @param {number} seconds
 * @param {Logs} logs
 */
function print_epoch(epoch, epochs, seconds, logs) {
  const values = Object.entries(logs).map(([name, value]) => `${name}: ${value.toFixed(4)}`);
  console.log(`Epoch ${epoch + 1}/${epochs} - ${seconds.toFixed(1)}s - ${values.join(' - ')}`);
}
