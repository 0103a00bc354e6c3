// The names under which versions of Keras store the weights of a GRU.
import { concatenate } from '../../gradient/joining.js';
import { have_shapes, tensors_by_prefix } from '../gru_description.js';

/**
 * @typedef {import('../gru_description.js').Tensor} Tensor
 * @typedef {{ [weight: string]: Tensor }} Group `kernel`, `recurrent_kernel` and `bias`, those that there are; `gamma` of layer normalization
 */

const NAMES = ['recurrent_kernel', 'kernel', 'bias', 'gamma'];

/** Of Keras 3, in their order. */
const NUMBERED = ['vars/0', 'vars/1', 'vars/2'];

/** A place in a list of all variables, which is all that exported models say. */
export const IN_LIST = /^(.*(?:^|[/_])variables)\/(\d+)$/s;

/** Of Keras 1: a kernel, a recurrent kernel and a bias of each gate. */
const GATES = /^(.*)_([WUb])_([zrh])$/s;

/**
 * Tensors that may be those of a GRU, by what their names have in common.
 * @param {ReadonlyMap<string, Tensor>} tensors
 * @returns {Map<string, Group>} `gru_1/gru_1/kernel:0` under `gru_1/gru_1`, `layers/gru/cell/vars/0` under `layers/gru/cell`,
 *   `gru_1_W_z` under `gru_1`, `variables/3` under itself
 */
export function keras_groups(tensors) {
  /** @type {Map<string, Group>} */
  const groups = tensors_by_prefix(tensors, NAMES);
  for (const [prefix, numbered] of tensors_by_prefix(tensors, NUMBERED)) {
    const [kernel, recurrent_kernel, bias] = NUMBERED.map((name) => numbered[name]);
    if (!groups.has(prefix)) groups.set(prefix, { kernel, recurrent_kernel, bias });
  }
  /** @type {Map<string, { [name: string]: Tensor }>} */
  const gates = new Map();
  for (const [full_name, tensor] of tensors) {
    const [, prefix, weight, gate] = GATES.exec(full_name.replace(/:0$/, '')) ?? [];
    if (prefix === undefined) continue;
    const group = gates.get(prefix) ?? {};
    group[weight + gate] = tensor;
    gates.set(prefix, group);
  }
  for (const [prefix, group] of gates) if (!groups.has(prefix)) groups.set(prefix, join_gates(group));
  for (const [name, tensor] of tensors) {
    const [, list, number] = IN_LIST.exec(name) ?? [];
    const beside = (/** @type {number} */ steps) => tensors.get(`${list}/${Number(number) + steps}`);
    const columns = tensor.shape[1];
    const recurrent_kernel = beside(1);
    const is_kernel = list !== undefined && tensor.rank === 2 && columns === recurrent_kernel?.shape[1];
    if (!is_kernel || columns !== 3 * recurrent_kernel.shape[0]) continue;
    const after = beside(2);
    const has_bias = after && ['', '2,'].some((rows) => String(after.shape) === rows + columns);
    groups.set(name, { kernel: tensor, recurrent_kernel, ...(has_bias && { bias: after }) });
  }
  return groups;
}

/** @param {{ [name: string]: Tensor }} gates `Wz`, `Uz`, `bz`, … @returns {Group} */
function join_gates(gates) {
  const join = (/** @type {string} */ weight) => {
    const parts = [...'zrh'].map((gate) => gates[weight + gate]);
    const { shape } = parts[0] ?? { shape: [] };
    const fit = shape.length > 0 && have_shapes(parts.map((part) => [part, shape]));
    return /** @type {any} */ (fit ? concatenate(parts, { axis: -1 }) : undefined);
  };
  return { kernel: join('W'), recurrent_kernel: join('U'), bias: join('b') };
}
