// This package, as it is shipped: single steps by `stream.step()`, sequences by `dynamic_rnn`.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { median } from '../statistics.js';
import { prepare_training } from './ours_training.js';

/** @typedef {import('../work.js').RecurrentWork} RecurrentWork */
/** @typedef {import('../work.js').TrainingWork} TrainingWork */

const LIBRARY = new URL('../../', import.meta.url);

/** @param {any} gru @param {import('../work.js').LayerWeights} layer */
function built_cell(gru, layer) {
  const cell = new gru.GRUCell(layer.units, { dtype: 'float32' });
  cell.build([null, layer.inputs]);
  const { inputs, units } = layer;
  cell.set_weights([
    gru.tensor(layer.gates_kernel, [inputs + units, 2 * units]),
    gru.tensor(layer.gates_bias, [2 * units]),
    gru.tensor(layer.candidate_kernel, [inputs + units, units]),
    gru.tensor(layer.candidate_bias, [units]),
  ]);
  return cell;
}

/** @param {any} gru @param {RecurrentWork} work */
function prepare_step(gru, { layers: [layer], batch, x, state }) {
  const cell = built_cell(gru, layer);
  const stream = cell.stream(batch);
  const run = () => {
    stream.input.set(x);
    stream.step();
  };
  return {
    run,
    output() {
      stream.state.set(state);
      run();
      return stream.state.slice();
    },
    dispose() {
      stream.dispose();
      cell.dispose();
    },
  };
}

/** @param {any} gru @param {RecurrentWork} work */
function prepare_call(gru, { layers: [layer], batch, x, state }) {
  const cell = built_cell(gru, layer);
  const inputs = gru.tensor(x, [batch, layer.inputs]);
  let h = gru.tensor(state, [batch, layer.units]);
  const run = () => {
    h = cell.call(inputs, h)[1];
  };
  return {
    run,
    output() {
      h = gru.tensor(state, [batch, layer.units]);
      run();
      return h.data.slice();
    },
    dispose: () => cell.dispose(),
  };
}

/** @param {any} gru @param {RecurrentWork} work */
function prepare_sequence(gru, { layers, batch, steps, inputs, x }) {
  const cells = layers.map((layer) => built_cell(gru, layer));
  const x_tensor = gru.tensor(x, [steps, batch, inputs]);
  const options = cells.map((_, i) => ({ time_major: true, scope: `layer_${i}` }));
  const run = () =>
    cells.reduce((sequence, cell, i) => gru.dynamic_rnn(cell, sequence, options[i])[0], x_tensor);
  return {
    run,
    output: () => run().data,
    dispose() {
      for (const cell of cells) cell.dispose();
    },
  };
}

const ALLOCATION_STEPS = 2000;
const ALLOCATION_ROUNDS = 31;
const TIMED_STEPS = 200_000;

/** Microseconds of one run, the mean of `count` runs. @param {() => void} run @param {number} count */
function mean_time(run, count) {
  const began = performance.now();
  for (let i = 0; i < count; i++) run();
  return (1000 * (performance.now() - began)) / count;
}

/**
 * Microseconds of a step by `stream.step()` and by `cell.call()`, and bytes of JavaScript's heap per `stream.step()`.
 * @param {any} gru
 * @param {RecurrentWork} work
 */
function step_details(gru, work) {
  const step = prepare_step(gru, work);
  const call = prepare_call(gru, work);
  const times = { stream: Number.POSITIVE_INFINITY, call: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 7; round++) {
    times.stream = Math.min(times.stream, mean_time(step.run, TIMED_STEPS));
    times.call = Math.min(times.call, mean_time(call.run, TIMED_STEPS));
  }
  // Few enough steps that most rounds have no garbage collection.
  const grown = Array.from({ length: ALLOCATION_ROUNDS }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < ALLOCATION_STEPS; i++) step.run();
    return process.memoryUsage().heapUsed - before;
  });
  const stream_bytes = Math.max(0, median(grown)) / ALLOCATION_STEPS;
  step.dispose();
  call.dispose();
  return { ...times, stream_bytes };
}

/**
 * @param {{ simd: import('../../js/runtime/binaries.js').Simd, library?: string }} options `library`: another clone, built
 * @returns {Promise<import('../work.js').Engine & { details: (work: RecurrentWork) => object }>}
 */
export async function open({ simd, library }) {
  const root = library ? pathToFileURL(`${library}/`) : LIBRARY;
  const gru = await import(new URL('dist/node/index.js', root).href);
  const keras = await import(new URL('dist/node/keras.js', root).href);
  await gru.init({ simd });
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return {
    version: `${version} ${simd}`,
    details: (work) => step_details(gru, work),
    prepare(work) {
      if (work.kind === 'training') return prepare_training(gru, keras, work);
      if (work.kind === 'step') return prepare_step(gru, work);
      return work.kind === 'call' ? prepare_call(gru, work) : prepare_sequence(gru, work);
    },
  };
}
