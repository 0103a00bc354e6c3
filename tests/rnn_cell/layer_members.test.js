// Every public member of the original's GRUCell is here, and does what it did.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AttributeError,
  FailedPreconditionError,
  GRUCell,
  get_default_graph,
  MultiRNNCell,
  NotImplementedError,
  ResidualWrapper,
  RNNCell,
  RuntimeError,
  regularizers,
  reset_default_graph,
  tensor,
  ValueError,
} from '../../js/index.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

/** @param {any} [options] @param {any} [Class] */
function built(options = {}, Class = GRUCell) {
  const cell = new Class(3, options);
  cell.build([null, 2]);
  return cell;
}

const ATTRIBUTE = { error: AttributeError, message: /connected to no symbolic node/ };

/**
 * What each property is, unbuilt and built.
 * @type {Record<string, { unbuilt?: any, built?: any, error?: any, message?: RegExp }>}
 */
const PROPERTIES = {
  activity_regularizer: { unbuilt: null, built: null },
  compute_dtype: { unbuilt: null, built: 'float32' },
  dtype: { unbuilt: null, built: 'float32' },
  dtype_policy: {
    unbuilt: { name: '_infer', compute_dtype: null, variable_dtype: null },
    built: { name: 'float32', compute_dtype: 'float32', variable_dtype: 'float32' },
  },
  dynamic: { unbuilt: false, built: false },
  graph: { unbuilt: () => get_default_graph(), built: () => get_default_graph() },
  inbound_nodes: { unbuilt: [], built: [] },
  outbound_nodes: { unbuilt: [], built: [] },
  input: ATTRIBUTE,
  input_mask: ATTRIBUTE,
  input_shape: ATTRIBUTE,
  output: ATTRIBUTE,
  output_mask: ATTRIBUTE,
  output_shape: ATTRIBUTE,
  input_spec: { unbuilt: { ndim: 2 }, built: { ndim: 2 } },
  losses: { unbuilt: [], built: [] },
  metrics: { unbuilt: [], built: [] },
  name: { unbuilt: 'gru_cell_1', built: 'gru_cell_1' },
  name_scope: { unbuilt: 'gru_cell_1/', built: 'gru_cell_1/' },
  non_trainable_variables: { unbuilt: [], built: [] },
  non_trainable_weights: { unbuilt: [], built: [] },
  output_size: { unbuilt: 3, built: 3 },
  state_size: { unbuilt: 3, built: 3 },
  scope_name: { built: 'gru_cell' },
  stateful: { unbuilt: false, built: false },
  submodules: { unbuilt: [], built: [] },
  supports_masking: { unbuilt: false, built: false },
  trainable: { unbuilt: true, built: true },
  trainable_variables: { unbuilt: [], built: 4 },
  trainable_weights: { unbuilt: [], built: 4 },
  updates: { unbuilt: [], built: [] },
  variable_dtype: { unbuilt: null, built: 'float32' },
  variables: { unbuilt: [], built: 4 },
  weights: { unbuilt: [], built: 4 },
};

describe('properties', () => {
  test.each(Object.entries(PROPERTIES))('%s', (name, { error, message, ...values }) => {
    for (const [state, cell] of /** @type {[string, any][]} */ ([
      ['unbuilt', new GRUCell(3)],
      ['built', new GRUCell(3)],
    ])) {
      reset_default_graph();
      expect(name in cell).toBe(true);
      if (state === 'built') cell.build([null, 2]);
      if (error) {
        expect(() => cell[name]).toThrow(error);
        expect(() => cell[name]).toThrow(message);
        continue;
      }
      let expected = /** @type {any} */ (values)[state];
      if (state === 'unbuilt' && !('unbuilt' in values)) {
        expect(() => cell[name]).toThrow(ValueError);
        continue;
      }
      if (typeof expected === 'function') expected = expected();
      if (name === 'name' || name === 'name_scope') expected = cell.name + (name === 'name' ? '' : '/');
      if (expected === 4) expect(cell[name]).toEqual(cell.weights);
      else if (name === 'graph') expect(cell.graph).toBe(expected);
      else expect(cell[name]).toEqual(expected);
    }
  });
});

/** What each method does. @type {Record<string, () => void>} */
const METHODS = {
  add_loss() {
    const cell = built();
    const x = tensor([[1, 2]]);
    const conditional = tensor([3], []);
    cell.add_loss(2);
    cell.add_loss([() => 5, conditional], { inputs: x });
    expect(cell.losses).toEqual([2, 5, conditional]);
    expect(cell.get_losses_for(null)).toEqual([2]);
    expect(cell.get_losses_for(x)).toEqual([5, conditional]);
    expect(cell.get_losses_for([x])).toEqual([5, conditional]);
    expect(cell.get_losses_for(tensor([[1, 2]]))).toEqual([]);
    // By position, as TensorFlow has them.
    cell.add_loss(7, x);
    cell.add_loss(8, [x]);
    cell.add_loss(9, /** @type {any} */ ({ shape: [1], data: [1] }));
    expect(cell.get_losses_for(x)).toEqual([5, conditional, 7, 8]);
    expect(cell.get_losses_for(null)).toEqual([2]);
    expect(() => cell.add_loss(1, { input: x })).toThrow(/no option 'input'/);
    expect(() => cell.add_loss([1, 'two'])).toThrow(TypeError);
    expect(() => cell.add_loss(tensor([1, 2]))).toThrow(/must be scalars or functions/);
    expect(cell.losses).toHaveLength(6);
  },
  get_losses_for() {
    const cell = built({ activity_regularizer: regularizers.l2(1) });
    const x = tensor([[1, 2]]);
    const [output] = cell.apply(x, [[0, 0, 0]]);
    const squares = [...output.data].reduce((sum, value) => sum + value * value, 0);
    expect(cell.get_losses_for(x)).toHaveLength(1);
    expect(cell.get_losses_for(x)[0].array()).toBeCloseTo(squares, 6);
    expect(cell.get_losses_for(null)).toEqual([]);
  },
  add_metric() {
    const cell = built();
    cell.add_metric(2, { name: 'size' });
    cell.add_metric(tensor([4, 6]), { name: 'size', aggregation: 'mean' });
    expect(cell.metrics).toHaveLength(1);
    expect(cell.metrics[0]).toMatchObject({ name: 'size', aggregation: 'mean' });
    expect(cell.metrics[0].result()).toBe(4);
    expect(() => cell.add_metric(1, { name: '' })).toThrow(ValueError);
    expect(() => cell.add_metric(1, { name: 'a', aggregation: 'sum' })).toThrow(ValueError);
    expect(() => cell.add_metric('1', { name: 'a' })).toThrow(TypeError);
    expect(() => cell.add_metric(1, tensor([1]))).toThrow(TypeError);
    expect(() => cell.add_metric(1)).toThrow(ValueError);
  },
  add_update() {
    const cell = built();
    const x = tensor([[1, 2]]);
    const [always, sometimes] = [() => {}, () => {}];
    cell.add_update(always);
    cell.add_update([sometimes], { inputs: [x] });
    expect(cell.updates).toEqual([always, sometimes]);
    cell.add_update(sometimes, x);
    expect(cell.get_updates_for(x)).toEqual([sometimes, sometimes]);
    expect(() => cell.add_update(always, { inputs: x, when: 1 })).toThrow(/no option 'when'/);
    expect(() => cell.add_update(3)).toThrow(TypeError);
    // A layer that training does not change has nothing to update.
    cell.trainable = false;
    expect(cell.updates).toEqual([]);
    expect(cell.get_updates_for(null)).toEqual([]);
  },
  get_updates_for() {
    const cell = built();
    const x = tensor([[1, 2]]);
    const [always, sometimes] = [() => {}, () => {}];
    cell.add_update(always);
    cell.add_update(sometimes, { inputs: x });
    expect(cell.get_updates_for(null)).toEqual([always]);
    expect(cell.get_updates_for([x])).toEqual([sometimes]);
    expect(cell.get_updates_for(tensor([[1, 2]]))).toEqual([]);
  },
  add_weight() {
    const cell = new GRUCell(3);
    const weight = cell.add_weight('scale', {
      shape: [3],
      dtype: 'float32',
      initializer: 'ones',
      regularizer: regularizers.l1(2),
      trainable: false,
    });
    cell.build([null, 2]);
    expect(weight).toMatchObject({ name: 'gru_cell/scale:0', dtype: 'float32', trainable: false });
    expect(cell.weights[0]).toBe(weight);
    expect(cell.non_trainable_weights).toEqual([weight]);
    expect(cell.losses.map((/** @type {any} */ loss) => loss.array())).toEqual([6]);
    expect(cell.count_params()).toBe(3 * 3 * 5 + 9 + 3);
    expect(() => cell.add_weight('w', { size: 3 })).toThrow(TypeError);
    // The scope of a built layer is in reuse, as in TensorFlow.
    expect(() => cell.add_weight('late', { shape: [3] })).toThrow(ValueError);
    expect(() => cell.add_weight('late', { shape: [3] })).toThrow(/does not exist/);
    expect(cell.add_weight('scale', { shape: [3] })).toBe(weight);
    expect(cell.weights.length).toBe(5);
  },
  add_variable() {
    const cell = new GRUCell(3);
    expect(cell.add_variable('w', { shape: [1], dtype: 'float64' })).toMatchObject({
      name: 'gru_cell/w:0',
      dtype: 'float64',
    });
  },
  apply() {
    const cell = new GRUCell(3);
    const [output, state] = cell.apply([[1, 2]], [[0, 0, 0]]);
    expect(output).toBe(state);
    expect(cell.built).toBe(true);
    expect(() => cell.apply([[1, 2]], [[0, 0, 0]], /** @type {any} */ ({ training: true }))).toThrow(
      TypeError,
    );
  },
  call() {
    const cell = new GRUCell(3);
    const [output, state] = cell.call([[1, 2]], [[0, 0, 0]]);
    expect(output).toBe(state);
    expect(cell.built).toBe(true);
    expect(output).toMatchObject({ shape: [1, 3], dtype: 'float32' });
  },
  build() {
    const cell = new GRUCell(3);
    expect(cell.build([null, 2])).toBe(cell);
    const { weights } = cell;
    cell.build([7, 9]);
    expect(cell.weights).toEqual(weights);
    expect(() => new GRUCell(3).build([2, null])).toThrow(ValueError);
    expect(() => new GRUCell(3).build(/** @type {any} */ (2))).toThrow(ValueError);
  },
  build_from_config() {
    const cell = new GRUCell(3);
    cell.build_from_config({ input_shape: [null, 2] });
    expect(cell.weights[0].shape).toEqual([5, 6]);
    const other = new GRUCell(3);
    other.build_from_config(null);
    expect(other.built).toBe(false);
  },
  get_build_config() {
    expect(new GRUCell(3).get_build_config()).toBeNull();
    expect(built().get_build_config()).toEqual({ input_shape: [null, 2] });
  },
  compute_mask() {
    const cell = built();
    expect(cell.compute_mask([[1, 2]])).toBeNull();
    expect(cell.compute_mask([[1, 2]], [null, null])).toBeNull();
    expect(() => cell.compute_mask([[1, 2]], [[true]])).toThrow(TypeError);
    expect(() => cell.compute_mask([[1, 2]], [[true]])).toThrow(/does not support masking/);
  },
  compute_output_shape() {
    for (const cell of [
      new GRUCell(3),
      built(),
      new MultiRNNCell([new GRUCell(3)]),
      new ResidualWrapper(built()),
    ])
      expect(() => cell.compute_output_shape([4, 2])).toThrow(NotImplementedError);
  },
  compute_output_signature() {
    const signature = { shape: [4, 2], dtype: 'float64' };
    expect(() => built().compute_output_signature(signature)).toThrow(NotImplementedError);
  },
  count_params() {
    expect(built().count_params()).toBe(3 * 3 * (2 + 3) + 3 * 3);
    expect(() => new GRUCell(3).count_params()).toThrow(ValueError);
    expect(() => new GRUCell(3).count_params()).toThrow(/is not built/);
  },
  finalize_state() {
    expect(built().finalize_state()).toBeUndefined();
  },
  from_config() {
    const cell = new GRUCell(3, {
      name: 'a',
      dtype: 'float64',
      trainable: false,
      activation: 'relu',
      kernel_initializer: 'ones',
      reuse: true,
    });
    const copy = GRUCell.from_config(JSON.parse(JSON.stringify(cell.get_config())));
    expect(copy).toBeInstanceOf(GRUCell);
    expect(copy.get_config()).toEqual(cell.get_config());
    class Mine extends GRUCell {}
    expect(Mine.from_config(cell.get_config())).toBeInstanceOf(Mine);
    expect(() => GRUCell.from_config({ ...cell.get_config(), units: 3 })).toThrow(TypeError);
  },
  get_config() {
    expect(new GRUCell(3).get_config()).toEqual({
      name: expect.stringMatching(/^gru_cell_\d+$/),
      trainable: true,
      dtype: null,
      num_units: 3,
      kernel_initializer: null,
      bias_initializer: null,
      activation: 'tanh',
      reuse: null,
    });
    expect(built().get_config().dtype).toBe('float32');
  },
  get_initial_state() {
    const cell = new GRUCell(3);
    expect(cell.get_initial_state({ batch_size: 2, dtype: 'float64' })).toMatchObject({
      shape: [2, 3],
      dtype: 'float64',
    });
    expect(cell.get_initial_state({ inputs: tensor([[1, 2]]) })).toMatchObject({
      shape: [1, 3],
      dtype: 'float32',
    });
    expect(() => cell.get_initial_state({ inputs: tensor([[1, 2]]), batch_size: 2 })).toThrow(ValueError);
    expect(() => cell.get_initial_state({ inputs: tensor([[1, 2]]), dtype: 'float64' })).toThrow(ValueError);
    expect(() => cell.get_initial_state({ batch_size: 2 })).toThrow(ValueError);
    expect(() => cell.get_initial_state()).toThrow(ValueError);
  },
  get_weights() {
    expect(new GRUCell(3).get_weights()).toEqual([]);
    expect(
      built()
        .get_weights()
        .map((/** @type {any} */ { shape }) => [...shape]),
    ).toEqual([[5, 6], [6], [5, 3], [3]]);
  },
  set_weights() {
    const [cell, other] = [built(), built()];
    cell.set_weights(other.get_weights());
    expect(cell.get_weights()).toEqual(other.get_weights());
    expect(() => cell.set_weights([])).toThrow(ValueError);
    expect(() => cell.set_weights([...other.get_weights().slice(0, 3), [1, 2]])).toThrow(ValueError);
    expect(cell.get_weights()).toEqual(other.get_weights());
    expect(() => new GRUCell(3).set_weights(other.get_weights())).toThrow(ValueError);
  },
  save_own_variables() {
    const cell = built();
    /** @type {Record<string, any>} */
    const store = {};
    cell.save_own_variables(store);
    expect(Object.keys(store)).toEqual(['0', '1', '2', '3']);
    expect(Object.values(store)).toEqual(cell.get_weights());
  },
  load_own_variables() {
    const [cell, other] = [built(), built()];
    /** @type {Record<string, any>} */
    const store = {};
    other.save_own_variables(store);
    cell.load_own_variables(store);
    expect(cell.get_weights()).toEqual(other.get_weights());
    expect(() => new GRUCell(3).load_own_variables(store)).toThrow(/it is not built/);
    const { 3: _last, ...fewer } = store;
    expect(() => cell.load_own_variables(fewer)).toThrow(ValueError);
    expect(() => cell.load_own_variables({ ...store, 4: store[3] })).toThrow(ValueError);
  },
  with_name_scope() {
    const method = (/** @type {number} */ value) => value + 1;
    expect(GRUCell.with_name_scope(method)(2)).toBe(3);
    expect(built().with_name_scope(method)(2)).toBe(3);
    expect(() => GRUCell.with_name_scope(3)).toThrow(TypeError);
  },
  zero_state() {
    const cell = new GRUCell(3);
    expect(cell.zero_state(2, 'float64')).toMatchObject({ shape: [2, 3], dtype: 'float64' });
    expect(cell.zero_state(2.0, 'float32').data).toEqual(new Float32Array(6));
    expect(cell.zero_state(tensor(2, null, 'int32'), 'float32').shape).toEqual([2, 3]);
    expect(cell.zero_state([4, 5], 'float32').shape).toEqual([4, 5, 3]);
    for (const wrong of [null, undefined, -1, 1.5, [[1]], [1, -2], Number.NaN])
      expect(() => cell.zero_state(/** @type {any} */ (wrong), 'float32')).toThrow(ValueError);
    expect(() => cell.zero_state(1, /** @type {any} */ ('int32'))).toThrow(ValueError);
  },
};
for (const what of ['input', 'input_mask', 'input_shape', 'output', 'output_mask', 'output_shape']) {
  METHODS[`get_${what}_at`] = () => {
    const cell = /** @type {any} */ (built());
    expect(() => cell[`get_${what}_at`](0)).toThrow(RuntimeError);
    expect(() => cell[`get_${what}_at`](0)).toThrow(/at node 0: it is connected to no symbolic node/);
  };
}

describe('methods', () => {
  test.each(Object.entries(METHODS))('%s', (name, check) => {
    const owner = /** @type {any} */ (name in GRUCell.prototype ? GRUCell.prototype : GRUCell);
    expect(typeof owner[name]).toBe('function');
    check();
  });
});

// As TF_API.md lists them.
const ALL = `
  activity_regularizer compute_dtype dtype dtype_policy dynamic graph inbound_nodes outbound_nodes input input_mask
  input_shape input_spec losses metrics name name_scope non_trainable_variables non_trainable_weights output output_mask
  output_shape output_size scope_name state_size stateful submodules supports_masking trainable trainable_variables
  trainable_weights updates variable_dtype variables weights
  add_loss add_metric add_update add_variable add_weight apply build build_from_config call compute_mask
  compute_output_shape compute_output_signature count_params finalize_state from_config get_build_config get_config
  get_initial_state get_input_at get_input_mask_at get_input_shape_at get_losses_for get_output_at get_output_mask_at
  get_output_shape_at get_updates_for get_weights load_own_variables save_own_variables set_weights with_name_scope
  zero_state`
  .trim()
  .split(/\s+/);

test('the list here and the class have the same members', () => {
  expect(Object.keys({ ...PROPERTIES, ...METHODS }).sort()).toEqual([...ALL].sort());
  const cell = new GRUCell(3);
  for (const name of ALL) expect([name, name in cell || name in GRUCell]).toEqual([name, true]);
});

describe('trainable', () => {
  test('false makes all four non-trainable; true undoes it', () => {
    const cell = built();
    const { weights } = cell;
    cell.trainable = false;
    expect(cell.trainable).toBe(false);
    for (const name of ['trainable_weights', 'trainable_variables'])
      expect(/** @type {any} */ (cell)[name]).toEqual([]);
    for (const name of ['non_trainable_weights', 'non_trainable_variables', 'weights', 'variables'])
      expect(/** @type {any} */ (cell)[name]).toEqual(weights);
    cell.trainable = true;
    expect(cell.trainable_weights).toEqual(weights);
    expect(built({ trainable: false }).trainable_weights).toEqual([]);
  });
});

describe('a cell of the user', () => {
  class Leaky extends RNNCell {
    get state_size() {
      return 2;
    }
    get output_size() {
      return 2;
    }
  }
  test('has the members of RNNCell', () => {
    const cell = new Leaky({ name: 'mine', dtype: 'float64' });
    expect(cell.zero_state(3)).toMatchObject({ shape: [3, 2], dtype: 'float64' });
    expect(cell.get_config()).toMatchObject({ name: 'mine', dtype: 'float64', reuse: null });
    expect(cell.add_weight('w', { shape: [2] }).name).toBe('mine/w:0');
  });
  test('members that it does not implement raise', () => {
    class Nothing extends RNNCell {}
    const cell = new Nothing();
    expect(() => cell.state_size).toThrow(ValueError);
    expect(() => cell.output_size).toThrow(ValueError);
    expect(() => cell.call()).toThrow(/Nothing has no call/);
  });
});

test.each(
  Object.entries({
    add_weight: (/** @type {any} */ cell) => cell.add_weight('w', { shape: [1] }),
    add_variable: (/** @type {any} */ cell) => cell.add_variable('w', { shape: [1] }),
    apply: (/** @type {any} */ cell) => cell.apply([[1, 2]], [[0, 0, 0]]),
    build: (/** @type {any} */ cell) => cell.build([null, 2]),
    build_from_config: (/** @type {any} */ cell) => cell.build_from_config({ input_shape: [null, 2] }),
    call: (/** @type {any} */ cell) => cell.call([[1, 2]], [[0, 0, 0]]),
    count_params: (/** @type {any} */ cell) => cell.count_params(),
    get_initial_state: (/** @type {any} */ cell) =>
      cell.get_initial_state({ batch_size: 1, dtype: 'float32' }),
    get_weights: (/** @type {any} */ cell) => cell.get_weights(),
    load_own_variables: (/** @type {any} */ cell) => cell.load_own_variables({}),
    save_own_variables: (/** @type {any} */ cell) => cell.save_own_variables({}),
    set_weights: (/** @type {any} */ cell) => cell.set_weights([]),
    zero_state: (/** @type {any} */ cell) => cell.zero_state(1),
  }),
)('%s after dispose is an error', (_, call) => {
  const cells = [built(), new GRUCell(3), new MultiRNNCell([built()]), new ResidualWrapper(built())];
  for (const cell of cells) {
    cell.dispose();
    expect(() => call(cell)).toThrow(FailedPreconditionError);
    expect(() => call(cell)).toThrow(/disposed/);
  }
});
