// Training in TensorFlow.js: a GRU over one-hot ids, softmax at every step, Adam.
import { make_cell } from './tensorflow_ops.js';

/** @param {any} tf @param {import('../work.js').TrainingWork} work */
export function prepare_training(tf, work) {
  const { batch, steps, inputs, classes, layers, learning_rate } = work;
  const [layer] = layers;
  const keep = (/** @type {any} */ value) => value.variable();
  const make = () => {
    const cell = make_cell(tf, layer, keep);
    return {
      cell,
      kernel: keep(tf.tensor2d(work.dense_kernel, [layer.units, classes])),
      bias: keep(tf.tensor1d(work.dense_bias)),
      optimizer: tf.train.adam(learning_rate, 0.9, 0.999, work.epsilon),
    };
  };
  /** Time-major, so that the rows of a step are contiguous. @param {Int32Array} values */
  const turned = (values) => tf.tensor2d(values, [batch, steps], 'int32').transpose().flatten();

  const x = tf.unstack(tf.oneHot(turned(work.ids), inputs).toFloat().reshape([steps, batch, inputs]));
  const targets = tf.oneHot(turned(work.targets), classes).toFloat();

  const train = (/** @type {ReturnType<typeof make>} */ { cell, kernel, bias, optimizer }) => {
    const loss = tf.tidy(() => {
      return optimizer.minimize(() => {
        let h = tf.zeros([batch, layer.units]);
        const states = x.map((/** @type {any} */ now) => {
          h = cell.step(now, h);
          return h;
        });
        const logits = tf.add(tf.matMul(tf.concat(states, 0), kernel), bias);
        return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
      }, true);
    });
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
  const measured = make();
  return {
    run: () => train(measured),
    output() {
      const fresh = make();
      return Float32Array.of(train(fresh), train(fresh), train(fresh));
    },
    dispose: () => tf.disposeVariables(),
  };
}
