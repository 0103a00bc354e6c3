// The operations that a user's own cell or loss is written with: `keras.ops`, as far as it is here.
import {
  add,
  divide,
  exp,
  log,
  multiply,
  relu,
  sigmoid,
  square,
  subtract,
  tanh,
  where,
} from './elementwise.js';
import { one_hot, take } from './indexing.js';
import { concatenate, split, stack, unstack } from './joining.js';
import { matmul } from './matmul.js';
import { mean, softmax, sum } from './reductions.js';
import { reshape, transpose } from './shapes.js';

/**
 * Differentiable operations on tensors, under the names of `keras.ops`. They take tensors, variables, numbers and nested
 * lists, broadcast as NumPy does, and record on the tape. Numbers and lists take the dtype of the tensors beside them;
 * float32 beside float64 becomes float64.
 */
export const ops = {
  matmul,
  add,
  subtract,
  multiply,
  divide,
  exp,
  log,
  square,
  sigmoid,
  tanh,
  relu,
  softmax,
  sum,
  mean,
  concatenate,
  split,
  stack,
  unstack,
  reshape,
  transpose,
  take,
  one_hot,
  where,
};
