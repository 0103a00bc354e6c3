// A small model that learns a task that wants a memory, and its samples.
import { GRUCell, set_random_seed } from '../../js/index.js';
import { Dense, Embedding, losses, optimizers, RNN, Sequential } from '../../js/keras.js';
import { generator } from './random.js';

export const [SAMPLES, STEPS, IDS] = [48, 6, 4];

/** Ids, and as targets the ids two steps before: learnable only with a memory. */
export function remember() {
  const next = generator(17);
  const x = Array.from({ length: SAMPLES }, () =>
    Array.from({ length: STEPS }, () => Math.floor(next() * IDS)),
  );
  return { x, y: x.map((row) => row.map((_, i) => (i < 2 ? 0 : row[i - 2]))) };
}

export const logits_loss = (/** @type {any} */ t, /** @type {any} */ p) =>
  losses.sparse_categorical_crossentropy(t, p, { from_logits: true });

/** @param {{ metrics?: any[], optimizer?: any }} [options] */
export function make_model({
  metrics = ['accuracy'],
  optimizer = new optimizers.Adam({ learning_rate: 0.02 }),
} = {}) {
  set_random_seed(21);
  const model = new Sequential([
    new Embedding(IDS, 6),
    new RNN(new GRUCell(12), { return_sequences: true }),
    new Dense(IDS),
  ]);
  model.build([null, null]);
  model.compile({ optimizer, loss: logits_loss, metrics });
  return model;
}

export const values_of = (/** @type {Sequential} */ model) =>
  model.get_weights().map(({ data }) => Array.from(data));
