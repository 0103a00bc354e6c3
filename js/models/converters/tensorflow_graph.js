// What the graph of a TensorFlow file says of the GRUs in it. Loaded for such files alone.
import { GraphIndex } from './graph_index.js';
import { KerasGraph } from './keras_graph.js';
import { find_graph_place } from './tf1_graph_place.js';

export class TensorFlowGraph {
  #index;
  /** Keras's layers. */
  keras;

  /**
   * @param {import('../../formats/files.js').Graph} graph
   * @param {ReadonlyMap<string, import('../../runtime/tensor.js').Tensor>} tensors
   */
  constructor(graph, tensors) {
    this.#index = new GraphIndex(graph, tensors);
    this.keras = new KerasGraph(this.#index);
  }

  /**
   * Where a cell of TensorFlow 1 is.
   * @param {string} gates_kernel the name of its node
   * @param {string} candidate_kernel
   */
  place_of_cell(gates_kernel, candidate_kernel) {
    return find_graph_place(this.#index, gates_kernel, candidate_kernel);
  }
}
