// Beside TensorFlow.js: its tensors go in, and results become its tensors without a copy of their own.
import * as tf from '@tensorflow/tfjs';
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';

const { simd } = await init();
const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });

const inputs = tf.tensor([2, -4, 1], [1, 3, 1]).div(2);
const [, state] = dynamic_rnn(cell, inputs);
const output = tf.tensor(state.data, state.shape);
document.body.append(JSON.stringify({ simd, state: await output.array() }));
tf.dispose([inputs, output]);
