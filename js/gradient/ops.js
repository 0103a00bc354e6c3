// Operations for the user's own cells and losses: a part of `keras.ops`.
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
 * Differentiable operations on tensors, under the names of `keras.ops`. Operands are tensors, variables, numbers and nested
 * lists; they broadcast as in NumPy, and are recorded on the tape. Numbers and lists get the dtype of the tensors beside them;
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
