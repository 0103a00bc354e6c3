// Every class of this package that a model's file can name. Importing them is what registers them.
import { Activation } from '../keras/activation.js';
import { Bidirectional } from '../keras/bidirectional.js';
import { CuDNNGRU } from '../keras/cudnn_gru.js';
import { Dense } from '../keras/dense.js';
import { Dropout } from '../keras/dropout.js';
import { Embedding } from '../keras/embedding.js';
import { GRU } from '../keras/gru.js';
import { Masking } from '../keras/masking.js';
import { RNN } from '../keras/rnn.js';
import { Sequential } from '../keras/sequential.js';
import { TimeDistributed } from '../keras/time_distributed.js';
import { DropoutWrapper } from '../rnn_cell/dropout_wrapper.js';
import { GRUCell } from '../rnn_cell/gru_cell.js';
import { MultiRNNCell } from '../rnn_cell/multi_rnn_cell.js';
import { ResidualWrapper } from '../rnn_cell/residual_wrapper.js';

/** By name, as `custom_objects` takes them. A bundler keeps the classes because this object holds them. */
export const BUILTIN_CLASSES = {
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  Dropout,
  DropoutWrapper,
  Embedding,
  GRU,
  GRUCell,
  Masking,
  MultiRNNCell,
  RNN,
  ResidualWrapper,
  Sequential,
  TimeDistributed,
};
