// A character-level language model: its layers, its training batches, its loss, and its evaluation in bits per character.
import { GRUCell, initializers, tensor } from 'gru-wasm';
import { Dense, Dropout, Embedding, losses, RNN, Sequential } from 'gru-wasm/keras';

const EMBEDDING_SIZE = 32;

/** Dropout between the RNN and the output layer, against overfitting. Used in training only. */
const DROPOUT_RATE = 0.15;

/** Evaluation runs over the text in chunks of this many characters, which bounds the size of the logits in memory. */
const EVALUATION_CHUNK = 1000;

/**
 * @typedef {{ training_model: Sequential, stateful_rnn: RNN, model: Sequential }} LanguageModel
 * @typedef {Parameters<typeof losses.sparse_categorical_crossentropy>} CrossentropyArguments
 */

/**
 * Creates two models that share their weights. `training_model` is stateful (its RNN, `stateful_rnn`, carries the hidden state
 * from one batch to the next) and has dropout. `model` starts every call from a zero state and has no dropout: it is the one to
 * save.
 *
 * @param {number} vocabulary_size
 * @param {number} units
 * @returns {LanguageModel}
 */
export function create_model(vocabulary_size, units) {
  const cell = new GRUCell(units);
  // Wider than Keras's default of ±0.05: the RNN can then tell characters apart from the first batch on.
  const initializer = initializers.random_uniform({ minval: -0.7, maxval: 0.7 });
  const embedding = new Embedding(vocabulary_size, EMBEDDING_SIZE, { embeddings_initializer: initializer });
  const dense = new Dense(vocabulary_size);
  const stateful_rnn = new RNN(cell, { return_sequences: true, stateful: true, name: 'rnn' });
  const training_model = new Sequential([embedding, stateful_rnn, new Dropout(DROPOUT_RATE), dense]);
  const stateless_rnn = new RNN(cell, { return_sequences: true, name: 'rnn' });
  const model = new Sequential([embedding, stateless_rnn, dense], { name: 'language_model' });
  training_model.build([null, null]);
  model.build([null, null]);
  return { training_model, stateful_rnn, model };
}

/**
 * Cross-entropy of logits, in nats.
 * @type {(...pair: [CrossentropyArguments[0], CrossentropyArguments[1]]) => import('gru-wasm').Tensor}
 */
export const loss = (y_true, y_pred) =>
  losses.sparse_categorical_crossentropy(y_true, y_pred, { from_logits: true });

/**
 * Arranges a text for truncated backpropagation through time. The text is cut into `batch_size` parallel streams, and every
 * sample of a batch continues the sample at the same position of the batch before. The targets `y` are the inputs `x` shifted
 * by one character.
 *
 * @param {Int32Array} ids more than `batch_size * steps` token ids
 * @param {number} batch_size number of parallel streams
 * @param {number} steps characters per sample
 * @returns {{ x: import('gru-wasm').Tensor, y: import('gru-wasm').Tensor, batches: number }} `x` and `y`:
 *   [batches * batch_size, steps], int32; `batches`: number of batches
 */
export function make_batches(ids, batch_size, steps) {
  const stream_length = Math.floor((ids.length - 1) / batch_size);
  const batches = Math.floor(stream_length / steps);
  const x = new Int32Array(batches * batch_size * steps);
  const y = new Int32Array(x.length);
  for (let batch = 0, offset = 0; batch < batches; batch++) {
    for (let stream = 0; stream < batch_size; stream++, offset += steps) {
      const start = stream * stream_length + batch * steps;
      x.set(ids.subarray(start, start + steps), offset);
      y.set(ids.subarray(start + 1, start + 1 + steps), offset);
    }
  }
  const shape = [batches * batch_size, steps];
  return { x: tensor(x, shape, 'int32'), y: tensor(y, shape, 'int32'), batches };
}

/**
 * Evaluates how well the model predicts each character of a text from all characters before it. Resets the state of
 * `stateful_rnn` before and after.
 *
 * @param {Pick<LanguageModel, 'training_model' | 'stateful_rnn'>} model
 * @param {Int32Array} ids
 * @returns {number} mean cross-entropy in bits per character, over all characters but the first
 */
export function bits_per_character({ training_model, stateful_rnn }, ids) {
  stateful_rnn.reset_states();
  let nats = 0;
  for (let start = 0; start < ids.length - 1; start += EVALUATION_CHUNK) {
    const end = Math.min(start + EVALUATION_CHUNK, ids.length - 1);
    const shape = [1, end - start];
    const logits = training_model.call(tensor(ids.slice(start, end), shape, 'int32'));
    const values = loss(tensor(ids.slice(start + 1, end + 1), shape, 'int32'), logits).data;
    for (const value of values) nats += value;
  }
  stateful_rnn.reset_states();
  return nats / (ids.length - 1) / Math.LN2;
}
