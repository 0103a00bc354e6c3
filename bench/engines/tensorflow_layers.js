// TensorFlow.js's layers: `tf.layers.gruCell` for a step, `tf.layers.gru` for a sequence.
import { start_tensorflow, version } from './tensorflow_start.js';

/** @typedef {import('../work.js').LayerWeights} LayerWeights */

/**
 * In its layers the gates are in the order u, r, candidate, and the input and the state have separate kernels.
 * @param {any} tf
 * @param {LayerWeights} layer
 */
function layer_weights(tf, { inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias }) {
  const [r, u] = tf.tensor2d(gates_kernel, [inputs + units, 2 * units]).split(2, 1);
  const c = tf.tensor2d(candidate_kernel, [inputs + units, units]);
  const [r_bias, u_bias] = tf.tensor1d(gates_bias).split(2);
  const [kernel, recurrent_kernel] = tf.split(tf.concat([u, r, c], 1), [inputs, units], 0);
  return [kernel, recurrent_kernel, tf.concat([u_bias, r_bias, tf.tensor1d(candidate_bias)])];
}

const options = (/** @type {LayerWeights} */ { units }) => ({
  units,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
  resetAfter: false,
  // The weights are set below; the default orthogonal initializer would take seconds.
  recurrentInitializer: 'zeros',
});

/** @param {any} tf @param {import('../work.js').RecurrentWork} work */
function prepare_step(tf, { layers: [layer], batch, inputs, x, state }) {
  const cell = tf.layers.gruCell(options(layer));
  cell.build([batch, inputs]);
  cell.setWeights(layer_weights(tf, layer));
  let h = tf.tensor2d(state, [batch, layer.units]);
  const run = () => {
    const next = tf.tidy(() => cell.call([tf.tensor2d(x, [batch, inputs]), h], {})[1]);
    h.dispose();
    h = next;
    return h.dataSync();
  };
  return {
    run,
    output() {
      h.dispose();
      h = tf.tensor2d(state, [batch, layer.units]);
      return run().slice();
    },
  };
}

/** @param {any} tf @param {import('../work.js').RecurrentWork} work */
function prepare_sequence(tf, { layers, batch, steps, inputs, x }) {
  const time_minor = new Float32Array(x.length);
  for (let step = 0; step < steps; step++) {
    for (let row = 0; row < batch; row++) {
      const from = (step * batch + row) * inputs;
      time_minor.set(x.subarray(from, from + inputs), (row * steps + step) * inputs);
    }
  }
  const stack = layers.map((layer) => tf.layers.gru({ ...options(layer), returnSequences: true }));
  const outputs = () =>
    stack.reduce((sequence, layer) => layer.apply(sequence), tf.tensor3d(time_minor, [batch, steps, inputs]));
  // The first call builds the layers.
  outputs();
  stack.forEach((layer, i) => {
    layer.setWeights(layer_weights(tf, layers[i]));
  });
  return {
    run: () => tf.tidy(() => outputs().dataSync()),
    output: () => tf.tidy(() => outputs().transpose([1, 0, 2]).dataSync()),
  };
}

/** @returns {Promise<import('../work.js').Engine>} */
export async function open() {
  const tf = await start_tensorflow();
  return {
    version,
    prepare(work) {
      if (work.kind === 'call' || work.kind === 'training') return null;
      tf.engine().startScope();
      const prepared = work.kind === 'step' ? prepare_step(tf, work) : prepare_sequence(tf, work);
      return { ...prepared, dispose: () => tf.engine().endScope() };
    },
  };
}
