// The entry point `gru-wasm`.
export { dynamic_rnn } from './rnn/dynamic_rnn.js';
export { Graph, get_default_graph, reset_default_graph } from './rnn_cell/graph.js';
export { GRUCell } from './rnn_cell/gru_cell.js';
export { initializers } from './rnn_cell/initializers.js';
export { set_random_seed } from './rnn_cell/random.js';
export { regularizers } from './rnn_cell/regularizers.js';
export { RNNCell } from './rnn_cell/rnn_cell.js';
export { AUTO_REUSE, get_variable, get_variable_scope, variable_scope } from './rnn_cell/variable_scope.js';
export {
  AttributeError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  OpError,
  ResourceExhaustedError,
  RuntimeError,
  UnimplementedError,
  ValueError,
} from './runtime/errors.js';
export { init, memory } from './runtime/init.js';
export { Tensor, tensor } from './runtime/tensor.js';
export { Variable } from './runtime/variable.js';
