// A program of TensorFlow 1 in JavaScript. Above each line, after "py:", stands the Python that it came from.
//
//   node examples/tf1_program.js
//
// A stack of GRU cells reads sequences of symbols, of many lengths, and says which symbol came right after the mark that stands
// somewhere in each of them. What takes the place of placeholders, sessions and feeds is plain calls on tensors; a tape that
// records the calls takes the place of the graph of gradients.

// py: import numpy as np
// py: import tensorflow as tf
import {
  DropoutWrapper,
  dynamic_rnn,
  GRUCell,
  get_variable,
  init,
  MultiRNNCell,
  set_random_seed,
  tensor,
  variable_scope,
} from 'gru-wasm';
import { GradientTape, losses, ops, optimizers } from 'gru-wasm/keras';

// py: SYMBOLS, MARK, BATCH, STEPS, UNITS, LAYERS = 4, 4, 64, 12, 32, 2
const [SYMBOLS, MARK, BATCH, STEPS, UNITS, LAYERS] = [4, 4, 64, 12, 32, 2];

// py: tf.set_random_seed(1)
await init();
set_random_seed(1);

// py: rng = np.random.RandomState(1)
// py: randint = rng.randint
let seed = 1;
/** An integer from `low` up to, but not including, `high`. @param {number} low @param {number} high */
function randint(low, high) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return low + Math.floor((seed / 2 ** 32) * (high - low));
}

// py: def make_batch():
// py:     lengths = [randint(3, STEPS + 1) for _ in range(BATCH)]
// py:     symbols = [[randint(0, SYMBOLS) for _ in range(STEPS)] for _ in range(BATCH)]
// py:     marks = [randint(0, length - 1) for length in lengths]
// py:     for row, mark in zip(symbols, marks): row[mark] = MARK
// py:     labels = [row[mark + 1] for row, mark in zip(symbols, marks)]
// py:     return np.eye(SYMBOLS + 1)[symbols], lengths, labels
function make_batch() {
  const lengths = Array.from({ length: BATCH }, () => randint(3, STEPS + 1));
  const symbols = lengths.map(() => Array.from({ length: STEPS }, () => randint(0, SYMBOLS)));
  const marks = lengths.map((length) => randint(0, length - 1));
  for (const [i, mark] of marks.entries()) symbols[i][mark] = MARK;
  const labels = symbols.map((row, i) => row[marks[i] + 1]);
  return { inputs: ops.one_hot(tensor(symbols, null, 'int32'), SYMBOLS + 1), lengths, labels };
}

// py: with tf.variable_scope('reader'):
// py:     keep_prob = tf.get_variable('keep_prob', [], initializer=tf.ones_initializer(), trainable=False)
// py:     cells = [tf.nn.rnn_cell.GRUCell(UNITS) for _ in range(LAYERS)]
// py:     cells = [tf.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=keep_prob) for cell in cells]
// py:     cell = tf.nn.rnn_cell.MultiRNNCell(cells)
// py:     kernel = tf.get_variable('answer/kernel', [UNITS, SYMBOLS])
// py:     bias = tf.get_variable('answer/bias', [SYMBOLS], initializer=tf.zeros_initializer())
const { keep_prob, cell, kernel, bias } = variable_scope('reader', () => {
  const keep_prob = get_variable('keep_prob', { shape: [], initializer: 'ones', trainable: false });
  const cells = Array.from({ length: LAYERS }, () => new GRUCell(UNITS));
  const dropping = cells.map((cell) => new DropoutWrapper(cell, { output_keep_prob: keep_prob }));
  const cell = new MultiRNNCell(dropping);
  const kernel = get_variable('answer/kernel', { shape: [UNITS, SYMBOLS] });
  const bias = get_variable('answer/bias', { shape: [SYMBOLS], initializer: 'zeros' });
  return { keep_prob, cell, kernel, bias };
});

// py: outputs, state = tf.nn.dynamic_rnn(cell, inputs, sequence_length=lengths, dtype=tf.float32)
// py: logits = tf.matmul(state[-1], kernel) + bias
/** @param {import('gru-wasm').Tensor} inputs @param {number[]} lengths */
function predict(inputs, lengths) {
  const [, state] = dynamic_rnn(cell, inputs, { sequence_length: lengths, dtype: 'float32' });
  return ops.add(ops.matmul(state.at(-1), kernel), bias);
}

// py: answers = tf.argmax(logits, axis=1)
// py: accuracy = tf.reduce_mean(tf.cast(tf.equal(answers, labels), tf.float32))
/** @param {import('gru-wasm').Tensor} logits @param {number[]} labels */
function accuracy_of(logits, labels) {
  const answers = logits.array().map((/** @type {number[]} */ row) => row.indexOf(Math.max(...row)));
  return labels.filter((label, i) => label === answers[i]).length / labels.length;
}

// py: optimizer = tf.train.AdamOptimizer(0.003)
const optimizer = new optimizers.Adam({ learning_rate: 0.003, global_clipnorm: 5 });

// py: def train_step(sess):
function train_step() {
  // py:     inputs, lengths, labels = make_batch()
  const { inputs, lengths, labels } = make_batch();
  // py:     sess.run(keep_prob.assign(0.9))
  keep_prob.assign(0.9);
  // py:     loss = tf.reduce_mean(
  // py:         tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
  const tape = new GradientTape();
  const loss = tape.record(() =>
    ops.mean(losses.sparse_categorical_crossentropy(labels, predict(inputs, lengths), { from_logits: true })),
  );
  // py:     variables = tf.trainable_variables()
  const variables = [...cell.trainable_variables, kernel, bias];
  // py:     gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 5)
  const gradients = tape.gradient(loss, variables);
  // py:     sess.run(optimizer.apply_gradients(zip(gradients, variables)))
  optimizer.apply_gradients(gradients.map((gradient, i) => [gradient, variables[i]]));
  // py:     return sess.run(loss)
  return loss.data[0];
}

// py: def test(sess):
function test() {
  // py:     sess.run(keep_prob.assign(1))
  keep_prob.assign(1);
  // py:     inputs, lengths, labels = make_batch()
  const { inputs, lengths, labels } = make_batch();
  // py:     return sess.run(accuracy, {…})
  return accuracy_of(predict(inputs, lengths), labels);
}

// py: with tf.Session() as sess:
// py:     sess.run(tf.global_variables_initializer())
// py:     for step in range(1, 201):
for (let step = 1; step <= 200; step++) {
  // py:         loss = train_step(sess)
  const loss = train_step();
  // py:         if step == 1 or step % 25 == 0:
  // py:             print('step %3d  loss %.4f  accuracy %.3f' % (step, loss, test(sess)))
  if (step === 1 || step % 25 === 0) {
    const [number, right] = [String(step).padStart(3), test().toFixed(3)];
    console.log(`step ${number}  loss ${loss.toFixed(4)}  accuracy ${right}`);
  }
}

// py:     for variable in tf.trainable_variables():
// py:         print(variable.name, variable.shape)
for (const variable of [...cell.trainable_variables, kernel, bias]) {
  console.log(`${variable.name} (${variable.shape.join(', ')})`);
}
