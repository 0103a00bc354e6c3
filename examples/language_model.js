// A language model of characters: its layers, how text is laid out for it, and how well it predicts.
import { GRUCell, initializers, tensor } from 'gru-wasm';
import { Dense, Dropout, Embedding, losses, RNN, Sequential } from 'gru-wasm/keras';

/** The numbers that stand for a character. */
const EMBEDDING = 32;

/** The share of the recurrence's outputs that each step of the training does without, so that it does not learn by heart. */
const DROPPED = 0.15;

/** How many characters are evaluated at a time. */
const STRETCH = 1000;

/**
 * @typedef {{ learner: Sequential, recurrence: RNN, model: Sequential }} LanguageModel
 * @typedef {Parameters<typeof losses.sparse_categorical_crossentropy>} CrossentropyArguments
 */

/**
 * The same layers twice: `learner` carries its state from one batch to the next, so that it can be trained on streams of text,
 * and has a dropout; `model` begins every call anew, as whoever reads its file expects.
 *
 * @param {number} characters the size of the vocabulary
 * @param {number} units
 * @returns {LanguageModel}
 */
export function create_model(characters, units) {
  const cell = new GRUCell(units);
  // Wider than Keras's default of 0.05: the recurrence then tells characters apart from the first batch on.
  const initializer = initializers.random_uniform({ minval: -0.7, maxval: 0.7 });
  const embedding = new Embedding(characters, EMBEDDING, { embeddings_initializer: initializer });
  const dense = new Dense(characters);
  const recurrence = new RNN(cell, { return_sequences: true, stateful: true, name: 'rnn' });
  const learner = new Sequential([embedding, recurrence, new Dropout(DROPPED), dense]);
  const anew = new RNN(cell, { return_sequences: true, name: 'rnn' });
  const model = new Sequential([embedding, anew, dense], { name: 'language_model' });
  for (const each of [learner, model]) each.build([null, null]);
  return { learner, recurrence, model };
}

/**
 * Cross-entropy, in nats.
 * @type {(...pair: [CrossentropyArguments[0], CrossentropyArguments[1]]) => import('gru-wasm').Tensor}
 */
export const loss = (y_true, y_pred) =>
  losses.sparse_categorical_crossentropy(y_true, y_pred, { from_logits: true });

/**
 * A text as `batch` streams that run side by side: each sample of a batch goes on where that of the batch before ended. What the
 * model is to say of each character is the next one.
 *
 * @param {Int32Array} ids more than `batch * steps`
 * @param {number} batch
 * @param {number} steps how long a sample is
 * @returns {{ x: import('gru-wasm').Tensor, y: import('gru-wasm').Tensor, batches: number }} [batches * batch, steps]
 */
export function lay_out(ids, batch, steps) {
  const length = Math.floor((ids.length - 1) / batch);
  const batches = Math.floor(length / steps);
  const x = new Int32Array(batches * batch * steps);
  const y = new Int32Array(x.length);
  for (let number = 0, to = 0; number < batches; number++) {
    for (let stream = 0; stream < batch; stream++, to += steps) {
      const from = stream * length + number * steps;
      x.set(ids.subarray(from, from + steps), to);
      y.set(ids.subarray(from + 1, from + 1 + steps), to);
    }
  }
  const shape = [batches * batch, steps];
  return { x: tensor(x, shape, 'int32'), y: tensor(y, shape, 'int32'), batches };
}

/**
 * How well the model predicts each character of a text from all before it.
 *
 * The learner begins anew, and does so again after it.
 *
 * @param {Pick<LanguageModel, 'learner' | 'recurrence'>} model
 * @param {Int32Array} ids
 * @returns {number} bits per character, the mean over all characters but the first
 */
export function bits_per_character({ learner, recurrence }, ids) {
  recurrence.reset_states();
  let nats = 0;
  for (let from = 0; from < ids.length - 1; from += STRETCH) {
    const to = Math.min(from + STRETCH, ids.length - 1);
    const shape = [1, to - from];
    const logits = learner.call(tensor(ids.slice(from, to), shape, 'int32'));
    const values = loss(tensor(ids.slice(from + 1, to + 1), shape, 'int32'), logits).data;
    for (const value of values) nats += value;
  }
  recurrence.reset_states();
  return nats / (ids.length - 1) / Math.LN2;
}
