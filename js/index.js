// The entry point `gru-wasm`.

/**
 * @typedef {import('./runtime/tensor.js').TensorInput} TensorInput what is taken wherever a tensor is
 * @typedef {import('./runtime/tensor.js').Dtype} Dtype
 * @typedef {import('./runtime/init.js').InitOptions} InitOptions
 * @typedef {import('./runtime/stream.js').Stream} Stream what `cell.stream()` gives
 * @typedef {import('./rnn_cell/gru_cell.js').GRUCellOptions} GRUCellOptions
 * @typedef {import('./rnn/dynamic_rnn.js').DynamicRnnOptions} DynamicRnnOptions
 */

export { Graph, get_default_graph, reset_default_graph } from './graph/graph.js';
export { AUTO_REUSE, get_variable, get_variable_scope, variable_scope } from './graph/variable_scope.js';
export { initializers } from './layers/initializers.js';
export { set_random_seed } from './layers/random.js';
export { regularizers } from './layers/regularizers.js';
export { bidirectional_dynamic_rnn } from './rnn/bidirectional_dynamic_rnn.js';
export { dynamic_rnn } from './rnn/dynamic_rnn.js';
export { static_rnn } from './rnn/static_rnn.js';
export { DropoutWrapper } from './rnn_cell/dropout_wrapper.js';
export { GRUCell } from './rnn_cell/gru_cell.js';
export { MultiRNNCell } from './rnn_cell/multi_rnn_cell.js';
export * as raw_ops from './rnn_cell/raw_ops.js';
export { ResidualWrapper } from './rnn_cell/residual_wrapper.js';
export { RNNCell } from './rnn_cell/rnn_cell.js';
export {
  AttributeError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  NotImplementedError,
  OpError,
  ResourceExhaustedError,
  RuntimeError,
  UnimplementedError,
  ValueError,
} from './runtime/errors.js';
export { binary_url, init, memory } from './runtime/init.js';
export { Tensor, tensor } from './runtime/tensor.js';
export { Variable } from './runtime/variable.js';
