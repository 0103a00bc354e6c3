// TensorFlow.js, with the cell written in its operations. The time depends on the number of operations: two fused products (with
// bias and sigmoid) of [x, h], one for each gate, are fewer operations than one product and two slices.

import { start_tensorflow, version } from './tensorflow_start.js';
import { prepare_training } from './tensorflow_training.js';

/** @typedef {import('../work.js').LayerWeights} LayerWeights */

/** @param {any} tf @param {LayerWeights} layer @param {(values: any) => any} [keep] */
export function make_cell(tf, layer, keep = (values) => values) {
  const { inputs, units } = layer;
  const [r_kernel, u_kernel] = tf
    .tensor2d(layer.gates_kernel, [inputs + units, 2 * units])
    .split(2, 1)
    .map(keep);
  const [r_bias, u_bias] = tf.tensor1d(layer.gates_bias).split(2).map(keep);
  const c_kernel = keep(tf.tensor2d(layer.candidate_kernel, [inputs + units, units]));
  const c_bias = keep(tf.tensor1d(layer.candidate_bias));
  const product = (
    /** @type {any} */ a,
    /** @type {any} */ b,
    /** @type {any} */ bias,
    activation = 'linear',
  ) => tf.fused.matMul({ a, b, bias, activation });
  const step = (/** @type {any} */ x, /** @type {any} */ h) => {
    const both = tf.concat([x, h], 1);
    const r = product(both, r_kernel, r_bias, 'sigmoid');
    const u = product(both, u_kernel, u_bias, 'sigmoid');
    const c = tf.tanh(product(tf.concat([x, tf.mul(r, h)], 1), c_kernel, c_bias));
    return tf.add(c, tf.mul(u, tf.sub(h, c)));
  };
  return { step, weights: [r_kernel, u_kernel, r_bias, u_bias, c_kernel, c_bias] };
}

/** @param {any} tf @param {import('../work.js').RecurrentWork} work */
function prepare_step(tf, { layers: [layer], batch, inputs, x, state }) {
  const cell = make_cell(tf, layer);
  let h = tf.tensor2d(state, [batch, layer.units]);
  const run = () => {
    const next = tf.tidy(() => cell.step(tf.tensor2d(x, [batch, inputs]), h));
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
    dispose: () => tf.disposeVariables(),
  };
}

/** @param {any} tf @param {import('../work.js').RecurrentWork} work */
function prepare_sequence(tf, { layers, batch, steps, inputs, x }) {
  const cells = layers.map((layer) => make_cell(tf, layer));
  const run = () =>
    tf.tidy(() => {
      let sequence = tf.unstack(tf.tensor3d(x, [steps, batch, inputs]));
      cells.forEach((cell, i) => {
        let h = tf.zeros([batch, layers[i].units]);
        sequence = sequence.map((/** @type {any} */ now) => {
          h = cell.step(now, h);
          return h;
        });
      });
      return tf.stack(sequence).dataSync();
    });
  return { run, output: run };
}

/** @returns {Promise<import('../work.js').Engine>} */
export async function open() {
  const tf = await start_tensorflow();
  return {
    version,
    prepare(work) {
      if (work.kind === 'call') return null;
      if (work.kind === 'training') return prepare_training(tf, work);
      tf.engine().startScope();
      const prepared = work.kind === 'step' ? prepare_step(tf, work) : prepare_sequence(tf, work);
      return { ...prepared, dispose: () => tf.engine().endScope() };
    },
  };
}
