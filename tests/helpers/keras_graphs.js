// Frozen graphs of Keras's GRU for tests, node by node as the versions of Keras build them under TensorFlow.
import { constant, node } from './tensorflow_files.js';

/**
 * @typedef {{ data: ArrayLike<number>, shape: readonly number[] }} Values
 *
 * @typedef {object} KerasGraphOptions
 * @property {0 | 1 | 2} [implementation] 0: Keras 2.0 multiplies all inputs before the loop; 1: each gate has its own products; 2: they share
 *   them, as in TensorFlow 2. Default 1.
 * @property {boolean} [reset_after] default false
 * @property {string} [activation] default tanh
 * @property {string} [recurrent_activation] default hard_sigmoid
 * @property {boolean} [go_backwards]
 * @property {boolean} [mask]
 * @property {boolean} [dropout] whether the masks of dropout, of ones, are in the graph
 * @property {boolean} [folded] whether an optimizer has replaced the parts of the weights by constants
 * @property {boolean} [lists] whether the loop has lists of tensors, as TensorFlow 2's
 * @property {boolean} [captured] whether the loop gives the weights to each step as TensorFlow 2's does, of one input and one output of a step
 * @property {boolean} [use_bias] default true
 * @property {boolean} [outputs] whether all outputs are read, not the last alone
 * @property {string} [input] the node of the inputs
 */

/** A Const of int32. @param {string} name @param {number | number[]} values */
function integers(name, values) {
  const list = [values].flat();
  const shape = { dim: Array.isArray(values) ? [{ size: list.length }] : [] };
  return {
    name,
    op: 'Const',
    input: [],
    attr: { value: { tensor: { dtype: 3, tensor_shape: shape, int_val: list } } },
  };
}

/** Builds the nodes of one layer. */
class Builder {
  /** @type {any[]} */ nodes = [];

  /** @param {string} name @param {string} op @param {string[]} inputs @param {{ [name: string]: number }} [attributes] integers */
  add(name, op, inputs, attributes = {}) {
    const added = node(op, name, ...inputs);
    added.attr = Object.fromEntries(Object.entries(attributes).map(([key, i]) => [key, { i }]));
    this.nodes.push(added);
    return name;
  }

  /** @param {string} name @param {number} value */
  number(name, value) {
    this.nodes.push(constant(name, { data: [value], shape: [] }));
    return name;
  }

  /** Columns `start` to `end` of a value of two axes, as `value[:, start:end]`. @param {string} name @param {string} value @param {number} start @param {number} end -1: all that follow */
  columns(name, value, start, end) {
    this.nodes.push(integers(`${name}/stack`, [0, start]));
    this.nodes.push(integers(`${name}/stack_1`, [0, Math.max(end, 0)]));
    this.nodes.push(integers(`${name}/stack_2`, [1, 1]));
    const inputs = [value, ...['stack', 'stack_1', 'stack_2'].map((one) => `${name}/${one}`)];
    return this.add(name, 'StridedSlice', inputs, {
      begin_mask: start ? 1 : 3,
      end_mask: end < 0 ? 3 : 1,
    });
  }

  /** An activation of Keras. @param {string} name @param {string} kind @param {string} input */
  activation(name, kind, input) {
    const operations = { tanh: 'Tanh', sigmoid: 'Sigmoid', relu: 'Relu', softsign: 'Softsign' };
    if (kind in operations)
      return this.add(`${name}/${kind}`, operations[/** @type {'tanh'} */ (kind)], [input]);
    if (kind === 'linear') return input;
    if (kind === 'swish') {
      const gate = this.add(`${name}/Sigmoid`, 'Sigmoid', [input]);
      return this.add(`${name}/mul`, 'Mul', [input, gate]);
    }
    if (kind === 'sine') return this.add(`${name}/Sin`, 'Sin', [input]);
    if (kind === 'relu6 / 6') {
      const moved = this.add(`${name}/add`, 'AddV2', [input, this.number(`${name}/add/y`, 3)]);
      const relu6 = this.add(`${name}/Relu6`, 'Relu6', [moved]);
      return this.add(`${name}/truediv`, 'RealDiv', [relu6, this.number(`${name}/truediv/y`, 6)]);
    }
    const scaled = this.add(`${name}/mul`, 'Mul', [this.number(`${name}/mul/x`, 0.2), input]);
    const moved = this.add(`${name}/add`, 'Add', [scaled, this.number(`${name}/add/y`, 0.5)]);
    const [zero, one] = [this.number(`${name}/Const`, 0), this.number(`${name}/Const_1`, 1)];
    if (kind === 'hard_sigmoid, ClipByValue')
      return this.add(`${name}/clip`, 'ClipByValue', [moved, zero, one]);
    const below = this.add(`${name}/clip_by_value/Minimum`, 'Minimum', [moved, one]);
    return this.add(`${name}/clip_by_value`, 'Maximum', [below, zero]);
  }
}

/**
 * @param {string} scope the name of the layer
 * @param {{ kernel: Values, recurrent_kernel: Values, bias?: Values }} weights
 * @param {KerasGraphOptions} [options]
 * @returns {any[]} nodes of a GraphDef; the placeholder `x` of the inputs is not among them
 */
export function keras_gru_nodes(scope, weights, options = {}) {
  const { implementation = 1, reset_after = false, input = 'x', mask = false, lists = false } = options;
  const { activation = 'tanh', recurrent_activation = 'hard_sigmoid', folded = false } = options;
  const { dropout = false, go_backwards = false, outputs = false, captured = false } = options;
  const units = weights.recurrent_kernel.shape[0];
  const builder = new Builder();
  const { nodes } = builder;
  const name = (/** @type {string} */ one) => `${scope}/${one}`;
  const inside = (/** @type {string} */ one) => `${scope}/while/${one}`;
  const add = builder.add.bind(builder);
  const enter = (/** @type {string} */ value) => {
    const place = value.replace(':', '.');
    const entered = add(inside(`Enter/${place}`), 'Enter', [value]);
    if (!captured || !/kernel|bias|strided_slice|unstack/.test(value)) return entered;
    add(inside(`Merge/${place}`), 'Merge', [entered, inside(`NextIteration/${place}`)]);
    add(inside(`Switch/${place}`), 'Switch', [inside(`Merge/${place}`), inside('LoopCond')]);
    const inner = add(inside(`Identity/${place}`), 'Identity', [`${inside(`Switch/${place}`)}:1`]);
    add(inside(`NextIteration/${place}`), 'NextIteration', [inner]);
    return inner;
  };

  // The weights: read, and cut into those of the gates, outside of the loop.
  for (const [weight, values] of Object.entries(weights)) {
    if (folded) continue;
    nodes.push(constant(name(weight), values));
    add(name(`${weight}/read`), 'Identity', [name(weight)]);
  }
  let parts = 0;
  /** The part of a weight that a gate takes; rows of the bias apart. @param {'kernel' | 'recurrent_kernel' | 'bias'} weight @param {number} start @param {number} end @param {number} [row] */
  const part = (weight, start, end, row = 0) => {
    const { data, shape } = /** @type {Values} */ (weights[weight]);
    const place = name(parts ? `strided_slice_${parts}` : 'strided_slice');
    parts += 1;
    if (folded) {
      const width = shape[shape.length - 1];
      const rows = weight === 'bias' ? [row] : Array.from({ length: shape[0] }, (_, i) => i);
      const values = rows.flatMap((one) => Array.from(data).slice(one * width + start, one * width + end));
      nodes.push(
        constant(place, { data: values, shape: weight === 'bias' ? [end - start] : [shape[0], end - start] }),
      );
      return place;
    }
    const width = shape[shape.length - 1];
    if (weight !== 'bias')
      return start || end < width
        ? builder.columns(place, name(`${weight}/read`), start, end === width ? -1 : end)
        : name(`${weight}/read`);
    let vector = name('bias/read');
    if (shape.length === 2) {
      add(name(`unstack_${parts}`), 'Unpack', [vector], { num: 2, axis: 0 });
      vector = row ? `${name(`unstack_${parts}`)}:${row}` : name(`unstack_${parts}`);
    }
    if (!start && end === width) return vector;
    nodes.push(
      integers(`${place}/stack`, [start]),
      integers(`${place}/stack_1`, [end]),
      integers(`${place}/stack_2`, [1]),
    );
    return add(place, 'StridedSlice', [vector, `${place}/stack`, `${place}/stack_1`, `${place}/stack_2`]);
  };
  const has_bias = weights.bias !== undefined;
  const with_bias = (/** @type {string} */ place, /** @type {string} */ value, /** @type {string} */ bias) =>
    has_bias ? add(place, 'BiasAdd', [value, bias]) : value;

  // The sequence, time-major, in an array; projected before with implementation 0.
  let sequence = input;
  if (implementation === 0) {
    const gates = [0, 1, 2].map((gate) => {
      nodes.push(integers(name(`shape_${gate}`), [-1, weights.kernel.shape[0]]));
      const source = dropout ? add(name(`mask_${gate}`), 'Mul', [input, name('ones')]) : input;
      const flat = add(name(`Reshape_${gate}`), 'Reshape', [source, name(`shape_${gate}`)]);
      const product = add(name(`MatMul_${gate}`), 'MatMul', [
        flat,
        part('kernel', gate * units, (gate + 1) * units),
      ]);
      const sum = with_bias(
        name(`BiasAdd_${gate}`),
        product,
        has_bias ? part('bias', gate * units, (gate + 1) * units) : '',
      );
      nodes.push(integers(name(`stack_${gate}`), [-1, 4, units]));
      return add(name(`Reshape_${gate}_1`), 'Reshape', [sum, name(`stack_${gate}`)]);
    });
    nodes.push(integers(name('concat/axis'), 2));
    sequence = add(name('concat'), 'ConcatV2', [...gates, name('concat/axis')]);
  }
  nodes.push(integers(name('transpose/perm'), [1, 0, 2]));
  sequence = add(name('transpose'), 'Transpose', [sequence, name('transpose/perm')]);
  if (go_backwards) {
    nodes.push(integers(name('ReverseV2/axis'), [0]));
    sequence = add(name('ReverseV2'), 'ReverseV2', [sequence, name('ReverseV2/axis')]);
  }
  if (dropout) add(name('ones'), 'Fill', [name('time'), builder.number(name('ones/Const'), 1)]);
  nodes.push(integers(name('time'), 0));
  add(name('zeros'), 'Tile', [name('time'), name('time')]);
  add(inside('Merge'), 'Merge', [enter(name('time')), inside('NextIteration')]);
  add(inside('LoopCond'), 'LoopCond', [inside('Less')]);
  add(inside('Less'), 'Less', [inside('Merge'), inside('Merge')]);
  add(inside('Switch'), 'Switch', [inside('Merge'), inside('LoopCond')]);
  add(inside('Identity'), 'Identity', [`${inside('Switch')}:1`]);
  let read;
  if (lists) {
    add(name('TensorListFromTensor'), 'TensorListFromTensor', [sequence, name('time')]);
    add(inside('Merge_list'), 'Merge', [enter(name('TensorListFromTensor')), inside('Switch_list')]);
    add(inside('Switch_list'), 'Switch', [inside('Merge_list'), inside('LoopCond')]);
    read = add(inside('TensorListGetItem'), 'TensorListGetItem', [
      `${inside('Switch_list')}:1`,
      inside('Identity'),
      name('time'),
    ]);
    add(name('TensorListReserve'), 'TensorListReserve', [name('time'), name('time')]);
  } else {
    add(name('TensorArray'), 'TensorArrayV3', [name('time')]);
    add(name('TensorArray_1'), 'TensorArrayV3', [name('time')]);
    const scatter = name('TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3');
    add(scatter, 'TensorArrayScatterV3', [
      name('TensorArray_1'),
      name('time'),
      sequence,
      `${name('TensorArray_1')}:1`,
    ]);
    read = add(inside('TensorArrayReadV3'), 'TensorArrayReadV3', [
      enter(name('TensorArray_1')),
      inside('Identity'),
      enter(scatter),
    ]);
  }
  add(inside('Merge_2'), 'Merge', [enter(name('zeros')), inside('NextIteration_2')]);
  add(inside('Switch_2'), 'Switch', [inside('Merge_2'), inside('LoopCond')]);
  const state = add(inside('Identity_2'), 'Identity', [`${inside('Switch_2')}:1`]);

  // One step.
  const masked_state = dropout ? add(inside('h_mul'), 'Mul', [state, enter(name('ones'))]) : state;
  const dropped =
    dropout && implementation !== 0 ? add(inside('x_mul'), 'Mul', [read, enter(name('ones'))]) : read;
  /** @type {string[]} */
  let from_inputs;
  /** @type {string[]} */
  let from_state = [];
  const gates = [0, 1, 2];
  const ends = (/** @type {number} */ gate) =>
    /** @type {[number, number]} */ ([gate * units, (gate + 1) * units]);
  const product = (/** @type {string} */ place, /** @type {string} */ value, /** @type {string} */ matrix) =>
    add(inside(place), 'MatMul', [value, enter(matrix)]);
  if (implementation === 2) {
    const product_x = product('MatMul', dropped, part('kernel', 0, 3 * units));
    const all = with_bias(inside('BiasAdd'), product_x, has_bias ? enter(part('bias', 0, 3 * units)) : '');
    nodes.push(integers(inside('split/dim'), 1));
    add(inside('split'), 'Split', [inside('split/dim'), all], { num_split: 3 });
    from_inputs = gates.map((gate) => (gate ? `${inside('split')}:${gate}` : inside('split')));
    const columns = reset_after ? 3 * units : 2 * units;
    const product_h = product('MatMul_1', masked_state, part('recurrent_kernel', 0, columns));
    const inner =
      reset_after && has_bias
        ? add(inside('BiasAdd_1'), 'BiasAdd', [product_h, enter(part('bias', 0, 3 * units, 1))])
        : product_h;
    const count = reset_after ? 3 : 2;
    from_state = gates
      .slice(0, count)
      .map((gate) => builder.columns(inside(`slice_${gate}`), inner, ...ends(gate)));
  } else {
    from_inputs = gates.map((gate) => {
      if (implementation === 0)
        return builder.columns(
          inside(`slice_${gate}`),
          read,
          gate * units,
          gate === 2 ? -1 : (gate + 1) * units,
        );
      const value = product(`MatMul_x${gate}`, dropped, part('kernel', ...ends(gate)));
      return with_bias(inside(`BiasAdd_${gate}`), value, has_bias ? enter(part('bias', ...ends(gate))) : '');
    });
    from_state = gates.slice(0, reset_after ? 3 : 2).map((gate) => {
      const value = product(`MatMul_h${gate}`, masked_state, part('recurrent_kernel', ...ends(gate)));
      return reset_after && has_bias
        ? add(inside(`BiasAdd_h${gate}`), 'BiasAdd', [value, enter(part('bias', ...ends(gate), 1))])
        : value;
    });
  }
  const [z, r] = [0, 1].map((gate) => {
    const sum = add(inside(gate ? 'add_2' : 'add'), 'Add', [from_inputs[gate], from_state[gate]]);
    return builder.activation(inside(`gate_${gate}`), recurrent_activation, sum);
  });
  const last = reset_after
    ? add(inside('mul_2'), 'Mul', [r, from_state[2]])
    : product(
        'MatMul_h2',
        add(inside('mul_2'), 'Mul', [r, masked_state]),
        part('recurrent_kernel', ...ends(2)),
      );
  const candidate = builder.activation(
    inside('candidate'),
    activation,
    add(inside('add_4'), 'Add', [from_inputs[2], last]),
  );
  const stays = add(inside('mul_3'), 'Mul', [z, state]);
  const rest = add(inside('sub'), 'Sub', [builder.number(inside('sub/x'), 1), z]);
  add(inside('mul_4'), 'Mul', [rest, candidate]);
  let output = add(inside('add_5'), 'Add', [stays, inside('mul_4')]);
  if (mask) {
    add(inside('Tile'), 'Tile', [inside('Identity'), inside('Identity')]);
    output = add(inside('Select'), 'Select', [inside('Tile'), output, state]);
  }
  add(inside('NextIteration_2'), 'NextIteration', [output]);

  // The outputs.
  const array = lists ? name('TensorListReserve') : `${name('TensorArray')}:1`;
  add(inside('Merge_1'), 'Merge', [enter(array), inside('NextIteration_1')]);
  add(inside('Switch_1'), 'Switch', [inside('Merge_1'), inside('LoopCond')]);
  add(inside('Identity_1'), 'Identity', [`${inside('Switch_1')}:1`]);
  const write = lists
    ? add(inside('TensorListSetItem'), 'TensorListSetItem', [
        inside('Identity_1'),
        inside('Identity'),
        output,
      ])
    : add(inside('TensorArrayWrite/TensorArrayWriteV3'), 'TensorArrayWriteV3', [
        enter(name('TensorArray')),
        inside('Identity'),
        output,
        inside('Identity_1'),
      ]);
  add(inside('NextIteration_1'), 'NextIteration', [write]);
  add(inside('Exit_1'), 'Exit', [inside('Switch_1')]);
  if (lists)
    add(
      name(outputs ? 'TensorListStack' : 'TensorListGetItem'),
      outputs ? 'TensorListStack' : 'TensorListGetItem',
      [inside('Exit_1'), name('time')],
    );
  else if (outputs)
    add(name('TensorArrayStack/TensorArrayGatherV3'), 'TensorArrayGatherV3', [
      name('TensorArray'),
      name('time'),
      inside('Exit_1'),
    ]);
  else
    add(name('TensorArrayReadV3'), 'TensorArrayReadV3', [
      name('TensorArray'),
      name('time'),
      inside('Exit_1'),
    ]);
  return nodes;
}

/**
 * The same, unrolled: a copy of the nodes for each step, that share the weights.
 * @param {string} scope
 * @param {{ kernel: Values, recurrent_kernel: Values, bias?: Values }} weights
 * @param {number} steps
 * @param {KerasGraphOptions} [options]
 */
export function unrolled_gru_nodes(scope, weights, steps, { go_backwards = false, ...options } = {}) {
  const all = keras_gru_nodes(scope, weights, options);
  const loop = `${scope}/while/`;
  const outside = all.filter(({ name }) => !name.startsWith(loop));
  const of_loop = [
    'Merge',
    'Switch',
    'LoopCond',
    'Less',
    'NextIteration',
    'Exit',
    'TensorArrayReadV3',
    'TensorArrayWriteV3',
  ];
  const inside = all.filter(({ name, op }) => name.startsWith(loop) && !of_loop.includes(op));
  const of_step = (/** @type {string} */ name, /** @type {number} */ step) => {
    if (name === `${loop}TensorArrayReadV3`)
      return `${scope}/unstack:${go_backwards ? steps - 1 - step : step}`;
    if (name === `${loop}Switch_2:1`) return step ? `${scope}/step_${step - 1}/add_5` : `${scope}/zeros`;
    return name.replace(loop, `${scope}/step_${step}/`);
  };
  return [
    ...outside,
    node('Unpack', `${scope}/unstack`, `${scope}/transpose`),
    ...Array.from({ length: steps }, (_, step) =>
      inside.map((one) => ({
        ...one,
        name: of_step(one.name, step),
        input: one.input.map((/** @type {string} */ input) => of_step(input, step)),
      })),
    ).flat(),
  ];
}
