// Training in this package: a GRU over one-hot ids, softmax at every step, Adam, by the model's `train_on_batch`.

/** @typedef {import('../work.js').TrainingWork} TrainingWork */

/**
 * In Keras the gates are in the order u, r, candidate, and the input and the state have separate kernels.
 * @param {any} gru
 * @param {import('../work.js').LayerWeights} layer
 */
function layer_weights(gru, { inputs, units, gates_kernel, gates_bias, candidate_kernel, candidate_bias }) {
  const kernels = new Float32Array((inputs + units) * 3 * units);
  const bias = new Float32Array(3 * units);
  for (let unit = 0; unit < units; unit++) {
    bias.set([gates_bias[units + unit]], unit);
    bias.set([gates_bias[unit]], units + unit);
    bias.set([candidate_bias[unit]], 2 * units + unit);
    for (let row = 0; row < inputs + units; row++) {
      kernels[row * 3 * units + unit] = gates_kernel[row * 2 * units + units + unit];
      kernels[row * 3 * units + units + unit] = gates_kernel[row * 2 * units + unit];
      kernels[row * 3 * units + 2 * units + unit] = candidate_kernel[row * units + unit];
    }
  }
  const cut = inputs * 3 * units;
  return [
    gru.tensor(kernels.slice(0, cut), [inputs, 3 * units]),
    gru.tensor(kernels.slice(cut), [units, 3 * units]),
    gru.tensor(bias, [3 * units]),
  ];
}

/** @param {any} gru @param {any} keras @param {TrainingWork} work */
function compiled_model(gru, keras, { layers: [layer], classes, batch, steps, inputs, ...work }) {
  const model = new keras.Sequential([
    new keras.GRU(layer.units, { return_sequences: true, reset_after: false }),
    new keras.Dense(classes),
  ]);
  model.build([batch, steps, inputs]);
  model.set_weights([
    ...layer_weights(gru, layer),
    gru.tensor(work.dense_kernel, [layer.units, classes]),
    gru.tensor(work.dense_bias, [classes]),
  ]);
  model.compile({
    optimizer: new keras.optimizers.Adam({ learning_rate: work.learning_rate, epsilon: work.epsilon }),
    loss: (/** @type {any} */ truth, /** @type {any} */ logits) =>
      keras.losses.sparse_categorical_crossentropy(truth, logits, { from_logits: true }),
  });
  return model;
}

/** @param {any} gru @param {any} keras @param {TrainingWork} work @returns {import('../work.js').Prepared} */
export function prepare_training(gru, keras, work) {
  const { batch, steps, inputs, ids } = work;
  const one_hot = new Float32Array(ids.length * inputs);
  ids.forEach((id, i) => {
    one_hot[i * inputs + id] = 1;
  });
  const x = gru.tensor(one_hot, [batch, steps, inputs]);
  const y = gru.tensor(work.targets, [batch, steps]);
  const measured = compiled_model(gru, keras, work);
  return {
    run: () => measured.train_on_batch(x, y),
    output() {
      const fresh = compiled_model(gru, keras, work);
      const losses = Float32Array.from({ length: 3 }, () => fresh.train_on_batch(x, y));
      fresh.dispose();
      return losses;
    },
    dispose: () => measured.dispose(),
  };
}
