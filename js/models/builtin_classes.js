// Every class of this package that a model's file can name. Importing them is what registers them.

import { Activation } from '../keras/activation.js';
import { AveragePooling1D } from '../keras/average_pooling_1d.js';
import { BatchNormalization } from '../keras/batch_normalization.js';
import { Bidirectional } from '../keras/bidirectional.js';
import { Concatenate } from '../keras/concatenate.js';
import { Conv1D } from '../keras/conv_1d.js';
import { CuDNNGRU } from '../keras/cudnn_gru.js';
import { Dense } from '../keras/dense.js';
import { Dropout } from '../keras/dropout.js';
import { ELU } from '../keras/elu.js';
import { Embedding } from '../keras/embedding.js';
import { Flatten } from '../keras/flatten.js';
import { Functional } from '../keras/functional.js';
import { GlobalAveragePooling1D } from '../keras/global_average_pooling_1d.js';
import { GlobalMaxPooling1D } from '../keras/global_max_pooling_1d.js';
import { GRU } from '../keras/gru.js';
import { GRUCell as KerasGRUCell } from '../keras/gru_cell.js';
import { LayerNormalization } from '../keras/layer_normalization.js';
import { LeakyReLU } from '../keras/leaky_relu.js';
import { Masking } from '../keras/masking.js';
import { MaxPooling1D } from '../keras/max_pooling_1d.js';
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from '../keras/merge.js';
import { PReLU } from '../keras/prelu.js';
import { ReLU } from '../keras/relu.js';
import { RepeatVector } from '../keras/repeat_vector.js';
import { Reshape } from '../keras/reshape.js';
import { RNN } from '../keras/rnn.js';
import { Sequential } from '../keras/sequential.js';
import { Softmax } from '../keras/softmax.js';
import { SpatialDropout1D } from '../keras/spatial_dropout_1d.js';
import { StackedRNNCells } from '../keras/stacked_rnn_cells.js';
import { ThresholdedReLU } from '../keras/thresholded_relu.js';
import { TimeDistributed } from '../keras/time_distributed.js';
import { ZeroPadding1D } from '../keras/zero_padding_1d.js';
import { DropoutWrapper } from '../rnn_cell/dropout_wrapper.js';
import { GRUCell } from '../rnn_cell/gru_cell.js';
import { MultiRNNCell } from '../rnn_cell/multi_rnn_cell.js';
import { ResidualWrapper } from '../rnn_cell/residual_wrapper.js';

/** By name, as `custom_objects` takes them. A bundler keeps the classes because this object holds them. */
export const BUILTIN_CLASSES = {
  Add,
  Average,
  Concatenate,
  Functional,
  Maximum,
  Minimum,
  Multiply,
  Subtract,
  AveragePooling1D,
  BatchNormalization,
  Conv1D,
  ELU,
  Flatten,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  LayerNormalization,
  LeakyReLU,
  MaxPooling1D,
  PReLU,
  ReLU,
  RepeatVector,
  Reshape,
  Softmax,
  SpatialDropout1D,
  StackedRNNCells,
  ThresholdedReLU,
  ZeroPadding1D,
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  Dropout,
  DropoutWrapper,
  Embedding,
  GRU,
  GRUCell,
  KerasGRUCell,
  Masking,
  MultiRNNCell,
  RNN,
  ResidualWrapper,
  Sequential,
  TimeDistributed,
};
