// What a frozen graph of TensorFlow says of Keras's GRUs: options of those that are found by the names of their weights, and those whose
// weights have lost their names, as optimizers of graphs leave them.
import { concatenate } from '../../gradient/joining.js';
import { show } from '../../runtime/check.js';
import { array_of, Tensor } from '../../runtime/tensor.js';
import { have_shapes } from '../gru_description.js';
import { GraphConstants } from './graph_constants.js';
import { find_layers_in_graph } from './keras_graph_layers.js';

/**
 * @typedef {import('../gru_description.js').GRUDescription} GRUDescription
 * @typedef {import('../gru_description.js').GRUOptions} GRUOptions
 * @typedef {import('./keras_graph_gates.js').Gate} Gate
 * @typedef {import('./keras_graph_layers.js').LayerInGraph} LayerInGraph
 * @typedef {import('./tf1_graph_place.js').GraphPlace} GraphPlace
 *
 * @typedef {GRUOptions & { reset_after?: boolean, place?: GraphPlace | null, warnings?: string[] }} OptionsInGraph
 */

const TAKEN =
  'taken as tanh and sigmoid; pass activation and recurrent_activation to create if they are others';

/** The layers of Keras in a graph. */
export class KerasGraph {
  #constants;
  #layers;

  /** @param {import('./graph_index.js').GraphIndex} index */
  constructor(index) {
    this.#constants = new GraphConstants(index);
    this.#layers = find_layers_in_graph(index, this.#constants);
  }

  /**
   * @param {string} prefix that the names of the weights have in common
   * @param {string} name of the layer, for messages
   * @param {boolean} is_pair whether it has a backward layer beside it
   * @returns {OptionsInGraph}
   */
  options_of(prefix, name, is_pair) {
    const layer = this.#layers.find(
      ({ recurrent_kernel }) => recurrent_kernel === `${prefix}/recurrent_kernel`,
    );
    if (layer) return options_of(layer, name, is_pair);
    const warning = `the nodes around the weights of the GRU ${show(name)} are not those of Keras's GRU, so its activations are not known, and ${TAKEN}`;
    return { warnings: [warning] };
  }

  /**
   * The layers whose weights have no names of Keras.
   * @param {Iterable<string>} prefixes of those that have
   * @returns {GRUDescription[]}
   */
  without_names(prefixes) {
    const named = new Set(Array.from(prefixes, (prefix) => `${prefix}/recurrent_kernel`));
    return this.#layers.flatMap((layer) => {
      const weights = named.has(layer.recurrent_kernel) ? null : this.#weights_of(layer);
      if (!weights) return [];
      const name = name_of(layer.place);
      const { reset_after, place, warnings, ...options } = options_of(layer, name, false);
      const [input_size] = weights.kernel.shape;
      const [units] = weights.recurrent_kernel.shape;
      return [
        {
          name,
          kind: 'layer',
          reset_gate: reset_after ? 'after' : 'before',
          input_size,
          units,
          options,
          layers: [{ forward: weights, backward: null }],
          place,
          warnings,
        },
      ];
    });
  }

  /** @param {LayerInGraph} layer @returns {import('../gru_description.js').GRUWeights | null} null: they do not fit */
  #weights_of({ gates, reset_after }) {
    const all = [gates.z, gates.r, gates.h];
    const kernels = all.map(({ x }) => this.#constants.columns(x.matrix, x.range));
    const recurrent_kernels = all.map(({ h }) => this.#constants.columns(h.matrix, h.range));
    const [input_size = 0] = kernels[0]?.shape ?? [];
    const [units = 0] = recurrent_kernels[0]?.shape ?? [];
    const fit = have_shapes([
      ...kernels.map((one) => /** @type {[any, number[]]} */ ([one ?? undefined, [input_size, units]])),
      ...recurrent_kernels.map((one) => /** @type {[any, number[]]} */ ([one ?? undefined, [units, units]])),
    ]);
    if (!fit || !(input_size > 0 && units > 0)) return null;
    const { dtype } = /** @type {Tensor} */ (kernels[0]);
    const rows = reset_after
      ? [all.map(({ x_biases }) => x_biases), all.map(({ h_biases }) => h_biases)]
      : [all.map(({ x_biases, h_biases }) => [...x_biases, ...h_biases])];
    const parts = rows.flat().map((biases) => this.#add(biases, units, dtype));
    if (parts.includes(null)) return null;
    const width = 3 * units;
    const bias = array_of(dtype, rows.length * width);
    for (const [i, part] of parts.entries()) bias.set(part ?? [], i * units);
    return {
      kernel: join(kernels),
      recurrent_kernel: join(recurrent_kernels),
      bias: rows.flat(2).length ? new Tensor(bias, reset_after ? [2, width] : [width], dtype) : null,
    };
  }

  /** @param {import('./graph_sums.js').Bias[]} biases @param {number} units @param {any} dtype @returns {ArrayLike<number> | null} */
  #add(biases, units, dtype) {
    const sum = array_of(dtype, units);
    for (const { vector, range } of biases) {
      const values = this.#constants.columns(vector, range);
      if (values?.size !== units || values.dtype !== dtype) return null;
      for (let i = 0; i < units; i++) sum[i] += values.data[i];
    }
    return sum;
  }
}

/** @param {(Tensor | null)[]} parts of each gate @returns {any} */
const join = (parts) => concatenate(/** @type {Tensor[]} */ (parts), { axis: 1 });

/** @param {GraphPlace} place `gru_1/while/gru_cell` is of `gru_1` */
const name_of = ({ scope, output }) => scope.replace(/(^|\/)while(_\d+)?(\/.*)?$/s, '') || scope || output;

/** @param {LayerInGraph} layer @param {string} name @param {boolean} is_pair @returns {OptionsInGraph} */
function options_of({ activation, recurrent_activation, reset_after, go_backwards, place }, name, is_pair) {
  const is_unknown = activation === null || recurrent_activation === null;
  return {
    activation: activation ?? undefined,
    recurrent_activation: recurrent_activation ?? undefined,
    reset_after,
    go_backwards: go_backwards && !is_pair,
    place,
    warnings: is_unknown
      ? [
          `the graph computes an activation of the GRU ${show(name)} by nodes that are not known; it is ${TAKEN}`,
        ]
      : [],
  };
}
